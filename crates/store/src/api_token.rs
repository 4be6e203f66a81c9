//! API tokens and sessions: a secret's digest, whose it is, until when.
//!
//! The secret itself is shown once by whoever mints it and never comes here.

use domain::digest::Digest;
use domain::id::{ActorId, OrganizationId, TokenId};
use jiff::{SignedDuration, Timestamp};

use crate::time::{Time, instant};
use crate::{Door, Error, Tx};

/// "Last used" is for people; one write in this time is enough for them.
const USE_GRANULARITY: SignedDuration = SignedDuration::from_mins(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Made by hand for a program.
    Api,
    /// Made by a login.
    Session,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Session => "session",
        }
    }

    fn parse(text: &str) -> Result<Self, Error> {
        match text {
            "api" => Ok(Self::Api),
            "session" => Ok(Self::Session),
            other => Err(Error::Unreadable { what: "kind of token", value: other.to_owned() }),
        }
    }
}

#[derive(Clone, Debug)]
pub struct New<'a> {
    pub id: TokenId,
    pub actor: ActorId,
    pub kind: Kind,
    pub label: &'a str,
    pub digest: Digest,
    pub expires_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    pub id: TokenId,
    pub actor: ActorId,
    pub kind: Kind,
    pub label: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
}

/// Whose a presented token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    pub organization: OrganizationId,
    pub actor: ActorId,
    pub token: TokenId,
    pub kind: Kind,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

impl Holder {
    /// Whether [`touch`] is due.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        self.last_used_at.is_none_or(|used| now.duration_since(used) >= USE_GRANULARITY)
    }
}

pub async fn insert(tx: &mut Tx, new: &New<'_>, now: Timestamp) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO api_token (org_id, id, actor_id, kind, label, digest, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        tx.organization().0,
        new.id.0,
        new.actor.0,
        new.kind.as_str(),
        new.label,
        &new.digest.0[..],
        Time::from(now) as _,
        new.expires_at.map(Time::from) as _
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("insert the token"))
}

/// The holder of a token that is known, not revoked and not expired.
pub async fn find(
    door: &mut Door,
    digest: Digest,
    now: Timestamp,
) -> Result<Option<Holder>, Error> {
    let row = sqlx::query!(
        r#"SELECT org_id AS "org_id!", actor_id AS "actor_id!", id AS "id!", kind AS "kind!",
            created_at AS "created_at!: Time", last_used_at AS "last_used_at: Time"
        FROM sec.find_token($1, $2)"#,
        &digest.0[..],
        Time::from(now) as _
    )
    .fetch_optional(door.connection())
    .await
    .map_err(Error::doing("find the token"))?;
    row.map(|row| {
        Ok(Holder {
            organization: OrganizationId(row.org_id),
            actor: ActorId(row.actor_id),
            token: TokenId(row.id),
            kind: Kind::parse(&row.kind)?,
            created_at: row.created_at.into(),
            last_used_at: instant(row.last_used_at),
        })
    })
    .transpose()
}

/// Notes that the token was used.
pub async fn touch(tx: &mut Tx, id: TokenId, now: Timestamp) -> Result<(), Error> {
    sqlx::query!("UPDATE api_token SET last_used_at = $2 WHERE id = $1", id.0, Time::from(now) as _)
        .execute(tx.connection())
        .await
        .map(drop)
        .map_err(Error::doing("note the use of the token"))
}

/// Tokens that are not revoked, newest first.
pub async fn list(tx: &mut Tx) -> Result<Vec<ApiToken>, Error> {
    let rows = sqlx::query!(
        r#"SELECT id, actor_id, kind, label, created_at AS "created_at: Time",
            expires_at AS "expires_at: Time", last_used_at AS "last_used_at: Time"
        FROM api_token WHERE revoked_at IS NULL ORDER BY id DESC"#
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the tokens"))?;
    rows.into_iter()
        .map(|row| {
            Ok(ApiToken {
                id: TokenId(row.id),
                actor: ActorId(row.actor_id),
                kind: Kind::parse(&row.kind)?,
                label: row.label,
                created_at: row.created_at.into(),
                expires_at: instant(row.expires_at),
                last_used_at: instant(row.last_used_at),
            })
        })
        .collect()
}

/// `false`: there is no such token, or it was revoked before.
pub async fn revoke(tx: &mut Tx, id: TokenId, now: Timestamp) -> Result<bool, Error> {
    sqlx::query!(
        "UPDATE api_token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
        id.0,
        Time::from(now) as _
    )
    .execute(tx.connection())
    .await
    .map(|done| done.rows_affected() == 1)
    .map_err(Error::doing("revoke the token"))
}

/// Revokes every browser session of an actor; the ids of those that were not revoked yet.
pub async fn revoke_sessions(
    tx: &mut Tx,
    actor: ActorId,
    now: Timestamp,
) -> Result<Vec<TokenId>, Error> {
    sqlx::query_scalar!(
        "UPDATE api_token SET revoked_at = $2
        WHERE actor_id = $1 AND kind = 'session' AND revoked_at IS NULL RETURNING id",
        actor.0,
        Time::from(now) as _
    )
    .fetch_all(tx.connection())
    .await
    .map(|ids| ids.into_iter().map(TokenId).collect())
    .map_err(Error::doing("revoke the sessions"))
}
