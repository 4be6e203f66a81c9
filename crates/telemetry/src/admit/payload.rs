//! What a message carried becomes a record: headers by name, bodies by rule.

use crate::frame;
use crate::id::MessageId;
use crate::model::{
    Batch, Body, Header, HeaderValue, Payload, PayloadFlags, Point, Record, Unavailable,
};
use crate::redact::{Redacted, Redactor};

/// Adds the record; gives how many bytes it holds. Without `bodies` it has none, however it would be masked.
pub(super) fn admit(
    carried: frame::Payload,
    message: MessageId,
    redactor: &Redactor,
    bodies: bool,
    batch: &mut Batch,
) -> usize {
    let frame::Payload {
        point,
        step,
        body,
        content_type,
        class,
        headers,
        headers_total,
        hidden_size,
    } = carried;
    let mut flags = PayloadFlags::default();
    let mut bytes = 64;
    let sent = headers.len();
    let mut kept = Vec::with_capacity(sent);
    for (name, header) in headers {
        let value = admit_header(&name, header.value, redactor, &mut flags);
        bytes += name.len() + size(&value);
        if header.truncated {
            flags = flags.with(PayloadFlags::HEADERS_LEFT_OUT);
        }
        kept.push(Header { name: batch.names.intern(&name), value });
    }
    if headers_total as usize > sent {
        flags = flags.with(PayloadFlags::HEADERS_LEFT_OUT);
    }
    let kind = (!content_type.is_empty()).then_some(&*content_type);
    let (body, full_size, hash) = match admit_body(body, kind, redactor, &mut flags) {
        (Body::Bytes(_), size, _) if !bodies => {
            (Body::Unavailable(Unavailable::Redaction), size, 0)
        }
        admitted => admitted,
    };
    if let Body::Bytes(kept) = &body {
        bytes += kept.len();
    }
    if flags.has(PayloadFlags::MASKED) && redactor.hashes() {
        flags = flags.with(PayloadFlags::HASHED);
    }
    let mut maybe = |text: &str| (!text.is_empty()).then(|| batch.names.intern(text));
    let (content_type, class) = (maybe(&content_type), maybe(&class));
    batch.records.push(Record::Payload(Payload {
        message,
        step: step.map_or(0, |place| place.saturating_add(1)),
        point: match point {
            frame::Point::Start => Point::Start,
            frame::Point::Failure => Point::Failure,
            frame::Point::End => Point::End,
        },
        content_type,
        class,
        headers: kept,
        body,
        full_size: full_size.max(hidden_size),
        hash,
        flags,
    }));
    bytes
}

pub(super) fn admit_header(
    name: &str,
    value: frame::HeaderValue,
    redactor: &Redactor,
    flags: &mut PayloadFlags,
) -> HeaderValue {
    use frame::HeaderValue as Said;
    let bytes = match &value {
        Said::Text(text) => text.as_bytes().to_vec(),
        Said::Bytes(bytes) => bytes.clone(),
        Said::Long(number) => number.to_string().into_bytes(),
        _ => Vec::new(),
    };
    if let Some(mask) = redactor.header(name, &bytes) {
        *flags = flags.with(PayloadFlags::MASKED);
        return HeaderValue::Masked(mask);
    }
    match value {
        Said::Null => HeaderValue::Null,
        Said::Text(text) => match redactor.text(&text) {
            Some(masked) => {
                *flags = flags.with(PayloadFlags::MASKED);
                HeaderValue::Text(masked)
            }
            None => HeaderValue::Text(text),
        },
        Said::Long(number) => HeaderValue::Long(number),
        Said::Double(number) => HeaderValue::Double(number),
        Said::Bool(is) => HeaderValue::Bool(is),
        Said::Bytes(bytes) => match redactor.body(&bytes, None) {
            Redacted::Clean => HeaderValue::Bytes(bytes),
            Redacted::Masked(masked) => {
                *flags = flags.with(PayloadFlags::MASKED);
                HeaderValue::Bytes(masked)
            }
            Redacted::Unreadable => HeaderValue::Masked("[masked]".to_owned()),
        },
        Said::InstantUs(us) => HeaderValue::Instant(us / 1_000),
        Said::Masked => {
            *flags = flags.with(PayloadFlags::MASKED);
            HeaderValue::Masked("[masked header]".to_owned())
        }
        Said::Dropped(class) => HeaderValue::Opaque(class.to_string()),
    }
}

fn admit_body(
    body: frame::Body,
    content_type: Option<&str>,
    redactor: &Redactor,
    flags: &mut PayloadFlags,
) -> (Body, u64, u64) {
    match body {
        frame::Body::None => (Body::None, 0, 0),
        frame::Body::Unavailable(why) => (Body::Unavailable(unavailable(why)), 0, 0),
        frame::Body::Captured { bytes, text, view, truncated, size, hash } => {
            let facts = [
                (view, PayloadFlags::JSON_VIEW),
                (truncated, PayloadFlags::TRUNCATED),
                (!text && str::from_utf8(&bytes).is_err(), PayloadFlags::BINARY),
            ];
            for (_, flag) in facts.into_iter().filter(|(is, _)| *is) {
                *flags = flags.with(flag);
            }
            let kind = if view { Some("application/json") } else { content_type };
            let body = match redactor.body(&bytes, kind) {
                Redacted::Clean => Body::Bytes(bytes),
                Redacted::Masked(masked) => {
                    *flags = flags.with(PayloadFlags::MASKED);
                    Body::Bytes(masked)
                }
                Redacted::Unreadable => Body::Unavailable(Unavailable::Redaction),
            };
            (body, size, u64::from(hash))
        }
    }
}

fn unavailable(why: frame::Unavailable) -> Unavailable {
    match why {
        frame::Unavailable::Stream => Unavailable::Stream,
        frame::Unavailable::Object => Unavailable::Object,
        frame::Unavailable::File => Unavailable::File,
        frame::Unavailable::Level => Unavailable::NotAsked,
        frame::Unavailable::Error => Unavailable::Error,
    }
}

fn size(value: &HeaderValue) -> usize {
    match value {
        HeaderValue::Text(text) | HeaderValue::Masked(text) | HeaderValue::Opaque(text) => {
            text.len()
        }
        HeaderValue::Bytes(bytes) => bytes.len(),
        HeaderValue::Null
        | HeaderValue::Long(_)
        | HeaderValue::Double(_)
        | HeaderValue::Bool(_)
        | HeaderValue::Instant(_) => 8,
    }
}
