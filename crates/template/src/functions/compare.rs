//! Equality and order: Go's `eq` and `lt` among basic values, and deep equality.
//!
//! Values of different kinds cannot be compared, except with a missing value, to which nothing is equal. A constant `3` is an int and a
//! number of the context a float64, so `eq .n 3` is an error: the message says to write `3.0`.

use std::rc::Rc;

use crate::error::Fault;
use crate::meter::Meter;
use crate::value::{Value, Width};

#[derive(PartialEq, Eq)]
enum Basic {
    Bool,
    Int,
    Byte,
    Float,
    Text,
    Other,
}

fn basic(value: &Value) -> Basic {
    match value {
        Value::Bool(_) => Basic::Bool,
        Value::Int(_, Width::Byte) => Basic::Byte,
        Value::Int(..) => Basic::Int,
        Value::Float(_) => Basic::Float,
        Value::Text(_) => Basic::Text,
        Value::Missing
        | Value::Nil
        | Value::List(_)
        | Value::Map(_)
        | Value::Time(_)
        | Value::Version(_) => Basic::Other,
    }
}

fn incompatible(left: &Value, right: &Value) -> Fault {
    let hint = match (basic(left), basic(right)) {
        (Basic::Float, Basic::Int) | (Basic::Int, Basic::Float) => {
            "; a number of an object is a float64: write `3.0`, or convert with `int`"
        }
        _ => "",
    };
    let (left, right) = (left.type_name(), right.type_name());
    format!("a {left} cannot be compared with a {right}{hint}").into()
}

/// Whether the first is equal to any of the others.
pub(super) fn equal(first: &Value, others: &[Value]) -> Result<bool, Fault> {
    if others.is_empty() {
        return Err("a second value is missing".into());
    }
    for other in others {
        if equal_pair(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

#[expect(clippy::float_cmp, reason = "Go compares floats exactly")]
fn equal_pair(left: &Value, right: &Value) -> Result<bool, Fault> {
    Ok(match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Int(left, _), Value::Int(right, _)) => left == right,
        (Value::Float(left), Value::Float(right)) => left == right,
        (Value::Text(left), Value::Text(right)) => left == right,
        _ if left.is_nothing() || right.is_nothing() => is_nil(left) && is_nil(right),
        (Value::Time(left), Value::Time(right)) => left == right,
        (Value::Version(left), Value::Version(right)) => Rc::ptr_eq(left, right),
        (Value::List(list), Value::List(other)) if list.nil || other.nil => list.nil == other.nil,
        _ => return Err(incompatible(left, right)),
    })
}

fn is_nil(value: &Value) -> bool {
    match value {
        Value::Missing | Value::Nil => true,
        Value::List(list) => list.nil,
        _ => false,
    }
}

pub(super) fn less(left: &Value, right: &Value) -> Result<bool, Fault> {
    match (left, right) {
        (Value::Int(left, _), Value::Int(right, _)) => Ok(left < right),
        (Value::Float(left), Value::Float(right)) => Ok(left < right),
        (Value::Text(left), Value::Text(right)) => Ok(left < right),
        _ => Err(incompatible(left, right)),
    }
}

pub(super) fn less_or_equal(left: &Value, right: &Value) -> Result<bool, Fault> {
    Ok(less(left, right)? || equal_pair(left, right)?)
}

/// As `reflect.DeepEqual`: the types must be the same all the way down.
#[expect(clippy::float_cmp, reason = "Go compares floats exactly")]
pub(super) fn deep_equal(
    left: &Value,
    right: &Value,
    depth: u32,
    meter: &mut Meter<'_>,
) -> Result<bool, Fault> {
    meter.step()?;
    meter.check_depth(depth)?;
    if left.is_nothing() && right.is_nothing() {
        return Ok(true);
    }
    if left.type_name() != right.type_name() {
        return Ok(false);
    }
    Ok(match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Int(left, _), Value::Int(right, _)) => left == right,
        (Value::Float(left), Value::Float(right)) => left == right,
        (Value::Text(left), Value::Text(right)) => left == right,
        (Value::Time(left), Value::Time(right)) => left == right,
        (Value::Version(left), Value::Version(right)) => left == right,
        (Value::List(left), Value::List(right)) => {
            if left.nil != right.nil || left.items.len() != right.items.len() {
                return Ok(false);
            }
            for (left, right) in left.items.iter().zip(&right.items) {
                if !deep_equal(left, right, depth + 1, meter)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Map(left), Value::Map(right)) => {
            if Rc::ptr_eq(left, right) {
                return Ok(true);
            }
            let (left, right) = (left.entries.borrow(), right.entries.borrow());
            if left.len() != right.len() {
                return Ok(false);
            }
            for ((key, left), (other, right)) in left.iter().zip(right.iter()) {
                if key != other || !deep_equal(left, right, depth + 1, meter)? {
                    return Ok(false);
                }
            }
            true
        }
        _ => false,
    })
}
