//! Secrets as ciphertext: data keys of the organization, and values sealed with them.
//!
//! Nothing here opens anything; sealing and opening are `control::app::secret`'s, which holds the key-encryption key.
//! A value's version counts its changes and is part of what the ciphertext is bound to.

use domain::id::{ActorId, EnvironmentId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::time::Time;
use crate::{Error, Tx};

/// A data key as it is kept: sealed with the key-encryption key named `kek`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataKey {
    pub id: Uuid,
    pub kek: String,
    pub sealed: Vec<u8>,
}

/// What may be told about a secret's key: everything but the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    pub secret: String,
    pub key: String,
    pub version: i64,
    pub changed_at: Timestamp,
    pub changed_by: ActorId,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    pub environment: EnvironmentId,
    pub secret: String,
    pub key: String,
    pub version: i64,
    pub data_key: Uuid,
    pub sealed: Vec<u8>,
}

/// `false`: another transaction made the current key first; look again.
pub async fn insert_data_key(tx: &mut Tx, key: &DataKey, now: Timestamp) -> Result<bool, Error> {
    sqlx::query!(
        "INSERT INTO data_key (org_id, id, kek, sealed, created_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (org_id) WHERE retired_at IS NULL DO NOTHING",
        tx.organization().0,
        key.id,
        key.kek,
        &key.sealed[..],
        Time::from(now) as _
    )
    .execute(tx.connection())
    .await
    .map(|done| done.rows_affected() == 1)
    .map_err(Error::doing("insert the data key"))
}

/// The key that new values are sealed with.
pub async fn current_data_key(tx: &mut Tx) -> Result<Option<DataKey>, Error> {
    sqlx::query_as!(DataKey, "SELECT id, kek, sealed FROM data_key WHERE retired_at IS NULL")
        .fetch_optional(tx.connection())
        .await
        .map_err(Error::doing("find the current data key"))
}

pub async fn find_data_key(tx: &mut Tx, id: Uuid) -> Result<Option<DataKey>, Error> {
    sqlx::query_as!(DataKey, "SELECT id, kek, sealed FROM data_key WHERE id = $1", id)
        .fetch_optional(tx.connection())
        .await
        .map_err(Error::doing("find the data key"))
}

/// Nothing new is sealed with the current key any more; what it sealed stays readable.
pub async fn retire_data_key(tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE data_key SET retired_at = $1 WHERE retired_at IS NULL",
        Time::from(now) as _
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("retire the data key"))
}

/// Puts the same data key under another key-encryption key.
pub async fn reseal_data_key(tx: &mut Tx, key: &DataKey) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE data_key SET kek = $2, sealed = $3 WHERE id = $1",
        key.id,
        key.kek,
        &key.sealed[..]
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("seal the data key again"))
}

/// All data keys, the current and the retired.
pub async fn list_data_keys(tx: &mut Tx) -> Result<Vec<DataKey>, Error> {
    sqlx::query_as!(DataKey, "SELECT id, kek, sealed FROM data_key ORDER BY id")
        .fetch_all(tx.connection())
        .await
        .map_err(Error::doing("list the data keys"))
}

pub async fn put(tx: &mut Tx, value: &Sealed, now: Timestamp) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO secret_value
            (org_id, environment_id, secret, key, version, data_key_id, sealed, changed_at, changed_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT ON CONSTRAINT secret_value_pkey DO UPDATE
        SET version = excluded.version, data_key_id = excluded.data_key_id, sealed = excluded.sealed,
            changed_at = excluded.changed_at, changed_by = excluded.changed_by",
        tx.organization().0,
        value.environment.0,
        value.secret,
        value.key,
        value.version,
        value.data_key,
        &value.sealed[..],
        Time::from(now) as _,
        tx.actor().0
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("set the secret"))
}

/// `false`: it was not set.
pub async fn delete(
    tx: &mut Tx,
    environment: EnvironmentId,
    secret: &str,
    key: &str,
) -> Result<bool, Error> {
    sqlx::query!(
        "DELETE FROM secret_value WHERE environment_id = $1 AND secret = $2 AND key = $3",
        environment.0,
        secret,
        key
    )
    .execute(tx.connection())
    .await
    .map(|done| done.rows_affected() == 1)
    .map_err(Error::doing("remove the secret"))
}

pub async fn find(
    tx: &mut Tx,
    environment: EnvironmentId,
    secret: &str,
    key: &str,
) -> Result<Option<Sealed>, Error> {
    let row = sqlx::query!(
        "SELECT version, data_key_id, sealed FROM secret_value
        WHERE environment_id = $1 AND secret = $2 AND key = $3",
        environment.0,
        secret,
        key
    )
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("find the secret"))?;
    Ok(row.map(|row| Sealed {
        environment,
        secret: secret.to_owned(),
        key: key.to_owned(),
        version: row.version,
        data_key: row.data_key_id,
        sealed: row.sealed,
    }))
}

/// What is set in the environment, without values.
pub async fn describe(tx: &mut Tx, environment: EnvironmentId) -> Result<Vec<Described>, Error> {
    let rows = sqlx::query!(
        r#"SELECT secret, key, version, changed_at AS "changed_at: Time", changed_by
        FROM secret_value WHERE environment_id = $1 ORDER BY secret, key"#,
        environment.0
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("describe the secrets"))?;
    Ok(rows
        .into_iter()
        .map(|row| Described {
            secret: row.secret,
            key: row.key,
            version: row.version,
            changed_at: row.changed_at.into(),
            changed_by: ActorId(row.changed_by),
        })
        .collect())
}

/// Values that are not sealed with `data_key`, for rotation; locked until the end of the transaction.
pub async fn list_sealed_otherwise(
    tx: &mut Tx,
    data_key: Uuid,
    most: u32,
) -> Result<Vec<Sealed>, Error> {
    let rows = sqlx::query!(
        "SELECT environment_id, secret, key, version, data_key_id, sealed FROM secret_value
        WHERE data_key_id <> $1 ORDER BY environment_id, secret, key LIMIT $2 FOR UPDATE",
        data_key,
        i64::from(most)
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the secrets of other data keys"))?;
    Ok(rows
        .into_iter()
        .map(|row| Sealed {
            environment: EnvironmentId(row.environment_id),
            secret: row.secret,
            key: row.key,
            version: row.version,
            data_key: row.data_key_id,
            sealed: row.sealed,
        })
        .collect())
}

/// Replaces the ciphertext of a value that did not change.
pub async fn reseal(tx: &mut Tx, value: &Sealed) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE secret_value SET data_key_id = $4, sealed = $5
        WHERE environment_id = $1 AND secret = $2 AND key = $3",
        value.environment.0,
        value.secret,
        value.key,
        value.data_key,
        &value.sealed[..]
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("seal the secret again"))
}
