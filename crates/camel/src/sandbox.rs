//! Which components may be themselves in a dry run: those that stay within the Camel context.
//!
//! A list of what somebody has looked at, not of what is forbidden: everything else is a stub, whatever the catalogue says of
//! it. The catalogue has a veto, so a component that a later Camel calls remote drops out by itself. Queues within a JVM
//! (`seda`) are left out on purpose: what is sent there would run later, and nobody would see it.

use crate::catalogue::Catalogue;

const REVIEWED: &[&str] = &[
    "atlasmap",
    "bean",
    "class",
    "dataformat",
    "direct",
    "freemarker",
    "jolt",
    "jslt",
    "json-validator",
    "jsonata",
    "kamelet",
    "language",
    "log",
    "mock",
    "mustache",
    "mvel",
    "saga",
    "schematron",
    "string-template",
    "thymeleaf",
    "validator",
    "velocity",
    "xquery",
    "xslt",
    "xslt-saxon",
];

/// Schemes of the components that are not stubs.
pub fn local_schemes() -> Vec<&'static str> {
    let catalogue = Catalogue::bundled();
    let is_local =
        |scheme: &&str| catalogue.component(scheme).is_some_and(|component| !component.remote());
    REVIEWED.iter().copied().filter(is_local).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_reaches_out_is_local() {
        let local = local_schemes();
        for scheme in ["direct", "bean", "log", "kamelet", "xslt", "language"] {
            assert!(local.contains(&scheme), "{scheme}");
        }
        for scheme in [
            "http", "https", "jms", "sql", "file", "ftp", "exec", "seda", "timer", "stub", "ssh",
            "docker",
        ] {
            assert!(!local.contains(&scheme), "{scheme}");
        }
    }
}
