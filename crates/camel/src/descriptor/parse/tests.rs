//! `midplane.yaml`: what is read and what is said about mistakes.

use std::time::Duration;

use super::*;

fn problems(text: &str) -> Vec<String> {
    parse("midplane.yaml", text.as_bytes())
        .1
        .iter()
        .map(|one| format!("{} {one}", one.code))
        .collect()
}

#[test]
fn every_field_is_read() {
    let text = "integration: orders\ncamel: \"4.18\"\ndependencies: [camel:kafka, \"mvn:com.example:pricing:1.4.2\"]\n\
        properties: {orders.limit: 012}\nsecrets:\n  - {env: DB_PASSWORD, secret: orders-db, key: password}\n  - {file: certs/partner.pem, secret: partner, key: cert}\n\
        expose: {path: /orders, port: http}\nhealth: {startup: 60s}\nresources: {memory: 256Mi, cpu: 500m}\nprofile: throughput\n\
        scale: {min: 1, max: 4, cpu: 70}\ncapture: {level: headers, sample: 10%, redact: {headers: [x-token], json: [$.card.number]}, attributes: {orderId: {header: orderId}}, originals: {keep: 2h}}\n\
        plugs: [{socket: infra/postgres, config: {database: orders}}]\nenvironments:\n  prod: {properties: {orders.limit: 5000}, scale: {min: 2, max: 8}}\n";
    let (found, problems) = parse("midplane.yaml", text.as_bytes());
    let found = found.unwrap();
    assert_eq!(found.integration.as_deref(), Some("orders"));
    assert_eq!(found.refinement.properties["orders.limit"], "012", "a value stays text");
    assert_eq!(found.refinement.startup, Some(Duration::from_mins(1)));
    assert_eq!(found.refinement.memory_bytes, Some(256 << 20));
    assert_eq!(found.refinement.cpu_millis, Some(500));
    assert_eq!(found.refinement.profile, Some(Profile::Throughput));
    assert_eq!(
        found.refinement.secrets[1].target,
        SecretTarget::File("certs/partner.pem".to_owned())
    );
    let capture = found.refinement.capture.unwrap();
    assert_eq!((capture.level, capture.sample_percent), (Some(CaptureLevel::Headers), Some(10.0)));
    assert_eq!(capture.attributes["orderId"], AttributeFrom::Header("orderId".to_owned()));
    let kept = Originals::Kept { keep: Some("2h".to_owned()), cap: None, only: false };
    assert_eq!(capture.originals, Some(kept));
    assert_eq!(
        found.environments["prod"].scale,
        Some(Scale { min: Some(2), max: Some(8), cpu_percent: None })
    );
    assert!(problems.iter().all(|one| one.code == "MP-CFG-04" && !one.is_error()));
    assert_eq!(problems.len(), 3, "scale twice and plugs have no effect here");
}

#[test]
fn an_unknown_key_names_the_nearest() {
    assert_eq!(
        problems("propertys: {a: 1}\nresources: {mem: 1}\nenvironments: {dev: {proprties: {}}}\n"),
        [
            "MP-CFG-02 midplane.yaml:1:1 unknown key `propertys` in the file, did you mean `properties`?",
            "MP-CFG-02 midplane.yaml:2:13 unknown key `mem` in `resources`",
            "MP-CFG-02 midplane.yaml:3:22 unknown key `proprties` in `environments.dev`, did you mean `properties`?",
        ]
    );
}

#[test]
fn wrong_values_are_told_all_at_once() {
    assert_eq!(
        problems(
            "integration: Orders\ncamel: new\nprofile: big\nhealth: {startup: 60}\nresources: {memory: 256MB}\ndependencies: [kafka]\n\
             secrets: [{secret: a, key: b}, {env: 1A, secret: a, key: b}, {file: ../x, secret: a, key: b}]\nproperties: [a]\nexpose: {path: orders}\n\
             environments: {prod: {camel: \"4.14\"}}\n"
        ),
        [
            "MP-CFG-05 midplane.yaml:1:14 `Orders` is not a name for an integration: lower-case letters, digits and `-`, at most 63",
            "MP-CFG-03 midplane.yaml:2:8 `camel` must be a line as `\"4.18\"`",
            "MP-CFG-03 midplane.yaml:3:10 `profile` must be `small` or `throughput`",
            "MP-CFG-03 midplane.yaml:4:19 `startup` must be a duration as `60s`, not `60`",
            "MP-CFG-03 midplane.yaml:5:21 `memory` must be a size as `256Mi`, not `256MB`",
            "MP-CFG-06 midplane.yaml:6:16 `kafka` is not a dependency: write `camel:NAME` or `mvn:GROUP:ARTIFACT:VERSION`",
            "MP-CFG-03 midplane.yaml:7:11 a secret needs `env` or `file`, and not both",
            "MP-CFG-03 midplane.yaml:7:38 `1A` is not the name of an environment variable",
            "MP-CFG-03 midplane.yaml:7:69 `../x` is not a relative path within the secrets folder",
            "MP-CFG-03 midplane.yaml:8:13 `properties` must be a map, not a list",
            "MP-CFG-03 midplane.yaml:9:16 `path` must begin with `/`",
            "MP-CFG-03 midplane.yaml:10:23 `camel` belongs to the release and cannot differ between environments",
        ]
    );
}

#[test]
fn what_is_no_yaml_has_a_code_of_its_own() {
    assert_eq!(parse("midplane.yaml", b"a: [").1[0].code, "MP-CFG-01");
    assert_eq!(parse("midplane.yaml", b""), (Some(Descriptor::default()), vec![]));
    assert!(parse("midplane.yaml", b"a: !x b").0.is_none());
}

#[test]
fn the_json_schema_knows_the_same_keys() {
    let schema: serde_json::Value = serde_json::from_str(super::super::json_schema()).unwrap();
    let keys = |value: &serde_json::Value| {
        let mut keys: Vec<_> = value["properties"].as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    let mut root: Vec<_> = [&ROOT_ONLY_KEYS[..], &ENVIRONMENT_KEYS[..]]
        .concat()
        .into_iter()
        .map(str::to_owned)
        .collect();
    root.sort();
    assert_eq!(keys(&schema), root);
    let mut inner: Vec<_> = ENVIRONMENT_KEYS.map(str::to_owned).into();
    inner.sort();
    assert_eq!(keys(&schema["$defs"]["refinement"]), inner);
}
