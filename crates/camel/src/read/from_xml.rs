//! The XML DSL to steps: attributes and child elements to properties, branches to steps.
//!
//! Spring's `<beans>` and `<camelContext>` are looked through: their routes are items like any
//! other, their beans are items of kind `beans` with the names that YAML uses.

use crate::catalogue::Catalogue;
use crate::catalogue::yaml::Definition;
use crate::model::{Property, Step, Text, Value};
use crate::problem::Position;
use crate::xml::Element;

/// Elements that only hold others.
const WRAPPERS: [&str; 11] = [
    "beans",
    "camel",
    "camelContext",
    "routes",
    "routeConfigurations",
    "routeTemplates",
    "rests",
    "routeContext",
    "restContext",
    "routeTemplateContext",
    "templatedRoutes",
];

/// Parts of a model whose elements are steps.
const STEP_PARTS: [&str; 11] = [
    "outputs",
    "when",
    "otherwise",
    "doCatch",
    "doFinally",
    "onFallback",
    "input",
    "route",
    "routes",
    "to",
    "verbs",
];

const VERBS: [&str; 6] = ["get", "post", "put", "delete", "head", "patch"];

/// XML name -> the name YAML has for it.
const RENAMED: [(&str, &str, &str); 5] = [
    ("route", "routePolicyRef", "routePolicy"),
    ("routeTemplate", "templateParameter", "parameters"),
    ("routeTemplate", "templateBean", "beans"),
    ("templatedRoute", "parameter", "parameters"),
    ("templatedRoute", "bean", "beans"),
];

pub(super) fn items(root: &Element, catalogue: &Catalogue) -> Vec<Step> {
    let mut out = Vec::new();
    collect(root, catalogue, &mut out);
    out
}

fn collect(element: &Element, catalogue: &Catalogue, out: &mut Vec<Step>) {
    if WRAPPERS.contains(&element.name.as_str()) {
        for child in &element.children {
            collect(child, catalogue, out);
        }
        return;
    }
    match element.name.as_str() {
        "bean" => out.push(bean(element)),
        "dataFormats" => {
            for format in &element.children {
                let mut step = Step::new("dataFormats", format.at);
                step.properties.push(nested(&format.name, format, catalogue));
                out.push(step);
            }
        }
        _ => out.push(step(element, catalogue)),
    }
}

/// Camel's `<bean name type>` or Spring's `<bean id class>`.
fn bean(element: &Element) -> Step {
    let mut step = Step::new("beans", element.at);
    for attribute in element.own_attributes() {
        let name = match attribute.name.as_str() {
            "id" => "name",
            "class" => "type",
            name => name,
        };
        step.properties.push(text(name, &attribute.value, attribute.at));
    }
    for child in &element.children {
        let map = pairs(child);
        if !map.is_empty() {
            let (name, at) = (child.name.clone(), child.at);
            step.properties.push(Property { name, at, value: Value::Map(map) });
        } else if !child.text.trim().is_empty() {
            step.properties.push(text(&child.name, child.text.trim(), child.at));
        }
    }
    step
}

/// `<properties><property key value/></properties>`, also nested.
fn pairs(element: &Element) -> Vec<Property> {
    let pair = |child: &Element| {
        let key = child.attribute("key").or_else(|| child.attribute("index"))?;
        let value = match child.attribute("value") {
            Some(value) => Value::Text(Text { text: value.value.clone(), at: value.at }),
            None => Value::Map(child.children.iter().flat_map(pairs).collect()),
        };
        Some(Property { name: key.value.clone(), at: child.at, value })
    };
    element.children.iter().filter_map(pair).collect()
}

