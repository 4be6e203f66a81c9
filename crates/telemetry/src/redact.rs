//! Redaction: what must not be kept is replaced before anything is written down.
//!
//! ```text
//! headers by name ── JSON and XML by path ── patterns in what is left
//! ```
//! The built-in rules (names of secrets, cards, tokens, passwords, e-mail addresses) always hold; an organization and an application add
//! to them and can take nothing away. A mask replaces its value in place, so the rest of a body stays as it was, byte for byte.
//! With a key, a mask carries a keyed hash of the value: equal values can be found without being known.
//!
//! A body that a path cannot be followed through (not JSON although a JSON path asks) is searched by patterns alone, unless a rule of
//! the organization asks for a path: then nothing of it is kept. Everything runs in time that grows with the length, on at most what
//! the tracer captures.

mod header;
mod json;
mod path;
mod pattern;
mod xml;

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use aws_lc_rs::hmac;

pub use header::masked_in_workloads;
pub use path::BadPath;
use path::Path;
use pattern::Patterns;

/// More rules than this would cost more than a message does.
const MAX_RULES: usize = 64;
/// Hexadecimal digits of a hash: 64 bits tell a million values apart.
const HASH_BYTES: usize = 8;

/// What an organization or an application adds to the built-in rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Additions {
    /// Names of headers, `*` at either end, in any case.
    pub headers: Vec<String>,
    /// `$.customer.iban`, `$..password`, `$.lines[*].card`
    pub json_paths: Vec<String>,
    /// `/order/customer/iban`, `//password`, `//order/@token`
    pub xml_paths: Vec<String>,
    /// A name for the mask and a regular expression; its first group is masked, or all of it.
    pub patterns: Vec<(String, String)>,
}

#[derive(Debug, thiserror::Error)]
pub enum BadRule {
    #[error("the path `{path}` cannot be followed: {reason}")]
    Path { path: String, reason: BadPath },
    #[error("the pattern `{name}` is not a regular expression that can be used: {reason}")]
    Pattern { name: String, reason: String },
    #[error("the name of a header is empty")]
    EmptyHeader,
    #[error("there are {0} rules, at most {MAX_RULES} can be added")]
    TooMany(usize),
}

impl BadRule {
    pub fn code(&self) -> &'static str {
        "MP-TEL-03"
    }
}

/// One thing that was found, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub range: Range<usize>,
    /// Which rule: `card`, `password`, `$.customer.iban`.
    pub rule: String,
    /// Quotes have to stand around the mask, because there were none.
    quoted: bool,
}

impl Finding {
    pub(crate) fn new(range: Range<usize>, rule: &str, quoted: bool) -> Self {
        Self { range, rule: rule.to_owned(), quoted }
    }
}

/// What stands in a body that is kept, and in place of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// In the body as it was.
    pub range: Range<usize>,
    /// `[masked card]`
    pub token: String,
    /// Quotes stand around the token that did not stand around the value.
    pub is_quoted: bool,
}

impl Mask {
    /// What is kept of `body`, given its masks in order.
    pub fn apply(masks: &[Self], body: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(body.len());
        let mut at = 0;
        for Self { range, token, is_quoted } in masks {
            out.extend_from_slice(&body[at..range.start]);
            let quote: &[u8] = if *is_quoted { b"\"" } else { b"" };
            for part in [quote, token.as_bytes(), quote] {
                out.extend_from_slice(part);
            }
            at = range.end;
        }
        out.extend_from_slice(&body[at..]);
        out
    }
}

/// A body that was searched.
#[derive(Clone, PartialEq, Eq)]
pub enum Redacted {
    Clean,
    /// What is to be kept instead.
    Masked(Vec<u8>),
    /// A rule asks for a path and the content cannot be read: nothing may be kept.
    Unreadable,
}

pub struct Redactor {
    headers: header::Names,
    json: Vec<Path>,
    xml: Vec<Path>,
    patterns: Patterns,
    key: Option<hmac::Key>,
    /// Whether somebody asked for paths beside the built-in ones.
    strict: (bool, bool),
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").field("json", &self.json.len()).finish_non_exhaustive()
    }
}

/// The built-in rules alone.
impl Default for Redactor {
    fn default() -> Self {
        let empty = Additions::default();
        Self::new(&empty, None).unwrap_or_else(|err| unreachable!("a built-in rule: {err}"))
    }
}

impl Redactor {
    /// The built-in rules alone, compiled once: they take a megabyte, and most workloads add nothing.
    pub fn built_in() -> Arc<Self> {
        static BUILT_IN: LazyLock<Arc<Redactor>> = LazyLock::new(Arc::default);
        Arc::clone(&BUILT_IN)
    }

