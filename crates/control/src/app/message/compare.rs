//! What two messages carried, side by side: headers by name, JSON by path, everything else by lines.
//!
//! The same for `message diff`, for a replay beside its original, and for what a dry run came to. Compared is what was recorded, masks
//! and all: two values behind equal masks count as equal. Nothing here reads a store; [`of_messages`] is the one thin edge.

use std::collections::BTreeMap;

use serde_json::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use store::telemetry::payload::Payload;
use telemetry::model::{HeaderValue, Point};

use crate::app::Error;
use crate::ctx::Ctx;

/// More than a person reads; a body of another kind differs everywhere.
const MOST: usize = 200;
/// Finding which lines moved takes time with the square of what differs.
const MOST_LINES: usize = 2_000;
/// As much of a value as a line shows.
const LONGEST: usize = 200;
/// Different in every message, whatever it carries.
const OF_THE_CALL: &[&str] =
    &["traceparent", "tracestate", "breadcrumbid", "date", "camelmessagetimestamp"];

/// What a message carried at one point.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Carried {
    pub headers: BTreeMap<String, String>,
    pub body: Option<Vec<u8>>,
}

impl std::fmt::Debug for Carried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Carried({} bytes)", self.body.as_ref().map_or(0, Vec::len))
    }
}

impl From<&Payload> for Carried {
    fn from(payload: &Payload) -> Self {
        let header = |(name, value): &(String, HeaderValue)| (name.clone(), text(value));
        Self { headers: payload.headers.iter().map(header).collect(), body: payload.body.clone() }
    }
}

fn text(value: &HeaderValue) -> String {
    match value {
        HeaderValue::Null => "null".to_owned(),
        HeaderValue::Text(text) | HeaderValue::Masked(text) | HeaderValue::Opaque(text) => {
            text.clone()
        }
        HeaderValue::Long(number) => number.to_string(),
        HeaderValue::Double(number) => number.to_string(),
        HeaderValue::Bool(is) => is.to_string(),
        HeaderValue::Bytes(bytes) => format!("{} bytes", bytes.len()),
        HeaderValue::Instant(ms) => jiff::Timestamp::from_millisecond(*ms)
            .map_or_else(|_| ms.to_string(), |instant| instant.to_string()),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Header,
    Body,
}

impl Part {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Body => "body",
        }
    }
}

/// One thing that is different.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    /// `start`, `failure`, `result`
    pub at: &'static str,
    pub part: Part,
    /// `orderId`, `$.lines[0].sku`, `line 3`
    pub path: String,
    pub left: Option<String>,
    pub right: Option<String>,
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change")
            .field("at", &self.at)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

pub fn compare(at: &'static str, left: &Carried, right: &Carried) -> Vec<Change> {
    let change = |part| {
        move |(path, left, right): (String, Option<String>, Option<String>)| Change {
            at,
            part,
            path,
            left: left.map(shortened),
            right: right.map(shortened),
        }
    };
    let headers = pairs(headers(&left.headers), headers(&right.headers));
    let body = bodies(left.body.as_deref(), right.body.as_deref());
    let headers = headers.into_iter().map(change(Part::Header));
    headers.chain(body.into_iter().map(change(Part::Body))).take(MOST).collect()
}

fn shortened(text: String) -> String {
    if text.chars().count() <= LONGEST {
        return text;
    }
    let mut short: String = text.chars().take(LONGEST).collect();
    short.push('…');
    short
}

type Differing = Vec<(String, Option<String>, Option<String>)>;

