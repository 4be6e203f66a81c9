//! What only the whole folder can tell: ids used twice, Kamelets, templates, properties, addresses.

use std::collections::{BTreeMap, BTreeSet};

use super::Context;
use crate::model::{Property, Step, Text, Value};
use crate::placeholder::{self, Kind, URL_PREFIX};
use crate::problem::{Position, Problem};

pub(super) fn check(context: &mut Context<'_>) {
    routes(context);
    templates(context);
    kamelets(context);
    beans(context);
    placeholders(context);
}

fn routes(context: &mut Context<'_>) {
    let model = context.model;
    let mut seen: BTreeMap<&str, (&str, Position)> = BTreeMap::new();
    for route in model.routes() {
        let froms = route.step.steps.iter().filter(|step| step.kind == "from").collect::<Vec<_>>();
        if let [_, second, ..] = froms[..] {
            let text = "a second `from` in one route";
            context.problems.push(Problem::error("MP-CAMEL-24", route.file, second.at, text));
        }
        let Some(id) = route.step.property("id").filter(|_| !route.template) else { continue };
        let Some(text) = id.value.text().filter(|text| !text.contains("{{")) else { continue };
        if let Some((file, first)) = seen.get(text) {
            let message = format!("the route id `{text}` is already used at {file}:{}", first.line);
            context.problems.push(Problem::error("MP-CAMEL-30", route.file, id.at, message));
        } else {
            seen.insert(text, (route.file, id.at));
        }
    }
    nodes(context);
}

/// Camel refuses an id that two nodes of one route have.
fn nodes(context: &mut Context<'_>) {
    let model = context.model;
    for route in model.routes() {
        let mut seen: BTreeMap<&str, Position> = BTreeMap::new();
        for step in route.from().into_iter().flat_map(Step::walk).filter(|step| step.kind != "from")
        {
            let Some(id) = step.property("id") else { continue };
            let Some(text) = id.value.text().filter(|text| !text.contains("{{")) else { continue };
            if let Some(first) = seen.insert(text, id.at) {
                let message =
                    format!("the id `{text}` is already used in this route at line {}", first.line);
                context.problems.push(Problem::error("MP-CAMEL-30", route.file, id.at, message));
            }
        }
    }
}

fn templates(context: &mut Context<'_>) {
    let model = context.model;
    let known: BTreeSet<&str> = model
        .steps()
        .filter(|(_, step)| step.kind == "routeTemplate")
        .filter_map(|(_, step)| step.id())
        .collect();
    for (file, step) in model.steps().filter(|(_, step)| step.kind == "templatedRoute") {
        let Some(used) = step.property("routeTemplateRef") else { continue };
        let Some(name) = used.value.text().filter(|name| !name.contains("{{")) else { continue };
        if known.contains(name) || context.is_full() {
            continue;
        }
        let text = format!("unknown route template `{name}`");
        let mut problem = Problem::error("MP-CAMEL-33", &file.path, used.at, text);
        if !context.dependencies.is_empty() {
            problem.severity = crate::problem::Severity::Warning;
        }
        context.problems.push(problem.suggest(name, known.iter().copied()));
    }
}

/// A bean may come from a dependency or from Spring, so that an unknown one is only a hint.
fn beans(context: &mut Context<'_>) {
    let model = context.model;
    let spring = model.files.iter().any(|file| file.kind == crate::model::FileKind::Spring);
    if spring || !context.dependencies.is_empty() {
        return;
    }
    let templates: BTreeSet<&str> = model
        .files
        .iter()
        .filter(|file| file.items.iter().any(|item| item.kind == "routeTemplate"))
        .map(|file| file.path.as_str())
        .collect();
    for (file, step) in
        model.steps().filter(|(_, step)| matches!(step.kind.as_str(), "bean" | "process"))
    {
        let Some(used) = step.property("ref") else { continue };
        let Some(name) = used.value.text() else { continue };
        // A class name creates the bean; `#class:` and placeholders are decided later.
        let open = name.contains(['.', '#', '{', '$']) || name.is_empty();
        let template = templates.contains(file.path.as_str());
        if !open && !template && !context.beans.contains(name) && !context.is_full() {
            let text = format!("no bean `{name}` is defined here");
            let problem = Problem::warning("MP-CAMEL-36", &file.path, used.at, text);
            let problem = problem.suggest(name, context.beans.iter().map(String::as_str));
            context.problems.push(problem);
        }
    }
}

