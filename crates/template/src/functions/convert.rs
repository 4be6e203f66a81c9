//! Defaults, emptiness and conversions between types.

use super::{Function, Kind, list, yaml};
use crate::error::{ErrorKind, Fault};
use crate::format;
use crate::meter::Meter;
use crate::value::{Element, Value, json};

use Kind::{Any, Bool, Text};

pub(super) const TABLE: &[Function] = &[
    Function::open("default", &[Any], Any, |_, given| {
        Ok(given.value(usize::from(!is_empty(given.value(1)))).clone())
    }),
    Function::fixed("empty", &[Any], |_, given| Ok(Value::Bool(is_empty(given.value(0))))),
    Function::open("coalesce", &[], Any, |_, given| {
        let found = given.from(0).iter().find(|value| !is_empty(value));
        Ok(found.cloned().unwrap_or(Value::Nil))
    }),
    Function::fixed("ternary", &[Any, Any, Bool], |_, given| {
        let chosen = usize::from(!given.value(2).truth());
        Ok(given.value(chosen).clone())
    }),
    Function::fixed("fail", &[Text], |_, given| Err(Fault::new(ErrorKind::Failed, given.text(0)))),
    Function::fixed("hello", &[], |_, _| Ok(Value::text("Hello!"))),
    Function::fixed("toString", &[Any], |meter, given| {
        let text = format::text_of(given.value(0), meter)?;
        Ok(Value::from(text))
    }),
    Function::fixed("toStrings", &[Any], |meter, given| {
        let texts = list::texts(given.value(0), meter)?;
        let texts = texts.into_iter().map(Value::from).collect();
        meter.list(Element::Text, texts)
    }),
    Function::fixed("toJson", &[Any], |meter, given| to_json(given.value(0), None, meter)),
    Function::fixed("toPrettyJson", &[Any], |meter, given| {
        to_json(given.value(0), Some("  "), meter)
    }),
    Function::fixed("toYaml", &[Any], |meter, given| yaml::to_yaml(given.value(0), meter)),
];

/// As Go's truth, turned round.
pub(super) fn is_empty(value: &Value) -> bool {
    !value.truth()
}

fn to_json(value: &Value, indent: Option<&str>, meter: &mut Meter<'_>) -> Result<Value, Fault> {
    let mut out = meter.sink();
    json::write(value, indent, 0, meter, &mut out)?;
    meter.text(out)
}
