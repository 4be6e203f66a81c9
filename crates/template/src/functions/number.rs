//! Arithmetic, in whole numbers of 64 bits, and rounding.
//!
//! A string that is no number counts as zero, as in sprig. Overflow wraps, as in Go; dividing by zero is an error.

use super::{Function, Given, Kind};
use crate::error::Fault;
use crate::format;
use crate::value::{Value, Width};

use Kind::{Any, Float, Int, Text};

pub(super) const TABLE: &[Function] = &[
    Function::fixed("atoi", &[Text], |_, given| Ok(Value::int(to_int64(given.value(0))))),
    Function::fixed("int", &[Any], |_, given| Ok(Value::int(to_int64(given.value(0))))),
    Function::fixed("int64", &[Any], |_, given| Ok(Value::int64(to_int64(given.value(0))))),
    Function::fixed("float64", &[Any], |_, given| Ok(Value::Float(to_float(given.value(0))))),
    Function::fixed("toDecimal", &[Any], |meter, given| {
        let text = format::text_of(given.value(0), meter)?;
        Ok(Value::int64(i64::from_str_radix(&text, 8).unwrap_or(0)))
    }),
    Function::fixed("add1", &[Any], |_, given| {
        Ok(Value::int64(to_int64(given.value(0)).wrapping_add(1)))
    }),
    Function::open("add", &[], Any, |_, given| {
        let sum = given.from(0).iter().map(to_int64).fold(0, i64::wrapping_add);
        Ok(Value::int64(sum))
    }),
    Function::fixed("sub", &[Any, Any], |_, given| {
        Ok(Value::int64(to_int64(given.value(0)).wrapping_sub(to_int64(given.value(1)))))
    }),
    Function::fixed("div", &[Any, Any], |_, given| divide(&given, i64::wrapping_div)),
    Function::fixed("mod", &[Any, Any], |_, given| divide(&given, i64::wrapping_rem)),
    Function::open("mul", &[Any], Any, |_, given| {
        let product = given.from(0).iter().map(to_int64).fold(1, i64::wrapping_mul);
        Ok(Value::int64(product))
    }),
    Function::open("biggest", &[Any], Any, |_, given| Ok(largest(&given))),
    Function::open("max", &[Any], Any, |_, given| Ok(largest(&given))),
    Function::open("min", &[Any], Any, |_, given| {
        Ok(Value::int64(given.from(0).iter().map(to_int64).min().unwrap_or(0)))
    }),
    Function::fixed("ceil", &[Any], |_, given| Ok(Value::Float(to_float(given.value(0)).ceil()))),
    Function::fixed("floor", &[Any], |_, given| Ok(Value::Float(to_float(given.value(0)).floor()))),
    Function::open("round", &[Any, Int], Float, |_, given| Ok(Value::Float(round(&given)))),
];

fn divide(given: &Given, with: fn(i64, i64) -> i64) -> Result<Value, Fault> {
    match to_int64(given.value(1)) {
        0 => Err("division by zero".into()),
        divisor => Ok(Value::int64(with(to_int64(given.value(0)), divisor))),
    }
}

fn largest(given: &Given) -> Value {
    Value::int64(given.from(0).iter().map(to_int64).max().unwrap_or(0))
}

/// Half away from zero only for positive numbers: sprig rounds up from the given fraction, and a negative number has none.
fn round(given: &Given) -> f64 {
    let round_on = if given.count() > 2 { given.float(2) } else { 0.5 };
    // Beyond these a float has no digits.
    let places = i32::try_from(given.int(1).clamp(-400, 400)).unwrap_or(0);
    let power = 10_f64.powi(places);
    let digit = power * to_float(given.value(0));
    let rounded = if digit.fract() >= round_on { digit.ceil() } else { digit.floor() };
    rounded / power
}

#[expect(clippy::cast_possible_truncation, reason = "a float past the range saturates")]
pub(super) fn to_int64(value: &Value) -> i64 {
    match value {
        Value::Text(text) => text.parse().unwrap_or(0),
        Value::Int(int, _) => *int,
        Value::Float(float) => *float as i64,
        Value::Bool(truth) => i64::from(*truth),
        Value::Missing
        | Value::Nil
        | Value::List(_)
        | Value::Map(_)
        | Value::Time(_)
        | Value::Version(_) => 0,
    }
}

#[expect(clippy::cast_precision_loss, reason = "Go converts in the same way")]
fn to_float(value: &Value) -> f64 {
    match value {
        Value::Text(text) => parse_float(text),
        Value::Int(int, Width::Int | Width::Int64 | Width::Byte) => *int as f64,
        Value::Float(float) => *float,
        Value::Bool(truth) => f64::from(u8::from(*truth)),
        Value::Missing
        | Value::Nil
        | Value::List(_)
        | Value::Map(_)
        | Value::Time(_)
        | Value::Version(_) => 0.0,
    }
}

/// Out of range is zero, because Go reports it and sprig then takes zero.
fn parse_float(text: &str) -> f64 {
    let number: f64 = text.parse().unwrap_or(0.0);
    let spelled = text.trim_start_matches(['+', '-']).starts_with(['i', 'I']);
    if number.is_infinite() && !spelled { 0.0 } else { number }
}
