//! Names that people type: of organizations, projects, environments, runtimes and integrations.
//!
//! A DNS label (RFC 1123): 1 to 63 of `a-z0-9-`, starting and ending with a letter or digit. The same rule everywhere,
//! because a name becomes a folder, a Kubernetes object, a URL segment and a property key.

use std::fmt;
use std::str::FromStr;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAName {
    #[error("a name must not be empty")]
    Empty,
    #[error("`{0}…` is longer than the 63 characters that a name may have")]
    TooLong(String),
    #[error(
        "`{name}` has `{character}`; a name is made of a-z, 0-9 and -, and starts and ends with a letter or digit"
    )]
    Character { name: String, character: char },
}

/// RFC 1123 allows 63 characters in a label.
const LONGEST: usize = 63;

impl Name {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(NotAName::Empty);
        }
        if text.chars().count() > LONGEST {
            return Err(NotAName::TooLong(text.chars().take(20).collect()));
        }
        let last = text.chars().count() - 1;
        let bad = text.chars().enumerate().find(|&(index, character)| match character {
            'a'..='z' | '0'..='9' => false,
            '-' => index == 0 || index == last,
            _ => true,
        });
        match bad {
            Some((_, character)) => {
                Err(NotAName::Character { name: text.escape_debug().to_string(), character })
            }
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_dns_label() {
        for good in ["a", "orders", "tea-shop", "4eyes", &"a".repeat(63)] {
            assert!(good.parse::<Name>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "Orders", "a b", "a/b", "..", "a\n", "ä", &"a".repeat(64)] {
            assert!(bad.parse::<Name>().is_err(), "{bad:?}");
        }
    }
}
