//! Go's own functions, less `call`; `slice` is sprig's.

use super::{Function, Given, Kind, compare};
use crate::error::Fault;
use crate::format::{self, printf, quote};
use crate::meter::{Meter, Sink};
use crate::value::{Value, Width};

use Kind::{Any, Reflect, Text};

pub(super) const TABLE: &[Function] = &[
    // The evaluator answers these two itself, because they stop early.
    Function::open("and", &[Reflect], Reflect, |_, given| Ok(given.value(0).clone())),
    Function::open("or", &[Reflect], Reflect, |_, given| Ok(given.value(0).clone())),
    Function::fixed("not", &[Reflect], |_, given| Ok(Value::Bool(!given.value(0).truth()))),
    Function::open("eq", &[Reflect], Reflect, |_, given| {
        compare::equal(given.value(0), given.from(1)).map(Value::Bool)
    }),
    Function::fixed("ne", &[Reflect, Reflect], |_, given| {
        compare::equal(given.value(0), given.from(1)).map(|equal| Value::Bool(!equal))
    }),
    Function::fixed("lt", &[Reflect, Reflect], |_, given| {
        compare::less(given.value(0), given.value(1)).map(Value::Bool)
    }),
    Function::fixed("le", &[Reflect, Reflect], |_, given| {
        compare::less_or_equal(given.value(0), given.value(1)).map(Value::Bool)
    }),
    Function::fixed("gt", &[Reflect, Reflect], |_, given| {
        compare::less_or_equal(given.value(0), given.value(1)).map(|at_most| Value::Bool(!at_most))
    }),
    Function::fixed("ge", &[Reflect, Reflect], |_, given| {
        compare::less(given.value(0), given.value(1)).map(|less| Value::Bool(!less))
    }),
    Function::fixed("len", &[Reflect], |_, given| length(given.value(0))),
    Function::open("index", &[Reflect], Reflect, |_, given| index(&given)),
    Function::open("print", &[], Any, |meter, given| {
        let mut out = meter.sink();
        format::sprint(given.from(0), meter, &mut out)?;
        meter.text(out)
    }),
    Function::open("println", &[], Any, |meter, given| {
        let mut out = meter.sink();
        for (index, value) in given.from(0).iter().enumerate() {
            if index > 0 {
                out.push(" ")?;
            }
            format::write(value, 0, meter, &mut out)?;
        }
        out.push("\n")?;
        meter.text(out)
    }),
    Function::open("printf", &[Text], Any, |meter, given| {
        let mut out = meter.sink();
        printf::sprintf(given.text(0), given.from(1), meter, &mut out)?;
        meter.text(out)
    }),
    Function::open("html", &[], Any, |meter, given| {
        escaped(meter, &given, |character| {
            Some(match character {
                '"' => "&#34;".to_owned(),
                '\'' => "&#39;".to_owned(),
                '&' => "&amp;".to_owned(),
                '<' => "&lt;".to_owned(),
                '>' => "&gt;".to_owned(),
                '\0' => char::REPLACEMENT_CHARACTER.to_string(),
                _ => return None,
            })
        })
    }),
    Function::open("js", &[], Any, |meter, given| {
        escaped(meter, &given, |character| {
            Some(match character {
                '\\' => "\\\\".to_owned(),
                '\'' => "\\'".to_owned(),
                '"' => "\\\"".to_owned(),
                '<' | '>' | '&' | '=' | '\0'..='\u{1f}' => {
                    format!("\\u{:04X}", u32::from(character))
                }
                _ if !character.is_ascii() && !quote::is_printable(character) => {
                    format!("\\u{:04X}", u32::from(character))
                }
                _ => return None,
            })
        })
    }),
    Function::open("urlquery", &[], Any, |meter, given| {
        escaped(meter, &given, |character| match character {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '_' | '.' | '~' => None,
            ' ' => Some("+".to_owned()),
            _ => {
                let mut bytes = [0; 4];
                let bytes = character.encode_utf8(&mut bytes).bytes();
                Some(bytes.map(|byte| format!("%{byte:02X}")).collect())
            }
        })
    }),
];

fn length(value: &Value) -> Result<Value, Fault> {
    match value {
        Value::Text(text) => Ok(Value::count(text.len())),
        Value::List(list) => Ok(Value::count(list.items.len())),
        Value::Map(map) => Ok(Value::count(map.entries.borrow().len())),
        Value::Missing | Value::Nil => Err("a missing value has no length".into()),
        Value::Bool(_) | Value::Int(..) | Value::Float(_) | Value::Time(_) | Value::Version(_) => {
            Err(format!("a {} has no length", value.type_name()).into())
        }
    }
}

fn index(given: &Given) -> Result<Value, Fault> {
    let mut value = given.value(0).clone();
    if value.is_nothing() {
        return Err("a missing value has no elements".into());
    }
    for key in given.from(1) {
        value = match &value {
            Value::List(list) => {
                let index = position(key, list.items.len())?;
                list.items[index].clone()
            }
            Value::Text(text) => {
                let index = position(key, text.len())?;
                Value::Int(i64::from(text.as_bytes()[index]), Width::Byte)
            }
            Value::Map(map) => {
                let Value::Text(key) = key else {
                    let message = format!("a map is indexed by a string, not {}", key.type_name());
                    return Err(message.into());
                };
                let found = map.entries.borrow().get(key).cloned();
                found.unwrap_or(match map.element {
                    crate::value::Element::Text => Value::text(""),
                    _ => Value::Nil,
                })
            }
            Value::Missing | Value::Nil => return Err("a null has no elements".into()),
            Value::Bool(_)
            | Value::Int(..)
            | Value::Float(_)
            | Value::Time(_)
            | Value::Version(_) => {
                return Err(format!("a {} has no elements", value.type_name()).into());
            }
        };
    }
    Ok(value)
}

fn position(key: &Value, count: usize) -> Result<usize, Fault> {
    let Value::Int(index, _) = key else {
        return Err(format!("a list is indexed by an int, not {}", key.type_name()).into());
    };
    let position = usize::try_from(*index).ok().filter(|position| *position < count);
    position.ok_or_else(|| format!("index {index} of {count} elements").into())
}

/// The arguments as one text, with characters replaced.
fn escaped(
    meter: &mut Meter<'_>,
    given: &Given,
    replace: impl Fn(char) -> Option<String>,
) -> Result<Value, Fault> {
    let mut text = meter.sink();
    let shown: Vec<_> = given
        .from(0)
        .iter()
        .map(|value| if value.is_nothing() { Value::text("<no value>") } else { value.clone() })
        .collect();
    format::sprint(&shown, meter, &mut text)?;
    let text: Sink = text;
    let mut out = meter.sink();
    let mut from = 0;
    for (index, character) in text.as_str().char_indices() {
        if let Some(replacement) = replace(character) {
            out.push(&text.as_str()[from..index])?;
            out.push(&replacement)?;
            from = index + character.len_utf8();
        }
    }
    out.push(&text.as_str()[from..])?;
    meter.text(out)
}
