//! Lists: making, taking, ordering.
//!
//! Every function gives a new list; none changes the one it was given. A list of strings becomes a list of anything when something
//! is done to it, as in sprig.

use super::{Function, Given, Kind, compare, convert};
use crate::error::Fault;
use crate::format;
use crate::meter::Meter;
use crate::value::{Element, Value};

use Kind::{Any, Int, Text};

pub(super) const TABLE: &[Function] = &[
    Function::open("list", &[], Any, |meter, given| {
        meter.list(Element::Any, given.from(0).to_vec())
    }),
    Function::open("tuple", &[], Any, |meter, given| {
        meter.list(Element::Any, given.from(0).to_vec())
    }),
    Function::fixed("append", &[Any, Any], |meter, given| {
        let mut items = items(&given)?.to_vec();
        items.push(given.value(1).clone());
        meter.list(Element::Any, items)
    }),
    Function::fixed("push", &[Any, Any], |meter, given| {
        let mut items = items(&given)?.to_vec();
        items.push(given.value(1).clone());
        meter.list(Element::Any, items)
    }),
    Function::fixed("prepend", &[Any, Any], |meter, given| {
        let mut longer = vec![given.value(1).clone()];
        longer.extend_from_slice(items(&given)?);
        meter.list(Element::Any, longer)
    }),
    Function::fixed("first", &[Any], |_, given| {
        Ok(items(&given)?.first().cloned().unwrap_or(Value::Nil))
    }),
    Function::fixed("last", &[Any], |_, given| {
        Ok(items(&given)?.last().cloned().unwrap_or(Value::Nil))
    }),
    Function::fixed("rest", &[Any], |meter, given| match items(&given)? {
        [] => meter.nil_list(),
        [_, rest @ ..] => meter.list(Element::Any, rest.to_vec()),
    }),
    Function::fixed("initial", &[Any], |meter, given| match items(&given)? {
        [] => meter.nil_list(),
        [initial @ .., _] => meter.list(Element::Any, initial.to_vec()),
    }),
    Function::fixed("reverse", &[Any], |meter, given| {
        let items = items(&given)?.iter().rev().cloned().collect();
        meter.list(Element::Any, items)
    }),
    Function::fixed("compact", &[Any], |meter, given| {
        let items = items(&given)?.iter().filter(|item| !convert::is_empty(item)).cloned();
        meter.list(Element::Any, items.collect())
    }),
    Function::fixed("uniq", &[Any], |meter, given| {
        let mut kept: Vec<Value> = Vec::new();
        for item in items(&given)? {
            if !contains(&kept, item, meter)? {
                kept.push(item.clone());
            }
        }
        meter.list(Element::Any, kept)
    }),
    Function::open("without", &[Any], Any, |meter, given| {
        let mut kept = Vec::new();
        for item in items(&given)? {
            if !contains(given.from(1), item, meter)? {
                kept.push(item.clone());
            }
        }
        meter.list(Element::Any, kept)
    }),
    Function::fixed("has", &[Any, Any], |meter, given| match given.value(1) {
        Value::Nil | Value::Missing => Ok(Value::Bool(false)),
        Value::List(list) => contains(&list.items, given.value(0), meter).map(Value::Bool),
        other => Err(not_a_list(other)),
    }),
    Function::open("slice", &[Any], Any, |meter, given| slice(meter, &given)),
    Function::open("concat", &[], Any, |meter, given| {
        let mut items = Vec::new();
        for list in given.from(0) {
            match list {
                Value::List(list) => items.extend(list.items.iter().cloned()),
                other => return Err(not_a_list(other)),
            }
        }
        if items.is_empty() { meter.nil_list() } else { meter.list(Element::Any, items) }
    }),
    Function::fixed("join", &[Text, Any], |meter, given| {
        let texts = texts(given.value(1), meter)?;
        let mut out = meter.sink();
        for (index, text) in texts.iter().enumerate() {
            if index > 0 {
                out.push(given.text(0))?;
            }
            out.push(text)?;
        }
        meter.text(out)
    }),
    Function::fixed("sortAlpha", &[Any], |meter, given| {
        let mut texts = match given.value(0) {
            Value::List(_) => texts(given.value(0), meter)?,
            other => vec![format::text_of(other, meter)?],
        };
        meter.steps(texts.len())?;
        texts.sort_unstable();
        let texts = texts.into_iter().map(Value::from).collect();
        meter.list(Element::Text, texts)
    }),
    Function::fixed("until", &[Int], |meter, given| {
        let count = given.int(0);
        numbers(0, count, if count < 0 { -1 } else { 1 }, meter)
    }),
    Function::fixed("untilStep", &[Int, Int, Int], |meter, given| {
        numbers(given.int(0), given.int(1), given.int(2), meter)
    }),
];

fn items(given: &Given) -> Result<&[Value], Fault> {
    match given.value(0) {
        Value::List(list) => Ok(&list.items),
        other => Err(not_a_list(other)),
    }
}

fn not_a_list(value: &Value) -> Fault {
    match value {
        Value::Missing | Value::Nil => "a list is expected, not a missing value".into(),
        other => format!("a list is expected, not a {}", other.type_name()).into(),
    }
}

fn contains(items: &[Value], wanted: &Value, meter: &mut Meter<'_>) -> Result<bool, Fault> {
    for item in items {
        if compare::deep_equal(item, wanted, 0, meter)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn slice(meter: &mut Meter<'_>, given: &Given) -> Result<Value, Fault> {
    let Value::List(list) = given.value(0) else { return Err(not_a_list(given.value(0))) };
    if list.items.is_empty() {
        return Ok(Value::Nil);
    }
    let count = list.items.len();
    let bound = |index: usize, otherwise: usize| match given.from(1).get(index) {
        Some(value) => usize::try_from(super::number::to_int64(value)).unwrap_or(usize::MAX),
        None => otherwise,
    };
    let (start, end) = (bound(0, 0), bound(1, count));
    match list.items.get(start..end) {
        Some(items) => meter.list(list.element, items.to_vec()),
        None => Err(format!("{start} to {end} of {count} elements").into()),
    }
}

/// The elements as strings, without the nulls; what is no list is a list of one.
pub(super) fn texts(value: &Value, meter: &mut Meter<'_>) -> Result<Vec<String>, Fault> {
    match value {
        Value::Missing | Value::Nil => Ok(Vec::new()),
        Value::List(list) => {
            let items = list.items.iter().filter(|item| !item.is_nothing());
            items.map(|item| format::text_of(item, meter)).collect()
        }
        other => Ok(vec![format::text_of(other, meter)?]),
    }
}

fn numbers(start: i64, stop: i64, step: i64, meter: &mut Meter<'_>) -> Result<Value, Fault> {
    let distance = stop.abs_diff(start);
    let count = match (stop < start, step) {
        (true, ..0) | (false, 1..) => distance.div_ceil(step.unsigned_abs()),
        _ => 0,
    };
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    meter.steps(count)?;
    meter.reserve(count.saturating_mul(std::mem::size_of::<Value>()))?;
    let mut next = start;
    let mut items = Vec::with_capacity(count);
    for _ in 0..count {
        items.push(Value::int(next));
        next = next.wrapping_add(step);
    }
    meter.list(Element::Int, items)
}
