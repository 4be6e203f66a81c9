//! The model as YAML DSL, in one form: what is read back is the same model.
//!
//! Short where Camel allows it (`- to: direct:a`, `simple: "${body}"`), keys in the model's order,
//! then branches, then `steps`. The model becomes a tree of names and values first; how that is
//! written (indentation, quotes) is `print::emit`'s. Comments are not part of the model; an edit of
//! a file that keeps them is not made here.

use crate::catalogue::Catalogue;
use crate::catalogue::yaml::{Definition, Shape};
use crate::model::{File, Property, Step, Value};

mod emit;

use emit::Out;

/// The file's items. A Kamelet prints as the route template it is.
pub fn print(file: &File, catalogue: &Catalogue) -> String {
    let printer = Printer { catalogue };
    let mut list: Vec<Out> = Vec::new();
    for item in &file.items {
        // Beans and data formats share one entry with those before them.
        if matches!(item.kind.as_str(), "beans" | "dataFormats") {
            let one = Out::Map(properties(&item.properties));
            if let Some(Out::Map(last)) = list.last_mut()
                && let [(name, Out::List(shared))] = last.as_mut_slice()
                && *name == item.kind
            {
                shared.push(one);
                continue;
            }
            list.push(Out::Map(vec![(item.kind.clone(), Out::List(vec![one]))]));
        } else {
            let definition = printer.top_definition(&item.kind);
            list.push(printer.named(item, definition));
        }
    }
    emit::emit(&Out::List(list))
}

struct Printer<'c> {
    catalogue: &'c Catalogue,
}

impl<'c> Printer<'c> {
    fn of(&self, definition: &Definition, name: &str) -> Option<&'c Definition> {
        match definition.property(name)?.shape {
            Shape::Node(inner) | Shape::ListOf(inner) => self.catalogue.definition(inner),
            _ => None,
        }
    }

    fn top_definition(&self, kind: &str) -> Option<&'c Definition> {
        self.catalogue.top_level().and_then(|top| self.of(top, kind))
    }

    fn step_definition(&self, kind: &str) -> Option<&'c Definition> {
        let step = self.catalogue.steps().and_then(|steps| self.of(steps, kind));
        step.or_else(|| self.top_definition(kind))
    }

    /// `kind: …` as a map of one key.
    fn named(&self, step: &Step, definition: Option<&'c Definition>) -> Out {
        Out::Map(vec![(step.kind.clone(), self.body(step, definition))])
    }

    fn body(&self, step: &Step, definition: Option<&'c Definition>) -> Out {
        let short = definition.filter(|one| one.accepts_text).and_then(Definition::short);
        if let ([Property { name, value: Value::Text(text), .. }], true) =
            (step.properties.as_slice(), step.steps.is_empty())
            && short == Some(name.as_str())
        {
            return Out::Text(text.text.clone());
        }
        let mut map = properties(&step.properties);
        let mut steps = Vec::new();
        let mut children = step.steps.as_slice();
        while let Some(first) = children.first() {
            let same = children.iter().take_while(|child| child.kind == first.kind).count();
            let (group, rest) = children.split_at(same);
            children = rest;
            let shape = definition.and_then(|one| one.property(&first.kind)).map(|one| one.shape);
            let inner = definition.and_then(|one| self.of(one, &first.kind));
            match shape {
                Some(Shape::Node(_)) => {
                    let bodies = group.iter().map(|child| self.body(child, inner));
                    map.extend(bodies.map(|body| (first.kind.clone(), body)));
                }
                Some(Shape::ListOf(_)) => {
                    let bodies = group.iter().map(|child| self.body(child, inner)).collect();
                    map.push((first.kind.clone(), Out::List(bodies)));
                }
                Some(Shape::List) => {
                    let named = |child| self.named(child, self.step_definition(&first.kind));
                    map.push((first.kind.clone(), Out::List(group.iter().map(named).collect())));
                }
                _ => steps.extend(
                    group.iter().map(|child| self.named(child, self.step_definition(&child.kind))),
                ),
            }
        }
        if !steps.is_empty() {
            map.push(("steps".to_owned(), Out::List(steps)));
        }
        Out::Map(map)
    }
}

fn properties(properties: &[Property]) -> Vec<(String, Out)> {
    properties
        .iter()
        .map(|property| match (&property.value, property.name.as_str()) {
            // The language stands in place of `expression`.
            (Value::Map(map), "expression") if map.len() == 1 => {
                (map[0].name.clone(), value(&map[0].value))
            }
            (other, name) => (name.to_owned(), value(other)),
        })
        .collect()
}

fn value(from: &Value) -> Out {
    match from {
        Value::Text(text) => Out::Text(text.text.clone()),
        Value::Map(map) => Out::Map(properties(map)),
        Value::List(list) => Out::List(list.iter().map(value).collect()),
    }
}

#[cfg(test)]
mod tests;