fn kamelets(context: &mut Context<'_>) {
    let model = context.model;
    let templates: BTreeMap<&str, BTreeSet<&str>> = model
        .steps()
        .filter(|(_, step)| step.kind == "routeTemplate")
        .filter_map(|(_, step)| Some((step.id()?, parameters_of(step))))
        .collect();
    for used in model.endpoints() {
        if used.endpoint.scheme != "kamelet" || context.is_full() {
            continue;
        }
        let name = used.endpoint.name().split('/').next().unwrap_or_default();
        let open = name.contains(['{', '$']) || matches!(name, "source" | "sink" | "");
        if open || templates.contains_key(name) {
            continue;
        }
        let Some(properties) = context.catalogue.kamelet(name) else {
            let names: Vec<&str> = templates
                .keys()
                .copied()
                .chain(context.catalogue.kamelets().map(|name| -> &str { name }))
                .collect();
            let text = format!("unknown Kamelet `{name}`");
            let elsewhere = context.application.contains_key("camel.component.kamelet.location")
                || !context.dependencies.is_empty();
            let late = used.endpoint.dynamic || super::endpoint::is_late(&used);
            let problem = if elsewhere || late {
                Problem::warning("MP-CAMEL-31", used.file, used.at, text)
            } else {
                Problem::error("MP-CAMEL-31", used.file, used.at, text)
            };
            context.problems.push(problem.suggest(name, names));
            continue;
        };
        for property in
            properties.iter().filter(|property| property.required && !property.has_default)
        {
            let given = used.endpoint.option(property.name).is_some()
                || set_elsewhere(context, name, property.name)
                || used.endpoint.options.iter().any(|option| option.name.contains("{{"));
            if !given {
                let text = format!("the Kamelet `{name}` needs `{}`", property.name);
                context.problems.push(Problem::error("MP-CAMEL-32", used.file, used.at, text));
            }
        }
        for option in &used.endpoint.options {
            let known = properties.iter().any(|property| property.name == option.name);
            if context.is_full() {
                return;
            }
            if !known && !option.name.contains('{') && option.name != "bridgeErrorHandler" {
                let text = format!("`{}` is not a property of the Kamelet `{name}`", option.name);
                let at = option.at.unwrap_or(used.at);
                let problem = Problem::warning("MP-CAMEL-32", used.file, at, text);
                let names = properties.iter().map(|property| property.name);
                context.problems.push(problem.suggest(&option.name, names));
            }
        }
    }
}

/// `camel.kamelet.NAME.KEY` in the folder or in the environment.
fn set_elsewhere(context: &Context<'_>, kamelet: &str, property: &str) -> bool {
    let key = format!("camel.kamelet.{kamelet}.{property}");
    context.application.contains_key(&key)
        || context.properties_of_descriptor.contains(&key)
        || context.settings.properties.is_none_or(|known| known.contains(&key))
            && context.settings.properties.is_some()
}

fn parameters_of(template: &Step) -> BTreeSet<&str> {
    let Some(Value::List(list)) = template.property("parameters").map(|property| &property.value)
    else {
        return BTreeSet::new();
    };
    list.iter()
        .filter_map(|value| {
            value.map()?.iter().find(|property| property.name == "name")?.value.text()
        })
        .collect()
}

fn placeholders(context: &mut Context<'_>) {
    let model = context.model;
    for file in &model.files {
        for item in &file.items {
            let local: BTreeSet<&str> =
                if item.kind == "routeTemplate" { parameters_of(item) } else { BTreeSet::new() };
            for step in item.walk() {
                let mut texts = Vec::new();
                step.properties.iter().for_each(|property| collect(property, &mut texts));
                for text in texts {
                    for found in placeholder::find(&text.text) {
                        one(
                            context,
                            &file.path,
                            text.at,
                            &found,
                            &local,
                            item.kind == "routeTemplate",
                        );
                    }
                }
            }
        }
    }
}

fn collect<'a>(property: &'a Property, out: &mut Vec<&'a Text>) {
    let mut open = vec![&property.value];
    while let Some(value) = open.pop() {
        match value {
            Value::Text(text) => out.push(text),
            Value::Map(inner) => open.extend(inner.iter().map(|property| &property.value)),
            Value::List(inner) => open.extend(inner),
        }
    }
}

fn one(
    context: &mut Context<'_>,
    file: &str,
    at: Position,
    found: &placeholder::Placeholder<'_>,
    local: &BTreeSet<&str>,
    template: bool,
) {
    if let Some(name) = found.key.strip_prefix(URL_PREFIX) {
        if context.is_full() {
            return;
        }
        if let Some(known) = context.settings.integrations.filter(|known| !known.contains(name)) {
            let text = format!("`{}` names no integration here", found.key);
            let problem = Problem::warning("MP-CAMEL-35", file, at, text);
            let known: Vec<_> = known.iter().map(String::as_str).collect();
            context.problems.push(problem.suggest(name, known));
        }
        return;
    }
    if found.kind != Kind::Required || local.contains(found.key) || context.is_full() {
        return;
    }
    let Some(known) = context.settings.properties else { return };
    // Names that only exist while a template or Kamelet is instantiated.
    let made = template
        && matches!(found.key, "routeId" | "parentRouteId" | "parentProcessorId" | "local-bean");
    let set = known.contains(found.key)
        || context.application.contains_key(found.key)
        || context.properties_of_descriptor.contains(found.key);
    if !set && !made && !found.key.contains('{') {
        let text = format!("the property `{}` is set nowhere known here", found.key);
        let names =
            known.iter().chain(context.application.keys()).chain(&context.properties_of_descriptor);
        let names: Vec<_> = names.map(String::as_str).collect();
        let problem = Problem::warning("MP-CAMEL-34", file, at, text).suggest(found.key, names);
        context.problems.push(problem);
    }
}
