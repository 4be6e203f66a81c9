//! Calling a function: how many arguments, of which types, and what a constant becomes.
//!
//! The types are Go's: a function that wants a string refuses a number, a list of strings is not a list of anything. `and` and `or`
//! stop at the first answer, so the rest is not evaluated.

use super::{Evaluated, Machine};
use crate::ast::{Number, Operand, Term};
use crate::error::Fault;
use crate::functions::{Function, Given, Kind};
use crate::value::{Element, Value, Width};

impl<'t> Machine<'_, 't, '_> {
    pub(super) fn call(
        &mut self,
        function: &'static Function,
        at: usize,
        operands: &'t [Operand],
        last: Option<Value>,
        dot: &Value,
    ) -> Evaluated<Value> {
        let here = |fault: Fault| (at, fault);
        let given = operands.len() + usize::from(last.is_some());
        let wanted = function.parameters.len();
        if given < wanted || (given > wanted && function.rest.is_none()) {
            let least = if function.rest.is_some() { "at least " } else { "" };
            let message =
                format!("`{}` wants {least}{wanted} arguments, not {given}", function.name);
            return Err(here(message.into()));
        }
        if matches!(function.name, "and" | "or") {
            return self.choose(function.name == "or", at, operands, last, dot);
        }
        let mut values = Vec::with_capacity(given);
        for (index, operand) in operands.iter().enumerate() {
            values.push(self.argument(operand, function.kind_of(index), dot)?);
        }
        if let Some(last) = last {
            let kind = function.kind_of(operands.len());
            let value = fit(last, kind).map_err(|fault| here(name(function, fault)))?;
            values.push(value);
        }
        self.meter.steps(1 + effort(&values)).map_err(here)?;
        (function.call)(self.meter, Given::new(values)).map_err(|fault| here(name(function, fault)))
    }

    fn choose(
        &mut self,
        stop_at: bool,
        at: usize,
        operands: &'t [Operand],
        last: Option<Value>,
        dot: &Value,
    ) -> Evaluated<Value> {
        let mut value = Value::Missing;
        for operand in operands {
            value = self.argument(operand, Kind::Reflect, dot)?;
            if value.truth() == stop_at {
                return Ok(value);
            }
        }
        match last {
            Some(last) => fit(last, Kind::Reflect).map_err(|fault| (at, fault)),
            None => Ok(value),
        }
    }

    /// The value of an operand where no type is asked for.
    pub(super) fn operand(&mut self, operand: &'t Operand, dot: &Value) -> Evaluated<Value> {
        let Operand { at, term } = operand;
        self.meter.step().map_err(|fault| (*at, fault))?;
        match term {
            Term::Nil => Ok(Value::Nil),
            Term::Bool(value) => Ok(Value::Bool(*value)),
            Term::Text(text) => self.text(text, *at),
            Term::Number(number) => Ok(ideal(*number)),
            Term::Dot => Ok(dot.clone()),
            Term::Field(names) => self.fields(dot.clone(), names, *at, None),
            Term::Variable(name, names) => {
                let value = self.variable(name, *at)?;
                self.fields(value, names, *at, None)
            }
            Term::Function(function) => self.call(function, *at, &[], None, dot),
            Term::Pipe(pipeline) => self.pipeline(pipeline, dot),
            Term::Chain(base, names) => {
                let value = self.operand(base, dot)?;
                self.fields(value, names, *at, None)
            }
        }
    }

    fn argument(&mut self, operand: &'t Operand, kind: Kind, dot: &Value) -> Evaluated<Value> {
        let at = operand.at;
        let value = match (&operand.term, kind) {
            (Term::Nil, Kind::Any | Kind::Reflect | Kind::Map) => Value::Nil,
            (Term::Nil, _) => {
                return Err((at, format!("`nil` where {} is expected", kind.name()).into()));
            }
            (Term::Number(Number { int: Some(int), .. }), Kind::Int) => Value::int(*int),
            (Term::Number(number), Kind::Float) => Value::Float(number.float),
            _ => self.operand(operand, dot)?,
        };
        fit(value, kind).map_err(|fault| (at, fault))
    }
}

/// What looking at the arguments once costs: a step for each so many bytes of text.
fn effort(values: &[Value]) -> usize {
    /// A search or a copy of so many bytes counts like a node.
    const BYTES_OF_A_STEP: usize = 256;
    let bytes = values.iter().map(|value| match value {
        Value::Text(text) => text.len(),
        _ => 0,
    });
    bytes.sum::<usize>() / BYTES_OF_A_STEP
}

fn name(function: &Function, fault: Fault) -> Fault {
    Fault { kind: fault.kind, message: format!("`{}`: {}", function.name, fault.message) }
}

/// A constant where nothing is asked of it.
pub(super) fn ideal(number: Number) -> Value {
    match number.int {
        Some(int) if !number.is_float => Value::int(int),
        _ => Value::Float(number.float),
    }
}

fn fit(value: Value, kind: Kind) -> Result<Value, Fault> {
    let fits = match (kind, &value) {
        (Kind::Reflect, Value::Nil | Value::Missing) => return Ok(Value::Missing),
        (Kind::Any | Kind::Map, Value::Nil | Value::Missing) => return Ok(Value::Nil),
        (Kind::Any | Kind::Reflect, _)
        | (Kind::Text, Value::Text(_))
        | (Kind::Bool, Value::Bool(_))
        | (Kind::Int, Value::Int(_, Width::Int))
        | (Kind::Float, Value::Float(_))
        | (Kind::Time, Value::Time(_)) => true,
        (Kind::Map, Value::Map(map)) => map.element == Element::Any,
        _ => false,
    };
    if fits {
        return Ok(value);
    }
    let found = match &value {
        Value::Missing | Value::Nil => "a missing value",
        other => other.type_name(),
    };
    Err(format!("{} is expected, not {found}", kind.name()).into())
}
