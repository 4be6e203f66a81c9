//! Secrets of an environment: set, described, opened for a runner, never shown.
//!
//! ```text
//! key-encryption key (file `kek`, 0600) ──seals──> data key of the organization ──seals──> value
//!                                                   AES-256-GCM; org|environment|secret|version|key
//! ```
//! A value leaves clear text only in `open`, which the engine calls to seal it again to one runner's key; no use case
//! that a client can reach returns one. The ciphertext is bound to its place, so a row copied elsewhere does not open.
//!
//! Rotation: `rotate` gives the organization a new data key and seals every value again, on line. To change the
//! key-encryption key, the file `kek` is moved to `kek.previous`: the next start makes a new `kek` and seals the data
//! keys with it. Retired data keys stay, because sources keep tokens sealed with them (`seal_other`).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use domain::id::EnvironmentId;
use domain::name::Name;
use domain::permission::Permission;
use serde_json::json;
use store::Tx;
use store::secret::{DataKey, Described, Sealed};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::app::{Error, configuration, environment};
use crate::ctx::Ctx;
use crate::server::Server;
use crate::system::System;

mod kek;

pub use kek::{Kek, KekError};

/// Enough for a certificate chain with its key; a secret is read into memory whole.
const LARGEST_VALUE: usize = 64 * 1024;
/// Long enough for `SPRING_DATASOURCE_PASSWORD`-like names.
const LONGEST_KEY: usize = 128;
/// Values sealed again in one transaction, which may last a minute.
const ROTATED_AT_ONCE: u32 = 200;
/// The format of a sealed blob: this byte, the nonce, the ciphertext with its tag.
const FORMAT: u8 = 1;

/// A ciphertext does not open: another key, another place, or changed bytes.
#[derive(Debug, thiserror::Error)]
pub enum Unopened {
    #[error("the sealed value has an unknown format")]
    Format,
    #[error("the sealed value does not open")]
    Refused,
    #[error("data key `{0}` is not there")]
    NoDataKey(Uuid),
    #[error("data key `{0}` was sealed with another key-encryption key")]
    OtherKek(Uuid),
}

pub(crate) fn key(bytes: &[u8; 32]) -> LessSafeKey {
    #[expect(clippy::expect_used, reason = "32 bytes are the length of this algorithm's key")]
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, bytes).expect("a key of 32 bytes"))
}

fn seal_with(key: &LessSafeKey, system: &System, associated: &str, plain: &[u8]) -> Vec<u8> {
    let nonce = system.random::<NONCE_LEN>();
    let mut sealed = plain.to_vec();
    // Sealing fails only for more bytes than AES-GCM takes with one nonce (64 GiB).
    #[expect(clippy::expect_used, reason = "values are bounded far below the algorithm's limit")]
    key.seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(associated.as_bytes()),
        &mut sealed,
    )
    .expect("seal a bounded value");
    let mut blob = vec![FORMAT];
    blob.extend_from_slice(&nonce);
    blob.append(&mut sealed);
    blob
}

fn open_with(
    key: &LessSafeKey,
    associated: &str,
    blob: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Unopened> {
    let (&format, rest) = blob.split_first().ok_or(Unopened::Format)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>().ok_or(Unopened::Format)?;
    if format != FORMAT {
        return Err(Unopened::Format);
    }
    let mut plain = Zeroizing::new(sealed.to_vec());
    let length = key
        .open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            Aad::from(associated.as_bytes()),
            &mut plain,
        )
        .map_err(|_| Unopened::Refused)?
        .len();
    plain.truncate(length);
    Ok(plain)
}

fn place(tx: &Tx, environment: EnvironmentId, secret: &str, version: i64, key: &str) -> String {
    format!("{}|{environment}|{secret}|{version}|{key}", tx.organization())
}

fn unseal_data_key(server: &Server, tx: &Tx, row: &DataKey) -> Result<LessSafeKey, Error> {
    Ok(key(&*unsealed(server, tx, row)?))
}

fn unsealed(server: &Server, tx: &Tx, row: &DataKey) -> Result<Zeroizing<[u8; 32]>, Error> {
    let associated = format!("{}|{}", tx.organization(), row.id);
    let bytes = server.kek.open_key(&row.kek, &associated, &row.sealed);
    bytes.ok_or_else(|| Error::internal(Unopened::OtherKek(row.id)))
}

/// The organization's key for hashes that stand in place of what is masked; none before [`prepare_mask_key`]. It is made from the first
/// data key, which stays whatever is rotated: the same value has the same hash for good.
pub(crate) async fn mask_key(
    server: &Server,
    tx: &mut Tx,
) -> Result<Option<Zeroizing<[u8; 32]>>, Error> {
    let rows = store::secret::list_data_keys(tx).await.map_err(Error::internal)?;
    let Some(first) = rows.first() else { return Ok(None) };
    let bytes = unsealed(server, tx, first)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, &*bytes);
    let tag = hmac::sign(&key, b"midplane: masks of telemetry");
    let mut made = Zeroizing::new([0; 32]);
    made.copy_from_slice(tag.as_ref());
    Ok(Some(made))
}

