//! Strings.
//!
//! Lengths and positions count bytes, as in Go; a cut through a character leaves the replacement character, as Go's JSON would. Where
//! sprig 2.22.0 takes bytes for characters (`nospace`, `initials`) ours takes characters.

use super::{Function, Given, Kind, word};
use crate::error::Fault;
use crate::format::{self, quote};
use crate::meter::Meter;
use crate::value::{Element, Value};

use Kind::{Any, Int, Text};

pub(super) const TABLE: &[Function] = &[
    Function::fixed("trim", &[Text], |_, given| Ok(Value::text(given.text(0).trim()))),
    Function::fixed("trimAll", &[Text, Text], |_, given| Ok(trim_all(&given))),
    Function::fixed("trimall", &[Text, Text], |_, given| Ok(trim_all(&given))),
    Function::fixed("trimPrefix", &[Text, Text], |_, given| {
        let text = given.text(1);
        Ok(Value::text(text.strip_prefix(given.text(0)).unwrap_or(text)))
    }),
    Function::fixed("trimSuffix", &[Text, Text], |_, given| {
        let text = given.text(1);
        Ok(Value::text(text.strip_suffix(given.text(0)).unwrap_or(text)))
    }),
    Function::fixed("upper", &[Text], |meter, given| {
        meter.made(given.text(0).chars().map(word::upper).collect())
    }),
    Function::fixed("lower", &[Text], |meter, given| {
        meter.made(given.text(0).chars().map(word::lower).collect())
    }),
    Function::fixed("title", &[Text], |meter, given| meter.made(word::title(given.text(0)))),
    Function::fixed("untitle", &[Text], |meter, given| meter.made(word::untitle(given.text(0)))),
    Function::fixed("swapcase", &[Text], |meter, given| meter.made(word::swap_case(given.text(0)))),
    Function::fixed("snakecase", &[Text], |meter, given| {
        meter.made(word::separated(given.text(0), '_'))
    }),
    Function::fixed("kebabcase", &[Text], |meter, given| {
        meter.made(word::separated(given.text(0), '-'))
    }),
    Function::fixed("camelcase", &[Text], |meter, given| meter.made(word::camel(given.text(0)))),
    Function::fixed("initials", &[Text], |meter, given| {
        let words = given.text(0).split_whitespace();
        meter.made(words.filter_map(|word| word.chars().next()).collect())
    }),
    Function::fixed("nospace", &[Text], |meter, given| {
        meter.made(given.text(0).chars().filter(|next| !next.is_whitespace()).collect())
    }),
    Function::fixed("wrap", &[Int, Text], |meter, given| {
        word::wrap(given.text(1), given.int(0), "\n", false, meter)
    }),
    Function::fixed("wrapWith", &[Int, Text, Text], |meter, given| {
        let between = if given.text(1).is_empty() { "\n" } else { given.text(1) };
        word::wrap(given.text(2), given.int(0), between, true, meter)
    }),
    Function::fixed("repeat", &[Int, Text], |meter, given| {
        let mut out = meter.sink();
        let count = given.size(0)?;
        if !given.text(1).is_empty() {
            out.repeat(given.text(1), count)?;
        }
        meter.text(out)
    }),
    Function::fixed("substr", &[Int, Int, Text], |_, given| {
        let (start, end, text) = (given.int(0), given.int(1), given.text(2));
        let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
        match (start, end) {
            (..0, _) => cut(text, 0, end),
            (_, end) if end < 0 || end > length => cut(text, start, length),
            _ => cut(text, start, end),
        }
    }),
    Function::fixed("trunc", &[Int, Text], |_, given| {
        let (count, text) = (given.int(0), given.text(1));
        let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
        if length <= count { Ok(given.value(1).clone()) } else { cut(text, 0, count) }
    }),
    Function::fixed("abbrev", &[Int, Text], |_, given| match given.int(0) {
        ..4 => Ok(given.value(1).clone()),
        width => abbreviate(given.text(1), 0, width),
    }),
    Function::fixed("abbrevboth", &[Int, Int, Text], |_, given| {
        let (left, right) = (given.int(0), given.int(1));
        if right < 4 || (left > 0 && right < 7) {
            return Ok(given.value(2).clone());
        }
        abbreviate(given.text(2), left, right)
    }),
    Function::fixed("contains", &[Text, Text], |_, given| {
        Ok(Value::Bool(given.text(1).contains(given.text(0))))
    }),
    Function::fixed("hasPrefix", &[Text, Text], |_, given| {
        Ok(Value::Bool(given.text(1).starts_with(given.text(0))))
    }),
    Function::fixed("hasSuffix", &[Text, Text], |_, given| {
        Ok(Value::Bool(given.text(1).ends_with(given.text(0))))
    }),
    Function::open("quote", &[], Any, |meter, given| {
        joined(meter, &given, |text| quote::quote(text, false))
    }),
    Function::open("squote", &[], Any, |meter, given| {
        joined(meter, &given, |text| format!("'{text}'"))
    }),
    Function::open("cat", &[], Any, |meter, given| joined(meter, &given, ToOwned::to_owned)),
    Function::fixed("indent", &[Int, Text], |meter, given| indent(meter, &given, "")),
    Function::fixed("nindent", &[Int, Text], |meter, given| indent(meter, &given, "\n")),
    Function::fixed("replace", &[Text, Text, Text], |meter, given| {
        let (old, new, text) = (given.text(0), given.text(1), given.text(2));
        meter.steps(text.len() / 64)?;
        let count = if old.is_empty() { text.len() + 1 } else { text.matches(old).count() };
        meter.reserve(text.len().saturating_add(count.saturating_mul(new.len())))?;
        Ok(Value::from(text.replace(old, new)))
    }),
    Function::fixed("plural", &[Text, Text, Int], |_, given| {
        Ok(given.value(usize::from(given.int(2) != 1)).clone())
    }),
    Function::fixed("split", &[Text, Text], |meter, given| {
        numbered(meter, pieces(given.text(1), given.text(0), -1))
    }),
    Function::fixed("splitn", &[Text, Int, Text], |meter, given| {
        numbered(meter, pieces(given.text(2), given.text(0), given.int(1)))
    }),
    Function::fixed("splitList", &[Text, Text], |meter, given| {
        let parts = pieces(given.text(1), given.text(0), -1);
        meter.reserve(given.text(1).len())?;
        let parts = parts.into_iter().map(Value::text).collect();
        meter.list(Element::Text, parts)
    }),
];

