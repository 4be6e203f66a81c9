//! Which components may be themselves in a dry run, and which releases hold no code of their own.
//!
//! Both are lists of what somebody has looked at, not of what is forbidden: everything else is a stub, or code. The catalogue
//! has a veto, so a component that a later Camel calls remote drops out by itself. Queues within a JVM (`seda`) are left out on
//! purpose: what is sent there would run later, and nobody would see it.
//!
//! A release without code (`code_in` finds none) cannot open anything but by its components, so stubs alone keep it in. Simple
//! expressions call methods of what they meet, so one that calls another than Camel's own functions is code as well.

use crate::catalogue::Catalogue;
use crate::model::{FileKind, Model, Property, Step, Value};

/// Where the system around the sandbox keeps network and files away as well.
const REVIEWED: &[&str] = &[
    "atlasmap",
    "bean",
    "class",
    "dataformat",
    "direct",
    "freemarker",
    "jolt",
    "jslt",
    "json-validator",
    "jsonata",
    "kamelet",
    "language",
    "log",
    "mock",
    "mustache",
    "mvel",
    "saga",
    "schematron",
    "string-template",
    "thymeleaf",
    "validator",
    "velocity",
    "xquery",
    "xslt",
    "xslt-saxon",
];
/// Where nothing but stubs does: no templates, no style sheets, nothing that calls code by name.
const PLAIN: &[&str] = &["direct", "log", "mock"];

/// Nodes that hold no code but what their expressions and addresses say.
const PLAIN_STEPS: &[&str] = &[
    "aggregate",
    "choice",
    "convertBodyTo",
    "convertHeaderTo",
    "convertVariableTo",
    "delay",
    "delete",
    "doCatch",
    "doFinally",
    "doTry",
    "enrich",
    "filter",
    "from",
    "get",
    "head",
    "idempotentConsumer",
    "log",
    "loop",
    "marshal",
    "multicast",
    "onCompletion",
    "onException",
    "onFallback",
    "onWhen",
    "otherwise",
    "param",
    "patch",
    "pipeline",
    "poll",
    "pollEnrich",
    "post",
    "put",
    "recipientList",
    "removeHeader",
    "removeHeaders",
    "removeProperties",
    "removeProperty",
    "removeVariable",
    "resequence",
    "rest",
    "restConfiguration",
    "rollback",
    "route",
    "routeConfiguration",
    "routingSlip",
    "sample",
    "sampling",
    "setBody",
    "setHeader",
    "setHeaders",
    "setProperty",
    "setVariable",
    "setVariables",
    "split",
    "step",
    "stop",
    "threads",
    "throttle",
    "throwException",
    "to",
    "toD",
    "transform",
    "unmarshal",
    "validate",
    "when",
    "wireTap",
];
const PLAIN_LANGUAGES: &[&str] = &[
    "constant",
    "exchangeProperty",
    "header",
    "jq",
    "jsonpath",
    "simple",
    "tokenize",
    "variable",
    "xpath",
    "xtokenize",
];
/// Functions of simple that take something in parentheses; another call is one of a method.
const FUNCTIONS: &[&str] = &[
    "bodyAs",
    "mandatoryBodyAs",
    "headerAs",
    "exchangePropertyAs",
    "variableAs",
    "random",
    "skip",
    "collate",
    "join",
    "uuid",
    "hash",
    "replace",
    "substring",
    "substringBefore",
    "substringAfter",
    "substringBetween",
    "trim",
    "uppercase",
    "lowercase",
    "length",
    "size",
    "concat",
    "split",
];

/// Schemes of the components that are not stubs.
pub fn local_schemes() -> Vec<&'static str> {
    not_remote(REVIEWED)
}

/// The same where nothing else keeps the sandbox in.
pub fn plain_schemes() -> Vec<&'static str> {
    not_remote(PLAIN)
}

/// Remote to the catalogue, since a Kamelet may call out; but it is a route of the same context, whose own calls are stubs.
const ROUTES_OF_THEIR_OWN: &[&str] = &["kamelet"];

