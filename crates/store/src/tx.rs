//! A transaction of one organization: the only door to a tenant's rows.
//!
//! `begin -> (statements of the nouns) -> commit`, and dropping it rolls back. Beginning signs a token
//! for this organization, actor and backend, which the policies verify for every statement; it lasts
//! for a minute, so a transaction is no place to wait for anything.

use domain::id::{ActorId, OrganizationId};
use sqlx::{PgConnection, Postgres, Transaction};

use crate::{Db, Error};

#[derive(Debug)]
pub struct Tx {
    inner: Transaction<'static, Postgres>,
    organization: OrganizationId,
    actor: ActorId,
}

impl Tx {
    pub async fn begin(
        db: &Db,
        organization: OrganizationId,
        actor: ActorId,
    ) -> Result<Self, Error> {
        let inner = begin(db, organization, actor).await?;
        Ok(Self { inner, organization, actor })
    }

    /// As the organization's own background work.
    pub async fn system(db: &Db, organization: OrganizationId) -> Result<Self, Error> {
        Self::begin(db, organization, system_actor(organization)).await
    }

    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    pub fn actor(&self) -> ActorId {
        self.actor
    }

    pub async fn commit(self) -> Result<(), Error> {
        self.inner.commit().await.map_err(Error::doing("commit"))
    }

    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}

/// The actor of background work: it carries the id of its organization.
pub fn system_actor(organization: OrganizationId) -> ActorId {
    ActorId(organization.0)
}

pub(crate) async fn begin(
    db: &Db,
    organization: OrganizationId,
    actor: ActorId,
) -> Result<Transaction<'static, Postgres>, Error> {
    begin_in(db, db.pool(), organization, actor).await
}

/// As the role that writes telemetry and reads nothing.
pub(crate) async fn begin_ingest(
    db: &Db,
    organization: OrganizationId,
) -> Result<Transaction<'static, Postgres>, Error> {
    begin_in(db, db.ingest_pool(), organization, system_actor(organization)).await
}

#[expect(clippy::disallowed_methods, reason = "this is the door that the lint points to")]
async fn begin_in(
    db: &Db,
    pool: &sqlx::PgPool,
    organization: OrganizationId,
    actor: ActorId,
) -> Result<Transaction<'static, Postgres>, Error> {
    let mut tx = pool.begin().await.map_err(Error::doing("begin"))?;
    let backend = sqlx::query!(
        r#"SELECT pg_backend_pid() AS "pid!",
            (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS "now!""#
    )
    .fetch_one(&mut *tx)
    .await
    .map_err(Error::doing("ask for the backend"))?;
    let token = db.token(organization, actor, backend.pid, backend.now);
    sqlx::query!("SELECT set_config('midplane.token', $1, true)", token)
        .fetch_one(&mut *tx)
        .await
        .map_err(Error::doing("enter the organization"))?;
    Ok(tx)
}