/// Sees to it that there is one.
pub(crate) async fn prepare_mask_key(ctx: &Ctx, tx: &mut Tx) -> Result<(), Error> {
    current(ctx, tx).await.map(drop)
}

/// The key that new values are sealed with, made when the organization has none.
async fn current(ctx: &Ctx, tx: &mut Tx) -> Result<(Uuid, LessSafeKey), Error> {
    if let Some(row) = store::secret::current_data_key(tx).await.map_err(Error::internal)? {
        return Ok((row.id, unseal_data_key(&ctx.server, tx, &row)?));
    }
    let bytes = Zeroizing::new(ctx.server.system.random::<32>());
    let id = ctx.new_id();
    let associated = format!("{}|{id}", tx.organization());
    let sealed = ctx.server.kek.seal_key(&ctx.server.system, &associated, &bytes);
    let row = DataKey { id, kek: ctx.server.kek.id().to_owned(), sealed };
    if store::secret::insert_data_key(tx, &row, ctx.now()).await.map_err(Error::internal)? {
        return Ok((id, key(&bytes)));
    }
    // Another transaction was first; its row is committed, or the insert would have waited.
    let row = store::secret::current_data_key(tx).await.map_err(Error::internal)?;
    let row = row.ok_or_else(|| Error::internal(Unopened::NoDataKey(id)))?;
    Ok((row.id, unseal_data_key(&ctx.server, tx, &row)?))
}

async fn data_key(ctx: &Ctx, tx: &mut Tx, id: Uuid) -> Result<LessSafeKey, Error> {
    let row = store::secret::find_data_key(tx, id).await.map_err(Error::internal)?;
    let row = row.ok_or_else(|| Error::internal(Unopened::NoDataKey(id)))?;
    unseal_data_key(&ctx.server, tx, &row)
}

fn check_names(secret: &str, key: &str) -> Result<(), Error> {
    secret.parse::<Name>()?;
    let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if key.is_empty() || key.len() > LONGEST_KEY || !key.bytes().all(good) {
        let shown: String = key.escape_debug().take(40).collect();
        return Err(Error::invalid(
            "MP-API-10",
            format!(
                "`{shown}` is no key of a secret: letters, digits, `.`, `_` and `-`, at most {LONGEST_KEY}"
            ),
        ));
    }
    Ok(())
}

/// Sets one key of a secret and lets what uses the environment be deployed again.
pub async fn set(
    ctx: &Ctx,
    environment: &str,
    secret: &str,
    key: &str,
    value: &str,
) -> Result<(), Error> {
    check_names(secret, key)?;
    if value.len() > LARGEST_VALUE {
        let message = format!("a secret's value has at most {LARGEST_VALUE} bytes");
        return Err(Error::invalid("MP-API-10", message));
    }
    let mut tx = ctx.begin().await?;
    let environment = environment::visible(ctx, &mut tx, environment).await?;
    ctx.require(Permission::WriteSecret, ctx.environment(environment.id))?;
    // Counting first locks the environment, so that two writers cannot make one version.
    let version = store::environment::next_revision(&mut tx, environment.id)
        .await
        .map_err(Error::internal)?;
    let (data_key, sealing) = current(ctx, &mut tx).await?;
    let associated = place(&tx, environment.id, secret, version, key);
    let sealed = seal_with(&sealing, &ctx.server.system, &associated, value.as_bytes());
    let row = Sealed {
        environment: environment.id,
        secret: secret.to_owned(),
        key: key.to_owned(),
        version,
        data_key,
        sealed,
    };
    store::secret::put(&mut tx, &row, ctx.now()).await.map_err(Error::internal)?;
    configuration::secret_changed(ctx, &mut tx, environment.id, secret).await?;
    let detail = json!({ "environment": environment.name, "secret": secret, "key": key });
    ctx.audit(&mut tx, "secret.set", "environment", &environment.id.to_string(), detail).await?;
    ctx.commit(tx).await
}

pub async fn unset(ctx: &Ctx, environment: &str, secret: &str, key: &str) -> Result<(), Error> {
    let mut tx = ctx.begin().await?;
    let environment = environment::visible(ctx, &mut tx, environment).await?;
    ctx.require(Permission::WriteSecret, ctx.environment(environment.id))?;
    if !store::secret::delete(&mut tx, environment.id, secret, key)
        .await
        .map_err(Error::internal)?
    {
        return Err(Error::not_found(&format!(
            "secret `{secret}.{key}` in `{}`",
            environment.name
        )));
    }
    store::environment::next_revision(&mut tx, environment.id).await.map_err(Error::internal)?;
    configuration::secret_changed(ctx, &mut tx, environment.id, secret).await?;
    let detail = json!({ "environment": environment.name, "secret": secret, "key": key });
    ctx.audit(&mut tx, "secret.unset", "environment", &environment.id.to_string(), detail).await?;
    ctx.commit(tx).await
}