fn not_remote(schemes: &[&'static str]) -> Vec<&'static str> {
    let catalogue = Catalogue::bundled();
    let is_local = |scheme: &&str| {
        ROUTES_OF_THEIR_OWN.contains(scheme)
            || catalogue.component(scheme).is_some_and(|component| !component.remote())
    };
    schemes.iter().copied().filter(is_local).collect()
}

/// The first part of a release that is code or may call some, as a person knows it; `None`: there is none.
pub fn code_in<'a>(
    model: &Model,
    properties: impl Iterator<Item = (&'a str, &'a str)>,
) -> Option<String> {
    for (name, value) in properties {
        let is_of_component = ["camel.component.", "camel.rest.", "camel.server.", "camel.health."]
            .iter()
            .any(|prefix| name.starts_with(prefix));
        if name.starts_with("camel.") && !is_of_component {
            return Some(format!("property `{name}`"));
        }
        if value.trim_start().starts_with('#') {
            return Some(format!("property `{name}` (a bean)"));
        }
    }
    let is_plain = |kind: FileKind| matches!(kind, FileKind::Yaml | FileKind::Xml);
    if let Some(file) = model.files.iter().find(|file| !is_plain(file.kind)) {
        return Some(format!("file `{}`", file.path));
    }
    model.steps().find_map(|(file, step)| {
        code_of(step).map(|what| format!("{what} ({}:{})", file.path, step.at.line))
    })
}

fn code_of(step: &Step) -> Option<String> {
    if !PLAIN_STEPS.contains(&step.kind.as_str()) {
        return Some(format!("`{}`", step.kind));
    }
    step.properties.iter().find_map(|property| code_of_property(&step.kind, property))
}

fn code_of_property(kind: &str, property: &Property) -> Option<String> {
    let name = property.name.as_str();
    let is_format =
        matches!(kind, "marshal" | "unmarshal") && name != "id" && name != "description";
    if is_format && name != "json" {
        return Some(format!("the data format `{name}`"));
    }
    if matches!(name, "ref" | "bean" | "method" | "custom" | "script" | "processor" | "strategyRef")
        || name.ends_with("Ref")
    {
        return Some(format!("`{kind}` with a bean"));
    }
    if is_expression(name)
        && let Value::Map(languages) = &property.value
    {
        let other = languages.iter().find(|one| !PLAIN_LANGUAGES.contains(&one.name.as_str()));
        if let Some(language) = other {
            return Some(format!("the language `{}`", language.name));
        }
    }
    code_of_value(kind, &property.value)
}

fn is_expression(name: &str) -> bool {
    matches!(name, "expression" | "correlationExpression" | "completionPredicate")
        || name.ends_with("Expression")
        || name.ends_with("Predicate")
        || matches!(name, "handled" | "continued" | "onWhen" | "retryWhile")
}

fn code_of_value(kind: &str, value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => code_of_text(kind, &text.text),
        Value::List(all) => all.iter().find_map(|one| code_of_value(kind, one)),
        Value::Map(all) => all.iter().find_map(|one| code_of_property("", one)),
    }
}

fn code_of_text(kind: &str, text: &str) -> Option<String> {
    let is_camels = text.starts_with("#class:org.apache.camel.");
    if text.starts_with('#') && !is_camels {
        return Some(format!("`{kind}` with the bean `{text}`"));
    }
    calls_code(text).then(|| "an expression that calls a method".to_owned())
}

/// Whether a simple expression in it reaches a bean, a class or a method that is none of simple's own functions.
fn calls_code(text: &str) -> bool {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("${").or_else(|| rest.split_once("$simple{")) {
        rest = after;
        let inside = after.split('}').next().unwrap_or_default();
        let name = inside.split(['(', '.', ':', '[']).next().unwrap_or_default();
        let reaches =
            ["bean", "type", "ref", "class", "camelContext", "exchange", "originalBody", "func"];
        if reaches.contains(&name) || inside.to_ascii_lowercase().contains("class") {
            return true;
        }
        if let Some((called, _)) = inside.split_once('(')
            && !FUNCTIONS.contains(&called)
        {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceFile;

    #[test]
    fn nothing_that_reaches_out_is_local() {
        let local = local_schemes();
        for scheme in ["direct", "bean", "log", "kamelet", "xslt", "language"] {
            assert!(local.contains(&scheme), "{scheme}");
        }
        for scheme in [
            "http", "https", "jms", "sql", "file", "ftp", "exec", "seda", "timer", "stub", "ssh",
            "docker",
        ] {
            assert!(!local.contains(&scheme), "{scheme}");
        }
        assert_eq!(plain_schemes(), ["direct", "log", "mock"]);
    }

    fn code(step: &str) -> Option<String> {
        let text =
            format!("- route:\n    from:\n      uri: timer:a\n      steps:\n        - {step}\n");
        let file = SourceFile { path: "a.camel.yaml", content: text.as_bytes() };
        let (model, problems) = crate::read::read(&[file], Catalogue::bundled());
        assert!(problems.is_empty() && !model.files.is_empty(), "{step}: {problems:?}");
        code_in(&model, std::iter::empty())
    }

    #[test]
    fn plain_steps_hold_no_code() {
        for step in [
            "to: {uri: \"http://a/b?x=${body}\"}",
            "toD: {uri: \"http://a/${header.x}\"}",
            "setBody: {simple: \"${bodyAs(String)} at ${date:now:yyyy}\"}",
            "split: {expression: {jsonpath: \"$.lines[*]\"}, steps: [{log: \"${body}\"}]}",
            "unmarshal: {json: {}}",
            "throwException: {exceptionType: java.lang.IllegalStateException, message: no}",
        ] {
            assert_eq!(code(step), None, "{step}");
        }
    }

    #[test]
    fn what_calls_code_is_found_wherever_it_hides() {
        for step in [
            "bean: {ref: a}",
            "process: {ref: a}",
            "script: {groovy: \"1\"}",
            "setBody: {groovy: \"new Socket()\"}",
            "setBody: {method: {ref: a}}",
            "setBody: {simple: \"${bean:a}\"}",
            "log: \"${body.getClass.forName(a)}\"",
            "toD: {uri: \"http://a/${body.run(1)}\"}",
            "split: {simple: \"${body}\", aggregationStrategy: \"#class:a.B\"}",
            "unmarshal: {custom: {ref: a}}",
            "choice: {when: [{simple: \"${type:a.B.c}\", steps: []}]}",
            "filter: {simple: \"${body.x()} > 1\", steps: [{log: a}]}",
        ] {
            assert!(code(step).is_some(), "{step}");
        }
        let empty = Model::default();
        assert!(code_in(&empty, [("camel.beans.a", "#class:a.B")].into_iter()).is_some());
        assert!(code_in(&empty, [("mine", "#bean:a")].into_iter()).is_some());
        assert_eq!(
            code_in(&empty, [("mine", "1"), ("camel.component.sql.x", "1")].into_iter()),
            None
        );
    }
}
