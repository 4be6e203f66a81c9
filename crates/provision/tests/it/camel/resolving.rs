//! Jars beyond the base library, from a real Maven repository.

use std::time::Duration;

use provision::base_library;
use provision::resolver::{Account, ResolveError, ResolveRequest, resolve};

use super::workload::kit;

fn run(coordinates: &[&str]) -> Result<provision::lock::Lock, ResolveError> {
    let kit = kit();
    let request = ResolveRequest {
        camel: base_library::CAMEL.to_owned(),
        coordinates: coordinates.iter().map(|text| (*text).to_owned()).collect(),
        // As root, never as root.
        account: rustix::process::geteuid()
            .is_root()
            .then_some(Account { uid: 64_103, gid: 64_103 }),
    };
    let base = base_library::lock();
    let deadline = Duration::from_secs(300);
    resolve(&kit.java, &kit.jars, &kit.resolver_jars, base, &kit.fetcher, &request, deadline)
}

#[test]
fn camel_kafka_is_resolved_without_what_the_base_has() {
    let lock = run(&["camel:kafka"]).unwrap();
    let has = |name: &str| lock.jars.iter().any(|jar| jar.coordinates.starts_with(name));
    assert!(has("org.apache.camel:camel-kafka:4.18.0"));
    assert!(has("org.apache.kafka:kafka-clients:"));
    assert!(!has("org.apache.camel:camel-support:"), "the base has it");
    assert!(!has("org.slf4j:slf4j-api:"), "the base has it");
    for jar in &lock.jars {
        let path = kit().fetcher.store().join(jar.path());
        assert_eq!(provision::download::digest_of(&path).as_ref(), Some(&jar.sha256));
        let owner = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(&path).unwrap());
        assert_eq!(owner, rustix::process::geteuid().as_raw(), "{}", path.display());
    }
    assert_eq!(run(&["camel:kafka"]).unwrap().digest(), lock.digest());
}

#[test]
fn camel_an_artefact_that_cannot_be_had_is_named() {
    let err = run(&["camel:kafka", "mvn:com.example:no-such-thing:1.4.2"]).unwrap_err();
    let ResolveError::Missing { coordinates } = &err else { panic!("{err}") };
    assert_eq!(coordinates, &["com.example:no-such-thing:1.4.2"]);
    assert_eq!(err.code(), "MP-RUN-10");
}
