//! Plugs and sockets in large numbers, and questions about them, through `kubectl` as a person would.

use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use kube_testkit::Server;
use serde_json::{Value, json};

/// Of the plugs.
pub(super) const NAMESPACE: &str = "app";
pub(super) const SYSTEM: &str = "midplane-system";
const LOOK_EVERY: Duration = Duration::from_millis(50);

pub(super) struct Load {
    pub(super) server: Server,
}

impl Load {
    pub(super) fn new(server: Server) -> Result<Self> {
        let load = Self { server };
        let group = "rbac.authorization.k8s.io";
        let mut objects = k8s::crd::definitions();
        for namespace in [SYSTEM, NAMESPACE, "infra"] {
            objects.push(json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace } }));
            objects.push(json!({
                "apiVersion": format!("{group}/v1"), "kind": "Role",
                "metadata": { "name": "default", "namespace": namespace },
                "rules": [{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch", "create", "update", "patch", "delete"] }],
            }));
            objects.push(json!({
                "apiVersion": format!("{group}/v1"), "kind": "RoleBinding",
                "metadata": { "name": "default", "namespace": namespace },
                "roleRef": { "apiGroup": group, "kind": "Role", "name": "default" },
                "subjects": [{ "kind": "ServiceAccount", "name": "default", "namespace": namespace }],
            }));
        }
        load.apply(&objects)?;
        load.kubectl(&["wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"])?;
        Ok(load)
    }

    pub(super) fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        let output = self.server.kubectl().args(arguments).output().context("start kubectl")?;
        if !output.status.success() {
            bail!("kubectl {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn apply(&self, objects: &[Value]) -> Result<()> {
        let list = json!({ "apiVersion": "v1", "kind": "List", "items": objects });
        let mut child = self
            .server
            .kubectl()
            .args(["create", "--validate=false", "-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .context("start kubectl")?;
        child.stdin.take().context("write to kubectl")?.write_all(list.to_string().as_bytes())?;
        if !child.wait()?.success() {
            bail!("kubectl create failed");
        }
        Ok(())
    }

    /// `SOCKET-0`, `SOCKET-1`, ... each with one template.
    pub(super) fn plugs(&self, socket: &str, count: usize) -> Result<()> {
        let plugs: Vec<Value> = (0..count)
            .map(|number| {
                json!({
                    "apiVersion": "integration.rock8s.com/v1beta1", "kind": "Plug",
                    "metadata": { "name": format!("{socket}-{number}"), "namespace": NAMESPACE },
                    "spec": {
                        "socket": { "name": socket, "namespace": "infra" },
                        "config": { "database": format!("db{number}") },
                        "resources": [{ "template": {
                            "apiVersion": "v1", "kind": "ConfigMap",
                            "metadata": { "name": "{% .plug.metadata.name %}" },
                            "data": { "host": "{% .socketConfig.host %}" },
                        } }],
                    },
                })
            })
            .collect();
        self.apply(&plugs)
    }

    pub(super) fn socket(&self, name: &str) -> Result<()> {
        self.apply(&[json!({
            "apiVersion": "integration.rock8s.com/v1beta1", "kind": "Socket",
            "metadata": { "name": name, "namespace": "infra" },
            "spec": {
                "interface": {
                    "config": { "plug": { "database": { "required": true } }, "socket": { "host": {} } },
                },
                "validation": { "namespaceWhitelist": ["^app$"] },
                "config": { "host": "db.infra" },
                "resources": [{ "template": {
                    "apiVersion": "v1", "kind": "ConfigMap",
                    "metadata": { "name": "{% .plug.metadata.name %}" },
                    "data": { "database": "{% .plugConfig.database %}" },
                } }],
            },
        })])
    }

    pub(super) fn annotate_plug(&self, name: &str) -> Result<()> {
        self.kubectl(&["annotate", "plug", name, "-n", NAMESPACE, "note=nothing"]).map(|_| ())
    }

    /// Waits until the socket's status counts them.
    pub(super) fn wait_coupled(
        &self,
        socket: &str,
        count: usize,
        patience: Duration,
    ) -> Result<()> {
        let path = "jsonpath={.status.coupledPlugsTotal}";
        wait(&format!("{count} plugs coupled to {socket}"), patience, || {
            let total = self.kubectl(&["get", "socket", socket, "-n", "infra", "-o", path])?;
            Ok(total.trim().parse::<usize>().unwrap_or(0) >= count)
        })
    }

    pub(super) fn wait_made(
        &self,
        namespace: &str,
        count: usize,
        patience: Duration,
    ) -> Result<()> {
        wait(&format!("{count} objects in {namespace}"), patience, || {
            Ok(self.made(namespace)? == count)
        })
    }

    /// What templates made.
    pub(super) fn made(&self, namespace: &str) -> Result<usize> {
        let names = self.kubectl(&[
            "get",
            "configmaps",
            "-n",
            namespace,
            "-l",
            "midplane.io/coupling",
            "-o",
            "name",
        ])?;
        Ok(names.lines().count())
    }

    pub(super) fn journals(&self) -> Result<usize> {
        let names = self.kubectl(&[
            "get",
            "secrets",
            "-n",
            SYSTEM,
            "-l",
            "midplane.io/kind=coupling",
            "-o",
            "name",
        ])?;
        Ok(names.lines().count())
    }

    pub(super) fn count(&self, kind: &str, namespace: &str) -> Result<usize> {
        Ok(self.kubectl(&["get", kind, "-n", namespace, "-o", "name"])?.lines().count())
    }
}

/// Asks until it is so.
fn wait(what: &str, patience: Duration, mut done: impl FnMut() -> Result<bool>) -> Result<()> {
    let until = Instant::now() + patience;
    while !done()? {
        if Instant::now() > until {
            bail!("not within {} s: {what}", patience.as_secs());
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}
