//! May a plug of one namespace couple to a socket of another?
//!
//! ```text
//! same namespace -> yes
//! blacklist matches -> no          an expression is Go's (RE2) and matches anywhere in the name, as MatchString does
//! whitelist matches -> yes
//! blacklist only -> yes            everyone but those listed
//! ReferenceGrant from Plug to Socket -> yes
//! compat.consent: open, nothing validated -> yes
//! otherwise -> no
//! ```
//! A refusal must read like an absence: who may not couple may not learn that the socket is there. A bad expression never allows:
//! in the blacklist it refuses everyone, in the whitelist it matches nobody; the socket itself says so.

use k8s::plug::Openness;
use k8s::socket::SocketSpec;
use serde_json::Value;

use crate::core::object::GROUP;

/// Where to look again, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    SameNamespace,
    Listed,
    Granted,
    Open,
    Refused,
}

impl Consent {
    pub fn is_given(self) -> bool {
        self != Self::Refused
    }
}

pub fn consent(
    plug_namespace: &str,
    socket_namespace: &str,
    socket_name: &str,
    spec: &SocketSpec,
    grants: &[impl AsRef<Value>],
    open: bool,
) -> Consent {
    if plug_namespace == socket_namespace {
        return Consent::SameNamespace;
    }
    let validation = spec.validation.clone().unwrap_or_default();
    let (black, white) = (&validation.namespace_blacklist, &validation.namespace_whitelist);
    if black.iter().any(|expression| matches(expression, plug_namespace).unwrap_or(true)) {
        return Consent::Refused;
    }
    if white.iter().any(|expression| matches(expression, plug_namespace).unwrap_or(false)) {
        return Consent::Listed;
    }
    if white.is_empty() && !black.is_empty() {
        return Consent::Listed;
    }
    if grants.iter().any(|grant| grants_it(grant.as_ref(), plug_namespace, socket_name)) {
        return Consent::Granted;
    }
    let opened =
        spec.compat.as_ref().is_some_and(|compat| compat.consent == Some(Openness::Open)) || open;
    if opened && white.is_empty() { Consent::Open } else { Consent::Refused }
}

/// Expressions that cannot be read, with their fields: trouble of the socket.
pub fn bad_expressions(spec: &SocketSpec) -> Vec<(String, String)> {
    let validation = spec.validation.clone().unwrap_or_default();
    let lists = [
        ("namespaceBlacklist", validation.namespace_blacklist),
        ("namespaceWhitelist", validation.namespace_whitelist),
    ];
    let mut bad = Vec::new();
    for (name, list) in lists {
        for (index, expression) in list.iter().enumerate() {
            if matches(expression, "").is_none() {
                bad.push((format!("spec.validation.{name}[{index}]"), expression.clone()));
            }
        }
    }
    bad
}

/// None when the expression cannot be read.
fn matches(expression: &str, namespace: &str) -> Option<bool> {
    template::go_regex(expression).ok().map(|expression| expression.is_match(namespace))
}

fn grants_it(grant: &Value, plug_namespace: &str, socket_name: &str) -> bool {
    let any = |list: &str, fits: &dyn Fn(&Value) -> bool| {
        grant["spec"][list].as_array().is_some_and(|entries| entries.iter().any(fits))
    };
    any("from", &|from| {
        from["group"] == GROUP && from["kind"] == "Plug" && from["namespace"] == plug_namespace
    }) && any("to", &|to| {
        to["group"] == GROUP
            && to["kind"] == "Socket"
            && to["name"].as_str().is_none_or(|name| name.is_empty() || name == socket_name)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(plug_namespace: &str, spec: Value, grants: Vec<Value>, want: Consent) {
        let spec: SocketSpec = serde_json::from_value(spec).unwrap();
        let grants: Vec<_> = grants.into_iter().map(Arc::new).collect();
        assert_eq!(consent(plug_namespace, "infra", "db", &spec, &grants, false), want);
    }

    fn lists(white: &[&str], black: &[&str]) -> Value {
        json!({"validation": {"namespaceWhitelist": white, "namespaceBlacklist": black}})
    }

    #[test]
    fn the_own_namespace_is_free_and_others_need_consent() {
        check("infra", lists(&[], &["infra"]), vec![], Consent::SameNamespace);
        check("app", json!({}), vec![], Consent::Refused);
        check("app", json!({"validation": {}}), vec![], Consent::Refused);
        check("app", json!({"compat": {"consent": "open"}}), vec![], Consent::Open);
    }

    #[test]
    fn expressions_match_anywhere_and_the_blacklist_comes_first() {
        check("my-app-1", lists(&["app"], &[]), vec![], Consent::Listed);
        check("my-app-1", lists(&["^app$"], &[]), vec![], Consent::Refused);
        check("my-app-1", lists(&["app"], &["-1$"]), vec![], Consent::Refused);
        check("my-app-1", lists(&[], &["^prod"]), vec![], Consent::Listed);
        check("prod-a", lists(&[], &["^prod"]), vec![], Consent::Refused);
        check("other", lists(&["app"], &["^prod"]), vec![], Consent::Refused);
    }

    #[test]
    fn a_bad_expression_never_allows() {
        check("app", lists(&["("], &[]), vec![], Consent::Refused);
        check("app", lists(&["app"], &["("]), vec![], Consent::Refused);
        let spec: SocketSpec = serde_json::from_value(lists(&["a", "("], &[])).unwrap();
        let field = "spec.validation.namespaceWhitelist[1]".to_owned();
        assert_eq!(bad_expressions(&spec), [(field, "(".to_owned())]);
    }

    #[test]
    fn expressions_mean_what_they_mean_in_go() {
        check("team-7", lists(&[r"^team-\d$"], &[]), vec![], Consent::Listed);
        check("team-x", lists(&[r"\Qteam-x\E"], &[]), vec![], Consent::Listed);
        // A set operation in Rust, two plain characters in Go.
        check("a-1", lists(&["^[a-z&&1-]+$"], &[]), vec![], Consent::Listed);
        // Rust's extended mode is unknown to Go, so this admits nobody and the socket says so.
        check("app", lists(&["(?x) a p p"], &[]), vec![], Consent::Refused);
        let spec: SocketSpec = serde_json::from_value(lists(&["(?x)a"], &[])).unwrap();
        assert_eq!(bad_expressions(&spec).len(), 1);
    }

    #[test]
    fn a_grant_allows_its_namespace_and_its_socket() {
        let grant = |namespace: &str, name: Value| {
            json!({"spec": {
                "from": [{"group": GROUP, "kind": "Plug", "namespace": namespace}],
                "to": [{"group": GROUP, "kind": "Socket", "name": name}]
            }})
        };
        check("app", json!({}), vec![grant("app", json!(null))], Consent::Granted);
        check("app", json!({}), vec![grant("app", json!("db"))], Consent::Granted);
        check("app", json!({}), vec![grant("app", json!("else"))], Consent::Refused);
        check("app", json!({}), vec![grant("other", json!(null))], Consent::Refused);
        check("app", lists(&[], &["app"]), vec![grant("app", json!(null))], Consent::Refused);
    }
}
