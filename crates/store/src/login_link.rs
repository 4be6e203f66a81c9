//! One-time login links: what `up` prints instead of asking for a password.

use domain::digest::Digest;
use domain::id::{ActorId, OrganizationId};
use jiff::Timestamp;

use crate::time::Time;
use crate::{Door, Error, Tx};

pub async fn insert(
    tx: &mut Tx,
    digest: Digest,
    actor: ActorId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO login_link (org_id, digest, actor_id, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5)",
        tx.organization().0,
        &digest.0[..],
        actor.0,
        Time::from(now) as _,
        Time::from(expires_at) as _
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("insert the login link"))
}

/// Burns the link and says who it lets in. Commit the door, or it was not burnt.
pub async fn redeem(
    door: &mut Door,
    digest: Digest,
    now: Timestamp,
) -> Result<Option<(OrganizationId, ActorId)>, Error> {
    let row = sqlx::query!(
        r#"SELECT org_id AS "org_id!", actor_id AS "actor_id!" FROM sec.use_login_link($1, $2)"#,
        &digest.0[..],
        Time::from(now) as _
    )
    .fetch_optional(door.connection())
    .await
    .map_err(Error::doing("use the login link"))?;
    Ok(row.map(|row| (OrganizationId(row.org_id), ActorId(row.actor_id))))
}

/// Forgets the links of an actor that were not used.
pub async fn delete_unused(tx: &mut Tx, actor: ActorId) -> Result<(), Error> {
    sqlx::query!("DELETE FROM login_link WHERE actor_id = $1 AND used_at IS NULL", actor.0)
        .execute(tx.connection())
        .await
        .map(drop)
        .map_err(Error::doing("delete the login links"))
}
