//! Plugs and sockets in large numbers, and questions about them.
//!
//! Objects are made by four threads over kept connections, and looked at over another: a `kubectl` for each question would take a core from
//! what is measured. Deletions and edits go through `kubectl`, as a person's.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use kube_testkit::{Asker, Server};
use serde_json::{Value, json};

/// Of the plugs.
pub(super) const NAMESPACE: &str = "app";
pub(super) const SYSTEM: &str = "midplane-system";
const LOOK_EVERY: Duration = Duration::from_millis(100);
const LOOK_SOON: Duration = Duration::from_millis(10);
/// More would only queue at an API server of two cores.
const MAKERS: usize = 4;

pub(super) struct Load {
    pub(super) server: Server,
    asker: Asker,
}

impl Load {
    pub(super) fn new(server: Server) -> Result<Self> {
        let asker = server.asker()?;
        let load = Self { server, asker };
        load.make(k8s::crd::definitions())?;
        let group = "rbac.authorization.k8s.io";
        for namespace in [SYSTEM, NAMESPACE, "infra"] {
            load.make(vec![
                json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace } }),
            ])?;
            load.make(vec![
                json!({
                    "apiVersion": format!("{group}/v1"), "kind": "Role",
                    "metadata": { "name": "default", "namespace": namespace },
                    "rules": [{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch", "create", "update", "patch", "delete"] }],
                }),
                json!({
                    "apiVersion": format!("{group}/v1"), "kind": "RoleBinding",
                    "metadata": { "name": "default", "namespace": namespace },
                    "roleRef": { "apiGroup": group, "kind": "Role", "name": "default" },
                    "subjects": [{ "kind": "ServiceAccount", "name": "default", "namespace": namespace }],
                }),
            ])?;
        }
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

    /// Creates them, in no particular order.
    pub(super) fn make(&self, objects: Vec<Value>) -> Result<()> {
        let objects = Mutex::new(objects.into_iter());
        let work = || -> Result<()> {
            loop {
                let next = objects.lock().ok().and_then(|mut objects| objects.next());
                let Some(object) = next else { return Ok(()) };
                let path = collection(&object)?;
                self.asker
                    .post(&path, &object.to_string())
                    .with_context(|| format!("create {} at {path}", object["metadata"]["name"]))?;
            }
        };
        std::thread::scope(|scope| {
            let makers: Vec<_> = (0..MAKERS).map(|_| scope.spawn(work)).collect();
            makers.into_iter().try_for_each(|maker| match maker.join() {
                Ok(made) => made,
                Err(_) => bail!("a thread that makes objects ended"),
            })
        })
    }

    fn get(&self, path: &str) -> Result<Value> {
        let text = self.asker.get(path).with_context(|| format!("get {path}"))?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Waits until the socket's status counts them.
    pub(super) fn wait_coupled(
        &self,
        socket: &str,
        count: usize,
        patience: Duration,
    ) -> Result<()> {
        let path = format!("{INTEGRATION}/namespaces/infra/sockets/{socket}");
        let what = format!("{count} plugs coupled to {socket}");
        wait(&what, patience, LOOK_EVERY, || {
            let total = self.get(&path)?["status"]["coupledPlugsTotal"].as_u64().unwrap_or(0);
            Ok((usize::try_from(total)? >= count)
                .then_some(())
                .ok_or_else(|| format!("there are {total}")))
        })
    }

    /// Waits until the plug says that it is coupled.
    pub(super) fn wait_plug(&self, plug: &str, patience: Duration) -> Result<()> {
        let path = format!("{INTEGRATION}/namespaces/{NAMESPACE}/plugs/{plug}");
        wait(&format!("plug {plug} is coupled"), patience, LOOK_SOON, || {
            let status = self.get(&path)?["status"].take();
            let holds = status["conditions"].as_array().is_some_and(|conditions| {
                conditions.iter().any(|one| one["type"] == "Coupled" && one["status"] == "True")
            });
            Ok(holds.then_some(()).ok_or_else(|| status.to_string()))
        })
    }

    pub(super) fn wait_made(
        &self,
        namespace: &str,
        count: usize,
        patience: Duration,
    ) -> Result<()> {
        let what = format!("{count} ConfigMaps of ours in {namespace}");
        wait(&what, patience, LOOK_EVERY, || {
            let made = self.made(namespace)?;
            Ok((made == count).then_some(()).ok_or_else(|| format!("there are {made}")))
        })
    }

    /// What templates made.
    pub(super) fn made(&self, namespace: &str) -> Result<usize> {
        let label = "midplane.io%2Fcoupling";
        self.count(&format!("/api/v1/namespaces/{namespace}/configmaps?labelSelector={label}"))
    }

    pub(super) fn journals(&self) -> Result<usize> {
        let label = "midplane.io%2Fkind%3Dcoupling";
        self.count(&format!("/api/v1/namespaces/{SYSTEM}/secrets?labelSelector={label}"))
    }

    pub(super) fn plugs(&self) -> Result<usize> {
        self.count(&format!("{INTEGRATION}/namespaces/{NAMESPACE}/plugs"))
    }

    fn count(&self, path: &str) -> Result<usize> {
        Ok(self.get(path)?["items"].as_array().context("it is no list")?.len())
    }
}

const INTEGRATION: &str = "/apis/integration.rock8s.com/v1beta1";

/// Where an object of one of the kinds above is created.
fn collection(object: &Value) -> Result<String> {
    let version = object["apiVersion"].as_str().context("no apiVersion")?;
    let kind = object["kind"].as_str().context("no kind")?;
    let root = if version.contains('/') { "apis" } else { "api" };
    let plural = format!("{}s", kind.to_lowercase());
    Ok(match object["metadata"]["namespace"].as_str() {
        Some(namespace) => format!("/{root}/{version}/namespaces/{namespace}/{plural}"),
        None => format!("/{root}/{version}/{plural}"),
    })
}

/// `SOCKET-NUMBER`, with one template.
pub(super) fn plug(socket: &str, number: usize) -> Value {
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
}

pub(super) fn socket(name: &str) -> Value {
    json!({
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
    })
}

/// Asks until it is so; what is said instead stands in the error.
fn wait(
    what: &str,
    patience: Duration,
    every: Duration,
    mut done: impl FnMut() -> Result<Result<(), String>>,
) -> Result<()> {
    let until = Instant::now() + patience;
    while let Err(instead) = done()? {
        if Instant::now() > until {
            bail!("not within {} s: {what}; {instead}", patience.as_secs());
        }
        std::thread::sleep(every);
    }
    Ok(())
}
