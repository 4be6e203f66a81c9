//! What is delivered, as a workload's launcher reads it.

use serde_json::{Value, json};
use telemetry::id::MessageId;

use super::{Body, Content, Header, Target, to_base64};

pub(super) fn write(
    target: &Target,
    content: &Content,
    original: Option<MessageId>,
    wants_reply: bool,
) -> Value {
    let headers: Vec<Value> = content
        .headers
        .iter()
        .map(|Header { name, kind, value }| json!({"name": name, "kind": kind, "value": value}))
        .collect();
    let mut order = json!({"headers": headers, "wants_reply": wants_reply});
    match target {
        Target::Route(route) => order["route"] = route.as_str().into(),
        Target::Endpoint(endpoint) => order["endpoint"] = endpoint.as_str().into(),
    }
    match &content.body {
        Some(Body::Text(text)) => order["body"] = text.as_str().into(),
        Some(Body::Bytes(bytes)) => order["body_base64"] = to_base64(bytes).into(),
        None => {}
    }
    if let Some(original) = original {
        order["replay_of"] = original.to_string().into();
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_travel_as_base64_and_the_original_is_named() {
        let content = Content { body: Some(Body::Bytes(vec![0, 1])), headers: Vec::new() };
        let original = MessageId::from_u128(7);
        let order = write(&Target::Route("a".to_owned()), &content, Some(original), true);
        assert_eq!(order["body_base64"], "AAE=");
        assert_eq!(order["replay_of"], original.to_string());
        assert_eq!((&order["wants_reply"], &order["endpoint"]), (&json!(true), &Value::Null));
    }
}
