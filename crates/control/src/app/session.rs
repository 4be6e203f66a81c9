//! Who is calling: tokens, browser sessions, and the one-time link that begins a session.
//!
//! ```text
//! API token ──────────────────────────────┐
//! login link --redeem (once)--> session ──┴─ authenticate -> Actor with its grants
//! ```
//! Only SHA-256 digests of secrets are kept. A session ends 12 hours after it began or 30 minutes after it was last
//! used. A link is made by somebody who is signed in, and signs in that same actor; it is good once, for ten minutes.
//! Signing out everywhere ends all sessions of an actor and its unused links; tokens of programs have a page of their own.

use domain::id::{ActorId, OrganizationId, TokenId};
use jiff::{SignedDuration, Timestamp};
use store::api_token::{self, Holder};
use store::{Door, Tx, actor, login_link, role_binding};

use crate::app::Error;
use crate::ctx::{Actor, Ctx, Grant};
use crate::server::Server;
use crate::system::digest;

/// security.md: "idle 30 min, absolute 12 h".
const IDLE: SignedDuration = SignedDuration::from_mins(30);
const LONGEST: SignedDuration = SignedDuration::from_hours(12);
/// console.md: "once, within 10 minutes".
const LINK_LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// A secret that is shown once.
pub struct Issued {
    pub secret: String,
    pub expires_at: Timestamp,
}

/// The actor that a presented secret belongs to; `None` when it is not good.
pub async fn authenticate(server: &Server, secret: &str) -> Result<Option<Actor>, Error> {
    let now = server.system.now();
    let mut door = Door::begin(&server.db).await.map_err(Error::internal)?;
    let found = api_token::find(&mut door, digest(secret), now).await.map_err(Error::internal)?;
    door.commit().await.map_err(Error::internal)?;
    let Some(holder) = found.filter(|holder| is_awake(holder, now)) else { return Ok(None) };

    let mut tx =
        Tx::begin(&server.db, holder.organization, holder.actor).await.map_err(Error::internal)?;
    let actor = load(&mut tx, holder.organization, holder.actor).await?;
    if holder.is_stale(now) {
        api_token::touch(&mut tx, holder.token, now).await.map_err(Error::internal)?;
    }
    tx.commit().await.map_err(Error::internal)?;
    Ok(actor)
}

fn is_awake(holder: &Holder, now: Timestamp) -> bool {
    match holder.kind {
        api_token::Kind::Api => true,
        api_token::Kind::Session => {
            now.duration_since(holder.last_used_at.unwrap_or(holder.created_at)) < IDLE
        }
    }
}

async fn load(
    tx: &mut Tx,
    organization: OrganizationId,
    id: ActorId,
) -> Result<Option<Actor>, Error> {
    let Some(row) = actor::find(tx, id).await.map_err(Error::internal)? else { return Ok(None) };
    let bindings = role_binding::list_of(tx, id).await.map_err(Error::internal)?;
    let grants = bindings.iter().map(|held| Grant::role(held.role, held.scope)).collect();
    Ok(Some(Actor { id, organization, label: row.name, grants }))
}

/// A link that signs in the caller's browser. Anybody may make one for themselves.
pub async fn offer_link(ctx: &Ctx) -> Result<Issued, Error> {
    let (secret, now) = (ctx.new_secret(), ctx.now());
    let expires_at = now + LINK_LIFETIME;
    let mut tx = ctx.begin().await?;
    login_link::insert(&mut tx, digest(&secret), ctx.actor.id, now, expires_at)
        .await
        .map_err(Error::internal)?;
    ctx.commit(tx).await?;
    Ok(Issued { secret, expires_at })
}

/// Burns the link and begins a session; `None` when the link is not known, not fresh or not unused.
pub async fn redeem_link(server: &Server, link: &str) -> Result<Option<Issued>, Error> {
    let now = server.system.now();
    let mut door = Door::begin(&server.db).await.map_err(Error::internal)?;
    let burnt = login_link::redeem(&mut door, digest(link), now).await.map_err(Error::internal)?;
    door.commit().await.map_err(Error::internal)?;
    let Some((organization, actor)) = burnt else { return Ok(None) };

    let issued = Issued { secret: server.system.new_secret(), expires_at: now + LONGEST };
    let new = api_token::New {
        id: TokenId(server.system.new_id()),
        actor,
        kind: api_token::Kind::Session,
        label: "browser",
        digest: digest(&issued.secret),
        expires_at: Some(issued.expires_at),
    };
    let mut tx = Tx::begin(&server.db, organization, actor).await.map_err(Error::internal)?;
    api_token::insert(&mut tx, &new, now).await.map_err(Error::internal)?;
    let detail = serde_json::json!({ "by": "login link" });
    store::audit::append(&mut tx, now, "session.begin", "actor", &actor.to_string(), &detail)
        .await
        .map_err(Error::internal)?;
    tx.commit().await.map_err(Error::internal)?;
    Ok(Some(issued))
}

/// Ends the session that `secret` is of; anything else is left alone.
pub async fn sign_out(server: &Server, secret: &str) -> Result<(), Error> {
    let now = server.system.now();
    let mut door = Door::begin(&server.db).await.map_err(Error::internal)?;
    let found = api_token::find(&mut door, digest(secret), now).await.map_err(Error::internal)?;
    door.commit().await.map_err(Error::internal)?;
    let Some(holder) = found.filter(|holder| holder.kind == api_token::Kind::Session) else {
        return Ok(());
    };
    let mut tx =
        Tx::begin(&server.db, holder.organization, holder.actor).await.map_err(Error::internal)?;
    api_token::revoke(&mut tx, holder.token, now).await.map_err(Error::internal)?;
    tx.commit().await.map_err(Error::internal)
}

/// Ends every session of the caller, and its links that were not used yet; how many sessions.
pub async fn sign_out_everywhere(ctx: &Ctx) -> Result<u32, Error> {
    let mut tx = ctx.begin().await?;
    let actor = ctx.actor.id;
    let ended =
        api_token::revoke_sessions(&mut tx, actor, ctx.now()).await.map_err(Error::internal)?;
    login_link::delete_unused(&mut tx, actor).await.map_err(Error::internal)?;
    for id in &ended {
        store::bus::publish(&mut tx, "token", id.0).await.map_err(Error::internal)?;
    }
    let detail = serde_json::json!({ "sessions": ended.len() });
    ctx.audit(&mut tx, "session.end_all", "actor", &actor.to_string(), detail).await?;
    ctx.commit(tx).await?;
    Ok(u32::try_from(ended.len()).unwrap_or(u32::MAX))
}
