//! Whether a workload needs the HTTP server: as its specification says, else by looking at its route files.
//!
//! A route can serve HTTP without being exposed (a neighbour calls it), and then the specification may say nothing. The
//! look is a search for a few words. Finding one too many costs some memory in that JVM; Camel decides what is served.

use std::fs;
use std::path::Path;

use crate::specification::Specification;

/// Consumers that bind to the server of the launcher, as they stand in YAML and XML.
const WORDS: [&str; 7] =
    ["platform-http", "rest:", "<rest", "webhook", "servlet:", "http-source", "rest-openapi"];
/// A route file is text for people.
const MAX_BYTES: u64 = 4 << 20;

pub(crate) fn serves_http(specification: &Specification, bundle: &Path) -> bool {
    specification.serves_http().unwrap_or_else(|| {
        specification.routes.iter().any(|route| {
            let path = bundle.join(route);
            let small = fs::metadata(&path).is_ok_and(|found| found.len() <= MAX_BYTES);
            small && fs::read(&path).is_ok_and(|bytes| mentions(&String::from_utf8_lossy(&bytes)))
        })
    })
}

fn mentions(text: &str) -> bool {
    WORDS.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_needs_no_server_and_a_rest_route_does() {
        assert!(!mentions(
            "- from:\n    uri: timer:tick\n    steps:\n      - to: http:localhost\n"
        ));
        assert!(mentions("- rest:\n    post: /orders\n"));
        assert!(mentions("<route><from uri=\"platform-http:/prices\"/></route>"));
    }
}
