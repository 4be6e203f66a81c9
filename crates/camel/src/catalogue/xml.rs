//! The shape of an element in the XML DSL.
//!
//! `attributes` and `elements` come from the published models; what an element may hold is either
//! named directly or through a choice (`outputs=…` are the steps, `expression=…` the languages).

use super::yaml::{Property, Shape};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XmlModel {
    pub name: &'static str,
    /// The model's class, which is also the name of its YAML definition.
    pub class: &'static str,
    /// Text inside is its value.
    pub has_text: bool,
    /// Steps that follow it belong to it when it has none of its own.
    pub takes_steps: bool,
    pub attributes: Vec<Property>,
    pub elements: Vec<XmlElement>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct XmlElement {
    pub name: &'static str,
    pub required: bool,
    pub many: bool,
    /// Comma-separated names of the elements that may stand for it; empty: its own name.
    pub choices: &'static str,
}

impl XmlElement {
    pub fn accepts(&self, name: &str) -> bool {
        if self.choices.is_empty() {
            self.name == name
        } else {
            self.names().any(|known| known == name)
        }
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let choices = if self.choices.is_empty() { self.name } else { self.choices };
        choices.split(',')
    }
}

impl XmlModel {
    pub(super) fn load(name: &'static str, rest: &'static str) -> Self {
        let mut columns = rest.split('\t');
        let mut next = || columns.next().unwrap_or_default();
        let (flags, class, attributes, elements) = (next(), next(), next(), next());
        Self {
            name,
            class,
            has_text: flags.contains('v'),
            takes_steps: flags.contains('o'),
            attributes: words(attributes).map(attribute).collect(),
            elements: words(elements).map(element).collect(),
        }
    }

    pub fn attribute(&self, name: &str) -> Option<&Property> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The part that an element of this name belongs to.
    pub fn element(&self, name: &str) -> Option<&XmlElement> {
        self.elements.iter().find(|element| element.accepts(name))
    }
}

fn words(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.split(' ').filter(|word| !word.is_empty())
}

fn attribute(column: &'static str) -> Property {
    let (name, code) = column.split_once(':').unwrap_or((column, "s"));
    let (name, required) = name.strip_suffix('!').map_or((name, false), |name| (name, true));
    let shape = match code {
        "b" => Shape::Boolean,
        "i" => Shape::Integer,
        _ => code
            .strip_prefix("e(")
            .map_or(Shape::Text, |values| Shape::Enumeration(values.trim_end_matches(')'))),
    };
    Property { name, required, shape }
}

fn element(column: &'static str) -> XmlElement {
    let (name, choices) = column.split_once('=').unwrap_or((column, ""));
    let (name, many) = name.strip_prefix('[').map_or((name, false), |name| (name, true));
    let (name, required) = name.strip_suffix('!').map_or((name, false), |name| (name, true));
    XmlElement { name, required, many, choices }
}
