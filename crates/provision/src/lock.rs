//! A lock: which jars make up a base library or a release, by digest.
//!
//! One format for both. The text in a repository or a store may be pretty; what is hashed is the
//! canonical form (sorted jars, sorted keys, no spaces), so two spellings of one lock have one digest.
//! The order of jars in the canonical form is also their order on the class path: it is fixed, and a
//! class-data archive stays valid for as long as the lock is the same.
//!
//! A coordinate is `group:artifact:version` or `group:artifact:version:classifier`; `jar` is implied.
//! Coordinates come from files that others wrote, so each part is checked before it becomes a path.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The format this code writes and reads; there is no older one yet, a newer one is refused.
const FORMAT: u32 = 1;

/// The base library has 128 jars; a release with eight times as many is a mistake or an attack.
const MAX_JARS: usize = 1024;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    pub format: u32,
    /// The Camel line, as `4.18.0`.
    pub camel: String,
    pub jars: Vec<Jar>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jar {
    pub coordinates: String,
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("the lock is not JSON of the known shape")]
    Malformed(#[source] serde_json::Error),
    #[error("the lock has format {0}, this version reads {FORMAT}")]
    Newer(u32),
    #[error("the lock names {0} jars, at most {MAX_JARS} are allowed")]
    TooMany(usize),
    #[error("`{0}` are not coordinates of a jar")]
    Coordinates(String),
    #[error("`{0}` has no SHA-256")]
    Digest(String),
}

impl Lock {
    /// A lock with its jars in class-path order.
    pub fn new(camel: &str, mut jars: Vec<Jar>) -> Self {
        jars.sort();
        jars.dedup();
        Self { format: FORMAT, camel: camel.to_owned(), jars }
    }

    pub fn parse(bytes: &[u8]) -> Result<Self, LockError> {
        let lock: Self = serde_json::from_slice(bytes).map_err(LockError::Malformed)?;
        if lock.format != FORMAT {
            return Err(LockError::Newer(lock.format));
        }
        if lock.jars.len() > MAX_JARS {
            return Err(LockError::TooMany(lock.jars.len()));
        }
        for jar in &lock.jars {
            parts(&jar.coordinates)
                .ok_or_else(|| LockError::Coordinates(jar.coordinates.clone()))?;
            let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
            if jar.sha256.len() != 64 || !jar.sha256.chars().all(hex) {
                return Err(LockError::Digest(jar.coordinates.clone()));
            }
        }
        Ok(Self::new(&lock.camel, lock.jars))
    }

    /// The bytes that are hashed, stored and sent.
    pub fn canonical(&self) -> Vec<u8> {
        let sorted = Self::new(&self.camel, self.jars.clone());
        let jars: Vec<_> = sorted
            .jars
            .iter()
            .map(|jar| {
                let coordinates = serde_json::Value::from(jar.coordinates.as_str());
                format!(
                    r#"{{"coordinates":{coordinates},"sha256":"{}","size":{}}}"#,
                    jar.sha256, jar.size
                )
            })
            .collect();
        let camel = serde_json::Value::from(sorted.camel.as_str());
        format!(r#"{{"camel":{camel},"format":{FORMAT},"jars":[{}]}}"#, jars.join(",")).into_bytes()
    }

    /// SHA-256 of the canonical form, in hexadecimal.
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(self.canonical()))
    }

    pub fn bytes(&self) -> u64 {
        self.jars.iter().map(|jar| jar.size).sum()
    }
}

impl Jar {
    /// Where a Maven repository keeps it: `org/apache/camel/camel-main/4.18.0/camel-main-4.18.0.jar`.
    pub fn path(&self) -> String {
        let Some([group, artifact, version, classifier]) = parts(&self.coordinates) else {
            return String::new(); // `parse` lets no such jar in
        };
        let group = group.replace('.', "/");
        format!("{group}/{artifact}/{version}/{}", name(artifact, version, classifier))
    }

    /// The last part of [`Jar::path`].
    pub fn file_name(&self) -> String {
        match parts(&self.coordinates) {
            Some([_, artifact, version, classifier]) => name(artifact, version, classifier),
            None => String::new(),
        }
    }
}

fn name(artifact: &str, version: &str, classifier: &str) -> String {
    let dash = if classifier.is_empty() { "" } else { "-" };
    format!("{artifact}-{version}{dash}{classifier}.jar")
}

/// The four parts, the classifier empty if there is none; `None` if one could leave its folder.
fn parts(coordinates: &str) -> Option<[&str; 4]> {
    let mut parts = [""; 4];
    let mut count = 0;
    for part in coordinates.split(':') {
        *parts.get_mut(count)? = part;
        count += 1;
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
        if part.is_empty()
            || part.starts_with('.')
            || part.contains("..")
            || !part.chars().all(plain)
        {
            return None;
        }
    }
    (count >= 3).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jar(coordinates: &str) -> Jar {
        Jar { coordinates: coordinates.to_owned(), sha256: "a".repeat(64), size: 1 }
    }

    #[test]
    fn two_spellings_have_one_digest() {
        let pretty = Lock::new("4.18.0", vec![jar("b:b:1"), jar("a:a:1")]);
        let other = Lock::parse(
            serde_json::to_string_pretty(&serde_json::json!({
                "jars": [jar("a:a:1"), jar("b:b:1")], "format": 1, "camel": "4.18.0"
            }))
            .unwrap()
            .as_bytes(),
        )
        .unwrap();
        assert_eq!(pretty.digest(), other.digest());
        assert_eq!(Lock::parse(&pretty.canonical()).unwrap(), other);
    }

    #[test]
    fn a_jar_lies_where_maven_puts_it() {
        assert_eq!(jar("org.a.b:c:1.0").path(), "org/a/b/c/1.0/c-1.0.jar");
        assert_eq!(jar("org.a:c:1.0:linux-x86_64").path(), "org/a/c/1.0/c-1.0-linux-x86_64.jar");
    }

    #[test]
    fn coordinates_cannot_leave_their_folder() {
        for bad in ["a:b", "a:..:1", "a:b:../../x", "a:b/c:1", "a:b:1:c:d", ".a:b:1", "a::1", ""] {
            let lock = Lock { format: 1, camel: "4.18.0".to_owned(), jars: vec![jar(bad)] };
            let parsed = Lock::parse(&serde_json::to_vec(&lock).unwrap());
            assert!(matches!(parsed, Err(LockError::Coordinates(_))), "{bad}");
        }
    }

    #[test]
    fn a_newer_format_is_refused() {
        let parsed = Lock::parse(br#"{"format":2,"camel":"5.0.0","jars":[]}"#);
        assert!(matches!(parsed, Err(LockError::Newer(2))));
    }
}
