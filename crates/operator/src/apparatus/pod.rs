//! The pod and the Service that an apparatus with containers is started as.
//!
//! Names, label, port and owner are the Go operator's, so that its network policies and meshes keep working. The pod runs under the
//! owner's service account, on any architecture, and restricted: not as root, without privilege escalation and capabilities, unless the
//! containers say otherwise. What a baseline pod must not have (privileged, the host's namespaces, paths and ports) is refused, because
//! whoever may write a plug may not for that reason own the node.

use k8s::apparatus::Apparatus;
use serde_json::{Map, Value, json};

use super::address::pod_name;
use super::idle::LAST_CALL;
use crate::core::object::Identity;

/// The label that the Service selects by.
const LABEL: &str = "apparatus";
/// The named port of the container that is called.
const PORT: &str = "container";

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {what}; remove it")]
pub struct Forbidden {
    pub field: String,
    pub what: &'static str,
}

/// `now` goes into the annotation of the last call.
pub fn objects(
    owner: &Identity,
    apparatus: &Apparatus,
    service_account: &str,
    now: jiff::Timestamp,
) -> Result<[Value; 2], Forbidden> {
    let name = pod_name(&owner.object);
    let mut spec = template_part(apparatus, "spec");
    if !apparatus.containers.is_empty() {
        spec.insert("containers".to_owned(), json!(apparatus.containers));
    }
    check(&spec)?;
    // The old name of the same field would win in some versions.
    spec.remove("serviceAccount");
    spec.insert("serviceAccountName".to_owned(), json!(service_account));
    restrict(&mut spec);
    let mut metadata = template_part(apparatus, "metadata");
    metadata.retain(|key, _| matches!(key.as_str(), "labels" | "annotations"));
    put(&mut metadata, "labels", LABEL, &name);
    put(&mut metadata, "annotations", "sidecar.istio.io/inject", "false");
    put(&mut metadata, "annotations", LAST_CALL, &now.to_string());
    let identity = |metadata: &mut Map<String, Value>| {
        metadata.insert("name".to_owned(), json!(name));
        metadata.insert("namespace".to_owned(), json!(owner.object.namespace()));
        metadata.insert(
            "ownerReferences".to_owned(),
            json!([{
                "apiVersion": owner.object.api_version,
                "kind": owner.object.kind,
                "name": owner.object.name,
                "uid": owner.uid,
                "controller": true,
            }]),
        );
    };
    identity(&mut metadata);
    let mut service = Map::new();
    put(&mut service, "labels", LABEL, &name);
    identity(&mut service);
    Ok([
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}),
        json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": service,
            "spec": {
                "selector": {LABEL: name},
                "ports": [{"name": "http", "port": 80, "targetPort": PORT}],
            },
        }),
    ])
}

fn template_part(apparatus: &Apparatus, part: &str) -> Map<String, Value> {
    let template = apparatus.pod_template.as_ref();
    template.and_then(|template| template.get(part)?.as_object().cloned()).unwrap_or_default()
}

fn put(metadata: &mut Map<String, Value>, map: &str, key: &str, value: &str) {
    let entry = metadata.entry(map).or_insert_with(|| json!({}));
    if let Some(entries) = entry.as_object_mut() {
        entries.insert(key.to_owned(), json!(value));
    }
}

const CONTAINER_LISTS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

fn check(spec: &Map<String, Value>) -> Result<(), Forbidden> {
    let refuse = |field: String, what| Err(Forbidden { field, what });
    for field in ["hostNetwork", "hostPID", "hostIPC"] {
        if spec.get(field) == Some(&Value::Bool(true)) {
            return refuse(field.to_owned(), "a namespace of the host");
        }
    }
    for volume in list(spec, "volumes") {
        if volume.get("hostPath").is_some() {
            return refuse("volumes.hostPath".to_owned(), "a path of the host");
        }
    }
    for kind in CONTAINER_LISTS {
        for container in list(spec, kind) {
            let name = container["name"].as_str().unwrap_or_default();
            let field = |path: &str| format!("{kind}[{name}].{path}");
            let context = &container["securityContext"];
            if context["privileged"] == Value::Bool(true)
                || context["windowsOptions"]["hostProcess"] == Value::Bool(true)
            {
                return refuse(field("securityContext.privileged"), "the host's privileges");
            }
            let added = context["capabilities"]["add"].as_array();
            if added.is_some_and(|added| added.iter().any(|one| one != "NET_BIND_SERVICE")) {
                return refuse(field("securityContext.capabilities.add"), "a capability");
            }
            if context["procMount"].as_str().is_some_and(|mount| mount != "Default") {
                return refuse(field("securityContext.procMount"), "an unmasked /proc");
            }
            if context["seccompProfile"]["type"] == "Unconfined" {
                return refuse(field("securityContext.seccompProfile"), "no seccomp profile");
            }
            let ports = container["ports"].as_array();
            let on_host = |port: &Value| port["hostPort"].as_i64().is_some_and(|port| port != 0);
            if ports.is_some_and(|ports| ports.iter().any(on_host)) {
                return refuse(field("ports.hostPort"), "a port of the host");
            }
        }
    }
    Ok(())
}

