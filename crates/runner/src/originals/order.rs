//! What a command wants delivered: as it says, or with what the original had where something was masked.
//!
//! A runner that does not know `original` finds no `order` and refuses the command, so a mask is never delivered in place of a value.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use telemetry::admit::Original;
use telemetry::id::MessageId;
use uuid::Uuid;

use super::fill::{self, Header, Unfilled};
use super::gone::Missing;
use super::hide::Hidden;
use crate::shared::Shared;

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    order: Option<Value>,
    #[serde(default)]
    original: Option<Wanted>,
}

#[derive(Deserialize)]
struct Wanted {
    message: String,
    /// Somebody changed it: only what is masked is filled in.
    #[serde(default)]
    is_edited: bool,
    /// It cannot go in without.
    #[serde(default)]
    is_needed: bool,
    /// With masks, as it was recorded or edited.
    order: Value,
}

/// An order as the launcher gets it.
#[derive(Debug)]
pub(crate) struct Filled {
    /// A JSON object.
    pub(crate) order: Value,
    /// `original`, where it was taken instead of what was recorded.
    pub(crate) source: Option<String>,
    /// How many values were filled in.
    pub(crate) count: usize,
    pub(crate) hidden: Hidden,
}

type Refusal = (String, String);

impl Asked {
    pub(crate) async fn fill(
        &self,
        shared: &Arc<Shared>,
        workload: Uuid,
    ) -> Result<Filled, Refusal> {
        let Some(wanted) = &self.original else {
            let order = self.order.clone().filter(Value::is_object);
            let none = || ("MP-RUN-51".to_owned(), "the command has no order".to_owned());
            let order = order.ok_or_else(none)?;
            return Ok(Filled { order, source: None, count: 0, hidden: Hidden::default() });
        };
        let bad = |_| ("MP-RUN-51".to_owned(), "the command names no message".to_owned());
        let message: MessageId = wanted.message.parse().map_err(bad)?;
        if !wanted.order.is_object() {
            return Err(("MP-RUN-51".to_owned(), "the command has no order".to_owned()));
        }
        let now = shared.settings.seams.now();
        let (found, redactor) = match &shared.tracers {
            None => (Err(Missing::Never), telemetry::redact::Redactor::default()),
            Some(tracers) => {
                let (originals, now_us) = (tracers.originals(), crate::tracer::micros(now));
                let find = move || originals.map(|all| all.find(workload, message, now_us));
                let found = tokio::task::spawn_blocking(find).await.ok().flatten();
                (found.unwrap_or(Err(Missing::Never)), tracers.redactor(workload))
            }
        };
        let original = match found {
            Ok(original) => original,
            Err(missing) if wanted.is_needed => return Err(refusal(missing)),
            Err(_) => {
                let order = wanted.order.clone();
                return Ok(Filled { order, source: None, count: 0, hidden: Hidden::default() });
            }
        };
        let mut order = wanted.order.clone();
        let count = if wanted.is_edited {
            edited(&original, &mut order, &redactor).map_err(|err| {
                ("MP-RPL-31".to_owned(), format!("{err}; write the value, or leave it as it was"))
            })?
        } else {
            whole(&original, &mut order)
        };
        let source = (!wanted.is_edited).then(|| "original".to_owned());
        Ok(Filled { order, source, count, hidden: Hidden::of(&original) })
    }
}

/// The original in place of what was recorded.
fn whole(original: &Original, order: &mut Value) -> usize {
    let (headers, in_headers) = fill::headers(original);
    order["headers"] = headers.iter().map(header).collect();
    set_body(order, original.body.clone());
    in_headers + original.masks.as_ref().map_or(1, Vec::len)
}

/// Values in place of the masks that nobody touched.
fn edited(
    original: &Original,
    order: &mut Value,
    redactor: &telemetry::redact::Redactor,
) -> Result<usize, Unfilled> {
    let mut count = 0;
    let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
    let mut given = Vec::new();
    for one in order["headers"].as_array().into_iter().flatten() {
        let one =
            Header { name: text(one, "name"), kind: text(one, "kind"), value: text(one, "value") };
        let (filled, is_filled) = fill::header(original, one)?;
        count += usize::from(is_filled);
        given.push(filled);
    }
    let bytes = match (order["body"].as_str(), order["body_base64"].as_str()) {
        (Some(text), _) => Some(text.as_bytes().to_vec()),
        (None, Some(text)) => unbase64(text),
        (None, None) => None,
    };
    if let Some(bytes) = bytes {
        let filled = fill::body(original, &bytes, redactor)?;
        if filled.count > 0 {
            count += filled.count;
            set_body(order, Some(filled.bytes));
        }
    }
    let steering = given.iter().find(|header| fill::steers(original, header));
    if count > 0
        && let Some(header) = steering
    {
        return Err(Unfilled::Steered(header.name.clone()));
    }
    order["headers"] = given.iter().map(header).collect();
    Ok(count)
}

fn header(Header { name, kind, value }: &Header) -> Value {
    json!({"name": name, "kind": kind, "value": value})
}

