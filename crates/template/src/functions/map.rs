//! Maps: making, changing, merging.
//!
//! `set`, `unset` and `merge` change the map they are given, and everybody who holds it sees that; `deepCopy` first where that is not
//! wanted. Merging keeps what is there unless it is empty; `mergeOverwrite` takes what comes. A list of another type, or a map over
//! something that is no map, is not taken.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Function, Given, Kind, convert};
use crate::error::Fault;
use crate::format;
use crate::meter::Meter;
use crate::value::{Element, Map, Value};

use Kind::{Any, Map as MapKind, Text};

pub(super) const TABLE: &[Function] = &[
    Function::open("dict", &[], Any, |meter, given| dict(meter, &given)),
    Function::fixed("set", &[MapKind, Text, Any], |meter, given| {
        let map = given.map(0).ok_or_else(|| Fault::from("a key cannot be set in a null"))?;
        meter.reserve(given.text(1).len() + std::mem::size_of::<Value>())?;
        map.entries.borrow_mut().insert(Rc::from(given.text(1)), given.value(2).clone());
        Ok(given.value(0).clone())
    }),
    Function::fixed("unset", &[MapKind, Text], |_, given| {
        if let Some(map) = given.map(0) {
            map.entries.borrow_mut().remove(given.text(1));
        }
        Ok(given.value(0).clone())
    }),
    Function::fixed("hasKey", &[MapKind, Text], |_, given| {
        let found =
            given.map(0).is_some_and(|map| map.entries.borrow().contains_key(given.text(1)));
        Ok(Value::Bool(found))
    }),
    Function::open("pluck", &[Text], MapKind, |meter, given| {
        let maps = (1..given.count()).filter_map(|index| given.map(index));
        let found: Vec<_> =
            maps.filter_map(|map| map.entries.borrow().get(given.text(0)).cloned()).collect();
        meter.list(Element::Any, found)
    }),
    Function::open("keys", &[], MapKind, |meter, given| {
        let maps = (0..given.count()).filter_map(|index| given.map(index));
        let keys = maps.flat_map(|map| map.entries.borrow().keys().cloned().collect::<Vec<_>>());
        let keys = keys.map(Value::Text).collect();
        meter.list(Element::Text, keys)
    }),
    Function::fixed("values", &[MapKind], |meter, given| {
        let values = given.map(0).map(|map| map.entries.borrow().values().cloned().collect());
        meter.list(Element::Any, values.unwrap_or_default())
    }),
    Function::open("pick", &[MapKind], Text, |meter, given| {
        filtered(meter, &given, |key, wanted| wanted.contains(&key))
    }),
    Function::open("omit", &[MapKind], Text, |meter, given| {
        filtered(meter, &given, |key, unwanted| !unwanted.contains(&key))
    }),
    Function::open("merge", &[MapKind], MapKind, |meter, given| merge_all(meter, &given, false)),
    Function::open("mergeOverwrite", &[MapKind], MapKind, |meter, given| {
        merge_all(meter, &given, true)
    }),
    Function::fixed("deepCopy", &[Any], |meter, given| deep_copy(given.value(0), 0, meter)),
];

/// Keys and values by turns; a last key alone has an empty value.
fn dict(meter: &mut Meter<'_>, given: &Given) -> Result<Value, Fault> {
    let mut entries = BTreeMap::new();
    for pair in given.from(0).chunks(2) {
        let key = format::text_of(&pair[0], meter)?;
        let value = pair.get(1).cloned().unwrap_or_else(|| Value::text(""));
        entries.insert(Rc::from(key), value);
    }
    meter.map(Element::Any, entries)
}

fn filtered(
    meter: &mut Meter<'_>,
    given: &Given,
    keep: impl Fn(&str, &[&str]) -> bool,
) -> Result<Value, Fault> {
    let keys: Vec<_> = (1..given.count()).map(|index| given.text(index)).collect();
    let mut entries = BTreeMap::new();
    if let Some(map) = given.map(0) {
        for (key, value) in map.entries.borrow().iter() {
            meter.steps(1 + keys.len() / 8)?;
            if keep(key, &keys) {
                entries.insert(key.clone(), value.clone());
            }
        }
    }
    meter.map(Element::Any, entries)
}

fn merge_all(meter: &mut Meter<'_>, given: &Given, overwrite: bool) -> Result<Value, Fault> {
    let target = match given.value(0) {
        Value::Map(map) => Value::Map(map.clone()),
        _ => meter.map(Element::Any, BTreeMap::new())?,
    };
    if let Value::Map(target) = &target {
        for source in (1..given.count()).filter_map(|index| given.map(index)) {
            merge(target, source, overwrite, 0, meter)?;
        }
    }
    Ok(target)
}

fn merge(
    target: &Rc<Map>,
    source: &Rc<Map>,
    overwrite: bool,
    depth: u32,
    meter: &mut Meter<'_>,
) -> Result<(), Fault> {
    meter.check_depth(depth)?;
    if Rc::ptr_eq(target, source) {
        return Ok(());
    }
    let entries: Vec<_> = {
        let entries = source.entries.borrow();
        entries.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    for (key, value) in entries {
        meter.reserve(key.len() + std::mem::size_of::<Value>())?;
        meter.step()?;
        let known = target.entries.borrow().get(&key).cloned();
        let is_set = known.as_ref().is_some_and(|known| !convert::is_empty(known));
        let take = match (&value, &known) {
            (Value::Nil | Value::Missing, _) => overwrite,
            (Value::Map(from), Some(Value::Map(into))) if is_set => {
                merge(into, from, overwrite, depth + 1, meter)?;
                false
            }
            (Value::Map(_), _) => !is_set,
            _ => overwrite || !is_set,
        };
        if take {
            target.entries.borrow_mut().insert(key, value);
        }
    }
    Ok(())
}

fn deep_copy(value: &Value, depth: u32, meter: &mut Meter<'_>) -> Result<Value, Fault> {
    meter.step()?;
    meter.check_depth(depth)?;
    match value {
        Value::List(list) => {
            let items: Result<Vec<_>, _> =
                list.items.iter().map(|item| deep_copy(item, depth + 1, meter)).collect();
            meter.list(list.element, items?)
        }
        Value::Map(map) => {
            let mut entries = BTreeMap::new();
            for (key, value) in map.entries.borrow().iter() {
                entries.insert(key.clone(), deep_copy(value, depth + 1, meter)?);
            }
            meter.map(map.element, entries)
        }
        other => Ok(other.clone()),
    }
}
