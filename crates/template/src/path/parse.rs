//! Reads a path: steps between dots, a backslash before a character that stands for itself.

use serde_json::Value;

use super::Unreadable;
use super::query::{Comparison, Test};

#[derive(Clone, Debug)]
pub(super) enum Step {
    Key {
        name: String,
        wild: bool,
    },
    /// `#`: the number of elements, or each of them.
    Count,
    /// `#(test)` or `#(test)#`
    Find {
        test: Test,
        all: bool,
    },
    Modify(Modifier),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Modifier {
    This,
    Reverse,
    Flatten,
    Keys,
    Values,
    ToText,
    FromText,
}

impl Modifier {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "@this" | "@ugly" | "@pretty" | "@valid" => Self::This,
            "@reverse" => Self::Reverse,
            "@flatten" => Self::Flatten,
            "@keys" => Self::Keys,
            "@values" => Self::Values,
            "@tostr" => Self::ToText,
            "@fromstr" => Self::FromText,
            _ => return None,
        })
    }

    pub(super) fn apply(self, value: &Value) -> Option<Value> {
        Some(match (self, value) {
            (Self::Reverse, Value::Array(items)) => items.iter().rev().cloned().collect(),
            (Self::Reverse, Value::Object(entries)) => {
                let reversed = entries.iter().rev().map(|(key, item)| (key.clone(), item.clone()));
                Value::Object(reversed.collect())
            }
            (Self::Flatten, Value::Array(items)) => {
                let flat = items.iter().flat_map(|item| match item {
                    Value::Array(inner) => inner.clone(),
                    other => vec![other.clone()],
                });
                flat.collect()
            }
            (Self::Keys, Value::Object(entries)) => entries.keys().cloned().collect(),
            (Self::Values, Value::Object(entries)) => entries.values().cloned().collect(),
            (Self::ToText, value) => Value::String(value.to_string()),
            (Self::FromText, Value::String(text)) => serde_json::from_str(text).ok()?,
            (Self::FromText | Self::Keys, _) => return None,
            (Self::This | Self::Reverse | Self::Flatten | Self::Values, value) => value.clone(),
        })
    }
}

pub(super) fn parse(text: &str) -> Result<Vec<Step>, Unreadable> {
    let mut steps = Vec::new();
    let mut rest = text;
    if text.is_empty() {
        return Err(Unreadable { at: 0, message: "it is empty".into() });
    }
    loop {
        let at = text.len() - rest.len();
        let step = if let Some(inside) = rest.strip_prefix("#(") {
            let end = query_end(inside).ok_or_else(|| unreadable(at, "a query is not closed"))?;
            let test = test(&inside[..end], at + 2)?;
            rest = &inside[end + 1..];
            let all = rest.starts_with('#');
            rest = rest.strip_prefix('#').unwrap_or(rest);
            Step::Find { test, all }
        } else {
            let (name, wild, behind, escaped) = word(rest);
            rest = behind;
            match name.as_str() {
                "#" if !escaped => Step::Count,
                "" => return Err(unreadable(at, "a key is missing")),
                name if name.starts_with('@') && !escaped => {
                    let modifier = Modifier::parse(name);
                    Step::Modify(
                        modifier.ok_or_else(|| {
                            unreadable(at, format!("there is no modifier `{name}`"))
                        })?,
                    )
                }
                _ if name.starts_with(['{', '[', '!']) && !escaped => {
                    return Err(unreadable(at, "multipaths and literals are not offered"));
                }
                _ => Step::Key { name, wild },
            }
        };
        steps.push(step);
        match rest.chars().next() {
            None => return Ok(steps),
            Some('.' | '|') => rest = &rest[1..],
            Some(_) => {
                let at = text.len() - rest.len();
                return Err(unreadable(at, "a dot is expected"));
            }
        }
    }
}

fn unreadable(at: usize, message: impl Into<String>) -> Unreadable {
    Unreadable { at, message: message.into() }
}

/// A key up to the next dot or bar: its name, whether it has wildcards, what follows, whether its first character is escaped. A name
/// with wildcards keeps its backslashes.
fn word(text: &str) -> (String, bool, &str, bool) {
    let escaped = text.starts_with('\\');
    let mut plain = String::new();
    let mut pattern = String::new();
    let mut wild = false;
    let mut characters = text.char_indices();
    let mut end = text.len();
    while let Some((index, character)) = characters.next() {
        match character {
            '.' | '|' => {
                end = index;
                break;
            }
            '\\' => {
                if let Some((_, next)) = characters.next() {
                    plain.push(next);
                    pattern.push('\\');
                    pattern.push(next);
                }
            }
            _ => {
                wild |= matches!(character, '*' | '?');
                plain.push(character);
                pattern.push(character);
            }
        }
    }
    (if wild { pattern } else { plain }, wild, &text[end..], escaped)
}

/// The `)` that closes a query, over strings and nested parentheses.
fn query_end(text: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
    for (index, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' => depth += 1,
            ')' if depth == 0 => return Some(index),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// `path`, `path == value`; a path that is empty is the element itself.
fn test(text: &str, at: usize) -> Result<Test, Unreadable> {
    let (mut quoted, mut escaped) = (false, false);
    let mut split = None;
    for (index, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '=' | '!' | '<' | '>' | '%' if !quoted => {
                split = Some(index);
                break;
            }
            _ => {}
        }
    }
    let (path, comparison) = match split {
        None => (text, None),
        Some(index) => {
            let (path, rest) = text.split_at(index);
            let (comparison, operand) = Comparison::parse(rest)
                .ok_or_else(|| unreadable(at + index, "an unknown comparison"))?;
            let operand = operand.trim();
            let value = match serde_json::from_str(operand) {
                Ok(value) => value,
                Err(_) => Value::String(operand.to_owned()),
            };
            (path, Some((comparison, value)))
        }
    };
    let path = path.trim();
    if path.starts_with("#(") {
        return Err(unreadable(at, "a query inside a query is not offered"));
    }
    let steps = if path.is_empty() { Vec::new() } else { parse(path)? };
    Ok(Test { path: steps, comparison })
}
