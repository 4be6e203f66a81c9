//! Pieces of schema that a derive cannot say.
//!
//! A structural schema knows no union of types. A scalar is therefore a value of any type that is not a list with entries or an object
//! with keys; what is left over (`[]` and `{}`) is refused by the operator with the name of the field.

use schemars::{Schema, SchemaGenerator, json_schema};

/// Text, a number or a boolean.
pub(crate) fn scalar(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "x-kubernetes-preserve-unknown-fields": true,
        "maxProperties": 0,
        "maxItems": 0,
    })
}

/// A map of them.
pub(crate) fn scalars(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "additionalProperties": scalar(generator) })
}

/// Any object: a template, or a part of core/v1 that the API server checks when the pod is made.
pub(crate) fn object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true })
}

pub(crate) fn objects(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": object(generator) })
}

/// core/v1 Container: only the name is ours to demand.
pub(crate) fn containers(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "items": {
            "type": "object",
            "required": ["name"],
            "properties": { "name": { "type": "string" } },
            "x-kubernetes-preserve-unknown-fields": true,
        },
    })
}
