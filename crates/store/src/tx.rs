//! A transaction of one organization: the only door to a tenant's rows.
//!
//! `begin -> (statements of the nouns) -> commit`, and dropping it rolls back. Beginning signs a token
//! for this organization, actor and backend, which the policies verify for every statement; it lasts
//! for a minute, so a transaction is no place to wait for anything. The wake-ups that it publishes go
//! with the commit: to other processes by NOTIFY, to this one at once.

use domain::id::{ActorId, OrganizationId};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::bus::Announcements;
use crate::open::Open;
use crate::{Db, Error};

#[derive(Debug)]
pub struct Tx {
    inner: Open,
    announcements: Announcements,
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
        let announcements = Announcements::new(db.bus());
        Ok(Self { inner, announcements, organization, actor })
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
        let Self { inner, announcements, organization: _, actor: _ } = self;
        let committed = inner.commit_with(&announcements.statements()).await;
        announcements.announce(&committed);
        committed.map_err(Error::doing("commit"))
    }

    pub(crate) fn announce(&mut self, topic: &'static str, id: Uuid) {
        self.announcements.add(topic, self.organization, id);
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
) -> Result<Open, Error> {
    enter(db, db.pool(), organization, actor).await
}

/// As the role that writes telemetry and reads nothing.
pub(crate) async fn begin_ingest(db: &Db, organization: OrganizationId) -> Result<Open, Error> {
    enter(db, db.ingest_pool(), organization, system_actor(organization)).await
}

async fn enter(
    db: &Db,
    pool: &PgPool,
    organization: OrganizationId,
    actor: ActorId,
) -> Result<Open, Error> {
    let (mut open, backend) = Open::begin(pool).await.map_err(Error::doing("begin"))?;
    let token = db.token(organization, actor, backend.pid, backend.now_micros);
    // A parameter, never part of the text: what other sessions run is to be seen in `pg_stat_activity`.
    sqlx::query!("SELECT set_config('midplane.token', $1, true)", token)
        .fetch_one(&mut *open)
        .await
        .map_err(Error::doing("enter the organization"))?;
    Ok(open)
}
