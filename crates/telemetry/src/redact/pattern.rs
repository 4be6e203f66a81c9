//! Patterns for what gives itself away wherever it stands.
//!
//! One set looks over the whole text first; only the patterns that it saw are then searched for. They work on bytes, so a body
//! that is not text is searched as well.

use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::{BadRule, Finding};

/// What one compiled expression may take: a hundred times the largest built-in one's need.
const SIZE_LIMIT: usize = 1 << 20;

/// Name and expression; the first group is masked, or all of it.
const BUILT_IN: &[(&str, &str)] = &[
    ("card", r"(?-u)\b([2-6]\d(?:[ -]?\d){10,16}\d)\b"),
    ("token", r"(?-u)\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)?"),
    ("token", r"(?i-u)\b(?:bearer|basic)\s+([A-Za-z0-9._~+/=-]{8,})"),
    ("token", r"(?-u)\b(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{16}\b"),
    (
        "token",
        r"(?-u)\bgh[pousr]_[A-Za-z0-9]{20,}\b|\bgithub_pat_[A-Za-z0-9_]{20,}\b|\bglpat-[A-Za-z0-9_-]{16,}",
    ),
    (
        "token",
        r"(?-u)\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\b[rs]k_(?:live|test)_[0-9A-Za-z]{16,}|\bAIza[0-9A-Za-z_-]{35}",
    ),
    (
        "key",
        r"(?-u)-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[A-Za-z0-9+/=\s:,\\-]*?-----END [A-Z ]*PRIVATE KEY-----|[A-Za-z0-9+/=\s:,\\-]*)",
    ),
    (
        "password",
        r#"(?i-u)(?:\b|_)(?:password|passwd|passphrase|pwd|secret|client_?secret|api[_-]?key|(?:access|refresh|auth|session|id)[_-]?token|secret[_-]?(?:access[_-]?)?key)\\?["']?\s*[:=]\s*\\?["']?([^\s"'\\&,;<>{}\[\]]+)"#,
    ),
    ("password", r"(?-u)\b[a-z][a-z0-9+.-]*://[^/\s:@]*:([^/\s@]+)@"),
    (
        "email",
        r"(?-u)\b[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}\b",
    ),
];

pub(super) struct Patterns {
    set: RegexSet,
    each: Vec<(String, Regex)>,
}

impl Patterns {
    pub(super) fn new(added: &[(String, String)]) -> Result<Self, BadRule> {
        let built_in = BUILT_IN.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let all: Vec<_> = built_in.chain(added.iter().cloned()).collect();
        let bad = |name: &str, err: regex::Error| BadRule::Pattern {
            name: name.to_owned(),
            reason: err.to_string().lines().last().unwrap_or_default().trim().to_owned(),
        };
        let mut each = Vec::with_capacity(all.len());
        for (name, text) in &all {
            let regex = RegexBuilder::new(text).size_limit(SIZE_LIMIT).build();
            let regex = regex.map_err(|err| bad(name, err))?;
            if regex.is_match(b"") {
                let reason = "it matches the empty text".to_owned();
                return Err(BadRule::Pattern { name: name.clone(), reason });
            }
            each.push((name.clone(), regex));
        }
        let set = RegexSetBuilder::new(all.iter().map(|(_, text)| text))
            .size_limit(SIZE_LIMIT * all.len())
            .build()
            .map_err(|err| bad("all together", err))?;
        Ok(Self { set, each })
    }

    pub(super) fn find(&self, bytes: &[u8]) -> Vec<Finding> {
        let mut findings = Vec::new();
        for place in self.set.matches(bytes) {
            let (name, regex) = &self.each[place];
            for found in regex.captures_iter(bytes) {
                let Some(range) = found.get(1).or_else(|| found.get(0)).map(|part| part.range())
                else {
                    continue;
                };
                let value = &bytes[range.clone()];
                if (place == 0 && !is_card(value)) || value == b"null" {
                    continue;
                }
                findings.push(Finding::new(range, name, false));
            }
        }
        findings
    }
}

/// 13 to 19 digits whose check digit is right (Luhn), and that are no time. One time in ten has a right one too, and names of files are
/// full of times.
fn is_card(bytes: &[u8]) -> bool {
    let digits: Vec<u32> =
        bytes.iter().filter(|b| b.is_ascii_digit()).map(|b| u32::from(b - b'0')).collect();
    if digits.len() == bytes.len() && is_time(&digits) {
        return false;
    }
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, digit * 2) {
            (0, _) => *digit,
            (_, double) if double > 9 => double - 9,
            (_, double) => double,
        })
        .sum();
    (13..=19).contains(&digits.len()) && sum.is_multiple_of(10)
}

/// `20261128001808`, or with milliseconds. No card has fourteen digits that begin so, and none has seventeen.
fn is_time(digits: &[u32]) -> bool {
    if !matches!(digits.len(), 14 | 17) {
        return false;
    }
    let at = |from: usize| digits[from] * 10 + digits[from + 1];
    at(0) == 20
        && (1..=12).contains(&at(4))
        && (1..=31).contains(&at(6))
        && at(8) < 24
        && at(10) < 60
        && at(12) < 60
}
