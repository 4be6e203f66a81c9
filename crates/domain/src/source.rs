//! A source: the Git repository, branch and folder that a project's integrations are read from.
//!
//! ```text
//! Address: file:///path/to.git | https://host[:port]/path      (a token is kept apart, never in the address)
//! Condition: Good | Failing { code, message, since, attempts }  (what runs keeps running, whatever it says)
//! ```
//! A source that fails is asked again with back-off, for ever: a repository that comes back heals the condition by itself.
//! Whether an address may be *reached* is not decided here: that takes name resolution (`control::gitops::guard`).

use jiff::{SignedDuration, Timestamp};

/// The poll of a healthy source; a hint only makes it earlier.
pub const POLL_EVERY: SignedDuration = SignedDuration::from_secs(5);
/// A repository that was away for a day is seen again within five minutes of its return.
pub const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(5);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A bare repository or a work tree on the machine of the control plane.
    File {
        path: String,
    },
    Https {
        host: String,
        port: u16,
        path: String,
    },
    /// Without encryption; only towards hosts that the administrator allowed, and never with a token.
    Http {
        host: String,
        port: u16,
        path: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAddress {
    #[error("`{0}` has no scheme; write `https://host/path.git` or `file:///path/to.git`")]
    NoScheme(String),
    #[error("`{0}://` is not offered; use `https://` with a token, or `file://`")]
    Scheme(String),
    #[error("the address carries a user or password; give the token apart from the address")]
    Credentials,
    #[error("`{0}` names no host")]
    NoHost(String),
    #[error("`{0}` is not a port")]
    Port(String),
    #[error("`{0}` is not an absolute path without `..`")]
    Path(String),
    #[error("the address has a query, a fragment, white space or a control character")]
    Character,
}

/// Longer than any address that a Git host gives, shorter than a log line.
const LONGEST_ADDRESS: usize = 2048;

impl Address {
    pub fn parse(text: &str) -> Result<Self, NotAnAddress> {
        let bad = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '\\');
        if text.len() > LONGEST_ADDRESS || text.chars().any(bad) {
            return Err(NotAnAddress::Character);
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(NotAnAddress::NoScheme(text.to_owned()));
        };
        if !matches!(scheme, "file" | "https" | "http") {
            return Err(NotAnAddress::Scheme(scheme.to_owned()));
        }
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        if path.len() < 2 || path.split('/').any(|part| part == "..") {
            return Err(NotAnAddress::Path(path.to_owned()));
        }
        if authority.contains('@') {
            return Err(NotAnAddress::Credentials);
        }
        if scheme == "file" {
            return if authority.is_empty() {
                Ok(Self::File { path: path.to_owned() })
            } else {
                Err(NotAnAddress::Path(rest.to_owned()))
            };
        }
        let (host, port) = split_port(authority)?;
        if host.is_empty() {
            return Err(NotAnAddress::NoHost(text.to_owned()));
        }
        let (host, path) = (host.to_ascii_lowercase(), path.to_owned());
        Ok(if scheme == "https" {
            Self::Https { host, port: port.unwrap_or(443), path }
        } else {
            Self::Http { host, port: port.unwrap_or(80), path }
        })
    }

    /// The host without brackets, of an address that is reached over the network.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::File { .. } => None,
            Self::Https { host, .. } | Self::Http { host, .. } => {
                Some(host.trim_start_matches('[').trim_end_matches(']'))
            }
        }
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), NotAnAddress> {
    let after_brackets = authority.rfind(']').map_or(0, |at| at + 1);
    match authority[after_brackets..].find(':') {
        None => Ok((authority, None)),
        Some(at) => {
            let (host, port) = authority.split_at(after_brackets + at);
            let port = port[1..].parse().map_err(|_| NotAnAddress::Port(port[1..].to_owned()))?;
            Ok((host, Some(port)))
        }
    }
}

