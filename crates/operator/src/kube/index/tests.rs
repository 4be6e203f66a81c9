//! Whom a change concerns.

use serde_json::json;

use super::*;
use crate::core::journal::{Head, Phase};

fn plug(name: &str, version: u64, generation: u64, coupled: Option<&str>) -> Value {
    let mut plug = json!({
        "metadata": {
            "namespace": "app", "name": name, "uid": format!("uid-{name}"),
            "resourceVersion": version.to_string(), "generation": generation,
        },
        "spec": { "socket": { "name": "db", "namespace": "infra" } },
    });
    if let Some(uid) = coupled {
        plug["status"]["coupledSocket"] = json!({ "namespace": "infra", "name": "db", "uid": uid });
    }
    plug
}

fn socket(version: u64, generation: u64, labels: Value) -> Value {
    json!({ "metadata": {
        "namespace": "infra", "name": "db", "uid": "uid-db",
        "resourceVersion": version.to_string(), "generation": generation, "labels": labels,
    } })
}

fn keys(keys: &[&str]) -> Vec<Key> {
    keys.iter()
        .map(|key| match key.split_once(' ').expect("kind and name") {
            ("plug", name) => Key::plug(&Name::new("app", name)),
            ("socket", name) => Key::socket(&Name::new("infra", name)),
            (_, name) => Key::Orphan(name.into()),
        })
        .collect()
}

fn head(name: &str, plug: &str, version: &str) -> Head {
    Head {
        name: name.to_owned(),
        resource_version: version.to_owned(),
        plug_uid: Some(plug.to_owned()),
        socket_uid: Some("uid-db".to_owned()),
        phase: Phase::Coupled,
    }
}

#[test]
fn a_status_of_ours_concerns_only_the_socket_it_enters() {
    let mut index = Index::default();
    assert_eq!(index.observe(Own::Plug, plug("a", 1, 1, None)), keys(&["plug a"]));
    assert_eq!(index.observe(Own::Plug, plug("a", 2, 1, Some("uid-db"))), keys(&["socket db"]));
    assert_eq!(index.observe(Own::Plug, plug("a", 3, 1, Some("uid-db"))), keys(&[]));
    assert_eq!(index.observe(Own::Plug, plug("a", 4, 2, Some("uid-db"))), keys(&["plug a"]));
    assert_eq!(index.observe(Own::Plug, plug("a", 5, 2, None)), keys(&["socket db"]));
    assert!(index.coupled("uid-db").is_empty());
}

#[test]
fn an_older_version_changes_nothing() {
    let mut index = Index::default();
    index.observe(Own::Plug, plug("a", 5, 2, Some("uid-db")));
    assert!(index.observe(Own::Plug, plug("a", 4, 1, None)).is_empty());
    assert!(index.observe(Own::Plug, plug("a", 5, 2, Some("uid-db"))).is_empty());
    assert_eq!(index.coupled("uid-db").len(), 1);
}

#[test]
fn the_answer_to_a_write_makes_nothing_exist() {
    let mut index = Index::default();
    assert!(index.answered(Own::Plug, plug("a", 5, 2, None)).is_empty());
    assert!(index.object(Own::Plug, &Name::new("app", "a")).is_none());
    index.observe(Own::Plug, plug("a", 5, 2, None));
    index.answered(Own::Plug, plug("a", 6, 2, Some("uid-db")));
    assert_eq!(index.coupled("uid-db").len(), 1);
}

