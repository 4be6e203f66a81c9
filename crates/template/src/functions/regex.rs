//! Regular expressions of Go, on Rust's engine.
//!
//! Both engines come from RE2 and match in linear time. [`go_regex`] rewrites what they read differently: `\d`, `\w`, `\s` and `\b` mean
//! ASCII in Go; `[[]` and `[a&&b]` are plain characters in a Go class; `\Q..\E` quotes. Programs are small by limit, and the work is
//! charged by the size of pattern and text.

use ::regex::{Regex, RegexBuilder};

use super::{Function, Given, Kind};
use crate::error::Fault;
use crate::meter::Meter;
use crate::value::{Element, Value};

use Kind::{Int, Text};

/// About 2,000 states: room for a pattern of a screen's length, and still quick on a long text.
const PROGRAM_BYTES: usize = 64 << 10;

pub(super) const TABLE: &[Function] = &[
    // A pattern that is wrong matches nothing here and is an error everywhere else, as in sprig.
    Function::fixed("regexMatch", &[Text, Text], |meter, given| {
        charge(meter, &given)?;
        let matches = go_regex(given.text(0)).is_ok_and(|regex| regex.is_match(given.text(1)));
        Ok(Value::Bool(matches))
    }),
    Function::fixed("regexFind", &[Text, Text], |meter, given| {
        let regex = compile(meter, &given)?;
        Ok(Value::text(regex.find(given.text(1)).map_or("", |found| found.as_str())))
    }),
    Function::fixed("regexFindAll", &[Text, Text, Int], |meter, given| {
        let regex = compile(meter, &given)?;
        let most = usize::try_from(given.int(2)).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        for one in regex.find_iter(given.text(1)).take(most) {
            meter.reserve(one.len() + std::mem::size_of::<Value>())?;
            found.push(Value::text(one.as_str()));
        }
        meter.list(Element::Text, found)
    }),
    Function::fixed("regexReplaceAll", &[Text, Text, Text], |meter, given| {
        replace(meter, &given, true)
    }),
    Function::fixed("regexReplaceAllLiteral", &[Text, Text, Text], |meter, given| {
        replace(meter, &given, false)
    }),
    Function::fixed("regexSplit", &[Text, Text, Int], |meter, given| {
        let parts = split(meter, &given)?;
        meter.list(Element::Text, parts)
    }),
];

fn charge(meter: &mut Meter<'_>, given: &Given) -> Result<(), Fault> {
    // Compiling costs as much as some hundred nodes, whatever the pattern.
    meter.steps(256 + given.text(0).len() + given.text(0).len() * given.text(1).len() / 16)
}

fn compile(meter: &mut Meter<'_>, given: &Given) -> Result<Regex, Fault> {
    charge(meter, given)?;
    // The pattern may be a value, which is not for a message.
    go_regex(given.text(0))
        .map_err(|_| "this is not a regular expression, or too large a one".into())
}

fn replace(meter: &mut Meter<'_>, given: &Given, expand: bool) -> Result<Value, Fault> {
    let regex = compile(meter, given)?;
    let (text, replacement) = (given.text(1), given.text(2));
    let references = replacement.matches('$').count();
    let mut out = meter.sink();
    let mut from = 0;
    for captures in regex.captures_iter(text) {
        meter.step()?;
        let Some(whole) = captures.get(0) else { continue };
        out.push(&text[from..whole.start()])?;
        if expand {
            meter.reserve(replacement.len() + references.saturating_mul(whole.len()))?;
            let mut expanded = String::new();
            captures.expand(replacement, &mut expanded);
            out.push(&expanded)?;
        } else {
            out.push(replacement)?;
        }
        from = whole.end();
    }
    out.push(&text[from..])?;
    meter.text(out)
}

/// As Go splits: a limit keeps the rest whole, zero gives nothing.
fn split(meter: &mut Meter<'_>, given: &Given) -> Result<Vec<Value>, Fault> {
    let regex = compile(meter, given)?;
    let (text, limit) = (given.text(1), given.int(2));
    if limit == 0 {
        return Ok(Vec::new());
    }
    if text.is_empty() && !given.text(0).is_empty() {
        return Ok(vec![Value::text("")]);
    }
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut parts = Vec::new();
    let (mut from, mut last_start) = (0, 0);
    for found in regex.find_iter(text).take(most) {
        if parts.len() + 1 == most {
            break;
        }
        meter.reserve(found.len() + std::mem::size_of::<Value>())?;
        last_start = found.start();
        if found.end() != 0 {
            parts.push(Value::text(&text[from..found.start()]));
        }
        from = found.end();
    }
    if last_start != text.len() {
        parts.push(Value::text(&text[from..]));
    }
    Ok(parts)
}

