//! What the templates of one side make, compared with what is there.

use serde_json::{Value, json};

use crate::core::explain::{Explanation, Node, places};
use crate::core::flow::{Flow, Run};
use crate::core::party::Party;
use crate::core::request::{Request, Response};
use crate::core::resources::Rendered;

/// As many as a line holds.
const SHOWN_DIFFERENCES: usize = 5;

/// `owner` is the object as stored, which has the lines. What is rendered without all keys (`is_partial`) is looked for, not compared.
pub(super) fn node(
    flow: &mut Flow<'_>,
    party: &Party,
    owner: &Value,
    entries: Vec<Rendered>,
    is_partial: bool,
    seen: &mut Explanation,
) -> Run<Node> {
    let mut below = Vec::new();
    for entry in entries {
        let reference = &entry.reference;
        let place = places::line(owner, &entry.field, None);
        let place = place.map_or_else(String::new, |line| format!(", line {line}"));
        let what = format!("{reference} (from {}{place})", entry.field);
        if is_partial && reference.to_string().contains("<no value>") {
            let state = "its name comes from the apparatus".to_owned();
            below.push(Node { what, state, below: Vec::new() });
            continue;
        }
        let read = Request::Read { account: party.account.clone(), object: reference.clone() };
        let wants_it = entry.what != k8s::resource::Do::Delete;
        let (state, change) = match flow.ask(read)? {
            Response::Object(None) if wants_it => {
                ("missing".to_owned(), Some(format!("make {reference}")))
            }
            Response::Object(None) => ("gone, as asked".to_owned(), None),
            Response::Object(Some(_)) if !wants_it => {
                ("there".to_owned(), Some(format!("delete {reference}")))
            }
            Response::Object(Some(_)) if is_partial => ("there".to_owned(), None),
            Response::Object(Some(there)) => {
                let mut paths = Vec::new();
                differences(&entry.object, there, "", &mut paths);
                if paths.is_empty() {
                    ("as wanted".to_owned(), None)
                } else {
                    let at = paths.join(", ");
                    (format!("differs at {at}"), Some(format!("change {reference} at {at}")))
                }
            }
            _ => ("not shown to you".to_owned(), None),
        };
        if entry.what == k8s::resource::Do::Apply {
            seen.would_change.extend(change);
        }
        below.push(Node { what, state, below: Vec::new() });
    }
    let what = format!("made by {}", party.reference());
    Ok(Node { what, state: String::new(), below })
}

/// Paths at which what is wanted is not there.
fn differences(wanted: &Value, there: &Value, path: &str, paths: &mut Vec<String>) {
    if paths.len() >= SHOWN_DIFFERENCES {
        return;
    }
    match (wanted, there) {
        (Value::Object(wanted), Value::Object(_)) => {
            for (key, wanted) in wanted {
                // Our own label says whose it is, not what it is.
                if key == crate::core::names::COUPLING_LABEL {
                    continue;
                }
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                differences(wanted, &there[key], &path, paths);
            }
        }
        (wanted, there) if wanted == there => {}
        // The API server fills in defaults, also within the entries of a list; others may add entries.
        (Value::Array(wanted), Value::Array(there)) => {
            for (index, wanted) in wanted.iter().enumerate() {
                let name = &wanted["name"];
                let same = there.iter().find(|one| name.is_string() && one["name"] == *name);
                let path = match name.as_str() {
                    Some(name) => format!("{path}[{name}]"),
                    None => format!("{path}[{index}]"),
                };
                let there = same.or_else(|| there.get(index)).unwrap_or(&Value::Null);
                differences(wanted, there, &path, paths);
            }
        }
        // An empty map or list is stored as none.
        (Value::Object(_) | Value::Array(_), Value::Null) if is_empty(wanted) => {}
        // `stringData` is taken into `data` by the API server.
        _ if path.starts_with("stringData") => {}
        _ => paths.push(path.to_owned()),
    }
}

fn is_empty(value: &Value) -> bool {
    *value == json!({})
        || *value == json!([])
        || value
            .as_object()
            .is_some_and(|map| map.keys().all(|key| key == crate::core::names::COUPLING_LABEL))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wanted: Value, there: Value, want: &[&str]) {
        let mut paths = Vec::new();
        differences(&wanted, &there, "", &mut paths);
        assert_eq!(paths, want);
    }

    #[test]
    fn defaults_of_the_api_server_are_no_difference() {
        let containers = |list: Value| json!({"spec": {"containers": list}});
        let wanted = || containers(json!([{"name": "psql", "image": "p:1", "args": ["a", "b"]}]));
        let there = |image: &str, argument: &str| {
            containers(json!([
                {"name": "sidecar", "image": "s"},
                {"name": "psql", "image": image, "args": ["a", argument], "resources": {}},
            ]))
        };
        check(wanted(), there("p:1", "b"), &[]);
        check(wanted(), there("p:2", "b"), &["spec.containers[psql].image"]);
        check(wanted(), there("p:1", "c"), &["spec.containers[psql].args[1]"]);
        check(json!({"a": [1, 2]}), json!({"a": [1]}), &["a[1]"]);
        check(json!({"stringData": {"a": "b"}, "x": {}}), json!({"data": {"a": "Yg=="}}), &[]);
    }
}
