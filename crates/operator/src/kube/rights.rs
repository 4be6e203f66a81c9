//! What the operator may do: `--print-rbac`.
//!
//! Roles in the named namespaces; nothing for the whole cluster unless all namespaces are asked for. The accounts that plugs and sockets name
//! are impersonated, and only accounts of the namespaces that are served: what a template makes is made with their rights, not with these.
//! Pure: the same arguments print the same rules.

mod check;

use serde_json::{Value, json};

pub(crate) use self::check::check;

pub const ACCOUNT: &str = "midplane-operator";

/// Where plugs and sockets are served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    All,
    Namespaces(Vec<String>),
}

/// One line of a role, and why it is there.
struct Rule {
    why: &'static str,
    text: Value,
    need: Need,
}

/// What a missing right means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// Nothing works without it.
    Always,
    /// Something does not work; the rest does.
    Sometimes,
}

fn rule(why: &'static str, groups: &[&str], resources: &[&str], verbs: &[&str]) -> Rule {
    let text = json!({ "apiGroups": groups, "resources": resources, "verbs": verbs });
    Rule { why, text, need: Need::Sometimes }
}

impl Rule {
    fn always(self) -> Self {
        Self { need: Need::Always, ..self }
    }
}

/// In the operator's own namespace.
fn own() -> Vec<Rule> {
    let all = ["get", "list", "watch", "create", "update", "delete"];
    vec![
        rule("journals of couplings and the key that seals them", &[""], &["secrets"], &all)
            .always(),
        rule(
            "one process leads; the Go operator is noticed",
            &["coordination.k8s.io"],
            &["leases"],
            &["get", "list", "create", "update"],
        )
        .always(),
    ]
}

/// In each namespace with plugs or sockets.
fn served(everywhere: bool) -> Vec<Rule> {
    let group = "integration.rock8s.com";
    // A role in a namespace can allow to read that namespace, and none to watch it.
    let namespaces: &[&str] = if everywhere { &["get", "list", "watch"] } else { &["get"] };
    vec![
        rule(
            "plugs, sockets and deferred resources are watched",
            &[group],
            &["plugs", "sockets", "deferredresources"],
            &["get", "list", "watch"],
        )
        .always(),
        rule(
            "the finalizer that lets a deletion undo a coupling",
            &[group],
            &["plugs", "sockets"],
            &["patch", "update"],
        )
        .always(),
        rule(
            "conditions, counts, hashes",
            &[group],
            &["plugs/status", "sockets/status", "deferredresources/status"],
            &["patch", "update"],
        )
        .always(),
        rule("Events that people read", &[""], &["events"], &["create", "patch"]),
        rule(
            "changes of sources and of what was made are noticed (metadata only)",
            &[""],
            &["configmaps", "secrets"],
            &["list", "watch"],
        ),
        rule(
            "pods and Services of apparatuses that run on demand",
            &[""],
            &["pods", "services"],
            &["get", "list", "watch", "create", "patch", "delete"],
        ),
        rule(
            "consent to plugs of other namespaces",
            &["gateway.networking.k8s.io"],
            &["referencegrants"],
            &["list", "watch"],
        ),
        rule("whether a namespace is being deleted", &[""], &["namespaces"], namespaces),
        rule(
            "templates are applied and sources read as the service account that the plug or socket names",
            &[""],
            &["serviceaccounts"],
            &["impersonate"],
        ),
    ]
}

/// Objects, each with a comment that explains it.
pub fn objects(namespace: &str, scope: &Scope) -> Vec<(String, Value)> {
    let own_namespace = json!({
        "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace },
    });
    let mut objects = vec![("the operator's own namespace".to_owned(), own_namespace)];
    objects.push((
        "the account of the operator".to_owned(),
        json!({
            "apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": { "name": ACCOUNT, "namespace": namespace },
        }),
    ));
    objects.extend(role("Role", Some(namespace), ACCOUNT, namespace, own()));
    match scope {
        Scope::All => {
            let name = format!("{ACCOUNT}-all-namespaces");
            objects.extend(role("ClusterRole", None, &name, namespace, served(true)));
        }
        Scope::Namespaces(served_in) => {
            let name = format!("{ACCOUNT}-plugs");
            for served_in in served_in {
                objects.extend(role("Role", Some(served_in), &name, namespace, served(false)));
            }
        }
    }
    objects
}

fn role(
    kind: &str,
    within: Option<&str>,
    name: &str,
    account_namespace: &str,
    rules: Vec<Rule>,
) -> [(String, Value); 2] {
    let lines: Vec<String> = rules
        .iter()
        .map(|Rule { why, text: rule, .. }| {
            let words = |key: &str| {
                let words = rule[key].as_array().into_iter().flatten();
                words.filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
            };
            format!("{}: {} - {why}", words("resources"), words("verbs"))
        })
        .collect();
    let place = within.map_or_else(
        || "every namespace of the cluster".to_owned(),
        |namespace| format!("namespace {namespace}"),
    );
    let mut metadata = json!({ "name": name });
    if let Some(within) = within {
        metadata["namespace"] = json!(within);
    }
    let rules: Vec<Value> = rules.into_iter().map(|Rule { text, .. }| text).collect();
    let rights = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata, "rules": rules,
    });
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": format!("{kind}Binding"), "metadata": metadata,
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name },
        "subjects": [{ "kind": "ServiceAccount", "name": ACCOUNT, "namespace": account_namespace }],
    });
    [
        (format!("in {place}\n{}", lines.join("\n")), rights),
        ("to the account above".to_owned(), binding),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(scope: &Scope) -> Vec<String> {
        objects("midplane-system", scope)
            .iter()
            .map(|(_, object)| object["kind"].as_str().expect("a kind").to_owned())
            .collect()
    }

    #[test]
    fn the_whole_cluster_is_only_touched_when_asked_for() {
        let some = Scope::Namespaces(vec!["infra".to_owned(), "orders".to_owned()]);
        assert!(!kinds(&some).iter().any(|kind| kind.starts_with("Cluster")));
        assert!(kinds(&Scope::All).iter().any(|kind| kind == "ClusterRole"));
    }

    #[test]
    fn every_rule_is_explained_and_none_has_a_star() {
        for (why, object) in objects("midplane-system", &Scope::All) {
            assert!(!why.is_empty());
            assert!(!object.to_string().contains('*'), "{object}");
        }
    }
}
