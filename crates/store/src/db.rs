//! The database as the rest of the program holds it: a pool of the application role, and the key.
//!
//! Opening it takes one connection as the owner, which reads the signing key and is closed again.
//! The key stays in this process; the pool's role can neither read it nor sign with it. Nothing gives
//! the pool away: rows are reached through [`crate::Tx`] and [`crate::Door`] alone.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use domain::id::{ActorId, OrganizationId};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};

use crate::Error;
use crate::bus::Bus;

/// Half of what a cluster of ours admits, so that two replicas fit, and the bus and the owner too.
const CONNECTIONS: u32 = 32;

/// Telemetry is written by few transactions with many rows each; more would only wait for each other's flushes.
const INGEST_CONNECTIONS: u32 = 4;

/// The role of those.
const INGEST_ROLE: &str = "midplane_ingest";

/// A request that cannot have a connection in this time had better fail.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a transaction may last: `sec.current_org()` refuses the token afterwards.
const TOKEN_LIFETIME_MICROS: i64 = 60 * 1_000_000;

/// Where the database is, once for each role.
#[derive(Clone)]
pub struct Urls {
    pub owner: PgConnectOptions,
    pub application: PgConnectOptions,
}

#[derive(Debug, thiserror::Error)]
#[error("the address of the database cannot be read")]
pub struct BadUrl(#[source] sqlx::Error);

impl Urls {
    pub fn parse(owner: &str, application: &str) -> Result<Self, BadUrl> {
        Ok(Self {
            owner: owner.parse().map_err(BadUrl)?,
            application: application.parse().map_err(BadUrl)?,
        })
    }
}

#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    pool: PgPool,
    ingest: PgPool,
    key: hmac::Key,
    bus: Bus,
    urls: Urls,
}

impl Db {
    /// Opens a migrated database. Connections are made when needed.
    pub async fn open(urls: &Urls) -> Result<Self, Error> {
        let mut owner = PgConnection::connect_with(&urls.owner)
            .await
            .map_err(Error::doing("connect as the owner"))?;
        let row = sqlx::query!(r#"SELECT key, gen_random_uuid() AS "process!" FROM sec.token_key"#)
            .fetch_one(&mut owner)
            .await
            .map_err(Error::doing("read the signing key"))?;
        owner.close().await.map_err(Error::doing("leave as the owner"))?;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            // `Open::begin` sees for itself whether a connection lives.
            .test_before_acquire(false)
            .connect_lazy_with(urls.application.clone());
        // The same server, database and way of proving oneself; another role.
        let ingest = PgPoolOptions::new()
            .max_connections(INGEST_CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .test_before_acquire(false)
            .connect_lazy_with(urls.application.clone().username(INGEST_ROLE));
        let key = hmac::Key::new(hmac::HMAC_SHA256, &row.key);
        let bus = Bus::new(row.process);
        Ok(Self { inner: Arc::new(Inner { pool, ingest, key, bus, urls: urls.clone() }) })
    }

    pub fn urls(&self) -> &Urls {
        &self.inner.urls
    }

    /// Where transactions of this database announce themselves, and what hears those of other processes while it runs.
    pub fn bus(&self) -> &Bus {
        &self.inner.bus
    }

    /// Asks the database for nothing; good for a readiness check.
    pub async fn ping(&self) -> Result<(), Error> {
        sqlx::query_scalar!(r#"SELECT 1 AS "one!""#)
            .fetch_one(&self.inner.pool)
            .await
            .map(drop)
            .map_err(Error::doing("ping"))
    }

    /// Waits for transactions to end and closes every connection.
    pub async fn close(&self) {
        self.inner.ingest.close().await;
        self.inner.pool.close().await;
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.inner.pool
    }

    pub(crate) fn ingest_pool(&self) -> &PgPool {
        &self.inner.ingest
    }

    /// The token for one transaction on one backend; `now_micros` is the database's own clock.
    pub(crate) fn token(
        &self,
        organization: OrganizationId,
        actor: ActorId,
        backend: i32,
        now_micros: i64,
    ) -> String {
        let mut content = vec![1];
        content.extend(organization.0.as_bytes());
        content.extend(actor.0.as_bytes());
        content.extend((now_micros + TOKEN_LIFETIME_MICROS).to_be_bytes());
        content.extend(backend.to_be_bytes());
        let signature = hmac::sign(&self.inner.key, &content);
        content.extend(signature.as_ref());
        hex::encode(content)
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Db")
    }
}
