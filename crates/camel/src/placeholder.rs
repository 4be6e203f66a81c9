//! Camel's property placeholders: `{{key}}`, `{{?key}}`, `{{key:default}}`, `{{env:NAME}}`.
//!
//! `?` marks an optional one; a function before a colon (`env`, `sys`, `secret`, …) reads from
//! elsewhere and needs no property; anything else before the first colon is the key, and what
//! follows is its default, which may hold colons and further placeholders. `{{` in an expression is
//! a placeholder too, because Camel resolves it before the language sees it.

/// Functions that are part of Camel or of its vaults; others fall under `Kind::Function`, too, when
/// they are not a key that could have a default.
const FUNCTIONS: [&str; 20] = [
    "env",
    "sys",
    "service",
    "service.name",
    "service.host",
    "service.port",
    "bean",
    "boolean",
    "configmap",
    "configmap-binary",
    "secret",
    "secret-binary",
    "aws",
    "gcp",
    "azure",
    "hashicorp",
    "ibm",
    "cyberark",
    "springboot",
    "kubernetes",
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder<'a> {
    pub key: &'a str,
    pub kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Must be set somewhere.
    Required,
    /// `{{?key}}`.
    Optional,
    /// `{{key:default}}`.
    Defaulted,
    /// `{{env:NAME}}`: does not name a property.
    Function,
}

/// The prefix under which every workload sees the addresses of the others.
pub const URL_PREFIX: &str = "midplane.url.";

/// Longer keys are not written by people; the bound keeps nested ones from being searched again and
/// again.
const MAX_KEY: usize = 512;

/// All placeholders of `text`, outer ones before those in their defaults.
pub fn find(text: &str) -> Vec<Placeholder<'_>> {
    let (mut open, mut found) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(next) = text[at..].find(['{', '}']).map(|next| next + at) {
        if text[next..].starts_with("{{") {
            open.push(next + 2);
            at = next + 2;
        } else if text[next..].starts_with("}}") {
            if let Some(start) = open.pop() {
                found.push((start, next));
            }
            at = next + 2;
        } else {
            at = next + 1;
        }
    }
    found.sort_unstable();
    found.into_iter().map(|(start, end)| read(&text[start..end])).collect()
}

fn read(body: &str) -> Placeholder<'_> {
    let body = body.trim();
    let mut short = body.len().min(MAX_KEY);
    while !body.is_char_boundary(short) {
        short -= 1;
    }
    let head = &body[..short];
    if let Some(key) = head.strip_prefix('?') {
        return Placeholder { key: key.trim(), kind: Kind::Optional };
    }
    let Some((key, _)) = head.split_once(':') else {
        return Placeholder { key: head, kind: Kind::Required };
    };
    let kind = if FUNCTIONS.contains(&key) { Kind::Function } else { Kind::Defaulted };
    Placeholder { key, kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &[(&str, Kind)]) {
        let got: Vec<_> = find(text).into_iter().map(|found| (found.key, found.kind)).collect();
        assert_eq!(got, want);
    }

    #[test]
    fn every_form_is_recognised() {
        check("no", &[]);
        check("a={{b.c}}&d={{e}}", &[("b.c", Kind::Required), ("e", Kind::Required)]);
        check("{{?x}}", &[("x", Kind::Optional)]);
        check("{{x:y:z}}", &[("x", Kind::Defaulted)]);
        check("{{env:HOME}}", &[("env", Kind::Function)]);
        check("{{a:{{b}}}}", &[("a", Kind::Defaulted), ("b", Kind::Required)]);
        check("{{broken", &[]);
        check("${body[{{i}}]}", &[("i", Kind::Required)]);
    }

    #[test]
    fn hostile_nesting_ends() {
        let text = "{{".repeat(100_000);
        assert!(find(&text).is_empty());
        let text = format!("{}{}", "{{".repeat(100_000), "}}".repeat(100_000));
        assert_eq!(find(&text).len(), 100_000);
    }
}