fn headers(all: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let own = |name: &str| OF_THE_CALL.iter().any(|one| one.eq_ignore_ascii_case(name));
    let kept = all.iter().filter(|(name, _)| !own(name));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Names whose values differ, in order.
fn pairs(left: BTreeMap<String, String>, mut right: BTreeMap<String, String>) -> Differing {
    let mut all: BTreeMap<String, (Option<String>, Option<String>)> = BTreeMap::new();
    for (name, value) in left {
        let other = right.remove(&name);
        if other.as_ref() != Some(&value) {
            all.insert(name, (Some(value), other));
        }
    }
    all.extend(right.into_iter().map(|(name, value)| (name, (None, Some(value)))));
    all.into_iter().map(|(name, (left, right))| (name, left, right)).collect()
}

fn bodies(left: Option<&[u8]>, right: Option<&[u8]>) -> Differing {
    let (left, right) = (left.unwrap_or_default(), right.unwrap_or_default());
    if left == right {
        return Vec::new();
    }
    if let (Some(left), Some(right)) = (json(left), json(right)) {
        return fields(&left, &right);
    }
    if let (Ok(left), Ok(right)) = (std::str::from_utf8(left), std::str::from_utf8(right)) {
        return lines(left, right);
    }
    let size = |bytes: &[u8]| (!bytes.is_empty()).then(|| format!("{} bytes", bytes.len()));
    vec![("body".to_owned(), size(left), size(right))]
}

fn json(bytes: &[u8]) -> Option<Value> {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace())?;
    matches!(first, b'{' | b'[').then(|| serde_json::from_slice(bytes).ok()).flatten()
}

fn fields(left: &Value, right: &Value) -> Differing {
    let mut out = Vec::new();
    walk("$", Some(left), Some(right), &mut out);
    out
}

/// `serde_json` reads 128 levels, so this is no deeper.
fn walk(path: &str, left: Option<&Value>, right: Option<&Value>, out: &mut Differing) {
    if left == right || out.len() >= MOST {
        return;
    }
    match (left, right) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let added = other.keys().filter(|key| !one.contains_key(*key));
            for key in one.keys().chain(added) {
                walk(&step(path, key), one.get(key), other.get(key), out);
            }
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) => {
            for place in 0..one.len().max(other.len()) {
                walk(&format!("{path}[{place}]"), one.get(place), other.get(place), out);
            }
        }
        (left, right) => out.push((path.to_owned(), left.map(shown), right.map(shown))),
    }
}

fn step(path: &str, key: &str) -> String {
    let is_word = key.chars().all(|c| c.is_alphanumeric() || c == '_') && !key.is_empty();
    if is_word { format!("{path}.{key}") } else { format!("{path}[{}]", Value::from(key)) }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn lines(left: &str, right: &str) -> Differing {
    let (one, other): (Vec<&str>, Vec<&str>) = (left.lines().collect(), right.lines().collect());
    if one.len().max(other.len()) > MOST_LINES {
        return line_by_line(&one, &other);
    }
    let mut out = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &one, &other) {
        let (was, is) = match op {
            DiffOp::Equal { .. } => continue,
            _ => (op.old_range(), op.new_range()),
        };
        for place in 0..was.len().max(is.len()) {
            let text = |lines: &[&str], range: &std::ops::Range<usize>| {
                lines[range.clone()].get(place).map(|line| (*line).to_owned())
            };
            let number = if is.is_empty() { was.start } else { is.start } + place + 1;
            out.push((format!("line {number}"), text(&one, &was), text(&other, &is)));
        }
    }
    out
}

/// By their places: one that was put between shows as a change of all after it.
fn line_by_line(one: &[&str], other: &[&str]) -> Differing {
    let text = |line: Option<&&str>| line.map(|line| (*line).to_owned());
    let places = (0..one.len().max(other.len())).map(|at| (at, one.get(at), other.get(at)));
    places
        .filter(|(_, one, other)| one != other)
        .take(MOST)
        .map(|(at, one, other)| (format!("line {}", at + 1), text(one), text(other)))
        .collect()
}

/// What a message came to: where it failed. Of one that went well nothing is recorded but what it began with.
pub fn failure(payloads: &[Payload]) -> Option<Carried> {
    let failed = payloads.iter().find(|one| one.point == Point::Failure as i16);
    failed.map(Carried::from)
}

