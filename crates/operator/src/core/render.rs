//! Templates of a field, with errors that name it.
//!
//! Bounded by the budget of `template`, which counts steps and bytes and no time, so the same template fails or works everywhere.

use serde_json::Value;
use template::path::Path;
use template::{Budget, render_documents};

use crate::core::object::ObjectRef;
use crate::core::parsed;
use crate::core::request::Values;
use crate::core::trouble::{Kind, Trouble};

pub(crate) fn text(
    owner: &ObjectRef,
    field: &str,
    source: &str,
    context: &Value,
) -> Result<String, Trouble> {
    parsed::text(field, source)
        .and_then(|template| template.render(context, &Budget::default()))
        .map_err(|error| refused(owner, field, &error))
}

/// Each value is a template.
pub(crate) fn values(
    owner: &ObjectRef,
    field: &str,
    templates: &Values,
    context: &Value,
) -> Result<Values, Trouble> {
    templates
        .iter()
        .map(|(key, source)| {
            let field = format!("{field}.{key}");
            Ok((key.clone(), text(owner, &field, source, context)?))
        })
        .collect()
}

/// An object whose strings are templates; none when nothing is left of it.
pub(crate) fn object(
    owner: &ObjectRef,
    field: &str,
    template: &Value,
    context: &Value,
) -> Result<Option<Value>, Trouble> {
    let rendered = parsed::object(template)
        .and_then(|leaves| leaves.render(context, &Budget::default()))
        .map_err(|err| {
            let field = if err.path.is_empty() {
                field.to_owned()
            } else {
                format!("{field}.{}", err.path)
            };
            refused(owner, &field, &err.error)
        })?;
    let empty = rendered.as_object().is_none_or(serde_json::Map::is_empty);
    Ok((!empty).then_some(rendered))
}

/// YAML documents of a text.
pub(crate) fn documents(
    owner: &ObjectRef,
    field: &str,
    source: &str,
    context: &Value,
) -> Result<Vec<Value>, Trouble> {
    let text = text(owner, field, source, context)?;
    let mut documents = render_documents(&text).map_err(|error| {
        let mut trouble = refused(owner, field, &error);
        trouble.what = format!("what it renders is refused at {error}");
        trouble
    })?;
    documents.retain(|document| document.as_object().is_some_and(|keys| !keys.is_empty()));
    Ok(documents)
}

/// The text at a path of an object; an empty path is the whole object.
pub(crate) fn at(object: &Value, path: &str) -> Option<String> {
    if path.is_empty() {
        return Some(object.to_string());
    }
    template::scalar::to_string(&Path::parse(path).ok()?.find(object)?)
}

fn refused(owner: &ObjectRef, field: &str, error: &template::Error) -> Trouble {
    let next = if error.kind.is_limit() {
        "make the template do less"
    } else {
        "correct the template; `midplane operator render` shows it without a cluster"
    };
    Trouble::new(Kind::TemplateRefused, owner, field, error.to_string(), next)
}
