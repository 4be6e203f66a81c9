//! API tokens: an actor of its own for a program, one role on one scope, shown once.
//!
//! Nobody gives away more than they hold: the maker must hold every permission of the role on that scope.

use domain::id::{ActorId, TokenId};
use domain::name::Name;
use domain::permission::{Permission, Role, Scope};
use jiff::Timestamp;
use serde_json::json;
use store::api_token::{self, ApiToken, Kind};
use store::role_binding::{self, RoleBinding};
use store::{Tx, actor};

use crate::app::{Error, environment, project};
use crate::ctx::Ctx;
use crate::system::digest;

/// Where the role is to be held, by names; neither: the whole organization.
#[derive(Clone, Debug, Default)]
pub struct On {
    pub project: Option<String>,
    pub environment: Option<String>,
}

async fn scope(ctx: &Ctx, tx: &mut Tx, on: &On) -> Result<Scope, Error> {
    match (&on.project, &on.environment) {
        (None, None) => Ok(ctx.everywhere()),
        (Some(name), None) => Ok(ctx.project(project::visible(ctx, tx, name).await?.id)),
        (None, Some(name)) => Ok(ctx.environment(environment::visible(ctx, tx, name).await?.id)),
        (Some(_), Some(_)) => Err(Error::invalid(
            "MP-API-10",
            "a token's role is held on a project or on an environment, not on both",
        )),
    }
}

/// The token's secret is in the answer and nowhere else.
pub async fn create(
    ctx: &Ctx,
    name: &str,
    role: Role,
    on: &On,
    expires_at: Option<Timestamp>,
) -> Result<(ApiToken, String), Error> {
    let name: Name = name.parse()?;
    ctx.require(Permission::ManageToken, ctx.everywhere())?;
    if expires_at.is_some_and(|at| at <= ctx.now()) {
        return Err(Error::invalid("MP-API-10", "the token would have expired already"));
    }
    let mut tx = ctx.begin().await?;
    let scope = scope(ctx, &mut tx, on).await?;
    for permission in Permission::ALL.iter().filter(|permission| role.allows(**permission)) {
        ctx.require(*permission, scope)?;
    }
    let (holder, now) = (ActorId(ctx.new_id()), ctx.now());
    match actor::insert(&mut tx, holder, actor::Kind::Machine, name.as_str(), now).await {
        Ok(()) => {}
        Err(err) if err.violates(actor::NAME_TAKEN) => {
            let message = format!("there is a token `{name}` already");
            return Err(Error::conflict("MP-API-11", message));
        }
        Err(err) => return Err(Error::internal(err)),
    }
    role_binding::insert(&mut tx, RoleBinding { actor: holder, role, scope }, now)
        .await
        .map_err(Error::internal)?;
    let secret = format!("mpt_{}", ctx.new_secret());
    let made = ApiToken {
        id: TokenId(ctx.new_id()),
        actor: holder,
        kind: Kind::Api,
        label: name.to_string(),
        created_at: now,
        expires_at,
        last_used_at: None,
    };
    let new = api_token::New {
        id: made.id,
        actor: holder,
        kind: made.kind,
        label: name.as_str(),
        digest: digest(&secret),
        expires_at,
    };
    api_token::insert(&mut tx, &new, now).await.map_err(Error::internal)?;
    let detail = json!({ "name": name.as_str(), "role": role.as_str(), "project": on.project, "environment": on.environment });
    ctx.audit(&mut tx, "token.create", "token", &made.id.to_string(), detail).await?;
    ctx.commit(tx).await?;
    Ok((made, secret))
}

pub async fn list(ctx: &Ctx) -> Result<Vec<ApiToken>, Error> {
    ctx.require(Permission::ReadToken, ctx.everywhere())?;
    let mut tx = ctx.begin().await?;
    api_token::list(&mut tx).await.map_err(Error::internal)
}

pub async fn revoke(ctx: &Ctx, id: TokenId) -> Result<(), Error> {
    ctx.require(Permission::ManageToken, ctx.everywhere())?;
    let mut tx = ctx.begin().await?;
    if !api_token::revoke(&mut tx, id, ctx.now()).await.map_err(Error::internal)? {
        return Err(Error::not_found(&format!("token `{id}`")));
    }
    store::bus::publish(&mut tx, "token", id.0).await.map_err(Error::internal)?;
    ctx.audit(&mut tx, "token.revoke", "token", &id.to_string(), json!({})).await?;
    ctx.commit(tx).await
}