fn set_body(order: &mut Value, body: Option<Vec<u8>>) {
    let Some(fields) = order.as_object_mut() else { return };
    fields.remove("body");
    fields.remove("body_base64");
    match body.map(String::from_utf8) {
        Some(Ok(text)) => drop(fields.insert("body".to_owned(), text.into())),
        Some(Err(err)) => {
            drop(fields.insert("body_base64".to_owned(), base64(err.as_bytes()).into()));
        }
        None => {}
    }
}

pub(super) fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn unbase64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

/// Why it cannot be filled in, in words.
fn refusal(missing: Missing) -> Refusal {
    let at = |us: u64| {
        let us = i64::try_from(us).unwrap_or(i64::MAX);
        let time = Timestamp::from_microsecond(us).unwrap_or(Timestamp::UNIX_EPOCH);
        time.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
    };
    let (code, text) = match missing {
        Missing::Expired { at_us, keep_s } => (
            "MP-RPL-30",
            format!(
                "the runner let go of its original at {}: they are kept for {}",
                at(at_us),
                span(keep_s)
            ),
        ),
        Missing::Dropped { at_us, cap_bytes } => (
            "MP-RPL-30",
            format!(
                "the runner let go of its original at {}, because there is room for {} MiB of them",
                at(at_us),
                cap_bytes >> 20
            ),
        ),
        Missing::SwitchedOff { at_us } => (
            "MP-RPL-30",
            format!(
                "the runner let go of its original at {}, because `capture.originals` was switched off",
                at(at_us)
            ),
        ),
        Missing::Unreadable => (
            "MP-RPL-30",
            "the runner cannot read its original: the file is damaged, or the key is another one"
                .to_owned(),
        ),
        Missing::NotKept => (
            "MP-RPL-08",
            "the runner keeps no originals: `capture.originals` is off for this integration"
                .to_owned(),
        ),
        Missing::Never => ("MP-RPL-08", "the runner never had its original".to_owned()),
    };
    (code.to_owned(), format!("part of it was masked, and {text}"))
}

fn span(seconds: u64) -> String {
    match seconds {
        hours if hours % 3_600 == 0 => format!("{} h", hours / 3_600),
        minutes if minutes % 60 == 0 => format!("{} min", minutes / 60),
        seconds => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use telemetry::admit::OriginalHeader;
    use telemetry::model::HeaderValue;
    use telemetry::redact::{Mask, Redactor};

    use super::*;

    fn original() -> Original {
        let token = "[masked password]".to_owned();
        Original {
            message: MessageId::from_u128(1),
            content_type: None,
            body: Some(br#"{"password":"hunter2"}"#.to_vec()),
            masks: Some(vec![Mask { range: 13..20, token, is_quoted: false }]),
            headers: vec![OriginalHeader {
                name: "n".to_owned(),
                value: HeaderValue::Long(5),
                recorded: None,
            }],
        }
    }

    #[test]
    fn an_original_takes_the_place_of_all_that_was_recorded() {
        let mut order = json!({"route": "a", "body": "[masked]", "headers": [], "replay_of": "x"});
        assert_eq!(whole(&original(), &mut order), 1);
        let want = json!({"route": "a", "body": r#"{"password":"hunter2"}"#, "replay_of": "x",
            "headers": [{"name": "n", "kind": "long", "value": "5"}]});
        assert_eq!(order, want);
        let bytes = Original { body: Some(vec![0xFF]), masks: None, ..original() };
        assert_eq!(whole(&bytes, &mut order), 1);
        assert_eq!((&order["body_base64"], &order["body"]), (&json!("/w=="), &Value::Null));
    }

    #[test]
    fn an_edit_keeps_its_own_headers_and_gets_the_values_of_its_masks() {
        let header = json!({"name": "x", "kind": "text", "value": "1"});
        let body = r#"{"a":1,"password":"[masked password]"}"#;
        let mut order = json!({"route": "a", "body": body, "headers": [header]});
        assert_eq!(edited(&original(), &mut order, &Redactor::default()), Ok(1));
        assert_eq!(order["body"], r#"{"a":1,"password":"hunter2"}"#);
        assert_eq!(order["headers"], json!([header]));
        let mut own = json!({"route": "a", "body": "own", "headers": []});
        assert_eq!(edited(&original(), &mut own, &Redactor::default()), Ok(0));
        assert_eq!(own, json!({"route": "a", "body": "own", "headers": []}));
    }

    #[test]
    fn a_refusal_says_when_and_why() {
        let (code, text) = refusal(Missing::Expired { at_us: 0, keep_s: 86_400 });
        assert_eq!(code, "MP-RPL-30");
        assert!(text.contains("at 1970-01-01 00:00:00Z: they are kept for 24 h"), "{text}");
        let (_, text) = refusal(Missing::Dropped { at_us: 0, cap_bytes: 256 << 20 });
        assert!(text.contains("room for 256 MiB"), "{text}");
        assert_eq!(refusal(Missing::Never).0, "MP-RPL-08");
    }
}