/// What is wrong with a source, until it is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    Good,
    Failing { code: String, message: String, since: Timestamp, attempts: u32 },
}

impl Condition {
    /// Another failure: the first one sets `since`, and a different cause begins anew.
    pub fn fail(self, code: &str, message: &str, now: Timestamp) -> Self {
        let (since, attempts) = match self {
            Self::Failing { code: known, since, attempts, .. } if known == code => {
                (since, attempts.saturating_add(1))
            }
            Self::Good | Self::Failing { .. } => (now, 1),
        };
        Self::Failing { code: code.to_owned(), message: message.to_owned(), since, attempts }
    }
}

/// How long until the source is asked again. `jitter` in 0..=1000 spreads many sources over the interval.
pub fn wait(attempts: u32, jitter: u16) -> SignedDuration {
    let doubled = POLL_EVERY.checked_mul(1 << attempts.min(10)).unwrap_or(LONGEST_WAIT);
    let base = if attempts == 0 { POLL_EVERY } else { doubled.min(LONGEST_WAIT) };
    // 90 % to 110 %: together with the random start this keeps sources from marching in step.
    let per_mille = 900 + i64::from(jitter.min(1000)) / 5;
    let millis = i64::try_from(base.as_millis()).unwrap_or(i64::MAX);
    SignedDuration::from_millis(millis.saturating_mul(per_mille) / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_file_or_a_host_without_credentials() {
        assert_eq!(
            Address::parse("file:///srv/demo.git"),
            Ok(Address::File { path: "/srv/demo.git".to_owned() })
        );
        let https =
            |host: &str, port| Address::Https { host: host.to_owned(), port, path: "/a/b".into() };
        assert_eq!(Address::parse("https://Git.example/a/b"), Ok(https("git.example", 443)));
        assert_eq!(Address::parse("https://[::1]:8443/a/b"), Ok(https("[::1]", 8443)));
        assert_eq!(Address::parse("https://[::1]:8443/a/b").unwrap().host(), Some("::1"));
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        for (text, want) in [
            ("git@host:a/b", NotAnAddress::NoScheme("git@host:a/b".into())),
            ("ssh://host/a", NotAnAddress::Scheme("ssh".into())),
            ("https://me:pw@host/a", NotAnAddress::Credentials),
            ("https:///a", NotAnAddress::NoHost("https:///a".into())),
            ("https://host:x/a", NotAnAddress::Port("x".into())),
            ("https://host", NotAnAddress::Path(String::new())),
            ("file:///a/../b", NotAnAddress::Path("/a/../b".into())),
            ("file://host/a", NotAnAddress::Path("host/a".into())),
            ("https://host/a\n", NotAnAddress::Character),
        ] {
            assert_eq!(Address::parse(text), Err(want), "{text}");
        }
    }

    #[test]
    fn a_failing_source_is_asked_less_and_less_but_for_ever() {
        assert_eq!(wait(0, 500), SignedDuration::from_secs(5));
        assert_eq!(wait(1, 500), SignedDuration::from_secs(10));
        assert_eq!(wait(3, 500), SignedDuration::from_secs(40));
        assert_eq!(wait(u32::MAX, 500), LONGEST_WAIT);
        assert!(wait(0, 0) < wait(0, 1000));
    }

    #[test]
    fn a_repeated_failure_keeps_its_beginning() {
        let later = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(9);
        let first = Condition::Good.fail("MP-GIT-01", "a", Timestamp::UNIX_EPOCH);
        let Condition::Failing { since, attempts, .. } =
            first.clone().fail("MP-GIT-01", "a", later)
        else {
            panic!("still failing")
        };
        assert_eq!((since, attempts), (Timestamp::UNIX_EPOCH, 2));
        let Condition::Failing { since, attempts, .. } = first.fail("MP-GIT-02", "b", later) else {
            panic!("still failing")
        };
        assert_eq!((since, attempts), (later, 1));
    }
}
