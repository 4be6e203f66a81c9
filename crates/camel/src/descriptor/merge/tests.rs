//! Which layer wins, one key after the other.

use super::super::{CaptureLevel, parse};
use super::*;

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn each_layer_hides_the_ones_below() {
    let read = |text: &str| parse("midplane.yaml", text.as_bytes()).0.unwrap();
    let root = read(
        "properties: {a: root, b: root, c: root, d: root, e: root}\nprofile: throughput\nenvironments: {prod: {properties: {d: root-prod, e: root-prod}}}\n",
    );
    let folder = read(
        "properties: {b: folder, c: folder}\nresources: {memory: 1Gi}\ndependencies: [camel:kafka]\nenvironments: {prod: {properties: {d: folder-prod}}, dev: {properties: {a: dev}}}\n",
    );
    let merged = merge(&Inputs {
        platform: &map(&[("p", "platform"), ("a", "platform")]),
        root: Some(&root),
        folder: Some(&folder),
        application: &map(&[("c", "application")]),
        environment: "prod",
        configuration: &map(&[("e", "set")]),
    });
    let shown: Vec<_> = merged
        .properties
        .iter()
        .map(|(key, won)| {
            format!("{key}={} by {} over {:?}", won.value, won.layer.as_str(), won.hidden)
        })
        .collect();
    assert_eq!(
        shown,
        [
            "a=root by root midplane.yaml over [Platform]",
            "b=folder by midplane.yaml over [RootFile]",
            "c=application by application.properties over [RootFile, FolderFile]",
            "d=folder-prod by midplane.yaml environments over [RootFile]",
            "e=set by environment over [RootFile, EnvironmentBlock]",
            "p=platform by platform over []",
        ]
    );
    assert_eq!(merged.profile.unwrap().layer, Layer::RootFile);
    assert_eq!(merged.memory_bytes.unwrap().value, 1 << 30);
    assert_eq!(merged.dependencies, ["camel:kafka"]);
}

#[test]
fn a_secret_hides_the_property_of_its_variable() {
    let text = "properties: {db.password: open, db.user: u}\nsecrets: [{env: DB_PASSWORD, secret: db, key: password}]\n";
    let file = parse("midplane.yaml", text.as_bytes()).0.unwrap();
    let none = BTreeMap::new();
    let merged = merge(&Inputs {
        platform: &none,
        root: None,
        folder: Some(&file),
        application: &none,
        environment: "dev",
        configuration: &none,
    });
    assert_eq!(merged.property_values(), map(&[("db.user", "u")]));
    assert_eq!(merged.secrets[0].hidden, [Layer::FolderFile]);
}

#[test]
fn a_mount_of_an_environment_replaces_the_one_of_its_target() {
    let text = "secrets: [{env: A, secret: one, key: k}]\nenvironments: {prod: {secrets: [{env: A, secret: two, key: k}]}}\n";
    let file = parse("midplane.yaml", text.as_bytes()).0.unwrap();
    let none = BTreeMap::new();
    let merged = merge(&Inputs {
        platform: &none,
        root: None,
        folder: Some(&file),
        application: &none,
        environment: "prod",
        configuration: &none,
    });
    let names: Vec<_> =
        merged.secrets.iter().map(|won| (won.value.secret.as_str(), won.layer)).collect();
    assert_eq!(names, [("two", Layer::EnvironmentBlock)]);
}

#[test]
fn what_capture_redacts_adds_up_and_the_rest_of_it_hides() {
    let read = |text: &str| parse("midplane.yaml", text.as_bytes()).0.unwrap();
    let root = read("capture: {level: timings, sample: 10%, redact: {headers: [x-key]}}\n");
    let folder = read(
        "capture: {level: headers, redact: {headers: [x-token]}}\nenvironments: {prod: {capture: {redact: {json: [$.pin]}}}}\n",
    );
    let none = BTreeMap::new();
    let merged = merge(&Inputs {
        platform: &none,
        root: Some(&root),
        folder: Some(&folder),
        application: &none,
        environment: "prod",
        configuration: &none,
    });
    let won = merged.capture.unwrap();
    assert_eq!(won.layer, Layer::EnvironmentBlock);
    assert_eq!(
        (won.value.level, won.value.sample_percent),
        (Some(CaptureLevel::Headers), Some(10.0))
    );
    assert_eq!(won.value.redact_headers, ["x-token", "x-key"]);
    assert_eq!(won.value.redact_json, ["$.pin"]);
}