fn step(element: &Element, catalogue: &Catalogue) -> Step {
    let mut out = Step::new(&element.name, element.at);
    let model = catalogue.xml_model(&element.name);
    for attribute in element.own_attributes() {
        let name = renamed(&element.name, &attribute.name);
        out.properties.push(text(name, &attribute.value, attribute.at));
    }
    for child in &element.children {
        let part = model.and_then(|model| model.element(&child.name));
        let verb = element.name == "rest" && VERBS.contains(&child.name.as_str());
        let step_like = part.is_some_and(|part| STEP_PARTS.contains(&part.name))
            || (part.is_none()
                && catalogue.steps().is_some_and(|all| all.property(&child.name).is_some()));
        if verb || step_like {
            out.steps.push(step(child, catalogue));
        } else if part.is_some_and(|part| part.name == "expression") {
            let value = Value::Map(vec![nested(&child.name, child, catalogue)]);
            out.properties.push(Property { name: "expression".to_owned(), at: child.at, value });
        } else {
            let name = match part {
                Some(part) if part.many && !part.choices.is_empty() => part.name,
                _ => renamed(&element.name, &child.name),
            };
            let value = nested(name, child, catalogue);
            let many = part.is_some_and(|part| part.many);
            add(&mut out.properties, value, many);
        }
    }
    if model.is_some_and(|model| model.has_text) && !element.text.trim().is_empty() {
        out.properties.push(text("expression", &element.text, element.at));
    }
    if element.name == "route" {
        under_from(&mut out);
    }
    out.steps.sort_by_key(|child| super::rank(&element.name, &child.kind));
    out
}

/// In XML the steps of a route stand beside its `from`; in the model they are its steps.
fn under_from(route: &mut Step) {
    let Some(at) = route.steps.iter().position(|step| step.kind == "from") else { return };
    let mut from = route.steps.remove(at);
    // A second `from` stays beside the first: `check` refuses it.
    let (others, steps) =
        std::mem::take(&mut route.steps).into_iter().partition(|step| step.kind == "from");
    from.steps = steps;
    route.steps = others;
    route.steps.insert(0, from);
}

fn renamed<'a>(parent: &str, name: &'a str) -> &'a str {
    RENAMED
        .iter()
        .find(|(of, from, _)| *of == parent && *from == name)
        .map_or(name, |(_, _, to)| to)
}

fn add(properties: &mut Vec<Property>, property: Property, many: bool) {
    if many {
        if let Some(known) = properties.iter_mut().find(|known| known.name == property.name) {
            if let Value::List(list) = &mut known.value {
                list.push(property.value);
            }
            return;
        }
        let Property { name, at, value } = property;
        properties.push(Property { name, at, value: Value::List(vec![value]) });
    } else {
        properties.push(property);
    }
}

/// An element that is a property: its text when that is all there is, else a map.
fn nested(name: &str, element: &Element, catalogue: &Catalogue) -> Property {
    let model = catalogue.xml_model(&element.name);
    let mut map: Vec<_> = element
        .own_attributes()
        .map(|attribute| text(&attribute.name, &attribute.value, attribute.at))
        .collect();
    for child in &element.children {
        let part = model.and_then(|model| model.element(&child.name));
        if part.is_some_and(|part| part.name == "expression") {
            let value = Value::Map(vec![nested(&child.name, child, catalogue)]);
            map.push(Property { name: "expression".to_owned(), at: child.at, value });
        } else {
            let name = match part {
                Some(part) if part.many && !part.choices.is_empty() => part.name,
                _ => child.name.as_str(),
            };
            add(&mut map, nested(name, child, catalogue), part.is_some_and(|part| part.many));
        }
    }
    let inside = if model.is_some_and(|model| model.has_text) {
        element.text.as_str()
    } else {
        element.text.trim()
    };
    let short = model
        .and_then(|model| catalogue.definition(model.class))
        .filter(|definition| definition.accepts_text)
        .and_then(Definition::short);
    let value = match (map.as_mut_slice(), inside.is_empty()) {
        ([], false) => Value::Text(Text { text: inside.to_owned(), at: element.at }),
        // As in YAML: one property that a bare value stands for is the bare value.
        ([only], true) if short == Some(only.name.as_str()) => match map.pop() {
            Some(only) => only.value,
            None => Value::Map(Vec::new()),
        },
        (_, false) => {
            map.insert(0, text("expression", inside, element.at));
            Value::Map(map)
        }
        (_, true) => Value::Map(map),
    };
    Property { name: name.to_owned(), at: element.at, value }
}

fn text(name: &str, value: &str, at: Position) -> Property {
    let value = Value::Text(Text { text: value.to_owned(), at });
    Property { name: name.to_owned(), at, value }
}
