//! What wakes whom, and what is drift.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{Interests, Made, Place};
use crate::kube::key::{Key, Name};
use crate::kube::kinds::known;

fn place(name: &str) -> Place {
    Place { kind: known("v1", "Secret").expect("known"), name: Name::new("app", name) }
}

fn plug(name: &str) -> Key {
    Key::plug(&Name::new("app", name))
}

fn at(version: u64) -> Value {
    json!({ "resourceVersion": version.to_string() })
}

#[test]
fn only_news_wakes_those_who_read() {
    let mut interests = Interests::default();
    interests.add(&plug("a"), &place("s"));
    interests.read(&place("s"), 5);
    assert!(interests.changed(&place("s"), &at(5), false).is_empty());
    assert!(interests.changed(&place("other"), &at(9), false).is_empty());
    assert_eq!(interests.changed(&place("s"), &at(6), false), [plug("a")]);
    assert!(interests.changed(&place("s"), &at(6), false).is_empty());
    assert_eq!(interests.changed(&place("s"), &at(7), true), [plug("a")]);
    assert!(interests.changed(&place("s"), &at(7), true).is_empty());
    interests.keep(&plug("a"), &HashSet::new());
    assert!(interests.changed(&place("s"), &at(8), false).is_empty());
    assert!(interests.needed().is_empty());
}

#[test]
fn what_a_list_does_not_show_wakes_once() {
    let mut interests = Interests::default();
    interests.add(&plug("a"), &place("s"));
    interests.add(&plug("b"), &place("missing"));
    interests.read(&place("s"), 5);
    interests.read(&place("missing"), 0);
    let kind = place("s").kind;
    let earlier = interests.vanished(&kind, "app", 4, &HashSet::new());
    assert!(earlier.is_empty(), "it was read after the list");
    assert_eq!(interests.vanished(&kind, "app", 9, &HashSet::new()), [plug("a")]);
    assert!(interests.vanished(&kind, "app", 9, &HashSet::new()).is_empty());
}

#[test]
fn a_choice_wakes_when_its_members_change() {
    let mut interests = Interests::default();
    let selector = json!({ "matchLabels": { "a": "b" } });
    let selector = serde_json::from_value(selector).expect("a selector");
    let kind = place("s").kind;
    interests.choose(&plug("p"), &kind, &"app".into(), selector);
    let labelled = json!({ "resourceVersion": "1", "labels": { "a": "b" } });
    assert_eq!(interests.changed(&place("s"), &labelled, false), [plug("p")]);
    assert!(interests.changed(&place("s"), &labelled, false).is_empty());
    assert_eq!(interests.changed(&place("s"), &at(2), false), [plug("p")]);
    interests.forget(&plug("p"));
    assert!(interests.changed(&place("s"), &labelled, false).is_empty());
}

fn made(version: u64, ours: &str, status: &str) -> Value {
    json!({
        "resourceVersion": version.to_string(),
        "labels": { "midplane.io/coupling": "coupling-1" },
        "managedFields": [
            { "manager": "midplane-operator", "fieldsV1": { ours: {} } },
            { "manager": "controller", "subresource": "status", "fieldsV1": { status: {} } },
        ],
    })
}

#[test]
fn drift_is_a_field_that_is_no_longer_ours() {
    let mut objects = Made::default();
    let place = place("made");
    objects.applied(&place, &made(5, "all", ""));
    assert_eq!(objects.changed(&place, &made(5, "all", ""), false), None);
    assert_eq!(objects.changed(&place, &made(6, "all", "x"), false), None, "a status");
    assert_eq!(
        objects.changed(&place, &made(7, "less", "x"), false).as_deref(),
        Some("coupling-1")
    );
    assert_eq!(objects.drifted("coupling-1"), [place.reference()]);
    objects.applied(&place, &made(8, "all", "x"));
    assert!(objects.drifted("coupling-1").is_empty());
    assert_eq!(objects.changed(&place, &made(9, "all", "x"), true).as_deref(), Some("coupling-1"));
    assert_eq!(objects.drifted("coupling-1").len(), 1);
}

#[test]
fn what_we_delete_is_no_drift() {
    let mut objects = Made::default();
    objects.applied(&place("made"), &made(5, "all", ""));
    objects.unmade(&place("made"));
    assert_eq!(objects.changed(&place("made"), &made(6, "all", ""), true), None);
    assert!(objects.drifted("coupling-1").is_empty());
}

#[test]
fn after_a_restart_what_is_there_is_right_and_what_then_goes_is_drift() {
    let mut objects = Made::default();
    let place = place("made");
    assert_eq!(objects.changed(&place, &made(5, "less", ""), false), None);
    let gone = objects.vanished(&place.kind, Some("app"), 9, &HashSet::new());
    assert_eq!(gone.len(), 1);
    objects.forget_journal("coupling-1");
    assert!(objects.drifted("coupling-1").is_empty());
}

#[test]
fn what_changed_while_nobody_looked_makes_a_coupling_suspect() {
    let everything = |_: &Place| true;
    let place = place("made");
    let mut before = Made::default();
    before.applied(&place, &made(5, "all", ""));
    let sum = before.sum("coupling-1", &everything);
    let restarted = |fields: Option<&str>, unseen: &[&str]| {
        let mut after = Made::default();
        after.expect("coupling-1", sum, "v1 Secret");
        if let Some(fields) = fields {
            // A status, and a version, may be others.
            after.changed(&place, &made(7, fields, "x"), false);
        }
        let unseen = unseen.iter().map(|kind| (*kind).to_owned()).collect();
        let suspects = after.compare(&unseen, &everything).len();
        assert_eq!(after.is_suspect("coupling-1"), suspects == 1);
        after.trust("coupling-1");
        assert!(!after.is_suspect("coupling-1"));
        suspects
    };
    assert_eq!(restarted(Some("all"), &[]), 0);
    assert_eq!(restarted(Some("less"), &[]), 1, "edited");
    assert_eq!(restarted(None, &[]), 1, "deleted");
    assert_eq!(restarted(None, &["v1 Secret"]), 0, "nobody may look");
    assert_eq!(before.sum("coupling-1", &|_| false), 0);
}
