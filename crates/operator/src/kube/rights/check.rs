//! Which of the rights that `--print-rbac` prints are missing, asked before anything begins.
//!
//! ```text
//! named namespaces   one SelfSubjectRulesReview each, and a SelfSubjectAccessReview for what it does not show
//! all namespaces     one SelfSubjectAccessReview for each right
//! ```
//! Every missing right is named in the log with what it is for. Without one that nothing works without, the operator does not start: it
//! would wait for lists that never come. Reviews store nothing, and every account may ask for its own. When they cannot be asked, the
//! start goes on and the first refusal tells.

use futures::StreamExt as _;
use serde_json::{Value, json};

use super::{Need, Rule, own, served};
use crate::core::object::Account;
use crate::kube::client::{Api, Ask, Failure};
use crate::kube::{Error, Options};

const REVIEWS: &str = "/apis/authorization.k8s.io/v1";
/// Questions at the same time: a start must not crowd out the API server's other callers.
const AT_ONCE: usize = 8;

/// One verb on one resource in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Right {
    group: String,
    resource: String,
    verb: String,
    /// Empty: all namespaces.
    namespace: String,
    why: &'static str,
    need: Need,
}

pub(crate) async fn check(api: &Api, options: &Options) -> Result<(), Error> {
    let mut missing = Vec::new();
    for (namespace, rules) in wanted(options) {
        match lacking(api, rights(&namespace, rules)).await {
            Ok(lacking) => missing.extend(lacking),
            Err(failure) => {
                tracing::warn!(err = failure.message, "cannot ask for the operator's rights");
                return Ok(());
            }
        }
    }
    let told: Vec<String> = missing.iter().map(line).collect();
    for line in &told {
        tracing::warn!(right = line, "the operator lacks a right");
    }
    if missing.iter().any(|right| right.need == Need::Always) {
        return Err(Error::Rights { missing: told.join("\n"), scope: scope(options) });
    }
    Ok(())
}

/// Rules by namespace.
fn wanted(options: &Options) -> Vec<(String, Vec<Rule>)> {
    let mut all = vec![(options.namespace.clone(), own())];
    if options.namespaces.is_empty() {
        all.push((String::new(), served(true)));
    }
    all.extend(options.namespaces.iter().map(|namespace| (namespace.clone(), served(false))));
    all
}

fn scope(options: &Options) -> String {
    if options.namespaces.is_empty() {
        return format!("--all-namespaces --namespace {}", options.namespace);
    }
    format!("--namespaces {} --namespace {}", options.namespaces.join(","), options.namespace)
}

/// `list plugs.integration.rock8s.com in namespace orders: plugs, sockets and deferred resources are watched`
fn line(right: &Right) -> String {
    let place = if right.namespace.is_empty() {
        "in every namespace".to_owned()
    } else {
        format!("in namespace {}", right.namespace)
    };
    let (name, part) = right.resource.split_once('/').unwrap_or((&right.resource, ""));
    let dot = if right.group.is_empty() { "" } else { "." };
    let slash = if part.is_empty() { "" } else { "/" };
    format!("{} {name}{dot}{}{slash}{part} {place}: {}", right.verb, right.group, right.why)
}

fn rights(namespace: &str, rules: Vec<Rule>) -> Vec<Right> {
    let mut rights = Vec::new();
    for Rule { why, text: rule, need } in rules {
        for group in words(&rule["apiGroups"]) {
            for resource in words(&rule["resources"]) {
                for verb in words(&rule["verbs"]) {
                    rights.push(Right {
                        group: group.to_owned(),
                        resource: resource.to_owned(),
                        verb: verb.to_owned(),
                        namespace: namespace.to_owned(),
                        why,
                        need,
                    });
                }
            }
        }
    }
    rights
}

fn words(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Those of `rights`, all of one namespace, that the API server does not give.
async fn lacking(api: &Api, mut rights: Vec<Right>) -> Result<Vec<Right>, Failure> {
    let namespace = rights.first().map(|right| right.namespace.clone()).unwrap_or_default();
    if !namespace.is_empty() {
        let spec = json!({ "namespace": namespace });
        let given = review(api, "SelfSubjectRulesReview", spec).await?;
        rights.retain(|right| !is_given(right, &given["status"]["resourceRules"]));
    }
    let asked = rights.into_iter().map(|right| async move {
        let (resource, part) = right.resource.split_once('/').unwrap_or((&right.resource, ""));
        let attributes = json!({
            "namespace": right.namespace, "group": right.group, "resource": resource,
            "subresource": part, "verb": right.verb,
        });
        let spec = json!({ "resourceAttributes": attributes });
        let answer = review(api, "SelfSubjectAccessReview", spec).await?;
        let is_allowed = answer["status"]["allowed"] == true;
        Ok((right, is_allowed))
    });
    let answers: Vec<Result<(Right, bool), Failure>> =
        futures::stream::iter(asked).buffered(AT_ONCE).collect().await;
    let mut lacking = Vec::new();
    for answer in answers {
        let (right, is_allowed) = answer?;
        if !is_allowed {
            lacking.push(right);
        }
    }
    Ok(lacking)
}

async fn review(api: &Api, kind: &str, spec: Value) -> Result<Value, Failure> {
    let body = json!({ "apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec });
    let path = format!("{REVIEWS}/{}s", kind.to_lowercase());
    api.json(Ask::post(&Account::Operator, path, &body)).await
}

/// Whether one of the rules gives it. Rules for single objects give nothing that we could rely on.
fn is_given(right: &Right, rules: &Value) -> bool {
    rules.as_array().into_iter().flatten().any(|rule| {
        let has = |list: &str, word: &str| words(&rule[list]).any(|one| one == word || one == "*");
        let whole = rule["resourceNames"].as_array().is_none_or(Vec::is_empty);
        whole
            && has("verbs", &right.verb)
            && has("apiGroups", &right.group)
            && has("resources", &right.resource)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn right(resource: &str, verb: &str) -> Right {
        let mut all = rights("orders", served(false)).into_iter();
        all.find(|right| right.resource == resource && right.verb == verb).expect("it is wanted")
    }

    #[test]
    fn a_rule_gives_what_it_names_and_a_star_gives_all() {
        let list = right("plugs", "list");
        let rule = |groups: &str, resources: &str, verbs: &str| json!([{ "apiGroups": [groups], "resources": [resources], "verbs": [verbs] }]);
        assert!(is_given(&list, &rule("integration.rock8s.com", "plugs", "list")));
        assert!(is_given(&list, &rule("*", "*", "*")));
        assert!(!is_given(&list, &rule("integration.rock8s.com", "plugs", "get")));
        assert!(!is_given(&right("plugs/status", "patch"), &rule("*", "plugs", "*")));
        let mut named = rule("*", "*", "*");
        named[0]["resourceNames"] = json!(["one"]);
        assert!(!is_given(&list, &named));
    }

    #[test]
    fn a_missing_right_is_named_with_its_place_and_purpose() {
        assert_eq!(
            line(&right("plugs/status", "patch")),
            "patch plugs.integration.rock8s.com/status in namespace orders: conditions, counts, hashes"
        );
        assert_eq!(
            line(&Right { namespace: String::new(), ..right("events", "create") }),
            "create events in every namespace: Events that people read"
        );
    }
}
