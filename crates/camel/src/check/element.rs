//! XML elements against the catalogue's models: names of elements, attributes, what is required.
//!
//! Only what stands inside a Camel element is judged; Spring's own beans and other namespaces are
//! Spring's. Elements that the models do not describe (`camelContext` and its settings) are looked
//! through. Attributes of another namespace are skipped, as Camel skips them.

use super::{Context, rules, value};
use crate::catalogue::xml::{XmlElement, XmlModel};
use crate::catalogue::yaml::Shape;
use crate::model::FileKind;
use crate::problem::Problem;
use crate::read::ParsedFile;
use crate::xml::{Attribute, Element};

/// What the loaders read and the models do not tell.
const EXTRA_ELEMENTS: [(&str, &[&str]); 8] = [
    ("rest", &["get", "post", "put", "delete", "head", "patch"]),
    ("doTry", &["doCatch", "doFinally"]),
    ("rests", &["rest"]),
    ("routes", &["route"]),
    ("routeConfigurations", &["routeConfiguration"]),
    ("routeTemplates", &["routeTemplate"]),
    ("templatedRoutes", &["templatedRoute"]),
    ("dataFormats", &["dataFormat"]),
];

/// On every node: kept from older schemas or used by tools.
const EXTRA_ATTRIBUTES: [&str; 6] =
    ["id", "customId", "description", "note", "inheritErrorHandler", "disabled"];

pub(super) fn check(context: &mut Context<'_>, file: &ParsedFile<'_>, root: &Element) {
    let mut open = vec![root];
    while let Some(element) = open.pop() {
        if context.is_full() {
            return;
        }
        let foreign =
            !element.namespace.is_empty() && !element.namespace.contains("camel.apache.org");
        let spring = file.kind == FileKind::Spring && element.name == "bean";
        let model = context.catalogue.xml_model(&element.name);
        let wrapper = matches!(element.name.as_str(), "beans" | "camel" | "camelContext" | "bean");
        if let (Some(model), false) = (model, foreign || spring || wrapper) {
            one(context, file.path, element, model, file.kind == FileKind::Spring);
        }
        if !(spring || foreign && element.name != "beans") {
            open.extend(element.children.iter().rev());
        }
    }
}

fn one(context: &mut Context<'_>, path: &str, element: &Element, model: &XmlModel, spring: bool) {
    for attribute in element.own_attributes() {
        let Some(known) = model.attribute(&attribute.name) else {
            if !EXTRA_ATTRIBUTES.contains(&attribute.name.as_str()) {
                let text =
                    format!("unknown attribute `{}` of `<{}>`", attribute.name, element.name);
                let names = model.attributes.iter().map(|known| known.name);
                let problem = Problem::error("MP-CAMEL-21", path, attribute.at, text);
                context.problems.push(problem.suggest(&attribute.name, names));
            }
            continue;
        };
        typed(context, path, attribute, known.shape);
    }
    for known in model.attributes.iter().filter(|known| known.required) {
        if element.attribute(known.name).is_none() {
            let text = format!("`<{}>` needs the attribute `{}`", element.name, known.name);
            context.problems.push(Problem::error("MP-CAMEL-22", path, element.at, text));
        }
    }
    let mut expression = false;
    for child in &element.children {
        let part = model.element(&child.name);
        if part.is_some_and(|part| part.name == "expression") {
            if expression {
                // The XML loader takes the last one.
                let text = format!(
                    "`<{}>` is a second expression of `<{}>`, and wins",
                    child.name, element.name
                );
                context.problems.push(Problem::warning("MP-CAMEL-24", path, child.at, text));
            }
            expression = true;
        }
        // Spring's loader takes a description as an element, too.
        let described = spring && child.name == "description";
        if part.is_none() && !described && !allowed(&element.name, &child.name) {
            let names = model.elements.iter().flat_map(XmlElement::names);
            let extra = EXTRA_ELEMENTS.iter().filter(|(of, _)| *of == element.name);
            let extra = extra.flat_map(|(_, names)| names.iter().copied());
            let text = format!("unknown element `<{}>` in `<{}>`", child.name, element.name);
            let problem = Problem::error("MP-CAMEL-20", path, child.at, text);
            context.problems.push(problem.suggest(&child.name, names.chain(extra)));
        }
    }
    content(context, path, element, model, expression);
}

/// What an element must hold.
fn content(
    context: &mut Context<'_>,
    path: &str,
    element: &Element,
    model: &XmlModel,
    expression: bool,
) {
    let name = element.name.as_str();
    let takes_expression = model.elements.iter().any(|part| part.name == "expression");
    let optional = rules::WITHOUT_EXPRESSION.contains(&model.class);
    if takes_expression && !expression && !optional {
        let text = format!("`<{name}>` needs an expression");
        context.problems.push(Problem::error("MP-CAMEL-22", path, element.at, text));
    }
    let texts = ["exception", "script", "value", "method", "tokenize", "description"];
    if !model.has_text && !element.text.trim().is_empty() && !texts.contains(&name) {
        let text = format!("text in `<{name}>`, which has none");
        context.problems.push(Problem::error("MP-CAMEL-23", path, element.at, text));
    }
    let steps = context.catalogue.steps();
    let has_steps = element
        .children
        .iter()
        .any(|child| steps.is_some_and(|steps| steps.property(&child.name).is_some()));
    if rules::NEED_STEPS.contains(&name) && !has_steps {
        let text = format!("`<{name}>` needs steps in it");
        context.problems.push(Problem::error("MP-CAMEL-22", path, element.at, text));
    }
    if name == "route" {
        let from = element.children.iter().any(|child| child.name == "from");
        let missing = match (from, has_steps) {
            (false, _) => "`<from>`",
            (true, false) => "steps behind its `<from>`",
            (true, true) => return,
        };
        let text = format!("`<route>` needs {missing}");
        context.problems.push(Problem::error("MP-CAMEL-22", path, element.at, text));
    }
}

fn allowed(parent: &str, child: &str) -> bool {
    EXTRA_ELEMENTS.iter().any(|(of, names)| *of == parent && names.contains(&child))
}

fn typed(context: &mut Context<'_>, path: &str, attribute: &Attribute, shape: Shape) {
    let text = &attribute.value;
    let expected = match shape {
        Shape::Boolean if !value::is_boolean(text) => "`true` or `false`".to_owned(),
        Shape::Integer if !value::is_integer(text) => "a whole number".to_owned(),
        Shape::Enumeration(values) if !value::is_one_of(text, values) => {
            format!("one of `{}`", values.replace(',', "`, `"))
        }
        _ => return,
    };
    let text = format!("`{}` must be {expected}, not `{text}`", attribute.name);
    context.problems.push(Problem::error("MP-CAMEL-23", path, attribute.at, text));
}
