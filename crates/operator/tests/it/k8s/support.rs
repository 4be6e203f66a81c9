//! An operator in this process, on namespaces of its own test.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube_testkit::cluster::wait_for;
use kube_testkit::{Cluster, cluster};
use operator::kube::{DEFAULT_WORKERS, Error, Metrics, Options, Seams, run};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) const INTEGRATION: &str = "integration.rock8s.com/v1beta1";

pub(crate) struct Real(pub(crate) String);

impl Seams for Real {
    fn now(&self) -> Timestamp {
        now()
    }

    fn random(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        aws_lc_rs::rand::fill(&mut bytes).expect("randomness");
        bytes
    }

    fn identity(&self) -> &str {
        &self.0
    }
}

#[expect(clippy::disallowed_methods, reason = "a test runs in real time")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

impl Real {
    /// As a lease has it.
    pub(crate) fn micros(&self) -> String {
        self.now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
    }
}

/// The cluster of this process, with namespaces for one test.
pub(crate) struct Place {
    pub(crate) cluster: Cluster,
    /// The operator's.
    pub(crate) system: String,
    /// The plugs'.
    pub(crate) app: String,
    /// The sockets'.
    pub(crate) infra: String,
}

pub(crate) async fn place() -> Place {
    Place::of(cluster().await).await
}

impl Place {
    pub(crate) async fn of(cluster: Cluster) -> Self {
        cluster.define(&k8s::crd::definitions()).await;
        let system = cluster.namespace("system").await;
        let app = cluster.namespace("app").await;
        let infra = cluster.namespace("infra").await;
        let place = Self { cluster, system, app, infra };
        for namespace in [&place.app, &place.infra] {
            place.let_default_account_work(namespace).await;
        }
        place
    }

    /// What a template makes, it makes as the namespace's service account `default`.
    async fn let_default_account_work(&self, namespace: &str) {
        let group = "rbac.authorization.k8s.io";
        let metadata = json!({ "name": "default-edits", "namespace": namespace });
        self.cluster
            .apply(&json!({
                "apiVersion": format!("{group}/v1"), "kind": "Role", "metadata": metadata,
                "rules": [{
                    "apiGroups": ["", "apps", "batch"],
                    "resources": ["configmaps", "secrets", "services", "deployments", "jobs"],
                    "verbs": ["get", "list", "watch", "create", "update", "patch", "delete"],
                }],
            }))
            .await;
        self.cluster
            .apply(&json!({
                "apiVersion": format!("{group}/v1"), "kind": "RoleBinding", "metadata": metadata,
                "roleRef": { "apiGroup": group, "kind": "Role", "name": "default-edits" },
                "subjects": [{ "kind": "ServiceAccount", "name": "default", "namespace": namespace }],
            }))
            .await;
    }

    pub(crate) fn options(&self) -> Options {
        Options {
            namespace: self.system.clone(),
            namespaces: vec![self.app.clone(), self.infra.clone()],
            workers: DEFAULT_WORKERS,
            listen: None,
            term: None,
            guard: operator::apparatus::guard::Guard::new(true),
            seams: Arc::new(Real("test".to_owned())),
            open_consent: false,
            open_specs: false,
            plain_results: false,
            metrics: Arc::new(Metrics::default()),
        }
    }

    pub(crate) fn start(&self) -> Operator {
        start(self.cluster.config.clone(), self.options())
    }

    pub(crate) async fn socket(&self, name: &str, mut spec: Value) {
        if spec["validation"].is_null() {
            spec["validation"] = json!({ "namespaceWhitelist": [format!("^{}$", self.app)] });
        }
        self.cluster
            .apply(&json!({
                "apiVersion": INTEGRATION, "kind": "Socket",
                "metadata": { "name": name, "namespace": self.infra }, "spec": spec,
            }))
            .await;
    }

    pub(crate) async fn plug(&self, name: &str, socket: &str, mut spec: Value) {
        spec["socket"] = json!({ "name": socket, "namespace": self.infra });
        self.cluster
            .apply(&json!({
                "apiVersion": INTEGRATION, "kind": "Plug",
                "metadata": { "name": name, "namespace": self.app }, "spec": spec,
            }))
            .await;
    }

    pub(crate) async fn coupled(&self, plug: &str) -> Value {
        self.condition("Plug", &self.app, plug, "Ready", "True").await
    }

    pub(crate) async fn condition(
        &self,
        kind: &str,
        namespace: &str,
        name: &str,
        condition: &str,
        status: &str,
    ) -> Value {
        let last = std::cell::RefCell::new(Value::Null);
        let looked = async {
            loop {
                if let Some(object) = self.cluster.get(INTEGRATION, kind, namespace, name).await {
                    let conditions = object["status"]["conditions"].clone();
                    let holds = conditions
                        .as_array()
                        .into_iter()
                        .flatten()
                        .any(|one| one["type"] == condition && one["status"] == status);
                    if holds {
                        return object;
                    }
                    *last.borrow_mut() = conditions;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let looked = tokio::time::timeout(Duration::from_secs(30), looked).await;
        let last = last.into_inner();
        assert!(
            looked.is_ok(),
            "not within 30 s: {kind} {name} {condition}={status}, but {last:#}"
        );
        looked.expect("just looked")
    }

    pub(crate) async fn config_map(&self, namespace: &str, name: &str) -> Option<Value> {
        self.cluster.get("v1", "ConfigMap", namespace, name).await
    }

    pub(crate) async fn gone(&self, api_version: &str, kind: &str, namespace: &str, name: &str) {
        wait_for(&format!("{kind} {name} is gone"), || async {
            self.cluster.get(api_version, kind, namespace, name).await.is_none().then_some(())
        })
        .await;
    }

    /// Reasons of the Events of an object, sorted.
    pub(crate) async fn events(&self, namespace: &str, name: &str) -> Vec<String> {
        let mut reasons: Vec<String> = self
            .cluster
            .list("v1", "Event", namespace)
            .await
            .iter()
            .filter(|event| event["involvedObject"]["name"] == name)
            .filter_map(|event| event["reason"].as_str().map(str::to_owned))
            .collect();
        reasons.sort();
        reasons
    }

    /// Journals of couplings.
    pub(crate) async fn journals(&self) -> usize {
        let secrets = self.cluster.list("v1", "Secret", &self.system).await;
        secrets.iter().filter(|secret| secret["type"] == "midplane.io/coupling").count()
    }
}

/// One template: a `ConfigMap` with something of the configuration in it.
pub(crate) fn template(name: &str, value: &str) -> Value {
    json!([{ "template": {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name }, "data": { "value": value },
    } }])
}

#[expect(clippy::disallowed_methods, reason = "a test's operator ends with its test")]
pub(crate) fn start(config: kube::Config, options: Options) -> Operator {
    let stop = CancellationToken::new();
    let task = tokio::spawn(run(config, options, stop.clone()));
    Operator { stop, task }
}

pub(crate) struct Operator {
    stop: CancellationToken,
    task: JoinHandle<Result<(), Error>>,
}

impl Operator {
    /// As SIGTERM does.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        let ended = tokio::time::timeout(Duration::from_secs(20), self.task).await;
        ended.expect("it stops in time").expect("it does not panic").expect("it stops well");
    }

    /// As SIGKILL does.
    pub(crate) async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    /// Waits until it ends by itself.
    pub(crate) async fn ended(self) -> Result<(), Error> {
        let ended = tokio::time::timeout(Duration::from_secs(30), self.task).await;
        ended.expect("it ends in time").expect("it does not panic")
    }

    pub(crate) fn is_running(&self) -> bool {
        !self.task.is_finished()
    }
}
