//! The YAML DSL to steps. The catalogue's definitions tell what each value is.

use crate::catalogue::Catalogue;
use crate::catalogue::yaml::{Definition, Shape, camel_case};
use crate::model::{Property, Step, Text, Value};
use crate::yaml::{Entry, Node, Value as Yaml};

/// Properties that are nodes of their own and become steps of their parent.
pub(crate) const BRANCHES: [&str; 14] = [
    "when",
    "otherwise",
    "doCatch",
    "doFinally",
    "onFallback",
    "from",
    "route",
    "get",
    "post",
    "put",
    "delete",
    "head",
    "patch",
    "to",
];

struct Reader<'c> {
    catalogue: &'c Catalogue,
}

pub(super) fn items(root: &Node, catalogue: &Catalogue) -> Vec<Step> {
    let reader = Reader { catalogue };
    let Some(top) = catalogue.top_level() else { return Vec::new() };
    let mut out = Vec::new();
    for item in root.items().unwrap_or_default() {
        for Entry { key, value } in item.entries().unwrap_or_default() {
            let definition =
                top.property(&key.text).and_then(|one| reader.definition_of(one.shape));
            match (key.text.as_str(), &value.value) {
                ("beans" | "dataFormats", Yaml::Sequence(inner)) => {
                    let inner_name = if key.text == "beans" {
                        "BeanFactoryDefinition"
                    } else {
                        "DataFormatsDefinition"
                    };
                    let inner_definition = catalogue.definition(inner_name);
                    out.extend(
                        inner.iter().map(|one| reader.step(&key.text, inner_definition, one)),
                    );
                }
                ("from", _) => {
                    let mut route = Step::new("route", key.at);
                    route.steps.push(reader.step("from", definition, value));
                    out.push(route);
                }
                _ => {
                    let mut step = reader.step(&key.text, definition, value);
                    step.at = key.at;
                    out.push(step);
                }
            }
        }
    }
    out
}

/// A Kamelet is a route template whose parameters are its properties.
pub(super) fn kamelet(root: &Node, catalogue: &Catalogue) -> Vec<Step> {
    let reader = Reader { catalogue };
    let Some(template) = root.get("spec").and_then(|spec| spec.get("template")) else {
        return Vec::new();
    };
    let definition = catalogue.definition("RouteTemplateDefinition");
    let mut step = reader.step("routeTemplate", definition, template);
    if let Some(name) = root.get("metadata").and_then(|metadata| metadata.get("name")) {
        step.properties.retain(|property| property.name != "id");
        step.properties
            .insert(0, Property { name: "id".to_owned(), at: name.at, value: free(name) });
    }
    let properties = root
        .get("spec")
        .and_then(|spec| spec.get("definition"))
        .and_then(|definition| definition.get("properties"));
    let entries = properties.and_then(Node::entries).unwrap_or_default();
    let parameters = entries.iter().map(|entry| {
        let text = Text { text: entry.key.text.clone(), at: entry.key.at };
        let mut map =
            vec![Property { name: "name".to_owned(), at: entry.key.at, value: Value::Text(text) }];
        if let Some(default) = entry.value.get("default").filter(|node| node.text().is_some()) {
            map.push(Property {
                name: "defaultValue".to_owned(),
                at: default.at,
                value: free(default),
            });
        }
        Value::Map(map)
    });
    let parameters: Vec<_> = parameters.collect();
    if let (Some(node), false) = (properties, parameters.is_empty()) {
        let (name, value) = ("parameters".to_owned(), Value::List(parameters));
        step.properties.push(Property { name, at: node.at, value });
    }
    vec![step]
}

