//! What a plug and a socket have in common, for `lint`: every template with the names that it sees.

use std::collections::BTreeSet;

use k8s::reference::Var;
use k8s::resource::{Resource, When};
use k8s::side::Side as Spec;
use serde_json::Value;

use crate::core::journal::Side;

/// A template of a side.
pub(super) struct Template<'s> {
    pub(super) field: String,
    pub(super) source: Text<'s>,
    pub(super) sees: Vec<&'static str>,
}

pub(super) enum Text<'s> {
    /// A text of its own.
    Plain(&'s str),
    /// An object whose strings are templates.
    Object(&'s Value),
}

/// Names that a template sees once both sides have agreed; see `core::context`.
const COUPLED: [&str; 4] = ["plug", "socket", "plugConfig", "socketConfig"];

pub(super) fn templates(spec: &Spec, which: Side) -> Vec<Template<'_>> {
    let mut found = Vec::new();
    let both = ["plug", "socket"];
    for (list, vars) in [("spec.vars", &spec.vars), ("spec.resultVars", &spec.result_vars)] {
        found.extend(names(list, vars, &both));
    }
    let config = ["plug", "socket", "plugData", "socketData", "vars"];
    for (key, text) in &spec.config_template {
        let field = format!("spec.configTemplate.{key}");
        found.push(Template { field, source: Text::Plain(text), sees: config.to_vec() });
    }
    let result = ["plugData", "socketData", "resultVars", "vars"];
    for (key, text) in &spec.result_template {
        let field = format!("spec.resultTemplate.{key}");
        let sees = [&COUPLED[..], &result[..]].concat();
        found.push(Template { field, source: Text::Plain(text), sees });
    }
    for (index, resource) in spec.resources.iter().enumerate() {
        let alone =
            resource.when().iter().any(|when| matches!(when, When::Created | When::Deleted));
        let sees = if alone { vec![which.as_str()] } else { COUPLED.to_vec() };
        found.extend(texts(&format!("spec.resources[{index}]"), resource, &sees));
    }
    for (index, resource) in spec.result_resources.iter().enumerate() {
        let sees = [&COUPLED[..], &["plugResult", "socketResult", "result"]].concat();
        found.extend(texts(&format!("spec.resultResources[{index}]"), resource, &sees));
    }
    found
}

fn names<'s>(list: &str, vars: &'s [Var], sees: &[&'static str]) -> Vec<Template<'s>> {
    let mut found = Vec::new();
    for (index, var) in vars.iter().enumerate() {
        let parts = [
            ("templateName", &var.objref.template_name),
            ("templateNamespace", &var.objref.template_namespace),
        ];
        for (name, text) in parts {
            if let Some(text) = text {
                let field = format!("{list}[{index}].objref.{name}");
                found.push(Template { field, source: Text::Plain(text), sees: sees.to_vec() });
            }
        }
    }
    found
}

fn texts<'s>(field: &str, resource: &'s Resource, sees: &[&'static str]) -> Vec<Template<'s>> {
    let mut found = Vec::new();
    let mut push = |field: String, source| {
        found.push(Template { field, source, sees: sees.to_vec() });
    };
    if let Some(template) = &resource.template {
        push(format!("{field}.template"), Text::Object(template));
    }
    for (index, template) in resource.templates.iter().enumerate() {
        push(format!("{field}.templates[{index}]"), Text::Object(template));
    }
    if let Some(text) = &resource.string_template {
        push(format!("{field}.stringTemplate"), Text::Plain(text));
    }
    for (index, text) in resource.string_templates.iter().enumerate() {
        push(format!("{field}.stringTemplates[{index}]"), Text::Plain(text));
    }
    found
}

/// Keys of the configuration that this side gives, and whether that is all of them.
pub(super) fn given(spec: &Spec) -> (BTreeSet<&str>, bool) {
    let keys = spec.config.keys().chain(spec.config_template.keys());
    let elsewhere = spec.config_config_map_name.is_some()
        || spec.config_secret_name.is_some()
        || spec.apparatus.is_some();
    (keys.map(String::as_str).collect(), !elsewhere)
}

/// Keys of the data of this side, where they are all known.
pub(super) fn data(spec: &Spec) -> Option<BTreeSet<&str>> {
    let elsewhere = spec.data_config_map_name.is_some() || spec.data_secret_name.is_some();
    (!elsewhere).then(|| spec.data.keys().map(String::as_str).collect())
}
