//! `toYaml`: a value as YAML that can be indented into a manifest.
//!
//! Maps and lists in block style, two spaces. A string is plain only where every reader of YAML, old or new, takes it for the same
//! string; otherwise it is quoted as in JSON.

use crate::error::Fault;
use crate::meter::{Meter, Sink};
use crate::value::{Value, json};

pub(super) fn to_yaml(value: &Value, meter: &mut Meter<'_>) -> Result<Value, Fault> {
    let mut out = meter.sink();
    write(value, 0, false, meter, &mut out)?;
    meter.text(out)
}

/// `inline` follows a key or a dash on the same line.
fn write(
    value: &Value,
    depth: u32,
    inline: bool,
    meter: &mut Meter<'_>,
    out: &mut Sink,
) -> Result<(), Fault> {
    meter.step()?;
    meter.check_depth(depth)?;
    match value {
        Value::Map(map) if !map.entries.borrow().is_empty() => {
            for (index, (key, item)) in map.entries.borrow().iter().enumerate() {
                if index > 0 || inline {
                    new_line(depth, out)?;
                }
                scalar(&Value::Text(key.clone()), meter, out)?;
                out.push(":")?;
                nested(item, depth, meter, out)?;
            }
            Ok(())
        }
        Value::List(list) if !list.items.is_empty() => {
            for (index, item) in list.items.iter().enumerate() {
                if index > 0 || inline {
                    new_line(depth, out)?;
                }
                out.push("-")?;
                nested(item, depth, meter, out)?;
            }
            Ok(())
        }
        other => scalar(other, meter, out),
    }
}

fn nested(item: &Value, depth: u32, meter: &mut Meter<'_>, out: &mut Sink) -> Result<(), Fault> {
    let is_block = match item {
        Value::Map(map) => !map.entries.borrow().is_empty(),
        Value::List(list) => !list.items.is_empty(),
        _ => false,
    };
    if is_block {
        return write(item, depth + 1, true, meter, out);
    }
    out.push(" ")?;
    scalar(item, meter, out)
}

fn new_line(depth: u32, out: &mut Sink) -> Result<(), Fault> {
    out.push("\n")?;
    out.repeat("  ", usize::try_from(depth).unwrap_or(0))
}

fn scalar(value: &Value, meter: &mut Meter<'_>, out: &mut Sink) -> Result<(), Fault> {
    match value {
        Value::Text(text) if is_plain(text) => out.push(text),
        other => json::write(other, None, 0, meter, out),
    }
}

/// Starts with a letter, holds nothing with a meaning, and is no word that some reader takes for a bool or a null.
fn is_plain(text: &str) -> bool {
    let safe = |next: char| next.is_ascii_alphanumeric() || "-_./".contains(next);
    let word = text.to_ascii_lowercase();
    text.starts_with(|next: char| next.is_ascii_alphabetic())
        && text.chars().all(safe)
        && !matches!(
            word.as_str(),
            "y" | "n" | "yes" | "no" | "true" | "false" | "on" | "off" | "null"
        )
}
