//! The cluster of this test process, and namespaces of its own for each test.
//!
//! Our definitions are applied once; a namespace is `mpt-PROCESS-NUMBER-NAME`, so that tests of several processes fit into one given
//! cluster. Namespaces are left: the server is thrown away, and in a given cluster they are evidence.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Client, Config};
use serde_json::{Value, json};

use crate::server::{Options, Server};
use crate::tools::{Tool, Tools};

const LOOK_EVERY: Duration = Duration::from_millis(20);

/// One test's view of the cluster.
#[derive(Clone)]
pub struct Cluster {
    pub client: Client,
    pub config: Config,
    /// Absent when `KUBECONFIG` named the cluster.
    pub server: Option<Arc<Server>>,
    prefix: String,
}

/// The server of this process, started at the first call.
pub async fn cluster() -> Cluster {
    static SHARED: OnceLock<Option<Arc<Server>>> = OnceLock::new();
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = tokio::task::spawn_blocking(|| SHARED.get_or_init(start).clone())
        .await
        .expect("start the API server of this process");
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    Cluster::of(server, &format!("mpt-{}-{number}", std::process::id())).await
}

/// An API server of its own, for a test that breaks it or counts its requests.
pub async fn own_cluster(options: Options) -> Cluster {
    let server = tokio::task::spawn_blocking(|| {
        let mut wanted = vec![Tool::Etcd, Tool::ApiServer, Tool::Kubectl];
        if options.controller_manager {
            wanted.push(Tool::ControllerManager);
        }
        Arc::new(Server::start(&tools(&wanted), options).expect("start an API server"))
    })
    .await
    .expect("start an API server");
    Cluster::of(Some(server), "mpt").await
}

