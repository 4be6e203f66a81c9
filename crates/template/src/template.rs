//! A parsed template, ready to render any number of times.

use std::collections::HashMap;

use serde_json::Value as Json;

use crate::ast::Node;
use crate::error::{Error, Fault, Warning};
use crate::evaluate::Machine;
use crate::meter::Meter;
use crate::options::{Budget, Options};
use crate::parse;
use crate::references::{self, Reference};
use crate::value::{Value, json};

/// The longest source: an object in etcd has 1.5 MiB, and a template is part of one.
const SOURCE_BYTES: usize = 1 << 20;

#[derive(Debug)]
pub struct Template {
    name: String,
    source: String,
    templates: HashMap<String, Vec<Node>>,
    warnings: Vec<Warning>,
    options: Options,
}

impl Template {
    /// `name` is what `template` and `define` may call the whole of it.
    pub fn parse(name: &str, source: &str, options: &Options) -> Result<Self, Error> {
        if source.len() > SOURCE_BYTES {
            let message = format!("a template of more than {SOURCE_BYTES} bytes");
            return Err(Fault::new(crate::ErrorKind::Memory, message).at(source, 0));
        }
        let parsed = parse::parse(name, source, options)?;
        Ok(Self {
            name: name.to_owned(),
            source: source.to_owned(),
            templates: parsed.templates,
            warnings: parsed.warnings,
            options: *options,
        })
    }

    /// What was accepted although Go would refuse it.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// What the template asks of its context, as far as reading it tells.
    pub fn references(&self) -> Vec<Reference> {
        references::references(&self.templates, &self.name, &self.source)
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Whether the source holds no action: it renders to itself.
    pub fn is_plain(&self) -> bool {
        !self.source.contains(self.options.delimiters.open)
    }

    pub fn render(&self, context: &Json, budget: &Budget<'_>) -> Result<String, Error> {
        let mut meter = Meter::new(budget);
        let context = json::from_json(context, &mut meter, 0).map_err(|fault| self.place(fault))?;
        self.render_value(&context, &mut meter)
    }

    /// Renders within what is left of a budget that several templates share.
    pub(crate) fn render_value(
        &self,
        context: &Value,
        meter: &mut Meter<'_>,
    ) -> Result<String, Error> {
        let nodes = self.templates.get(&self.name).map_or(&[][..], Vec::as_slice);
        Machine::new(&self.templates, self.options.missing_key, meter)
            .run(nodes, context)
            .map_err(|(at, fault)| fault.at(&self.source, at))
    }

    pub(crate) fn place(&self, fault: Fault) -> Error {
        fault.at(&self.source, 0)
    }
}