/// Compiles a pattern written for Go; the error says what is wrong with it.
pub fn go_regex(pattern: &str) -> Result<Regex, String> {
    let rewritten = rewrite(pattern)?;
    RegexBuilder::new(&rewritten).size_limit(PROGRAM_BYTES).nest_limit(50).build().map_err(|err| {
        match err {
            ::regex::Error::CompiledTooBig(_) => {
                format!("the regular expression `{pattern}` is too large")
            }
            _ => format!("`{pattern}` is not a regular expression"),
        }
    })
}

fn rewrite(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    let mut in_class = false;
    let mut class_start = 0;
    while let Some(character) = rest.chars().next() {
        let behind = &rest[character.len_utf8()..];
        match character {
            '\\' => {
                let Some(escaped) = behind.chars().next() else {
                    return Err(format!("`{pattern}` ends with a backslash"));
                };
                rest = &behind[escaped.len_utf8()..];
                match escaped {
                    'Q' if !in_class => {
                        let (quoted, after) = rest.split_once("\\E").unwrap_or((rest, ""));
                        out.push_str(&::regex::escape(quoted));
                        rest = after;
                    }
                    'd' => out.push_str(if in_class { "0-9" } else { "[0-9]" }),
                    'D' => out.push_str("[^0-9]"),
                    'w' => out.push_str(if in_class { "0-9A-Za-z_" } else { "[0-9A-Za-z_]" }),
                    'W' => out.push_str("[^0-9A-Za-z_]"),
                    's' => out.push_str(if in_class { r"\t\n\f\r " } else { r"[\t\n\f\r ]" }),
                    'S' => out.push_str(r"[^\t\n\f\r ]"),
                    'b' if !in_class => out.push_str(r"(?-u:\b)"),
                    'C' | 'E' | 'R' | 'X' | 'h' | 'H' | 'K' | 'Z' | '<' | '>' | 'u' | 'U' => {
                        return Err(format!("`{pattern}`: `\\{escaped}` is not an escape"));
                    }
                    _ => {
                        out.push('\\');
                        out.push(escaped);
                    }
                }
                continue;
            }
            '[' if in_class && behind.starts_with(':') => {
                let Some(end) = rest.find(":]") else {
                    return Err(format!("`{pattern}`: a class is not closed"));
                };
                out.push_str(&rest[..end + 2]);
                rest = &rest[end + 2..];
                continue;
            }
            '[' if in_class => out.push_str("\\["),
            '[' => {
                in_class = true;
                out.push('[');
                if let Some(after) = behind.strip_prefix('^') {
                    out.push('^');
                    rest = after;
                    class_start = out.len();
                    continue;
                }
                class_start = out.len();
            }
            ']' if in_class && out.len() == class_start => out.push_str("\\]"),
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(character);
            }
            '(' if !in_class && behind.starts_with('?') && has_foreign_flag(behind) => {
                return Err(format!("`{pattern}`: an unknown group"));
            }
            _ => out.push(character),
        }
        rest = behind;
    }
    Ok(out)
}

/// Flags that Rust knows and Go does not.
fn has_foreign_flag(group: &str) -> bool {
    let flags = group[1..].split([':', ')', '<', 'P']).next().unwrap_or_default();
    flags.contains(['x', 'u', 'R'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, text: &str, matches: bool) {
        assert_eq!(go_regex(pattern).unwrap().is_match(text), matches, "{pattern} on {text}");
    }

    #[test]
    fn classes_mean_what_they_mean_in_go() {
        check(r"^\d+$", "12", true);
        check(r"^\d+$", "٣", false);
        check(r"^[\w-]+$", "a_b-9", true);
        check(r"^[[]$", "[", true);
        check(r"^[]a]$", "]", true);
        check(r"^[a&&b]+$", "&", true);
        check(r"^[[:alpha:]]+$", "ab", true);
        check(r"\Qa.b\E", "a.b", true);
        check(r"\Qa.b\E", "axb", false);
        check("infra", "my-infra-2", true);
    }

    #[test]
    fn a_pattern_that_is_wrong_or_huge_is_refused() {
        assert!(go_regex("(").is_err());
        assert!(go_regex(r"(?x)a").is_err());
        assert!(go_regex("(((a{100}){100}){100})").is_err());
    }
}
