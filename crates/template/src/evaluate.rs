//! Walks a parsed template over a context and writes text.
//!
//! `dot` is a value, variables are a stack that each block cuts back. A pipeline hands its value to the last argument of the next
//! command; a null that leaves a pipeline is the same as a missing value, which is why both print as `<no value>`.
//!
//! Rust's stack is the limit that cannot be caught, so every recursion enters the [`Meter`] first.

mod call;
mod field;

use std::collections::HashMap;

use crate::ast::{Binding, Command, Node, Operand, Pipeline, Term};
use crate::error::{ErrorKind, Fault};
use crate::format;
use crate::lex::Misread;
use crate::meter::{Meter, Sink};
use crate::options::MissingKey;
use crate::value::Value;

pub(crate) struct Machine<'m, 't, 'b> {
    pub(crate) templates: &'t HashMap<String, Vec<Node>>,
    pub(crate) missing_key: MissingKey,
    pub(crate) meter: &'m mut Meter<'b>,
    pub(crate) out: Sink,
    variables: Vec<(&'t str, Value)>,
}

/// How a list of nodes ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

type Evaluated<T> = Result<T, Misread>;

impl<'m, 't, 'b> Machine<'m, 't, 'b> {
    pub(crate) fn new(
        templates: &'t HashMap<String, Vec<Node>>,
        missing_key: MissingKey,
        meter: &'m mut Meter<'b>,
    ) -> Self {
        let out = meter.output();
        Self { templates, missing_key, meter, out, variables: Vec::new() }
    }

    pub(crate) fn run(mut self, nodes: &'t [Node], context: &Value) -> Evaluated<String> {
        self.variables.push(("$", context.clone()));
        self.walk(nodes, context, 0)?;
        Ok(self.out.into_string())
    }

    fn walk(&mut self, nodes: &'t [Node], dot: &Value, at: usize) -> Evaluated<Flow> {
        self.meter.enter().map_err(|fault| (at, fault))?;
        let mut flow = Flow::Next;
        for node in nodes {
            flow = self.node(node, dot)?;
            if flow != Flow::Next {
                break;
            }
        }
        self.meter.leave();
        Ok(flow)
    }

