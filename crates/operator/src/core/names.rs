//! Names that the operator gives: journals, published Secrets, field managers, the labels of what it makes.

use aws_lc_rs::digest::{SHA256, digest};

/// On everything made for a coupling: the name of its journal. Watches of created objects select by it.
pub const COUPLING_LABEL: &str = "midplane.io/coupling";
/// On objects that are made anew at each pass: which pass made this one.
pub const PASS_ANNOTATION: &str = "midplane.io/pass";
/// On pods of a workload that gets a result: the keyed hash of the result, so that a new one rolls them out.
pub const RESULT_ANNOTATION: &str = "midplane.io/result";

/// 80 bits: a collision among a billion couplings has a chance of 1 in 2.4 million, and would be found by the uids inside.
const DIGEST_BYTES: usize = 10;
/// Names of most objects are DNS labels or subdomains; a Secret may be longer, but volumes may not.
const LONGEST_NAME: usize = 63;

/// The Secret of one coupling.
pub fn coupling(plug_uid: &str, socket_uid: &str) -> String {
    format!("coupling-{}", short_digest(&format!("{plug_uid}/{socket_uid}")))
}

/// The Secret of what one plug or socket did on its own.
pub fn alone(uid: &str) -> String {
    format!("coupling-{}", short_digest(&format!("{uid}/alone")))
}

/// The Secret that a plug publishes when it names none.
pub fn published(plug: &str, socket: &str) -> String {
    bounded(&format!("{plug}-{socket}"))
}

/// `name`, or as much of it as fits beside a digest of the whole.
pub fn bounded(name: &str) -> String {
    if name.len() <= LONGEST_NAME {
        return name.to_owned();
    }
    let digest = short_digest(name);
    let stem: String = name.chars().take(LONGEST_NAME - digest.len() - 1).collect();
    format!("{}-{digest}", stem.trim_end_matches(['-', '.']))
}

fn short_digest(text: &str) -> String {
    hex::encode(&digest(&SHA256, text.as_bytes()).as_ref()[..DIGEST_BYTES])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coupling_has_one_name_and_every_name_fits() {
        assert_eq!(coupling("a", "b"), coupling("a", "b"));
        assert_ne!(coupling("a", "b"), coupling("b", "a"));
        assert_ne!(coupling("a", "alone"), coupling("a/alone", ""));
        let long = published(&"p".repeat(63), &"s".repeat(63));
        assert!(long.len() <= 63 && long != published(&"p".repeat(63), &"t".repeat(63)));
        assert_eq!(published("orders", "postgres"), "orders-postgres");
    }
}