fn list<'v>(spec: &'v Map<String, Value>, key: &str) -> impl Iterator<Item = &'v Value> {
    spec.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// The restricted profile, wherever nothing else is said.
fn restrict(spec: &mut Map<String, Value>) {
    let context = spec.entry("securityContext").or_insert_with(|| json!({}));
    default(context, "runAsNonRoot", json!(true));
    default(context, "seccompProfile", json!({"type": "RuntimeDefault"}));
    for kind in CONTAINER_LISTS {
        let containers = spec.get_mut(kind).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            let Some(container) = container.as_object_mut() else { continue };
            let context = container.entry("securityContext").or_insert_with(|| json!({}));
            default(context, "allowPrivilegeEscalation", json!(false));
            default(context, "capabilities", json!({"drop": ["ALL"]}));
        }
    }
}

fn default(object: &mut Value, key: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.entry(key).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::object::ObjectRef;

    fn owner() -> Identity {
        Identity { object: ObjectRef::socket("infra", "pg"), uid: "u1".to_owned() }
    }

    fn made(apparatus: Value) -> Result<[Value; 2], Forbidden> {
        let apparatus: Apparatus = serde_json::from_value(apparatus).unwrap();
        objects(&owner(), &apparatus, "pg", jiff::Timestamp::from_second(1_700_000_000).unwrap())
    }

    #[test]
    fn pod_and_service_find_each_other_and_their_owner() {
        let [pod, service] = made(json!({
            "containers": [{"name": "a", "image": "a:1", "ports": [{"name": "container", "containerPort": 3000}]}],
            "podTemplate": {"metadata": {"labels": {"team": "x"}, "name": "evil"}, "spec": {"nodeSelector": {"disk": "ssd"}}},
        }))
        .unwrap();
        assert_eq!(pod["metadata"]["name"], "pg-apparatus");
        assert_eq!(pod["metadata"]["labels"], json!({"team": "x", "apparatus": "pg-apparatus"}));
        assert_eq!(pod["metadata"]["ownerReferences"][0]["uid"], "u1");
        assert_eq!(pod["metadata"]["annotations"]["sidecar.istio.io/inject"], "false");
        assert_eq!(pod["spec"]["serviceAccountName"], "pg");
        assert_eq!(pod["spec"]["nodeSelector"], json!({"disk": "ssd"}));
        assert_eq!(service["spec"]["selector"], json!({"apparatus": "pg-apparatus"}));
        assert_eq!(
            service["spec"]["ports"][0],
            json!({"name": "http", "port": 80, "targetPort": "container"})
        );
    }

    #[test]
    fn a_pod_is_restricted_unless_it_says_otherwise() {
        let [pod, _] = made(json!({"containers": [
            {"name": "a"},
            {"name": "b", "securityContext": {"allowPrivilegeEscalation": true, "runAsNonRoot": false}},
        ]}))
        .unwrap();
        assert_eq!(pod["spec"]["securityContext"]["runAsNonRoot"], true);
        let first = &pod["spec"]["containers"][0]["securityContext"];
        assert_eq!(
            *first,
            json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}})
        );
        let second = &pod["spec"]["containers"][1]["securityContext"];
        assert_eq!(second["allowPrivilegeEscalation"], true);
        assert_eq!(second["runAsNonRoot"], false);
    }

    #[test]
    fn what_owns_the_node_is_refused() {
        for (apparatus, field) in [
            (
                json!({"containers": [{"name": "a", "securityContext": {"privileged": true}}]}),
                "containers[a].securityContext.privileged",
            ),
            (json!({"podTemplate": {"spec": {"hostNetwork": true}}}), "hostNetwork"),
            (
                json!({"podTemplate": {"spec": {"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}}}),
                "volumes.hostPath",
            ),
            (
                json!({"podTemplate": {"spec": {"initContainers": [{"name": "i", "securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}]}}}),
                "initContainers[i].securityContext.capabilities.add",
            ),
            (
                json!({"containers": [{"name": "a", "ports": [{"hostPort": 80}]}]}),
                "containers[a].ports.hostPort",
            ),
        ] {
            assert_eq!(made(apparatus).unwrap_err().field, field);
        }
    }
}