impl Cluster {
    async fn of(server: Option<Arc<Server>>, prefix: &str) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let kubeconfig = match &server {
            Some(server) => Kubeconfig::read_from(server.kubeconfig()),
            None => Kubeconfig::read(),
        }
        .expect("read the kubeconfig");
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
            .await
            .expect("a configuration");
        let client = Client::try_from(config.clone()).expect("a client");
        Self { client, config, server, prefix: prefix.to_owned() }
    }

    /// A client that goes to another address of the same server, as a proxy's.
    pub fn client_at(&self, url: &str) -> Client {
        Client::try_from(self.config_at(url)).expect("a client")
    }

    pub fn config_at(&self, url: &str) -> Config {
        let mut config = self.config.clone();
        config.cluster_url = url.parse().expect("an address");
        config
    }

    /// Makes a namespace of this test; returns its whole name.
    pub async fn namespace(&self, name: &str) -> String {
        let name = format!("{}-{name}", self.prefix);
        self.apply(
            &json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } }),
        )
        .await;
        name
    }

    /// Applies definitions and waits until each is served.
    pub async fn define(&self, definitions: &[Value]) {
        for definition in definitions {
            self.apply(definition).await;
        }
        for definition in definitions {
            let name = definition["metadata"]["name"].as_str().expect("a name");
            let api = self.api("apiextensions.k8s.io/v1", "CustomResourceDefinition", None);
            wait_for(&format!("{name} is served"), || async {
                let served = api.get(name).await.ok()?;
                let conditions = served.data["status"]["conditions"].as_array().cloned()?;
                conditions
                    .iter()
                    .any(|one| one["type"] == "Established" && one["status"] == "True")
                    .then_some(())
            })
            .await;
        }
    }

    /// Server-side apply as a person would do it; panics with the server's message.
    pub async fn apply(&self, object: &Value) -> Value {
        self.try_apply(object).await.expect("apply")
    }

    pub async fn try_apply(&self, object: &Value) -> kube::Result<Value> {
        let (api, name) = self.place(object);
        let params = PatchParams::apply("test").force();
        api.patch(&name, &params, &Patch::Apply(object)).await.map(|object| json!(object))
    }

    /// A JSON merge patch.
    pub async fn merge(&self, object: &Value, patch: &Value) -> kube::Result<Value> {
        let (api, name) = self.place(object);
        api.patch(&name, &PatchParams::default(), &Patch::Merge(patch)).await.map(|it| json!(it))
    }

    /// A JSON merge patch of the status.
    pub async fn merge_status(&self, object: &Value, patch: &Value) -> kube::Result<Value> {
        let (api, name) = self.place(object);
        let params = PatchParams::default();
        api.patch_status(&name, &params, &Patch::Merge(patch)).await.map(|it| json!(it))
    }

    /// The object as it is now.
    pub async fn get(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Option<Value> {
        let api = self.api(api_version, kind, Some(namespace).filter(|name| !name.is_empty()));
        api.get_opt(name).await.expect("get").map(|object| json!(object))
    }

    pub async fn list(&self, api_version: &str, kind: &str, namespace: &str) -> Vec<Value> {
        let api = self.api(api_version, kind, Some(namespace).filter(|name| !name.is_empty()));
        let list = api.list(&kube::api::ListParams::default()).await.expect("list");
        list.items.into_iter().map(|object| json!(object)).collect()
    }

    pub async fn delete(&self, api_version: &str, kind: &str, namespace: &str, name: &str) {
        let api = self.api(api_version, kind, Some(namespace).filter(|name| !name.is_empty()));
        if let Err(err) = api.delete(name, &kube::api::DeleteParams::default()).await {
            let gone = matches!(&err, kube::Error::Api(status) if status.code == 404);
            assert!(gone, "delete {kind} {namespace}/{name}: {err}");
        }
    }

    /// The API of a kind; its plural is the English one.
    pub fn api(
        &self,
        api_version: &str,
        kind: &str,
        namespace: Option<&str>,
    ) -> Api<DynamicObject> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
        match namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &resource),
            None => Api::all_with(self.client.clone(), &resource),
        }
    }

    /// Runs `kubectl` against this cluster; returns what it printed, on either stream.
    pub async fn kubectl(&self, arguments: &[&str]) -> String {
        let mut command = match &self.server {
            Some(server) => server.kubectl(),
            None => std::process::Command::new(tools(&[Tool::Kubectl]).path(Tool::Kubectl)),
        };
        command.args(arguments);
        let output = tokio::task::spawn_blocking(move || command.output())
            .await
            .expect("run kubectl")
            .expect("start kubectl");
        format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    }

    fn place(&self, object: &Value) -> (Api<DynamicObject>, String) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let api = self.api(
            &text(&object["apiVersion"]),
            &text(&object["kind"]),
            object["metadata"]["namespace"].as_str(),
        );
        (api, text(&object["metadata"]["name"]))
    }
}

/// Asks `look` until it finds something; panics after 30 s, which is for a busy machine of two cores.
#[track_caller]
pub fn wait_for<T, F, C>(what: &str, mut look: F) -> impl Future<Output = T>
where
    F: FnMut() -> C,
    C: Future<Output = Option<T>>,
{
    let place = std::panic::Location::caller();
    let until = Instant::now() + Duration::from_secs(30);
    let what = what.to_owned();
    async move {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            assert!(Instant::now() < until, "not within 30 s: {what}, waited for at {place}");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

fn start() -> Option<Arc<Server>> {
    if variable("KUBECONFIG").is_some() {
        return None;
    }
    let tools = tools(&[Tool::Etcd, Tool::ApiServer, Tool::Kubectl]);
    Some(Arc::new(Server::start(&tools, Options::default()).expect("start an API server")))
}

fn tools(wanted: &[Tool]) -> Tools {
    Tools::find_or_build(&cache(), wanted, &|name, text| {
        let _ = writeln!(std::io::stderr(), "{name}: {text}");
    })
    .expect("find or build Kubernetes")
}

/// The folder that `cargo xtask` fills.
fn cache() -> PathBuf {
    if let Some(cache) = variable("MIDPLANE_CACHE") {
        return PathBuf::from(cache);
    }
    if rustix::process::geteuid().is_root() {
        return PathBuf::from("/var/cache/midplane");
    }
    variable("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .unwrap_or_else(std::env::temp_dir)
        .join("midplane")
}

#[expect(clippy::disallowed_methods, reason = "a test looks where the machine has its tools")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
