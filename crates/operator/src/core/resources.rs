//! What a side wants made or removed at a step: its templates, rendered to objects with a place each.
//!
//! An entry whose text renders to nothing is skipped: that is how a template says "not this time". The namespace defaults to the
//! one of the plug or socket.

use k8s::resource::{Do, Resource, When};
use serde_json::{Value, json};

use crate::core::names;
use crate::core::object::ObjectRef;
use crate::core::party::Party;
use crate::core::render;
use crate::core::trouble::{Kind, Trouble};

#[derive(Clone, PartialEq)]
pub(crate) struct Rendered {
    pub(crate) what: Do,
    pub(crate) object: Value,
    pub(crate) reference: ObjectRef,
    pub(crate) retain: bool,
    /// `spec.resources[1].template`.
    pub(crate) field: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Resources,
    ResultResources,
}

impl List {
    fn of(self, party: &Party) -> &[Resource] {
        match self {
            Self::Resources => &party.spec.resources,
            Self::ResultResources => &party.spec.result_resources,
        }
    }

    fn field(self) -> &'static str {
        match self {
            Self::Resources => "spec.resources",
            Self::ResultResources => "spec.resultResources",
        }
    }
}

/// The entries of `list` for any of `steps`. `label` names the journal on what is made.
pub(crate) fn render(
    party: &Party,
    list: List,
    steps: &[When],
    label: &str,
    context: &Value,
) -> Result<Vec<Rendered>, Trouble> {
    let mut rendered = Vec::new();
    for (index, resource) in list.of(party).iter().enumerate() {
        let field = format!("{}[{index}]", list.field());
        check(party, &field, resource)?;
        if !resource.when().iter().any(|when| steps.contains(when)) {
            continue;
        }
        let place = |object: Value, field: String| place(party, resource, object, field, label);
        for (field, template) in templates(&field, resource) {
            if let Some(object) = render::object(party.reference(), &field, template, context)? {
                rendered.push(place(object, field.clone())?);
            }
        }
        for (field, text) in texts(&field, resource) {
            for object in render::documents(party.reference(), &field, text, context)? {
                rendered.push(place(object, field.clone())?);
            }
        }
    }
    Ok(rendered)
}

fn templates<'a>(field: &str, resource: &'a Resource) -> Vec<(String, &'a Value)> {
    let one = resource.template.iter().map(|template| (format!("{field}.template"), template));
    let more = resource
        .templates
        .iter()
        .enumerate()
        .map(|(index, template)| (format!("{field}.templates[{index}]"), template));
    one.chain(more).collect()
}

fn texts<'a>(field: &str, resource: &'a Resource) -> Vec<(String, &'a str)> {
    let one = resource
        .string_template
        .iter()
        .map(|text| (format!("{field}.stringTemplate"), text.as_str()));
    let more = resource
        .string_templates
        .iter()
        .enumerate()
        .map(|(index, text)| (format!("{field}.stringTemplates[{index}]"), text.as_str()));
    one.chain(more).collect()
}

fn check(party: &Party, field: &str, resource: &Resource) -> Result<(), Trouble> {
    let unknown = |name: &str, words: &str| {
        Trouble::new(
            Kind::SpecUnreadable,
            party.reference(),
            &format!("{field}.{name}"),
            "it has a word that is not known",
            format!("use {words}"),
        )
    };
    if resource.what() == Do::Unknown {
        return Err(unknown("do", "apply, delete or recreate"));
    }
    if resource.when().contains(&When::Unknown) {
        return Err(unknown("when", "created, coupled, updated, decoupled or deleted"));
    }
    Ok(())
}

fn place(
    party: &Party,
    resource: &Resource,
    mut object: Value,
    field: String,
    label: &str,
) -> Result<Rendered, Trouble> {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        let namespace = metadata.entry("namespace").or_insert(Value::Null);
        if namespace.as_str().is_none_or(str::is_empty) {
            *namespace = json!(party.namespace());
        }
        // An apply must not carry what only the API server sets.
        for key in ["managedFields", "resourceVersion", "uid", "creationTimestamp"] {
            metadata.remove(key);
        }
        let labels = metadata.entry("labels").or_insert_with(|| json!({}));
        if labels.is_null() {
            *labels = json!({});
        }
        if let Some(labels) = labels.as_object_mut() {
            labels.insert(names::COUPLING_LABEL.to_owned(), json!(label));
        }
    }
    let Some(reference) = ObjectRef::of(&object) else {
        return Err(Trouble::new(
            Kind::SpecUnreadable,
            party.reference(),
            &field,
            "what it renders has no apiVersion, kind or metadata.name",
            "give it all three",
        ));
    };
    let retain = resource.retained();
    Ok(Rendered { what: resource.what(), object, reference, retain, field })
}