/// What two recorded messages carried at the points that both have. The look is in the audit.
pub async fn of_messages(ctx: &Ctx, left: &str, right: &str) -> Result<Vec<Change>, Error> {
    let payloads = |shown: Vec<super::Shown>| -> Vec<Payload> {
        shown.into_iter().map(|shown| shown.payload).collect()
    };
    let left = payloads(super::payloads(ctx, left).await?);
    let right = payloads(super::payloads(ctx, right).await?);
    let start = |all: &[Payload]| {
        all.iter().find(|one| one.point == Point::Start as i16).map(Carried::from)
    };
    let pairs = [
        ("start", start(&left).zip(start(&right))),
        ("failure", failure(&left).zip(failure(&right))),
    ];
    let both = pairs.into_iter().filter_map(|(at, pair)| Some((at, pair?)));
    Ok(both.flat_map(|(at, (left, right))| compare(at, &left, &right)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carried(headers: &[(&str, &str)], body: &str) -> Carried {
        let header = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Carried {
            headers: headers.iter().map(header).collect(),
            body: Some(body.as_bytes().to_vec()),
        }
    }

    #[track_caller]
    fn check(left: &str, right: &str, want: &[(&str, Option<&str>, Option<&str>)]) {
        let changes = compare("result", &carried(&[], left), &carried(&[], right));
        let got: Vec<_> = changes
            .iter()
            .map(|one| (&*one.path, one.left.as_deref(), one.right.as_deref()))
            .collect();
        assert_eq!(got, want);
    }

    #[test]
    fn json_is_compared_by_path_and_not_by_how_it_is_written() {
        check(r#"{"a":1,"b":[1,2]}"#, "{ \"b\": [1, 2], \"a\": 1 }", &[]);
        check(
            r#"{"sku":"TEA-10","lines":[{"n":1},{"n":2}],"x y":null}"#,
            r#"{"sku":"TEA-01","lines":[{"n":1},{"n":3},{"n":4}],"new":true}"#,
            &[
                ("$.sku", Some("TEA-10"), Some("TEA-01")),
                ("$.lines[1].n", Some("2"), Some("3")),
                ("$.lines[2]", None, Some(r#"{"n":4}"#)),
                ("$[\"x y\"]", Some("null"), None),
                ("$.new", None, Some("true")),
            ],
        );
        check(r#"{"a":1}"#, r#"{"a":"1"}"#, &[("$.a", Some("1"), Some("1"))]);
    }

    #[test]
    fn everything_else_is_compared_by_lines() {
        check(
            "<a>\n  <b>1</b>\n</a>",
            "<a>\n  <b>2</b>\n  <c/>\n</a>",
            &[("line 2", Some("  <b>1</b>"), Some("  <b>2</b>")), ("line 3", None, Some("  <c/>"))],
        );
        check("a\nb\nc", "a\nc", &[("line 2", Some("b"), None)]);
        check("{broken", "{\"a\":1}", &[("line 1", Some("{broken"), Some("{\"a\":1}"))]);
        check("", "x", &[("line 1", None, Some("x"))]);
    }

    #[test]
    fn headers_are_compared_by_name_without_those_of_the_call() {
        let left = carried(&[("orderId", "A"), ("breadcrumbId", "1"), ("gone", "g")], "");
        let right = carried(&[("orderId", "B"), ("breadcrumbId", "2"), ("new", "n")], "");
        let changes = compare("start", &left, &right);
        let names: Vec<_> = changes.iter().map(|one| (&*one.path, one.part)).collect();
        let header = Part::Header;
        assert_eq!(names, [("gone", header), ("new", header), ("orderId", header)]);
    }

    #[test]
    fn what_is_not_text_is_told_by_its_size_and_what_is_long_is_cut() {
        let bytes = |bytes: &[u8]| Carried { body: Some(bytes.to_vec()), ..Carried::default() };
        let changes = compare("start", &bytes(&[0xFF, 1]), &bytes(b"a"));
        assert_eq!(changes[0].left.as_deref(), Some("2 bytes"));
        let changes = compare("start", &bytes(b"a"), &bytes(&[b'x'; 900]));
        assert_eq!(changes[0].right.as_ref().map(|text| text.chars().count()), Some(LONGEST + 1));
        let many: String = (0..900).map(|line| format!("{line}\n")).collect();
        assert_eq!(compare("start", &bytes(b""), &bytes(many.as_bytes())).len(), MOST);
    }

    #[test]
    fn bodies_of_very_many_lines_are_compared_place_by_place() {
        let text = |changed: usize| -> String {
            let line = |at| if at == changed { "new\n".to_owned() } else { format!("{at}\n") };
            (0..=MOST_LINES).map(line).collect()
        };
        check(&text(usize::MAX), &text(7), &[("line 8", Some("7"), Some("new"))]);
    }
}
