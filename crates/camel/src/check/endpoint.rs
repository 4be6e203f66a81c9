//! Endpoints against the catalogue's components: schemes, directions, options and their types.
//!
//! A scheme that the catalogue lacks may come from a declared dependency or from a bean of that
//! name; then it is a warning or nothing. Options are compared as Camel binds them: in any case,
//! with or without dashes, nested ones by their first part, families by their prefix.
//!
//! Severities follow what Camel 4.18 was seen to do at start. It refuses what is not `true` or
//! `false`, but starts with many a number it cannot read; constants are only warned about, because
//! the published lists of some components are not whole; it starts with a bare `timer`, but not with
//! `timer:`; a required option may also be set on the component; and an endpoint that is only looked
//! up later (`toD`, `enrich`, `poll`, anything in a template) cannot fail it.

use super::{Context, value};
use crate::catalogue::component::{Component, EndpointOption, OptionType, Place};
use crate::catalogue::yaml::camel_case;
use crate::model::{EndpointUse, Role};
use crate::problem::{Position, Problem, Severity};
use crate::uri::{EndpointOption as Written, is_open, is_scheme};

pub(super) fn check(context: &mut Context<'_>) {
    let model = context.model;
    for used in model.endpoints() {
        if context.is_full() {
            return;
        }
        if used.role == Role::Pattern {
            continue;
        }
        let has_parameters = used.endpoint.options.iter().any(|option| option.at.is_some());
        if has_parameters && used.endpoint.options.iter().any(|option| option.at.is_none()) {
            let text = "options both in the URI and in `parameters`: Camel takes one of the two";
            context.problems.push(Problem::error("MP-CAMEL-15", used.file, used.at, text));
        }
        written(context, &used);
        if used.endpoint.scheme.is_empty() {
            continue;
        }
        match context.catalogue.component(&used.endpoint.scheme) {
            Some(component) => known(context, &used, component),
            None => unknown(context, &used),
        }
    }
}

/// Looked up only when a message comes.
pub(super) fn is_late(used: &EndpointUse<'_>) -> bool {
    matches!(
        used.step.kind.as_str(),
        "toD"
            | "enrich"
            | "pollEnrich"
            | "poll"
            | "recipientList"
            | "routingSlip"
            | "dynamicRouter"
    ) || used.endpoint.dynamic
        || used.template
}

fn push(context: &mut Context<'_>, used: &EndpointUse<'_>, mut problem: Problem) {
    if is_late(used) {
        problem.severity = Severity::Warning;
    }
    context.problems.push(problem);
}

/// The form of the URI.
fn written(context: &mut Context<'_>, used: &EndpointUse<'_>) {
    let uri = used.endpoint.uri.as_str();
    let bare_parameters = used.endpoint.options.iter().any(|option| option.at.is_some());
    let text = if uri.is_empty() {
        format!("`{}` has an empty URI", used.step.kind)
    } else if uri.strip_suffix(':').is_some_and(is_scheme) && !bare_parameters {
        format!("nothing behind the colon of `{uri}`")
    } else if crate::uri::has_empty_option(uri) {
        format!("an empty option in `{uri}`: remove the `&`")
    } else {
        return;
    };
    push(context, used, Problem::error("MP-CAMEL-15", used.file, used.at, text));
}

fn unknown(context: &mut Context<'_>, used: &EndpointUse<'_>) {
    let scheme = used.endpoint.scheme.as_str();
    if context.beans.contains(scheme) {
        return;
    }
    // What our own catalogue has for sure does not bring it; anything else may.
    let brought = context.dependencies.iter().any(|dependency| {
        let name = dependency.strip_prefix("camel:").map(|name| name.trim_start_matches("camel-"));
        name.is_none_or(|name| context.catalogue.component(name).is_none())
    });
    let text = format!("unknown component `{scheme}`");
    let problem = if brought {
        let text = format!("{text}: a declared dependency must bring it");
        Problem::warning("MP-CAMEL-10", used.file, used.at, text)
    } else {
        Problem::error("MP-CAMEL-10", used.file, used.at, text)
            .suggest(scheme, context.catalogue.schemes())
    };
    push(context, used, problem);
}

