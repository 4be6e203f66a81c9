//! The base library: the jars that every workload of a Camel line starts with.
//!
//! A lock in this repository (`base/4.18.0.lock.json`), made once with Maven from `tracer/base/pom.xml`
//! and never changed afterwards: an existing release names the base by digest. It holds the DSLs,
//! the everyday components and the Kamelet catalogue, and leaves out `camel-management` (JMX), which
//! costs more than the rest of a start. The second lock is that of the resolver, which finds what the
//! base does not hold.

use std::sync::LazyLock;

use crate::lock::Lock;

/// The Camel line of the base library.
pub const CAMEL: &str = "4.18.0";

static BASE: LazyLock<Lock> =
    LazyLock::new(|| embedded(include_bytes!("../base/4.18.0.lock.json")));
static RESOLVER: LazyLock<Lock> =
    LazyLock::new(|| embedded(include_bytes!("../base/resolver.lock.json")));
static DIGEST: LazyLock<String> = LazyLock::new(|| BASE.digest());

pub fn lock() -> &'static Lock {
    &BASE
}

/// SHA-256 of the base library's lock.
pub fn digest() -> &'static str {
    &DIGEST
}

/// What the resolver runs on; no workload ever sees these jars.
pub fn resolver_lock() -> &'static Lock {
    &RESOLVER
}

/// An embedded lock is checked by a test below; an empty one here would make every start fail.
fn embedded(bytes: &[u8]) -> Lock {
    Lock::parse(bytes).unwrap_or_else(|_| Lock::new(CAMEL, Vec::new()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_embedded_locks_are_whole() {
        for (lock, least) in [(lock(), 100), (resolver_lock(), 30)] {
            assert!(lock.jars.len() >= least);
            assert_eq!(lock.camel, CAMEL);
            let names: HashSet<_> = lock.jars.iter().map(crate::lock::Jar::file_name).collect();
            assert_eq!(names.len(), lock.jars.len(), "two jars of one name in a flat folder");
        }
    }

    #[test]
    fn a_workload_has_no_jmx() {
        let jmx = |jar: &crate::lock::Jar| {
            jar.coordinates.starts_with("org.apache.camel:camel-management:")
        };
        assert!(!lock().jars.iter().any(jmx));
    }
}
