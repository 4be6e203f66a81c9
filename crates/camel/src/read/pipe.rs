//! A `Pipe` resource: a source, steps and a sink, each a Kamelet or an endpoint.
//!
//! Camel makes one route of it: the source is its `from`, Kamelet steps are `kamelet` nodes, the
//! sink is a `to`. References to Knative and Strimzi objects become endpoints as Camel makes them.

use super::from_yaml::free;
use crate::model::{Property, Step, Text, Value};
use crate::problem::Position;
use crate::yaml::Node;

pub(super) fn read(root: &Node) -> Vec<Step> {
    let mut route = Step::new("route", root.at);
    if let Some(name) = root.get("metadata").and_then(|metadata| metadata.get("name")) {
        route.properties.push(Property { name: "id".to_owned(), at: name.at, value: free(name) });
    }
    let Some(spec) = root.get("spec") else { return vec![route] };
    let mut steps = Vec::new();
    for item in spec.get("steps").and_then(Node::items).unwrap_or_default() {
        steps.extend(end("to", item).map(|mut step| {
            // A Kamelet in the middle is a node of its own.
            let name = step.text("uri").and_then(|uri| uri.strip_prefix("kamelet:"));
            if let Some(name) = name.map(ToOwned::to_owned) {
                let mut kamelet = Step::new("kamelet", step.at);
                kamelet.properties.push(text("name", name, step.at));
                kamelet.properties.extend(step.properties.drain(1..));
                step = kamelet;
            }
            step
        }));
    }
    steps.extend(spec.get("sink").and_then(|sink| end("to", sink)));
    if let Some(mut from) = spec.get("source").and_then(|source| end("from", source)) {
        from.steps = steps;
        route.steps.push(from);
    }
    vec![route]
}

fn end(kind: &str, node: &Node) -> Option<Step> {
    let mut step = Step::new(kind, node.at);
    let reference = node.get("ref");
    let of = |key: &str| {
        reference.and_then(|reference| reference.get(key)).and_then(Node::text).unwrap_or_default()
    };
    let uri = match (of("kind"), of("apiVersion")) {
        ("Kamelet", _) => format!("kamelet:{}", of("name")),
        ("KafkaTopic", version) if version.starts_with("kafka.strimzi.io/") => {
            format!("kafka:{}", of("name"))
        }
        ("Broker", version) if version.starts_with("eventing.knative.dev/") => {
            format!("knative:event/org.apache.camel.event?kind=Broker&name={}", of("name"))
        }
        (_, version) if version.starts_with("messaging.knative.dev/") => {
            format!("knative:channel/{}", of("name"))
        }
        _ => node.get("uri")?.text()?.to_owned(),
    };
    step.properties.push(text("uri", uri, node.at));
    if let Some(properties) = node.get("properties") {
        let (at, value) = (properties.at, free(properties));
        step.properties.push(Property { name: "parameters".to_owned(), at, value });
    }
    Some(step)
}

fn text(name: &str, text: String, at: Position) -> Property {
    Property { name: name.to_owned(), at, value: Value::Text(Text { text, at }) }
}
