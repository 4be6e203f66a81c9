//! Questions about types.

use super::{Function, Kind, compare};
use crate::value::Value;

use Kind::{Any, Text};

pub(super) const TABLE: &[Function] = &[
    Function::fixed("typeOf", &[Any], |_, given| Ok(Value::text(given.value(0).type_name()))),
    Function::fixed("typeIs", &[Text, Any], |_, given| {
        Ok(Value::Bool(given.text(0) == given.value(1).type_name()))
    }),
    Function::fixed("typeIsLike", &[Text, Any], |_, given| {
        let name = given.value(1).type_name();
        let like = name.strip_prefix('*').unwrap_or(name);
        Ok(Value::Bool(given.text(0) == name || given.text(0) == like))
    }),
    Function::fixed("kindOf", &[Any], |_, given| Ok(Value::text(given.value(0).kind_name()))),
    Function::fixed("kindIs", &[Text, Any], |_, given| {
        Ok(Value::Bool(given.text(0) == given.value(1).kind_name()))
    }),
    Function::fixed("deepEqual", &[Any, Any], |meter, given| {
        compare::deep_equal(given.value(0), given.value(1), 0, meter).map(Value::Bool)
    }),
];
