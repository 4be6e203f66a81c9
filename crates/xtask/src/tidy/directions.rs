//! The direction of dependencies, as ARCHITECTURE.md draws it.
//!
//! The table is the rule: a crate may use the crates beside it and nothing else of the workspace. Some libraries have one home
//! as well, so that SQL, the HTTP server and GraphQL cannot spread.

use crate::cargo::Metadata;

const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("camel", &["domain"]),
    ("provision", &[]),
    ("k8s", &[]),
    ("template", &[]),
    ("link", &["domain"]),
    ("telemetry", &["domain"]),
    ("store", &["domain", "telemetry"]),
    ("operator", &["k8s", "template", "domain"]),
    ("runner", &["link", "camel", "domain", "provision", "telemetry"]),
    ("control", &["store", "link", "camel", "domain", "telemetry"]),
    ("testkit", &["domain", "provision", "store"]),
    ("kube-testkit", &[]),
    (
        "midplane",
        &[
            "camel",
            "control",
            "domain",
            "k8s",
            "link",
            "operator",
            "provision",
            "runner",
            "store",
            "telemetry",
        ],
    ),
    ("xtask", &["k8s", "kube-testkit", "provision", "telemetry"]),
];

/// Libraries that only the named crates may use directly.
const AT_HOME: &[(&str, &[&str])] = &[
    ("sqlx", &["store", "testkit"]),
    ("async-graphql", &["control"]),
    ("async-graphql-axum", &["control"]),
    ("axum", &["control"]),
    ("gix", &["control"]),
    ("kube", &["operator", "kube-testkit"]),
];

/// Tests may use more: the real parts, and the other end of a wire.
const TESTS_MAY_USE: &[&str] =
    &["testkit", "kube-testkit", "provision", "store", "domain", "link", "camel", "telemetry"];

pub(crate) fn check(metadata: &Metadata) -> Vec<String> {
    let mut findings = Vec::new();
    let members =
        metadata.packages.iter().filter(|package| metadata.workspace_members.contains(&package.id));
    for package in members {
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == package.name) else {
            findings
                .push(format!("crate `{}` has no row in the table of directions", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            let ours = MAY_USE.iter().any(|(name, _)| *name == dependency.name);
            let in_tests = dependency.kind.as_deref() == Some("dev");
            if ours && !allowed.contains(&dependency.name.as_str()) {
                let tested = in_tests && TESTS_MAY_USE.contains(&dependency.name.as_str());
                if !tested {
                    findings.push(format!(
                        "crate `{}` must not use `{}`",
                        package.name, dependency.name
                    ));
                }
            }
            if let Some((_, homes)) = AT_HOME.iter().find(|(name, _)| *name == dependency.name)
                && !homes.contains(&package.name.as_str())
                && !in_tests
            {
                findings.push(format!(
                    "`{}` belongs to {homes:?}, not to `{}`",
                    dependency.name, package.name
                ));
            }
        }
    }
    findings
}
