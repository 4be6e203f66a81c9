//! From a JSON context to values, and from values to JSON text as Go's encoder writes it.
//!
//! Every number becomes a float64. The encoder sorts keys, escapes `<`, `>` and `&` (they are safe inside HTML) and writes a float
//! without an exponent up to 21 digits.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value as Json;

use super::{Element, Value};
use crate::error::Fault;
use crate::format::{float, time};
use crate::meter::{Meter, Sink};

pub(crate) fn from_json(json: &Json, meter: &mut Meter<'_>, depth: u32) -> Result<Value, Fault> {
    meter.step()?;
    meter.check_depth(depth)?;
    Ok(match json {
        Json::Null => Value::Nil,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => {
            meter.reserve(text.len())?;
            Value::text(text)
        }
        Json::Array(items) => {
            let items: Result<Vec<_>, _> =
                items.iter().map(|item| from_json(item, meter, depth + 1)).collect();
            meter.list(Element::Any, items?)?
        }
        Json::Object(entries) => {
            let mut values = BTreeMap::new();
            for (key, value) in entries {
                values.insert(Rc::from(key.as_str()), from_json(value, meter, depth + 1)?);
            }
            meter.map(Element::Any, values)?
        }
    })
}

/// `indent` is two spaces for the pretty form.
pub(crate) fn write(
    value: &Value,
    indent: Option<&str>,
    depth: u32,
    meter: &mut Meter<'_>,
    out: &mut Sink,
) -> Result<(), Fault> {
    meter.step()?;
    meter.check_depth(depth)?;
    let line = |out: &mut Sink, depth: u32| match indent {
        None => Ok(()),
        Some(indent) => {
            out.push("\n")?;
            (0..depth).try_for_each(|_| out.push(indent))
        }
    };
    match value {
        Value::Missing | Value::Nil => out.push("null"),
        Value::Bool(value) => out.push(if *value { "true" } else { "false" }),
        Value::Int(value, _) => out.push(&value.to_string()),
        Value::Float(value) => out.push(&float::json(*value)?),
        Value::Text(text) => write_text(text, out),
        Value::Version(version) => write_text(version.original(), out),
        Value::Time(at) => write_text(&time::rfc3339_nano(at), out),
        Value::List(list) if list.nil => out.push("null"),
        Value::List(list) if list.items.is_empty() => out.push("[]"),
        Value::List(list) => {
            out.push("[")?;
            for (index, item) in list.items.iter().enumerate() {
                if index > 0 {
                    out.push(",")?;
                }
                line(out, depth + 1)?;
                write(item, indent, depth + 1, meter, out)?;
            }
            line(out, depth)?;
            out.push("]")
        }
        Value::Map(map) => {
            let entries = map.entries.borrow();
            if entries.is_empty() {
                return out.push("{}");
            }
            out.push("{")?;
            for (index, (key, item)) in entries.iter().enumerate() {
                if index > 0 {
                    out.push(",")?;
                }
                line(out, depth + 1)?;
                write_text(key, out)?;
                out.push(if indent.is_some() { ": " } else { ":" })?;
                write(item, indent, depth + 1, meter, out)?;
            }
            line(out, depth)?;
            out.push("}")
        }
    }
}

fn write_text(text: &str, out: &mut Sink) -> Result<(), Fault> {
    out.push("\"")?;
    let mut from = 0;
    for (index, character) in text.char_indices() {
        let escaped = match character {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            '\u{8}' => "\\b".to_owned(),
            '\u{c}' => "\\f".to_owned(),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                format!("\\u{:04x}", u32::from(character))
            }
            _ => continue,
        };
        out.push(&text[from..index])?;
        out.push(&escaped)?;
        from = index + character.len_utf8();
    }
    out.push(&text[from..])?;
    out.push("\"")
}
