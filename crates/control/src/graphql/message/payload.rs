//! What a message carried: headers with their types, bodies as text or base64, and why one is not there.

use async_graphql::SimpleObject;
use jiff::Timestamp;
use telemetry::model::{HeaderValue, Unavailable};

use super::number;
use crate::app::message;

#[derive(SimpleObject)]
pub struct MessageHeader {
    pub name: String,
    /// `text`, `long`, `double`, `bool`, `bytes` (base64), `instant`, `masked`, `opaque` or `null`.
    pub kind: String,
    pub value: Option<String>,
}

#[derive(SimpleObject)]
pub struct MessagePayload {
    pub step: i64,
    /// `start`, `failure`, `before` or `end`.
    pub point: String,
    pub content_type: Option<String>,
    /// The Java class of the body.
    pub class: Option<String>,
    pub headers: Vec<MessageHeader>,
    /// The body as text, if it is text.
    pub body: Option<String>,
    /// The body as base64, if it is no text.
    pub body_base64: Option<String>,
    /// Why there is no body.
    pub unavailable: Option<String>,
    /// Bytes of the whole body, whatever is kept of it.
    pub size: i64,
    pub masked: bool,
    pub truncated: bool,
}

impl From<message::Shown> for MessagePayload {
    fn from(shown: message::Shown) -> Self {
        use base64::Engine as _;
        use telemetry::model::PayloadFlags;
        let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
        let message::Shown { payload, content_type, class } = shown;
        let flags = PayloadFlags(payload.flags);
        let headers = payload.headers.into_iter().map(|(name, value)| {
            let (kind, value) = match value {
                HeaderValue::Null => ("null", None),
                HeaderValue::Text(text) => ("text", Some(text)),
                HeaderValue::Long(number) => ("long", Some(number.to_string())),
                HeaderValue::Double(number) => ("double", Some(number.to_string())),
                HeaderValue::Bool(truth) => ("bool", Some(truth.to_string())),
                HeaderValue::Bytes(bytes) => ("bytes", Some(base64(&bytes))),
                HeaderValue::Instant(ms) => {
                    ("instant", Timestamp::from_millisecond(ms).ok().map(|at| at.to_string()))
                }
                HeaderValue::Masked(text) => ("masked", Some(text)),
                HeaderValue::Opaque(text) => ("opaque", Some(text)),
            };
            MessageHeader { name, kind: kind.to_owned(), value }
        });
        let headers = headers.collect();
        let point = match payload.point {
            0 => "start",
            1 => "failure",
            2 => "before",
            _ => "end",
        };
        let why = usize::try_from(payload.kind - 2).ok().and_then(|at| Unavailable::ALL.get(at));
        let (body, body_base64) = match payload.body {
            None => (None, None),
            Some(bytes) => match String::from_utf8(bytes) {
                Ok(text) => (Some(text), None),
                Err(err) => (None, Some(base64(err.as_bytes()))),
            },
        };
        Self {
            step: i64::from(payload.step),
            point: point.to_owned(),
            content_type,
            class,
            headers,
            body,
            body_base64,
            unavailable: why.map(|why| why.name().to_owned()),
            size: number(payload.full_size),
            masked: flags.has(PayloadFlags::MASKED),
            truncated: flags.has(PayloadFlags::TRUNCATED),
        }
    }
}
