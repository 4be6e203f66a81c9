//! The bodies of the calls, in the two forms that apparatuses know.
//!
//! `/config` says `"version": 1` and carries data and vars; events say `"version": "1"` and carry configurations. Objects go whole, less
//! what only machines read and what grows with every plug: with it the body would pass the 100 KiB that a common HTTP framework
//! accepts at a few hundred plugs.

use serde_json::{Map, Value, json};

use crate::core::request::{Action, Call, Values};

pub(super) fn body(call: &Call) -> Value {
    let mut body = Map::new();
    let is_config = call.action == Action::Config;
    body.insert("version".to_owned(), if is_config { json!(1) } else { json!("1") });
    for (key, object) in [("plug", &call.plug), ("socket", &call.socket)] {
        if let Some(object) = object {
            body.insert(key.to_owned(), trimmed(object));
        }
    }
    let values: [(&str, &Option<Values>); 5] = [
        ("plugConfig", &call.plug_config),
        ("socketConfig", &call.socket_config),
        ("plugData", &call.plug_data),
        ("socketData", &call.socket_data),
        ("vars", &call.vars),
    ];
    for (key, values) in values {
        if let Some(values) = values {
            body.insert(key.to_owned(), json!(values));
        }
    }
    Value::Object(body)
}

fn trimmed(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
        status.remove("coupledPlugs");
    }
    object
}
