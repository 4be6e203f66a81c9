//! An organization's settings: a JSON value for each key.

use jiff::Timestamp;
use serde_json::Value;

use crate::time::Time;
use crate::{Error, Tx};

pub async fn find(tx: &mut Tx, key: &str) -> Result<Option<Value>, Error> {
    sqlx::query_scalar!("SELECT value FROM setting WHERE key = $1", key)
        .fetch_optional(tx.connection())
        .await
        .map_err(Error::doing("find the setting"))
}

pub async fn put(tx: &mut Tx, key: &str, value: &Value, now: Timestamp) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO setting (org_id, key, value, changed_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT ON CONSTRAINT setting_pkey DO UPDATE
        SET value = excluded.value, changed_at = excluded.changed_at",
        tx.organization().0,
        key,
        value,
        Time::from(now) as _
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("set the setting"))
}