#[test]
fn a_socket_concerns_its_plugs_until_only_its_status_changes() {
    let mut index = Index::default();
    index.observe(Own::Plug, plug("a", 1, 1, None));
    let mut selecting = plug("b", 2, 1, None);
    selecting["spec"] =
        json!({ "socketSelector": { "namespace": "infra", "matchLabels": { "tier": "db" } } });
    index.observe(Own::Plug, selecting);
    let all = keys(&["socket db", "plug a", "plug b"]);
    assert_eq!(index.observe(Own::Socket, socket(3, 1, json!({}))), all);
    assert_eq!(index.observe(Own::Socket, socket(4, 1, json!({}))), keys(&[]));
    assert_eq!(index.observe(Own::Socket, socket(5, 1, json!({ "tier": "db" }))), all);
    let selector: LabelSelector =
        serde_json::from_value(json!({ "matchLabels": { "tier": "db" } })).expect("a selector");
    assert_eq!(index.selected("infra", &selector).len(), 1);
    assert!(index.selected("app", &selector).is_empty());
    assert_eq!(index.remove(Own::Socket, &Name::new("infra", "db")), keys(&["plug a", "plug b"]));
}

#[test]
fn what_a_list_does_not_show_is_gone_and_its_journal_an_orphan() {
    let mut index = Index::default();
    index.observe(Own::Plug, plug("a", 1, 1, Some("uid-db")));
    index.observe_head(&head("coupling-1", "uid-a", "2"));
    assert!(index.orphans().is_empty());
    assert_eq!(index.owner("coupling-1"), Some(Key::plug(&Name::new("app", "a"))));
    let other = index.retain(Own::Plug, Some("elsewhere"), &HashSet::new());
    assert!(other.is_empty());
    let gone = index.retain(Own::Plug, None, &HashSet::new());
    assert_eq!(gone, keys(&["orphan coupling-1", "socket db"]));
    assert_eq!(index.orphans(), keys(&["orphan coupling-1"]));
    assert_eq!(index.heads_of("uid-a").len(), 1);
    index.retain_heads(&HashSet::new());
    assert!(index.heads_of("uid-a").is_empty() && index.orphans().is_empty());
}

#[test]
fn a_new_object_of_the_same_name_is_another() {
    let mut index = Index::default();
    index.observe(Own::Plug, plug("a", 1, 1, Some("uid-db")));
    index.observe_head(&head("coupling-1", "uid-a", "2"));
    let mut other = plug("a", 3, 1, None);
    other["metadata"]["uid"] = json!("uid-other");
    let concerned = index.observe(Own::Plug, other);
    assert_eq!(concerned, keys(&["orphan coupling-1", "socket db", "plug a"]));
}

#[test]
fn a_namespace_that_goes_takes_what_is_in_it_along() {
    let mut index = Index::default();
    index.observe(Own::Plug, plug("a", 1, 1, Some("uid-db")));
    index.observe(Own::Socket, socket(2, 1, json!({})));
    let deleted = |index: &mut Index, own, namespace, name| {
        let object = index.object(own, &Name::new(namespace, name)).expect("there");
        !object["metadata"]["deletionTimestamp"].is_null()
    };
    assert!(!deleted(&mut index, Own::Socket, "infra", "db"));
    let since = Some("2026-01-02T03:04:05Z");
    assert_eq!(index.observe_namespace("app", since), keys(&["plug a"]));
    assert_eq!(index.observe_namespace("app", since), keys(&[]), "it is known");
    assert!(deleted(&mut index, Own::Plug, "app", "a"));
    assert!(!deleted(&mut index, Own::Socket, "infra", "db"));
    assert_eq!(index.observe_namespace("infra", since), keys(&["socket db"]));
    assert!(deleted(&mut index, Own::Socket, "infra", "db"));
    // A new one of the same name.
    assert_eq!(index.observe_namespace("app", None), keys(&[]));
    assert!(!deleted(&mut index, Own::Plug, "app", "a"));
}

#[test]
fn words_that_nobody_uses_are_forgotten() {
    let mut index = Index::default();
    for number in 0..10_000 {
        let mut plug = plug("a", number, 1, None);
        plug["metadata"]["uid"] = json!(format!("uid-{number}"));
        plug["spec"]["socket"]["name"] = json!(format!("db{number}"));
        index.observe(Own::Plug, plug);
    }
    assert!(index.words.len() <= FEW_WORDS + 1, "{}", index.words.len());
    assert_eq!(index.uids.len(), 1);
}
