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

/// All placeholders of `text`, outer ones before those in their defaults.
pub fn find(text: &str) -> Vec<Placeholder<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let inside = &rest[start + 2..];
        // The end that balances: defaults may hold placeholders.
        let (mut depth, mut at, mut end) = (1_usize, 0, None);
        while let Some(found) = inside[at..].find(['{', '}']).map(|found| found + at) {
            if inside[found..].starts_with("{{") {
                depth += 1;
                at = found + 2;
            } else if inside[found..].starts_with("}}") {
                depth -= 1;
                at = found + 2;
                if depth == 0 {
                    end = Some(found);
                    break;
                }
            } else {
                at = found + 1;
            }
        }
        let Some(end) = end else { break };
        out.push(read(&inside[..end]));
        // What is nested comes next.
        rest = inside;
    }
    out
}

fn read(body: &str) -> Placeholder<'_> {
    let body = body.trim();
    if let Some(key) = body.strip_prefix('?') {
        return Placeholder { key: key.trim(), kind: Kind::Optional };
    }
    let Some((key, _)) = body.split_once(':') else {
        return Placeholder { key: body, kind: Kind::Required };
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
        let text = "{{".repeat(1_000);
        assert!(find(&text).is_empty());
    }
}