fn known(context: &mut Context<'_>, used: &EndpointUse<'_>, component: &Component) {
    let endpoint = &used.endpoint;
    let scheme = &endpoint.scheme;
    let wrong_way = match used.role {
        Role::Consumer if component.producer_only() => Some("only be sent to, not be read from"),
        Role::Producer if component.consumer_only() => Some("only be read from, not be sent to"),
        Role::Poller if component.producer_only() => Some("only be sent to, not be polled"),
        _ => None,
    };
    if let Some(way) = wrong_way {
        let text = format!("`{scheme}` can {way}");
        push(context, used, Problem::error("MP-CAMEL-14", used.file, used.at, text));
    }
    let options: Vec<_> = context.catalogue.options(component).collect();
    for written in &endpoint.options {
        option(context, used, component, &options, written);
    }
    let open_path = is_open(&endpoint.path) || endpoint.uri.starts_with("{{");
    for required in options.iter().filter(|option| option.required) {
        let given = endpoint.options.iter().any(|written| matches(required, &written.name))
            || (required.place == Place::Path && (!endpoint.path.is_empty() || open_path))
            || endpoint.options.iter().any(|written| written.name.contains("{{"));
        if given || component.lenient() && required.place == Place::Query {
            continue;
        }
        let text = format!("`{scheme}` needs `{}` (`{}`)", required.name, component.syntax);
        // From a bare scheme and parameters Camel builds the URI, and cannot without this part.
        let built = used.endpoint.options.iter().any(|written| written.at.is_some());
        let problem = if required.place == Place::Path && built {
            Problem::error("MP-CAMEL-12", used.file, used.at, text)
        } else {
            Problem::warning("MP-CAMEL-12", used.file, used.at, text)
        };
        push(context, used, problem);
    }
}

fn option(
    context: &mut Context<'_>,
    used: &EndpointUse<'_>,
    component: &Component,
    options: &[EndpointOption],
    written: &Written,
) {
    let at = written.at.unwrap_or(used.at);
    let name = written.name.as_str();
    if name.is_empty() || is_open(name) || context.is_full() {
        return;
    }
    let Some(known) = options.iter().find(|option| matches(option, name)) else {
        let first = name.split(['.', '[']).next().unwrap_or(name);
        let nested = first != name && options.iter().any(|option| matches(option, first));
        if !component.lenient() && !nested {
            let text = format!("unknown option `{name}` of `{}`", component.scheme);
            let problem = Problem::error("MP-CAMEL-11", used.file, at, text);
            push(context, used, problem.suggest(name, options.iter().map(|option| option.name)));
        }
        return;
    };
    if !known.many {
        typed(context, used, at, known, &written.value);
    }
}

/// As Camel binds: case does not matter, dashes neither.
fn matches(option: &EndpointOption, name: &str) -> bool {
    option.matches(name) || (name.contains('-') && option.matches(&camel_case(name)))
}

fn typed(
    context: &mut Context<'_>,
    used: &EndpointUse<'_>,
    at: Position,
    option: &EndpointOption,
    text: &str,
) {
    let expected = match option.kind {
        OptionType::Boolean if !value::is_boolean(text) => "`true` or `false`".to_owned(),
        OptionType::Integer if !value::is_integer(text.trim()) => "a whole number".to_owned(),
        OptionType::Number if !value::is_number(text.trim()) => "a number".to_owned(),
        OptionType::Enumeration(values) if !value::is_one_of(text, values) => {
            format!("one of `{}`", values.replace(',', "`, `"))
        }
        _ => return,
    };
    let text = format!("`{}` must be {expected}, not `{text}`", option.name);
    let problem = match option.kind {
        OptionType::Boolean => Problem::error("MP-CAMEL-13", used.file, at, text),
        _ => Problem::warning("MP-CAMEL-13", used.file, at, text),
    };
    push(context, used, problem);
}
