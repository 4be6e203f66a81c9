//! Organizations: made once each, with the actor that is its background work.

use domain::id::OrganizationId;
use jiff::Timestamp;

use crate::time::Time;
use crate::{Door, Error, Tx, actor, tx};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    pub id: OrganizationId,
    pub name: String,
    pub created_at: Timestamp,
}

/// Inserts the organization that `tx` was begun for, and its `system` actor.
pub async fn insert(tx: &mut Tx, name: &str, now: Timestamp) -> Result<(), Error> {
    let id = tx.organization();
    sqlx::query!(
        "INSERT INTO organization (id, name, created_at) VALUES ($1, $2, $3)",
        id.0,
        name,
        Time::from(now) as _
    )
    .execute(tx.connection())
    .await
    .map_err(Error::doing("insert the organization"))?;
    actor::insert(tx, tx::system_actor(id), actor::Kind::System, "system", now).await
}

/// The organization of this transaction, unless it was never made.
pub async fn find(tx: &mut Tx) -> Result<Option<Organization>, Error> {
    let row =
        sqlx::query!(r#"SELECT id, name, created_at AS "created_at: Time" FROM organization"#)
            .fetch_optional(tx.connection())
            .await
            .map_err(Error::doing("find the organization"))?;
    Ok(row.map(|row| Organization {
        id: OrganizationId(row.id),
        name: row.name,
        created_at: row.created_at.into(),
    }))
}

pub async fn rename(tx: &mut Tx, name: &str) -> Result<(), Error> {
    sqlx::query!("UPDATE organization SET name = $1", name)
        .execute(tx.connection())
        .await
        .map(drop)
        .map_err(Error::doing("rename the organization"))
}

/// Every organization, for loops that serve all of them one after the other.
pub async fn list_ids(door: &mut Door) -> Result<Vec<OrganizationId>, Error> {
    let ids = sqlx::query_scalar!(r#"SELECT id AS "id!" FROM sec.organizations()"#)
        .fetch_all(door.connection())
        .await
        .map_err(Error::doing("list the organizations"))?;
    Ok(ids.into_iter().map(OrganizationId).collect())
}
