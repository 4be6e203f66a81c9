//! What a message carried at its start, before any of it was masked.
//!
//! There is one only where redaction changed something: of everything else the record is exact already. Where no body is to be recorded at
//! all, every message has one. A body of which the tracer
//! kept a part, or a picture, could not go into a route again and has none. Values of headers that the tracer masked by their names
//! never came here, so they are in no original either.

use std::fmt;

use super::Wanted;
use super::payload::admit_header;
use crate::frame;
use crate::id::MessageId;
use crate::model::{HeaderValue, PayloadFlags};
use crate::redact::{Mask, Redactor};

/// Holds what must not be shown: its `Debug` says how much, never what.
#[derive(Clone, PartialEq)]
pub struct Original {
    pub message: MessageId,
    pub content_type: Option<String>,
    pub body: Option<Vec<u8>>,
    /// Those of the body that was recorded, in order. None: nothing of the body was.
    pub masks: Option<Vec<Mask>>,
    pub headers: Vec<OriginalHeader>,
}

impl fmt::Debug for Original {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Original").field("message", &self.message).finish_non_exhaustive()
    }
}

#[derive(Clone, PartialEq)]
pub struct OriginalHeader {
    pub name: String,
    pub value: HeaderValue,
    /// What was recorded instead; `None`: the value.
    pub recorded: Option<HeaderValue>,
}

impl fmt::Debug for OriginalHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OriginalHeader").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The original of a payload, if its record will be another.
pub(super) fn of(
    carried: &frame::Payload,
    message: MessageId,
    redactor: &Redactor,
    wanted: Wanted,
) -> Option<Original> {
    if wanted == Wanted::None || carried.point != frame::Point::Start {
        return None;
    }
    let content_type = (!carried.content_type.is_empty()).then(|| carried.content_type.to_string());
    let body = match &carried.body {
        frame::Body::None => None,
        frame::Body::Captured { bytes, view: false, truncated: false, .. } => Some(bytes),
        frame::Body::Captured { .. } | frame::Body::Unavailable(_) => return None,
    };
    let masks = match body {
        Some(_) if wanted == Wanted::All => None,
        Some(bytes) => redactor.masks(bytes, content_type.as_deref()),
        None => Some(Vec::new()),
    };
    let headers: Vec<OriginalHeader> = carried
        .headers
        .iter()
        .filter_map(|(name, header)| {
            let value = as_it_was(&header.value)?;
            let flags = &mut PayloadFlags::default();
            let recorded = admit_header(name, header.value.clone(), redactor, flags);
            let recorded = (recorded != value).then_some(recorded);
            Some(OriginalHeader { name: name.to_string(), value, recorded })
        })
        .collect();
    let is_body_changed = masks.as_ref().is_none_or(|masks| !masks.is_empty());
    (is_body_changed || headers.iter().any(|header| header.recorded.is_some())).then(|| Original {
        message,
        content_type,
        body: body.cloned(),
        masks,
        headers,
    })
}

/// `None`: the tracer did not send it.
fn as_it_was(value: &frame::HeaderValue) -> Option<HeaderValue> {
    use frame::HeaderValue as Said;
    Some(match value {
        Said::Null => HeaderValue::Null,
        Said::Text(text) => HeaderValue::Text(text.clone()),
        Said::Long(number) => HeaderValue::Long(*number),
        Said::Double(number) => HeaderValue::Double(*number),
        Said::Bool(is) => HeaderValue::Bool(*is),
        Said::Bytes(bytes) => HeaderValue::Bytes(bytes.clone()),
        Said::InstantUs(us) => HeaderValue::Instant(us / 1_000),
        Said::Masked | Said::Dropped(_) => return None,
    })
}
