//! Values as text, as Go's `fmt` writes them.
//!
//! `print` is the form of an action's output and of `%v`: lists as `[a b]`, maps as `map[k:v]` with sorted keys, floats with the
//! fewest digits, so a million is `1e+06`.

pub(crate) mod float;
pub(crate) mod printf;
pub(crate) mod quote;
pub(crate) mod time;

use crate::error::Fault;
use crate::meter::{Meter, Sink};
use crate::value::Value;

/// The output of an action: nothing at all prints as `<no value>`.
pub(crate) fn print(value: &Value, meter: &mut Meter<'_>, out: &mut Sink) -> Result<(), Fault> {
    match value {
        Value::Missing => out.push("<no value>"),
        other => write(other, 0, meter, out),
    }
}

/// `%v`
pub(crate) fn write(
    value: &Value,
    depth: u32,
    meter: &mut Meter<'_>,
    out: &mut Sink,
) -> Result<(), Fault> {
    meter.step()?;
    meter.check_depth(depth)?;
    match value {
        Value::Missing | Value::Nil => out.push("<nil>"),
        Value::Bool(value) => out.push(if *value { "true" } else { "false" }),
        Value::Int(value, _) => out.push(&value.to_string()),
        Value::Float(value) => out.push(&float::shortest(*value)),
        Value::Text(text) => out.push(text),
        Value::Version(version) => out.push(&version.to_string()),
        Value::Time(at) => out.push(&time::go_string(at)),
        Value::List(list) => {
            out.push("[")?;
            for (index, item) in list.items.iter().enumerate() {
                if index > 0 {
                    out.push(" ")?;
                }
                write(item, depth + 1, meter, out)?;
            }
            out.push("]")
        }
        Value::Map(map) => {
            out.push("map[")?;
            for (index, (key, item)) in map.entries.borrow().iter().enumerate() {
                if index > 0 {
                    out.push(" ")?;
                }
                out.push(key)?;
                out.push(":")?;
                write(item, depth + 1, meter, out)?;
            }
            out.push("]")
        }
    }
}

/// The value as a string of its own.
pub(crate) fn text_of(value: &Value, meter: &mut Meter<'_>) -> Result<String, Fault> {
    let mut out = meter.sink();
    write(value, 0, meter, &mut out)?;
    meter.reserve(out.len())?;
    Ok(out.into_string())
}

/// `fmt.Sprint`: a space between two operands when neither is a string.
pub(crate) fn sprint(values: &[Value], meter: &mut Meter<'_>, out: &mut Sink) -> Result<(), Fault> {
    let mut previous_is_text = true;
    for value in values {
        let is_text = matches!(value, Value::Text(_));
        if !is_text && !previous_is_text {
            out.push(" ")?;
        }
        write(value, 0, meter, out)?;
        previous_is_text = is_text;
    }
    Ok(())
}
