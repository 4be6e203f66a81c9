//! What messages carried, read one at a time. How it is compressed is [`super::dictionary`]'s matter.

use std::collections::HashMap;

use sqlx::Row as _;
use telemetry::id::MessageId;
use telemetry::model::{HeaderValue, MessageFlags};

use super::dictionary::{self, unsqueezed};
use super::{NameId, low_of, pack, skew, unsigned};
use crate::{Error, Tx};

#[derive(Clone, PartialEq)]
pub struct Payload {
    pub step: u32,
    pub point: i16,
    pub content_type: Option<NameId>,
    pub class: Option<NameId>,
    pub headers: Vec<(String, HeaderValue)>,
    /// 0 none, 1 bytes, 2 + n: not to be had for reason n.
    pub kind: i16,
    pub body: Option<Vec<u8>>,
    pub full_size: u64,
    pub flags: u32,
}

impl std::fmt::Debug for Payload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Payload(step {}, {} bytes)", self.step, self.full_size)
    }
}

/// Everything that a message carried, in the order of its steps.
pub async fn of_message(
    tx: &mut Tx,
    id: MessageId,
    flags: MessageFlags,
) -> Result<Vec<Payload>, Error> {
    let starts = skew::starts(tx, id, flags).await?;
    let rows = sqlx::query(
        "SELECT step, point, content_type, class, headers, kind, body, full_size, flags, dictionary
        FROM message_payload WHERE org_id = $1 AND started_at = ANY ($2) AND low = $3 ORDER BY step, point",
    )
    .bind(tx.organization().0)
    .bind(&starts)
    .bind(low_of(id))
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("read payloads"))?;
    let mut dictionaries: HashMap<i32, Vec<u8>> = HashMap::new();
    let mut payloads = Vec::with_capacity(rows.len());
    for row in rows {
        let number: i32 = row.get("dictionary");
        if number > 0 && !dictionaries.contains_key(&number) {
            dictionaries.insert(number, dictionary::bytes_of(tx, number).await?);
        }
        let body: Option<Vec<u8>> = row.get("body");
        let dictionary = dictionaries.get(&number).map(Vec::as_slice);
        let body = body.map(|bytes| unsqueezed(&bytes, dictionary)).transpose()?;
        let headers = unsqueezed(row.get::<&[u8], _>("headers"), None)?;
        let headers = pack::unpack_headers(&headers)
            .map_err(|err| Error::Unreadable { what: "headers", value: err.to_string() })?;
        payloads.push(Payload {
            step: row.get::<i32, _>("step").unsigned_abs(),
            point: row.get("point"),
            content_type: row.get::<Option<i32>, _>("content_type").map(NameId),
            class: row.get::<Option<i32>, _>("class").map(NameId),
            headers,
            kind: row.get("kind"),
            body,
            full_size: unsigned(row.get("full_size")),
            flags: row.get::<i32, _>("flags").unsigned_abs(),
        });
    }
    Ok(payloads)
}

/// What a message carried at one point, without what it said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub step: u32,
    pub point: i16,
    pub content_type: Option<NameId>,
    pub class: Option<NameId>,
    pub headers: u64,
    /// As in [`Payload::kind`].
    pub kind: i16,
    /// 0 if it is not known.
    pub bytes: u64,
}

/// How much a message carried, in the order of its steps; the content stays where it is.
pub async fn sizes(tx: &mut Tx, id: MessageId, flags: MessageFlags) -> Result<Vec<Size>, Error> {
    let starts = skew::starts(tx, id, flags).await?;
    let rows = sqlx::query(
        "SELECT step, point, content_type, class, headers, kind, full_size FROM message_payload
        WHERE org_id = $1 AND started_at = ANY ($2) AND low = $3 ORDER BY step, point",
    )
    .bind(tx.organization().0)
    .bind(&starts)
    .bind(low_of(id))
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("read sizes of payloads"))?;
    rows.iter()
        .map(|row| {
            let headers = unsqueezed(row.get::<&[u8], _>("headers"), None)?;
            let headers = pack::count_headers(&headers)
                .map_err(|err| Error::Unreadable { what: "headers", value: err.to_string() })?;
            Ok(Size {
                step: row.get::<i32, _>("step").unsigned_abs(),
                point: row.get("point"),
                content_type: row.get::<Option<i32>, _>("content_type").map(NameId),
                class: row.get::<Option<i32>, _>("class").map(NameId),
                headers,
                kind: row.get("kind"),
                bytes: unsigned(row.get("full_size")),
            })
        })
        .collect()
}