    fn node(&mut self, node: &'t Node, dot: &Value) -> Evaluated<Flow> {
        let mark = self.variables.len();
        match node {
            Node::Text(text) => self.out.push(text).map_err(|fault| (0, fault))?,
            Node::Action(pipeline) => {
                let value = self.pipeline(pipeline, dot)?;
                if pipeline.binding.names().is_empty() {
                    format::print(&value, self.meter, &mut self.out)
                        .map_err(|fault| (pipeline.at, fault))?;
                }
            }
            Node::If { test, then, otherwise } => {
                let branch = if self.pipeline(test, dot)?.truth() { then } else { otherwise };
                let flow = self.walk(branch, dot, test.at)?;
                self.variables.truncate(mark);
                return Ok(flow);
            }
            Node::With { value, then, otherwise } => {
                let inner = self.pipeline(value, dot)?;
                let flow = if inner.truth() {
                    self.walk(then, &inner, value.at)?
                } else {
                    self.walk(otherwise, dot, value.at)?
                };
                self.variables.truncate(mark);
                return Ok(flow);
            }
            Node::Range { over, body, otherwise } => {
                let flow = self.range(over, body, otherwise, dot)?;
                self.variables.truncate(mark);
                return Ok(flow);
            }
            Node::Call { at, name, argument } => {
                self.call_template(*at, name, argument.as_ref(), dot)?;
            }
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    /// The pipeline of `range` binds its variables anew in each round, so its own declaration is not performed.
    fn range(
        &mut self,
        over: &'t Pipeline,
        body: &'t [Node],
        otherwise: &'t [Node],
        dot: &Value,
    ) -> Evaluated<Flow> {
        let here = |fault: Fault| (over.at, fault);
        let value = self.commands(over, dot)?;
        let names = over.binding.names();
        if let Binding::Declare(names) = &over.binding {
            self.variables.extend(names.iter().map(|name| (name.as_str(), value.clone())));
        } else {
            // Assigned once before the rounds, even where there is none.
            names.iter().try_for_each(|name| self.assign(name, value.clone(), over.at))?;
        }
        let rounds: Vec<(Value, Value)> = match &value {
            Value::Missing | Value::Nil => Vec::new(),
            Value::Int(..) if names.len() > 1 => {
                return Err(here("a number is ranged over with one variable only".into()));
            }
            Value::Int(count, width) => {
                let count = (*count).max(0);
                self.meter.reserve(usize::try_from(count).unwrap_or(usize::MAX)).map_err(here)?;
                self.meter.steps(usize::try_from(count).unwrap_or(usize::MAX)).map_err(here)?;
                (0..count).map(|index| (Value::Missing, Value::Int(index, *width))).collect()
            }
            Value::List(list) => {
                let items = list.items.iter().cloned().enumerate();
                items.map(|(index, item)| (Value::count(index), item)).collect()
            }
            Value::Map(map) => {
                let entries = map.entries.borrow();
                entries.iter().map(|(key, item)| (Value::Text(key.clone()), item.clone())).collect()
            }
            Value::Bool(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::Time(_)
            | Value::Version(_) => {
                let message = format!("range cannot go over a value of type {}", value.type_name());
                return Err(here(message.into()));
            }
        };
        if rounds.is_empty() {
            return self.walk(otherwise, dot, over.at);
        }
        self.meter.reserve(rounds.len() * std::mem::size_of::<(Value, Value)>()).map_err(here)?;
        let mark = self.variables.len();
        for (index, item) in rounds {
            self.meter.step().map_err(here)?;
            match (&over.binding, names) {
                (Binding::Declare(_), [_]) => self.variables[mark - 1].1 = item.clone(),
                (Binding::Declare(_), [_, _]) => {
                    self.variables[mark - 2].1 = index;
                    self.variables[mark - 1].1 = item.clone();
                }
                (Binding::Assign(_), [name]) => self.assign(name, item.clone(), over.at)?,
                (Binding::Assign(_), [first, second]) => {
                    self.assign(first, index, over.at)?;
                    self.assign(second, item.clone(), over.at)?;
                }
                _ => {}
            }
            let flow = self.walk(body, &item, over.at)?;
            self.variables.truncate(mark);
            if flow == Flow::Break {
                break;
            }
        }
        Ok(Flow::Next)
    }

    fn call_template(
        &mut self,
        at: usize,
        name: &'t str,
        argument: Option<&'t Pipeline>,
        dot: &Value,
    ) -> Evaluated<()> {
        let Some(nodes) = self.templates.get(name) else {
            return Err((at, format!("the template `{name}` is not defined").into()));
        };
        let dot = match argument {
            Some(pipeline) => self.pipeline(pipeline, dot)?,
            None => Value::Missing,
        };
        let outer = std::mem::replace(&mut self.variables, vec![("$", dot.clone())]);
        self.walk(nodes, &dot, at)?;
        self.variables = outer;
        Ok(())
    }

    fn assign(&mut self, name: &str, value: Value, at: usize) -> Evaluated<()> {
        match self.variables.iter_mut().rev().find(|(known, _)| *known == name) {
            Some((_, slot)) => {
                *slot = value;
                Ok(())
            }
            None => Err((at, format!("the variable `{name}` is not declared: use `:=`").into())),
        }
    }

    fn pipeline(&mut self, pipeline: &'t Pipeline, dot: &Value) -> Evaluated<Value> {
        let value = self.commands(pipeline, dot)?;
        match &pipeline.binding {
            Binding::None => {}
            Binding::Declare(names) => {
                self.variables.extend(names.iter().map(|name| (name.as_str(), value.clone())));
            }
            Binding::Assign(names) => {
                names.iter().try_for_each(|name| self.assign(name, value.clone(), pipeline.at))?;
            }
        }
        Ok(value)
    }

    fn commands(&mut self, pipeline: &'t Pipeline, dot: &Value) -> Evaluated<Value> {
        self.meter.enter().map_err(|fault| (pipeline.at, fault))?;
        let mut value = None;
        for command in &pipeline.commands {
            value = Some(match self.command(command, dot, value)? {
                Value::Nil => Value::Missing,
                other => other,
            });
        }
        self.meter.leave();
        Ok(value.unwrap_or(Value::Missing))
    }

    fn command(
        &mut self,
        command: &'t Command,
        dot: &Value,
        last: Option<Value>,
    ) -> Evaluated<Value> {
        let Operand { at, term } = &command.first;
        self.meter.step().map_err(|fault| (*at, fault))?;
        let alone = command.arguments.is_empty() && last.is_none();
        let needs_alone = |what: &str| {
            if alone {
                Ok(())
            } else {
                Err((*at, Fault::from(format!("{what} takes no arguments"))))
            }
        };
        match term {
            Term::Field(names) => {
                self.fields(dot.clone(), names, *at, Some((&command.arguments[..], last, dot)))
            }
            Term::Chain(base, names) => {
                let value = self.operand(base, dot)?;
                self.fields(value, names, *at, Some((&command.arguments[..], last, dot)))
            }
            Term::Variable(name, names) => {
                let value = self.variable(name, *at)?;
                if names.is_empty() {
                    needs_alone("a variable")?;
                    return Ok(value);
                }
                self.fields(value, names, *at, Some((&command.arguments[..], last, dot)))
            }
            Term::Function(function) => self.call(function, *at, &command.arguments, last, dot),
            Term::Pipe(pipeline) => {
                needs_alone("a parenthesis")?;
                self.pipeline(pipeline, dot)
            }
            Term::Nil => Err((*at, "`nil` is not a command".into())),
            Term::Bool(value) => {
                needs_alone("a constant")?;
                Ok(Value::Bool(*value))
            }
            Term::Dot => {
                needs_alone("`.`")?;
                Ok(dot.clone())
            }
            Term::Number(number) => {
                needs_alone("a constant")?;
                Ok(call::ideal(*number))
            }
            Term::Text(text) => {
                needs_alone("a constant")?;
                self.text(text, *at)
            }
        }
    }

    fn text(&mut self, text: &str, at: usize) -> Evaluated<Value> {
        self.meter.reserve(text.len()).map_err(|fault| (at, fault))?;
        Ok(Value::text(text))
    }

    fn variable(&self, name: &str, at: usize) -> Evaluated<Value> {
        match self.variables.iter().rev().find(|(known, _)| *known == name) {
            Some((_, value)) => Ok(value.clone()),
            None => Err((at, format!("the variable `{name}` is not defined").into())),
        }
    }

    fn missing(&self, key: &str, at: usize) -> Evaluated<Value> {
        match self.missing_key {
            MissingKey::Default => Ok(Value::Missing),
            MissingKey::Error => {
                let message = format!("there is no key `{key}`");
                Err((at, Fault::new(ErrorKind::MissingKey, message)))
            }
        }
    }
}
