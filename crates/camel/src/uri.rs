//! An endpoint's URI taken apart: scheme, path, options, and what only a run can know.
//!
//! Options come from the query and from `parameters:`; both are kept, as text. Anything with
//! `${…}` is dynamic and anything with `{{…}}` is decided by properties, so the part that holds
//! them is never judged. `RAW(…)` may hold `&`. Nothing is decoded: names are plain and values are
//! only shown or compared with types when they hold no `%`.

use crate::model::{Property, Value};
use crate::problem::Position;

#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// As written, without parameters.
    pub uri: String,
    /// Empty when it cannot be known before a run.
    pub scheme: String,
    /// Behind the scheme's colon, before `?`.
    pub path: String,
    pub options: Vec<EndpointOption>,
    /// It has an expression in it, which is evaluated for each message.
    pub dynamic: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct EndpointOption {
    pub name: String,
    pub value: String,
    /// Place of a parameter; options in the URI have none of their own.
    pub at: Option<Position>,
}

impl Endpoint {
    pub fn new(uri: &str, parameters: &[Property], may_be_dynamic: bool) -> Self {
        let trimmed = uri.trim();
        let (before, query) = split_query(trimmed);
        let (scheme, path) = match before.split_once(':') {
            Some((scheme, path)) => (scheme, path),
            None => (before, ""),
        };
        let scheme = if is_scheme(scheme) { scheme.to_owned() } else { String::new() };
        let mut options: Vec<_> = query
            .map(split_options)
            .unwrap_or_default()
            .into_iter()
            .map(|(name, value)| EndpointOption {
                name: name.to_owned(),
                value: value.to_owned(),
                at: None,
            })
            .collect();
        options.extend(parameters.iter().filter_map(|parameter| {
            let value = match &parameter.value {
                Value::Text(text) => text.text.clone(),
                Value::Map(_) => String::new(),
                Value::List(_) => return None,
            };
            Some(EndpointOption { name: parameter.name.clone(), value, at: Some(parameter.at) })
        }));
        let path = path.to_owned();
        Self {
            uri: trimmed.to_owned(),
            scheme,
            path,
            options,
            dynamic: may_be_dynamic && is_dynamic(trimmed),
        }
    }

    /// Without slashes, as two spellings of one `direct:` are one endpoint.
    pub fn name(&self) -> &str {
        self.path.trim_start_matches('/')
    }

    pub fn option(&self, name: &str) -> Option<&EndpointOption> {
        self.options.iter().find(|option| option.name == name)
    }
}

/// Known before a run: letters, digits, `-`, `+`, `.`; no placeholder.
pub fn is_scheme(text: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.' | b'_');
    text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic()) && text.bytes().all(good)
}

/// Whether a value is decided by properties, beans or messages, and not by what is written.
pub fn is_open(value: &str) -> bool {
    value.contains("{{")
        || value.contains("${")
        || value.contains("$simple{")
        || value.starts_with('#')
        || value.starts_with("RAW(")
        || value.starts_with("RAW{")
        || value.contains('%')
}

fn is_dynamic(uri: &str) -> bool {
    uri.contains("${") || uri.contains("$simple{") || uri.starts_with("language:")
}

/// At the first `?` outside of a placeholder (`{{?x}}`).
fn split_query(uri: &str) -> (&str, Option<&str>) {
    let mut from = 0;
    while let Some(found) = uri[from..].find('?').map(|found| found + from) {
        if uri[..found].ends_with("{{") {
            from = found + 1;
        } else {
            return (&uri[..found], Some(&uri[found + 1..]));
        }
    }
    (uri, None)
}

/// `?&` or a last `&`, both of which Camel refuses.
pub fn has_empty_option(uri: &str) -> bool {
    split_query(uri).1.is_some_and(|query| query.starts_with('&') || query.ends_with('&'))
}

/// At each `&` outside of `RAW(…)` and of placeholders.
fn split_options(query: &str) -> Vec<(&str, &str)> {
    let mut out = Vec::new();
    let (mut from, mut start) = (0, 0);
    let bytes = query.as_bytes();
    while from <= bytes.len() {
        if query[from..].starts_with("=RAW(") || query[from..].starts_with("=RAW{") {
            let close = if bytes[from + 4] == b'(' { ')' } else { '}' };
            // The end is a bracket before `&` or at the end: a password may hold brackets.
            let inside = &query[from + 5..];
            let end = inside
                .match_indices(close)
                .map(|(at, _)| at + 1)
                .find(|end| inside[*end..].is_empty() || inside[*end..].starts_with('&'));
            from += 5 + end.unwrap_or(inside.len());
            continue;
        }
        if from == bytes.len() || bytes[from] == b'&' {
            let part = &query[start..from];
            let part = part.strip_prefix("amp;").unwrap_or(part);
            if !part.is_empty() {
                let (name, value) = part.split_once('=').unwrap_or((part, ""));
                // Line breaks and indentation between options are noise, which Camel removes.
                out.push((name.trim(), value.trim_end_matches(['\n', '\r', ' ', '\t'])));
            }
            start = from + 1;
        }
        from += 1;
        while from < bytes.len() && !query.is_char_boundary(from) {
            from += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(uri: &str, scheme: &str, path: &str, options: &[(&str, &str)]) {
        let endpoint = Endpoint::new(uri, &[], true);
        let got: Vec<_> = endpoint
            .options
            .iter()
            .map(|option| (option.name.as_str(), option.value.as_str()))
            .collect();
        assert_eq!(
            (endpoint.scheme.as_str(), endpoint.path.as_str(), got.as_slice()),
            (scheme, path, options)
        );
    }

    #[test]
    fn uris_come_apart() {
        check(
            "timer:tick?period=1000&delay=5",
            "timer",
            "tick",
            &[("period", "1000"), ("delay", "5")],
        );
        check("direct:a", "direct", "a", &[]);
        check("log", "log", "", &[]);
        check("https://a.b/c?d=e", "https", "//a.b/c", &[("d", "e")]);
        check("{{in}}", "", "", &[]);
        check("{{?in}}:x?a=b", "", "x", &[("a", "b")]);
        check(
            "ftp:h?password=RAW(a&b)c)&user=u",
            "ftp",
            "h",
            &[("password", "RAW(a&b)c)"), ("user", "u")],
        );
        check(
            "sql:select * from t where a = :#${body}?x=y",
            "sql",
            "select * from t where a = :#${body}",
            &[("x", "y")],
        );
        check("a:b?", "a", "b", &[]);
        check("a:b?ü=é&c", "a", "b", &[("ü", "é"), ("c", "")]);
        check("a:b?\n  c=d&\n  e=f\n", "a", "b", &[("c", "d"), ("e", "f")]);
    }

    #[test]
    fn what_is_decided_later_is_open() {
        for open in ["{{x}}", "${body}", "#bean", "RAW(x)", "a%20b"] {
            assert!(is_open(open), "{open}");
        }
        assert!(!is_open("1000") && !is_open("true"));
    }
}
