//! Actors: users, machine tokens' holders, runners, and the organization's own background work.

use domain::id::ActorId;
use jiff::Timestamp;

use crate::time::{Time, instant};
use crate::{Error, Tx};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    System,
    User,
    Machine,
    Runner,
}

impl Kind {
    pub const ALL: &[Self] = &[Self::System, Self::User, Self::Machine, Self::Runner];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Machine => "machine",
            Self::Runner => "runner",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub id: ActorId,
    pub kind: Kind,
    pub name: String,
    pub created_at: Timestamp,
    pub disabled_at: Option<Timestamp>,
}

/// The constraint that says an actor of this kind and name exists already.
pub const NAME_TAKEN: &str = "actor_name_key";

pub async fn insert(
    tx: &mut Tx,
    id: ActorId,
    kind: Kind,
    name: &str,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO actor (org_id, id, kind, name, created_at) VALUES ($1, $2, $3, $4, $5)",
        tx.organization().0,
        id.0,
        kind.as_str(),
        name,
        Time::from(now) as _
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("insert the actor"))
}

pub async fn find(tx: &mut Tx, id: ActorId) -> Result<Option<Actor>, Error> {
    let row = sqlx::query!(
        r#"SELECT id, kind, name, created_at AS "created_at: Time", disabled_at AS "disabled_at: Time"
        FROM actor WHERE id = $1"#,
        id.0
    )
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("find the actor"))?;
    row.map(|row| {
        let kind = Kind::parse(&row.kind)
            .ok_or(Error::Unreadable { what: "kind of actor", value: row.kind })?;
        Ok(Actor {
            id: ActorId(row.id),
            kind,
            name: row.name,
            created_at: row.created_at.into(),
            disabled_at: instant(row.disabled_at),
        })
    })
    .transpose()
}

pub async fn list(tx: &mut Tx) -> Result<Vec<Actor>, Error> {
    let rows = sqlx::query!(
        r#"SELECT id, kind, name, created_at AS "created_at: Time", disabled_at AS "disabled_at: Time"
        FROM actor ORDER BY kind, name"#
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the actors"))?;
    rows.into_iter()
        .map(|row| {
            let kind = Kind::parse(&row.kind)
                .ok_or(Error::Unreadable { what: "kind of actor", value: row.kind })?;
            Ok(Actor {
                id: ActorId(row.id),
                kind,
                name: row.name,
                created_at: row.created_at.into(),
                disabled_at: instant(row.disabled_at),
            })
        })
        .collect()
}

/// From now on no token of the actor is good.
pub async fn disable(tx: &mut Tx, id: ActorId, now: Timestamp) -> Result<bool, Error> {
    sqlx::query!(
        "UPDATE actor SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL",
        id.0,
        Time::from(now) as _
    )
    .execute(tx.connection())
    .await
    .map(|done| done.rows_affected() == 1)
    .map_err(Error::doing("disable the actor"))
}
