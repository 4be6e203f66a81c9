//! Counts what a render uses, and stops it.
//!
//! Everything that grows goes through here before it grows: a step for each node and element, `reserve` for bytes of strings and
//! lists, a [`Sink`] for text whose length is not known in advance. What is freed is not given back, so the bound is on work, not on
//! a moment.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::error::{ErrorKind, Fault};
use crate::options::Budget;
use crate::value::{Element, List, Map, Value};

/// The deadline is asked once for so many steps: rarely enough to cost nothing beside them.
const STEPS_BETWEEN_QUESTIONS: u64 = 256;
/// What an element of a list costs beside its own bytes; the size of a value.
const ELEMENT_BYTES: usize = 32;

pub(crate) struct Meter<'b> {
    budget: Budget<'b>,
    steps: u64,
    memory: usize,
    depth: u32,
    /// Every map made in this render; see [`Map`].
    maps: Vec<Rc<Map>>,
}

impl<'b> Meter<'b> {
    pub(crate) fn new(budget: &Budget<'b>) -> Self {
        Self { budget: *budget, steps: 0, memory: 0, depth: 0, maps: Vec::new() }
    }

    pub(crate) fn now(&self) -> Result<jiff::Timestamp, Fault> {
        self.budget.now.ok_or_else(|| {
            "the present time is not offered here: a text that changes by itself would be coupled anew for ever"
                .into()
        })
    }

    pub(crate) fn output_bytes(&self) -> usize {
        self.budget.output_bytes
    }

    pub(crate) fn step(&mut self) -> Result<(), Fault> {
        self.steps(1)
    }

    pub(crate) fn steps(&mut self, count: usize) -> Result<(), Fault> {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        let before = self.steps;
        self.steps = self.steps.saturating_add(count);
        if self.steps > self.budget.steps {
            let message = format!("the template takes more than {} steps", self.budget.steps);
            return Err(Fault::new(ErrorKind::Steps, message));
        }
        let asked = before / STEPS_BETWEEN_QUESTIONS != self.steps / STEPS_BETWEEN_QUESTIONS;
        if (asked || before == 0) && self.budget.deadline.is_some_and(|is_over| is_over()) {
            return Err(Fault::new(ErrorKind::Deadline, "the template takes too long"));
        }
        Ok(())
    }

    pub(crate) fn reserve(&mut self, bytes: usize) -> Result<(), Fault> {
        self.memory = self.memory.saturating_add(bytes);
        if self.memory > self.budget.memory_bytes {
            return Err(too_much_memory(self.budget.memory_bytes));
        }
        Ok(())
    }

    /// Text of unknown length that will be a value: it may use what memory is left.
    pub(crate) fn sink(&self) -> Sink {
        let left = self.budget.memory_bytes - self.memory.min(self.budget.memory_bytes);
        Sink {
            text: String::new(),
            most: left,
            kind: ErrorKind::Memory,
            limit: self.budget.memory_bytes,
        }
    }

    /// Text of unknown length that is the output.
    pub(crate) fn output(&self) -> Sink {
        let most = self.budget.output_bytes;
        Sink { text: String::new(), most, kind: ErrorKind::Output, limit: most }
    }

    /// Takes over what a sink of ours collected.
    pub(crate) fn text(&mut self, sink: Sink) -> Result<Value, Fault> {
        self.made(sink.text)
    }

    pub(crate) fn made(&mut self, text: String) -> Result<Value, Fault> {
        self.reserve(text.len())?;
        Ok(Value::from(text))
    }

    pub(crate) fn check_depth(&self, depth: u32) -> Result<(), Fault> {
        if depth > self.budget.depth {
            let message = format!("nested deeper than {} levels", self.budget.depth);
            return Err(Fault::new(ErrorKind::Depth, message));
        }
        Ok(())
    }

    pub(crate) fn enter(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        self.check_depth(self.depth)
    }

    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    pub(crate) fn list(&mut self, element: Element, items: Vec<Value>) -> Result<Value, Fault> {
        self.made_list(element, items, false)
    }

    /// A slice that was never made.
    pub(crate) fn nil_list(&mut self) -> Result<Value, Fault> {
        self.made_list(Element::Any, Vec::new(), true)
    }

    fn made_list(
        &mut self,
        element: Element,
        items: Vec<Value>,
        nil: bool,
    ) -> Result<Value, Fault> {
        self.reserve(ELEMENT_BYTES.saturating_mul(items.len() + 1))?;
        let nesting = 1 + items.iter().map(nesting).max().unwrap_or(0);
        self.check_depth(nesting)?;
        Ok(Value::List(Rc::new(List { element, items, nil, nesting })))
    }

    pub(crate) fn map(
        &mut self,
        element: Element,
        entries: BTreeMap<Rc<str>, Value>,
    ) -> Result<Value, Fault> {
        let keys: usize = entries.keys().map(|key| key.len()).sum();
        self.reserve(keys + 2 * ELEMENT_BYTES.saturating_mul(entries.len() + 1))?;
        let map = Rc::new(Map { element, entries: RefCell::new(entries) });
        self.maps.push(map.clone());
        Ok(Value::Map(map))
    }
}

impl Drop for Meter<'_> {
    fn drop(&mut self) {
        for map in &self.maps {
            drop(map.entries.take());
        }
    }
}

fn nesting(value: &Value) -> u32 {
    match value {
        Value::List(list) => list.nesting,
        _ => 0,
    }
}

fn too_much_memory(limit: usize) -> Fault {
    let message = format!("the template makes more than {limit} bytes of values");
    Fault::new(ErrorKind::Memory, message)
}

/// A string that refuses to grow past its bound.
pub(crate) struct Sink {
    text: String,
    most: usize,
    kind: ErrorKind,
    limit: usize,
}

impl Sink {
    pub(crate) fn push(&mut self, text: &str) -> Result<(), Fault> {
        self.room(text.len())?;
        self.text.push_str(text);
        Ok(())
    }

    /// `count` times the same, without making it first.
    pub(crate) fn repeat(&mut self, text: &str, count: usize) -> Result<(), Fault> {
        self.room(text.len().saturating_mul(count))?;
        (0..count).for_each(|_| self.text.push_str(text));
        Ok(())
    }

    fn room(&self, more: usize) -> Result<(), Fault> {
        if self.text.len().saturating_add(more) <= self.most {
            return Ok(());
        }
        Err(match self.kind {
            ErrorKind::Output => {
                let message = format!("the rendered text is longer than {} bytes", self.limit);
                Fault::new(ErrorKind::Output, message)
            }
            _ => too_much_memory(self.limit),
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn into_string(self) -> String {
        self.text
    }
}