fn trim_all(given: &Given) -> Value {
    let set: Vec<char> = given.text(0).chars().collect();
    Value::text(given.text(1).trim_matches(&set[..]))
}

/// Bytes from and to; out of range is an error, as Go's slices panic.
fn cut(text: &str, from: i64, to: i64) -> Result<Value, Fault> {
    let bytes = match (usize::try_from(from), usize::try_from(to)) {
        (Ok(from), Ok(to)) => text.as_bytes().get(from..to),
        _ => None,
    };
    match bytes {
        Some(bytes) => Ok(Value::text(String::from_utf8_lossy(bytes))),
        None => Err(format!("{from} to {to} of {} bytes", text.len()).into()),
    }
}

/// Dots where text is left out: at the end, or at both ends from an offset on.
fn abbreviate(text: &str, offset: i64, width: i64) -> Result<Value, Fault> {
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    if length <= width {
        return Ok(Value::text(text));
    }
    let kept = width - 3;
    let offset =
        if length - offset.min(length) < kept { length - kept } else { offset.min(length) };
    let piece = |from, to| -> Result<String, Fault> {
        Ok(match cut(text, from, to)? {
            Value::Text(text) => text.to_string(),
            _ => String::new(),
        })
    };
    if offset <= 4 {
        return Ok(Value::from(piece(0, kept)? + "..."));
    }
    if offset + kept < length {
        let inner = piece(offset, length)?;
        let Value::Text(short) = abbreviate(&inner, 0, kept)? else { return Ok(Value::Nil) };
        return Ok(Value::from(format!("...{short}")));
    }
    Ok(Value::from(format!("...{}", piece(length - kept, length)?)))
}

/// What is not nil, each changed, with spaces between.
fn joined(
    meter: &mut Meter<'_>,
    given: &Given,
    change: impl Fn(&str) -> String,
) -> Result<Value, Fault> {
    let mut out = meter.sink();
    let values = given.from(0).iter().filter(|value| !value.is_nothing());
    for (index, value) in values.enumerate() {
        if index > 0 {
            out.push(" ")?;
        }
        let text = format::text_of(value, meter)?;
        // A quoted character takes at most ten bytes.
        meter.reserve(text.len())?;
        out.push(&change(&text))?;
    }
    meter.text(out)
}

fn indent(meter: &mut Meter<'_>, given: &Given, before: &str) -> Result<Value, Fault> {
    let spaces = given.size(0)?;
    let mut out = meter.sink();
    out.push(before)?;
    for (index, line) in given.text(1).split('\n').enumerate() {
        if index > 0 {
            out.push("\n")?;
        }
        out.repeat(" ", spaces)?;
        out.push(line)?;
    }
    meter.text(out)
}

/// As Go's `SplitN`: an empty separator gives characters, zero gives nothing, a limit keeps the rest whole.
fn pieces<'t>(text: &'t str, separator: &str, limit: i64) -> Vec<&'t str> {
    if limit == 0 {
        return Vec::new();
    }
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    if !separator.is_empty() {
        return text.splitn(most, separator).collect();
    }
    let mut starts: Vec<_> = text.char_indices().map(|(index, _)| index).take(most).collect();
    starts.push(text.len());
    let mut parts: Vec<_> = starts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
    if parts.len() == most
        && let Some(last) = starts.get(most - 1)
    {
        parts[most - 1] = &text[*last..];
    }
    parts
}

/// `_0`, `_1` and so on.
fn numbered(meter: &mut Meter<'_>, parts: Vec<&str>) -> Result<Value, Fault> {
    meter.reserve(parts.iter().map(|part| part.len() + 64).sum())?;
    let entries = parts.into_iter().enumerate();
    let entries = entries.map(|(index, part)| (format!("_{index}").into(), Value::text(part)));
    meter.map(Element::Text, entries.collect())
}
