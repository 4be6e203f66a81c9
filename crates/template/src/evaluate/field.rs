//! `.a.b`: keys of maps, and the few methods that versions and times have.
//!
//! A missing value has every field, all missing. A null does not: `.a.b` over `{"a": null}` is an error in Go, and here.

use std::rc::Rc;

use super::{Evaluated, Machine};
use crate::ast::Operand;
use crate::error::Fault;
use crate::functions::{date, semver};
use crate::value::Value;

/// What the last field of a command is given: its arguments, the value piped into it, and the dot they are evaluated with.
pub(super) type Given<'t, 'd> = (&'t [Operand], Option<Value>, &'d Value);

impl<'t> Machine<'_, 't, '_> {
    pub(super) fn fields(
        &mut self,
        from: Value,
        names: &'t [String],
        at: usize,
        mut given: Option<Given<'t, '_>>,
    ) -> Evaluated<Value> {
        let mut value = from;
        for (index, name) in names.iter().enumerate() {
            let is_last = index + 1 == names.len();
            let arguments = if is_last { given.take() } else { None };
            value = self.field(value, name, at, arguments)?;
        }
        Ok(value)
    }

    fn field(
        &mut self,
        value: Value,
        name: &str,
        at: usize,
        given: Option<Given<'t, '_>>,
    ) -> Evaluated<Value> {
        let here = |fault: Fault| (at, fault);
        self.meter.step().map_err(here)?;
        let has_arguments = given
            .as_ref()
            .is_some_and(|(operands, last, _)| !operands.is_empty() || last.is_some());
        match value {
            Value::Missing => self.missing(name, at),
            Value::Nil => Err(here(format!("`{name}` is asked of a null").into())),
            Value::Map(map) => {
                if has_arguments {
                    return Err(here(format!("the field `{name}` takes no arguments").into()));
                }
                let found = map.entries.borrow().get(name).cloned();
                match found {
                    Some(value) => Ok(value),
                    None => self.missing(name, at),
                }
            }
            Value::Version(version) => {
                let arguments = self.method_arguments(given, at)?;
                semver::method(&Rc::clone(&version), name, &arguments).map_err(here)
            }
            Value::Time(time) => {
                let arguments = self.method_arguments(given, at)?;
                date::method(&time, name, &arguments).map_err(here)
            }
            Value::Bool(_) | Value::Int(..) | Value::Float(_) | Value::Text(_) | Value::List(_) => {
                let message =
                    format!("a value of type {} has no field `{name}`", value.type_name());
                Err(here(message.into()))
            }
        }
    }

    fn method_arguments(
        &mut self,
        given: Option<Given<'t, '_>>,
        at: usize,
    ) -> Evaluated<Vec<Value>> {
        let Some((operands, last, dot)) = given else { return Ok(Vec::new()) };
        let mut values = Vec::new();
        for operand in operands {
            values.push(self.operand(operand, dot)?);
        }
        values.extend(last);
        self.meter.steps(values.len()).map_err(|fault| (at, fault))?;
        Ok(values)
    }
}