impl Reader<'_> {
    fn definition_of(&self, shape: Shape) -> Option<&Definition> {
        match shape {
            Shape::Node(name) | Shape::ListOf(name) => self.catalogue.definition(name),
            _ => None,
        }
    }

    fn step(&self, kind: &str, definition: Option<&Definition>, node: &Node) -> Step {
        let mut step = Step::new(kind, node.at);
        match &node.value {
            Yaml::Scalar(scalar) => {
                let short = definition.and_then(Definition::short);
                if short.is_none() && scalar.text.is_empty() {
                    return step;
                }
                let name = short.unwrap_or("expression");
                step.properties.push(Property {
                    name: name.to_owned(),
                    at: scalar.at,
                    value: Value::Text(Text { text: scalar.text.clone(), at: scalar.at }),
                });
            }
            Yaml::Sequence(_) => {}
            Yaml::Mapping(entries) => {
                for entry in entries {
                    self.entry(&mut step, definition, entry);
                }
            }
        }
        if kind == "routeTemplate" {
            wrap_template(&mut step);
        }
        // Stable: within one kind the order of the file holds.
        step.steps.sort_by_key(|child| super::rank(kind, &child.kind));
        step
    }

    fn entry(
        &self,
        step: &mut Step,
        definition: Option<&Definition>,
        Entry { key, value }: &Entry,
    ) {
        let name = camel_case(&key.text);
        let property = definition.and_then(|definition| definition.property(&name));
        let shape = property.map(|property| property.shape);
        let configuration = step.kind == "routeConfiguration" && shape == Some(Shape::List);
        if shape == Some(Shape::ListOf("ProcessorDefinition")) || configuration {
            self.steps(step, value);
            return;
        }
        let nodes = matches!(shape, Some(Shape::Node(_) | Shape::ListOf(_)));
        if nodes && BRANCHES.contains(&name.as_str()) {
            let inner = shape.and_then(|shape| self.definition_of(shape));
            if let Yaml::Sequence(items) = &value.value {
                step.steps.extend(items.iter().map(|item| self.step(&name, inner, item)));
            } else {
                let mut child = self.step(&name, inner, value);
                child.at = key.at;
                step.steps.push(child);
            }
            return;
        }
        if let Some(property) = self.property(definition, &name, key.at, value) {
            step.properties.push(property);
        }
    }

    fn steps(&self, parent: &mut Step, node: &Node) {
        let known = self.catalogue.steps();
        let top = self.catalogue.top_level();
        for item in node.items().unwrap_or_default() {
            for Entry { key, value } in item.entries().unwrap_or_default() {
                let find = |all: Option<&Definition>| {
                    all.and_then(|all| all.property(&key.text)).map(|property| property.shape)
                };
                let shape = find(known).or_else(|| find(top));
                let definition = shape.and_then(|shape| self.definition_of(shape));
                let mut step = self.step(&key.text, definition, value);
                step.at = key.at;
                parent.steps.push(step);
            }
        }
    }

    /// One property in the model's form.
    fn property(
        &self,
        definition: Option<&Definition>,
        name: &str,
        at: crate::problem::Position,
        node: &Node,
    ) -> Option<Property> {
        let has_expression = definition.is_some_and(|definition| definition.has_expression);
        let known = definition.and_then(|definition| definition.property(name));
        if has_expression && matches!(name, "expression" | "expressionType") {
            let all = self.catalogue.definition("ExpressionDefinition");
            let value = self.value(all, node);
            return Some(Property { name: "expression".to_owned(), at, value });
        }
        if has_expression && known.is_none() && self.catalogue.is_expression(name) {
            let all = self.catalogue.definition("ExpressionDefinition");
            let language = self.property(all, name, at, node)?;
            let value = Value::Map(vec![language]);
            return Some(Property { name: "expression".to_owned(), at, value });
        }
        let value = match known.map(|known| known.shape) {
            Some(Shape::Node(inner)) => self.value(self.catalogue.definition(inner), node),
            Some(Shape::ListOf(inner)) => match &node.value {
                Yaml::Sequence(items) => {
                    let inner = self.catalogue.definition(inner);
                    Value::List(items.iter().map(|item| self.map(inner, item)).collect())
                }
                _ => free(node),
            },
            _ => free(node),
        };
        Some(Property { name: name.to_owned(), at, value })
    }

    /// A nested node: the bare value when that is all there is to it.
    fn value(&self, definition: Option<&Definition>, node: &Node) -> Value {
        let value = self.map(definition, node);
        let short = definition.and_then(Definition::short);
        match (value, short) {
            (Value::Map(mut map), Some(short)) if map.len() == 1 && map[0].name == short => {
                match map.pop() {
                    Some(Property { value: value @ Value::Text(_), .. }) => value,
                    Some(other) => Value::Map(vec![other]),
                    None => Value::Map(Vec::new()),
                }
            }
            (value, _) => value,
        }
    }

    fn map(&self, definition: Option<&Definition>, node: &Node) -> Value {
        match &node.value {
            Yaml::Mapping(entries) => Value::Map(
                entries
                    .iter()
                    .filter_map(|Entry { key, value }| {
                        self.property(definition, &camel_case(&key.text), key.at, value)
                    })
                    .collect(),
            ),
            _ => free(node),
        }
    }
}

/// `from` directly in a template is the template's route.
fn wrap_template(step: &mut Step) {
    if let Some(at) = step.steps.iter().position(|child| child.kind == "from") {
        let from = step.steps.remove(at);
        let mut route = Step::new("route", from.at);
        route.steps.push(from);
        step.steps.push(route);
    }
}

/// Keys as written: they are names of the user's or of a component.
pub(super) fn free(node: &Node) -> Value {
    match &node.value {
        Yaml::Scalar(scalar) => Value::Text(Text { text: scalar.text.clone(), at: scalar.at }),
        Yaml::Sequence(items) => Value::List(items.iter().map(free).collect()),
        Yaml::Mapping(entries) => Value::Map(
            entries
                .iter()
                .map(|Entry { key, value }| Property {
                    name: key.text.clone(),
                    at: key.at,
                    value: free(value),
                })
                .collect(),
        ),
    }
}