/// Which secrets are set, without their values.
pub async fn describe(ctx: &Ctx, environment: &str) -> Result<Vec<Described>, Error> {
    let mut tx = ctx.begin().await?;
    let environment = environment::visible(ctx, &mut tx, environment).await?;
    ctx.require(Permission::ReadConfiguration, ctx.environment(environment.id))?;
    store::secret::describe(&mut tx, environment.id).await.map_err(Error::internal)
}

/// The clear value, for the engine that seals it to a runner at once. No client reaches this.
pub async fn open(
    ctx: &Ctx,
    tx: &mut Tx,
    environment: EnvironmentId,
    secret: &str,
    key: &str,
) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    let row = store::secret::find(tx, environment, secret, key).await.map_err(Error::internal)?;
    let Some(row) = row else { return Ok(None) };
    let opening = data_key(ctx, tx, row.data_key).await?;
    let associated = place(tx, environment, secret, row.version, key);
    open_with(&opening, &associated, &row.sealed).map(Some).map_err(Error::internal)
}

/// Seals something that is no secret of an environment, as a source's token. The blob names its data key.
pub async fn seal_other(
    ctx: &Ctx,
    tx: &mut Tx,
    associated: &str,
    plain: &[u8],
) -> Result<Vec<u8>, Error> {
    let (id, sealing) = current(ctx, tx).await?;
    let associated = format!("{}|other|{associated}", tx.organization());
    let mut blob = id.as_bytes().to_vec();
    blob.append(&mut seal_with(&sealing, &ctx.server.system, &associated, plain));
    Ok(blob)
}

pub async fn open_other(
    ctx: &Ctx,
    tx: &mut Tx,
    associated: &str,
    blob: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let (id, sealed) =
        blob.split_first_chunk::<16>().ok_or_else(|| Error::internal(Unopened::Format))?;
    let opening = data_key(ctx, tx, Uuid::from_bytes(*id)).await?;
    let associated = format!("{}|other|{associated}", tx.organization());
    open_with(&opening, &associated, sealed).map_err(Error::internal)
}

/// Gives the organization a new data key and seals every secret again; readers notice nothing.
pub async fn rotate(ctx: &Ctx) -> Result<u64, Error> {
    ctx.require(Permission::ManageOrganization, ctx.everywhere())?;
    let mut tx = ctx.begin().await?;
    store::secret::retire_data_key(&mut tx, ctx.now()).await.map_err(Error::internal)?;
    let (fresh, _) = current(ctx, &mut tx).await?;
    ctx.audit(&mut tx, "secret.rotate", "data_key", &fresh.to_string(), json!({})).await?;
    ctx.commit(tx).await?;
    let mut moved = 0;
    loop {
        let mut tx = ctx.begin().await?;
        let (id, sealing) = current(ctx, &mut tx).await?;
        let rows = store::secret::list_sealed_otherwise(&mut tx, id, ROTATED_AT_ONCE)
            .await
            .map_err(Error::internal)?;
        if rows.is_empty() {
            return Ok(moved);
        }
        for mut row in rows {
            let opening = data_key(ctx, &mut tx, row.data_key).await?;
            let associated = place(&tx, row.environment, &row.secret, row.version, &row.key);
            let plain = open_with(&opening, &associated, &row.sealed).map_err(Error::internal)?;
            row.data_key = id;
            row.sealed = seal_with(&sealing, &ctx.server.system, &associated, &plain);
            store::secret::reseal(&mut tx, &row).await.map_err(Error::internal)?;
            moved += 1;
        }
        ctx.commit(tx).await?;
    }
}

/// Puts data keys that an earlier key-encryption key sealed under the present one; called at each start.
pub async fn adopt_kek(ctx: &Ctx) -> Result<(), Error> {
    let kek = &ctx.server.kek;
    let mut tx = ctx.begin().await?;
    for mut row in store::secret::list_data_keys(&mut tx).await.map_err(Error::internal)? {
        if row.kek == kek.id() {
            continue;
        }
        let associated = format!("{}|{}", tx.organization(), row.id);
        let Some(bytes) = kek.open_key(&row.kek, &associated, &row.sealed) else {
            tracing::warn!(data_key = %row.id, "a data key was sealed with a key-encryption key that is not here");
            continue;
        };
        row.sealed = kek.seal_key(&ctx.server.system, &associated, &bytes);
        kek.id().clone_into(&mut row.kek);
        store::secret::reseal_data_key(&mut tx, &row).await.map_err(Error::internal)?;
        let detail = json!({ "kek": row.kek });
        ctx.audit(&mut tx, "secret.adopt_kek", "data_key", &row.id.to_string(), detail).await?;
        tracing::info!(data_key = %row.id, kek = row.kek, "sealed a data key with the present key-encryption key");
    }
    ctx.commit(tx).await
}