    /// `key`: the organization's, if masks are to be hashes.
    pub fn new(additions: &Additions, key: Option<&[u8; 32]>) -> Result<Self, BadRule> {
        let Additions { headers, json_paths, xml_paths, patterns } = additions;
        let count = headers.len() + json_paths.len() + xml_paths.len() + patterns.len();
        if count > MAX_RULES {
            return Err(BadRule::TooMany(count));
        }
        let path = |parse: fn(&str) -> Result<Path, BadPath>| {
            move |text: &String| {
                parse(text).map_err(|reason| BadRule::Path { path: text.clone(), reason })
            }
        };
        Ok(Self {
            headers: header::Names::new(headers)?,
            json: json_paths.iter().map(path(Path::json)).collect::<Result<_, _>>()?,
            xml: xml_paths.iter().map(path(Path::xml)).collect::<Result<_, _>>()?,
            patterns: Patterns::new(patterns)?,
            key: key.map(|key| hmac::Key::new(hmac::HMAC_SHA256, key)),
            strict: (!json_paths.is_empty(), !xml_paths.is_empty()),
        })
    }

    /// Whether masks are keyed hashes.
    pub fn hashes(&self) -> bool {
        self.key.is_some()
    }

    /// The mask for a header, if its name is one of a secret.
    pub fn header(&self, name: &str, value: &[u8]) -> Option<String> {
        self.headers.matches(name).then(|| self.mask("header", value))
    }

    /// A text of any kind: an attribute, a header's value, an error message, a line of a log. None if there is nothing to mask.
    pub fn text(&self, text: &str) -> Option<String> {
        let bytes = text.as_bytes();
        let findings = without_overlaps(self.patterns.find(bytes));
        if findings.is_empty() {
            return None;
        }
        // A rule may match bytes; what it leaves of a text is text again.
        let masked = Mask::apply(&self.masks_of(findings, bytes), bytes);
        Some(String::from_utf8_lossy(&masked).into_owned())
    }

    pub fn body(&self, bytes: &[u8], content_type: Option<&str>) -> Redacted {
        match self.masks(bytes, content_type) {
            None => Redacted::Unreadable,
            Some(masks) if masks.is_empty() => Redacted::Clean,
            Some(masks) => Redacted::Masked(Mask::apply(&masks, bytes)),
        }
    }

    /// The masks of a body, in order. None if the body cannot be read as a rule asks.
    pub fn masks(&self, bytes: &[u8], content_type: Option<&str>) -> Option<Vec<Mask>> {
        self.find(bytes, content_type).map(|findings| self.masks_of(findings, bytes))
    }

    fn masks_of(&self, findings: Vec<Finding>, bytes: &[u8]) -> Vec<Mask> {
        let mask = |Finding { range, rule, quoted }: Finding| {
            let token = self.mask(&rule, &bytes[range.clone()]);
            Mask { range, token, is_quoted: quoted }
        };
        findings.into_iter().map(mask).collect()
    }

    /// What would be masked, in order and without overlaps. None if the body cannot be read as a rule asks.
    pub fn find(&self, bytes: &[u8], content_type: Option<&str>) -> Option<Vec<Finding>> {
        let mut findings = self.patterns.find(bytes);
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace()).copied();
        let says = |kind: &str| content_type.is_some_and(|text| text.contains(kind));
        if says("json") || matches!(first, Some(b'{' | b'[')) {
            let found = json::find(bytes, &self.json);
            if !found.whole && self.strict.0 {
                return None;
            }
            for finding in &mut findings {
                let after = found.bare.partition_point(|bare| bare.end <= finding.range.start);
                let around = found.bare.get(after).filter(|bare| bare.start < finding.range.end);
                if let Some(bare) = around {
                    *finding = Finding::new(bare.clone(), &finding.rule, true);
                }
            }
            findings.extend(found.findings);
        } else if says("xml") || first == Some(b'<') {
            let (found, whole) = xml::find(bytes, &self.xml);
            if !whole && self.strict.1 {
                return None;
            }
            findings.extend(found);
        }
        Some(without_overlaps(findings))
    }

    /// Without quotes, backslashes and angle brackets: it can stand in JSON and in XML.
    fn mask(&self, rule: &str, value: &[u8]) -> String {
        let rule: String =
            rule.chars().filter(|c| !matches!(c, '"' | '\\' | '<' | '>' | '&')).collect();
        match &self.key {
            None => format!("[masked {rule}]"),
            Some(key) => {
                let tag = hmac::sign(key, value);
                let hash: String = tag
                    .as_ref()
                    .iter()
                    .take(HASH_BYTES)
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                format!("[masked {rule} {hash}]")
            }
        }
    }
}

/// Sorted; what overlaps becomes one, under the rule that began first.
fn without_overlaps(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|one, other| {
        (one.range.start, std::cmp::Reverse(one.range.end))
            .cmp(&(other.range.start, std::cmp::Reverse(other.range.end)))
    });
    let mut out: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        match out.last_mut() {
            Some(last) if finding.range.start < last.range.end => {
                last.range.end = last.range.end.max(finding.range.end);
            }
            _ => out.push(finding),
        }
    }
    out
}
