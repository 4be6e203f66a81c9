//! Conditions: the compatible ones (`Coupled`, `Failed`, `Resolved`) beside the standard ones (`Ready`, `Reconciling`, `Stalled`).
//!
//! A condition keeps its `lastTransitionTime` while its status stays the same, and is not touched at all while nothing in it
//! changes; that is what makes an edit without effect write nothing. Types that are not ours are kept.

use jiff::Timestamp;
use serde_json::{Value, json};

const OURS: &[&str] = &["Coupled", "Failed", "Resolved", "Ready", "Reconciling", "Stalled"];
/// The API allows 32 KiB for a message; this is what a terminal still shows.
const LONGEST_MESSAGE: usize = 2_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    pub kind: &'static str,
    pub status: bool,
    pub reason: &'static str,
    pub message: String,
}

impl Condition {
    pub fn new(kind: &'static str, status: bool, reason: &'static str, message: &str) -> Self {
        Self { kind, status, reason, message: shorten(message) }
    }
}

fn shorten(message: &str) -> String {
    if message.len() <= LONGEST_MESSAGE {
        return message.to_owned();
    }
    let mut end = LONGEST_MESSAGE;
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", &message[..end])
}

/// The standard three, from what a reader wants to know: is it settled, is it being worked on, does it wait for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Ready,
    Working,
    Stuck,
}

pub(crate) fn standard(standing: Standing, reason: &'static str, message: &str) -> [Condition; 3] {
    [
        Condition::new("Ready", standing == Standing::Ready, reason, message),
        Condition::new("Reconciling", standing == Standing::Working, reason, message),
        Condition::new("Stalled", standing == Standing::Stuck, reason, message),
    ]
}

/// The list to store: `wanted` over what is there. Those of ours that are not wanted go.
pub(crate) fn merge(
    existing: &Value,
    wanted: &[Condition],
    generation: i64,
    now: Timestamp,
) -> Value {
    let empty = Vec::new();
    let existing = existing.as_array().unwrap_or(&empty);
    let mut merged: Vec<Value> = existing
        .iter()
        .filter(|condition| !OURS.contains(&condition["type"].as_str().unwrap_or_default()))
        .cloned()
        .collect();
    for condition in wanted {
        let status = if condition.status { "True" } else { "False" };
        let before = existing.iter().find(|before| before["type"] == condition.kind);
        let since = before
            .filter(|before| before["status"] == status)
            .and_then(|before| before["lastTransitionTime"].as_str())
            .map_or_else(|| second(now), str::to_owned);
        merged.push(json!({
            "type": condition.kind,
            "status": status,
            "reason": condition.reason,
            "message": condition.message,
            "lastTransitionTime": since,
            "observedGeneration": generation,
        }));
    }
    Value::Array(merged)
}

/// RFC 3339 with whole seconds, as the API server stores it.
pub fn second(now: Timestamp) -> String {
    let whole = Timestamp::from_second(now.as_second()).unwrap_or(now);
    whole.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_that_stays_keeps_its_time_and_strangers_stay() {
        let then = Timestamp::from_second(100).unwrap();
        let now = Timestamp::from_second(200).unwrap();
        let ready = |status| Condition::new("Ready", status, "Why", "text");
        let first = merge(&json!([{"type": "Foreign", "status": "True"}]), &[ready(true)], 1, then);
        assert_eq!(first[0]["type"], "Foreign");
        assert_eq!(first[1]["lastTransitionTime"], "1970-01-01T00:01:40Z");
        assert_eq!(merge(&first, &[ready(true)], 1, now), first);
        let flipped = merge(&first, &[ready(false)], 1, now);
        assert_eq!(flipped[1]["lastTransitionTime"], "1970-01-01T00:03:20Z");
        assert_eq!(merge(&flipped, &[], 1, now).as_array().unwrap().len(), 1);
    }
}
