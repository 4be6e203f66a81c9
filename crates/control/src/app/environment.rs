//! Environments: made, changed, listed.
//!
//! An environment whose name the actor may not know does not exist for it: `visible` is how every other use case turns
//! a name into a row.

use domain::id::{EnvironmentId, RuntimeId};
use domain::name::Name;
use domain::permission::Permission;
use serde_json::json;
use store::Tx;
use store::environment::{self, Environment};

use crate::app::Error;
use crate::ctx::Ctx;

/// What may be set of an environment; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// By name.
    pub runtime: Option<String>,
    pub rank: Option<i32>,
    /// The empty text: follow the branch of each source.
    pub branch: Option<String>,
}

/// The environment of that name, if the actor may know of it.
pub async fn visible(ctx: &Ctx, tx: &mut Tx, name: &str) -> Result<Environment, Error> {
    let what = || format!("environment `{}`", name.chars().take(70).collect::<String>());
    let found = environment::find_named(tx, name).await.map_err(Error::internal)?;
    let found = found.ok_or_else(|| Error::not_found(&what()))?;
    ctx.require_visible(Permission::ReadEnvironment, ctx.environment(found.id), &what())?;
    Ok(found)
}

pub async fn create(ctx: &Ctx, name: &str, change: Change) -> Result<Environment, Error> {
    let name: Name = name.parse()?;
    ctx.require(Permission::ManageEnvironment, ctx.everywhere())?;
    let id = EnvironmentId(ctx.new_id());
    let branch = change.branch.filter(|branch| !branch.is_empty());
    let mut tx = ctx.begin().await?;
    let runtime = runtime(ctx, &mut tx, change.runtime.as_deref()).await?;
    let new = environment::New {
        id,
        name: name.as_str(),
        rank: change.rank.unwrap_or(0),
        branch: branch.as_deref(),
        runtime,
    };
    match environment::insert(&mut tx, new, ctx.now()).await {
        Ok(()) => {}
        Err(err) if err.violates(environment::NAME_TAKEN) => {
            return Err(Error::conflict(
                "MP-API-11",
                format!("there is an environment `{name}` already"),
            ));
        }
        Err(err) => return Err(Error::internal(err)),
    }
    let made = environment::find(&mut tx, id).await.map_err(Error::internal)?;
    let made = made.ok_or_else(|| Error::not_found(&format!("environment `{name}`")))?;
    changed(ctx, &mut tx, id).await?;
    let detail = json!({ "name": made.name, "runtime": made.runtime.map(|id| id.to_string()) });
    ctx.audit(&mut tx, "environment.create", "environment", &id.to_string(), detail).await?;
    ctx.commit(tx).await?;
    Ok(made)
}

pub async fn update(ctx: &Ctx, name: &str, change: Change) -> Result<Environment, Error> {
    let mut tx = ctx.begin().await?;
    let mut row = visible(ctx, &mut tx, name).await?;
    ctx.require(Permission::ManageEnvironment, ctx.environment(row.id))?;
    row.rank = change.rank.unwrap_or(row.rank);
    row.runtime = runtime(ctx, &mut tx, change.runtime.as_deref()).await?.or(row.runtime);
    if let Some(branch) = change.branch {
        row.branch = Some(branch).filter(|branch| !branch.is_empty());
    }
    environment::update(&mut tx, &row).await.map_err(Error::internal)?;
    changed(ctx, &mut tx, row.id).await?;
    let detail = json!({ "rank": row.rank, "branch": row.branch, "runtime": row.runtime.map(|id| id.to_string()) });
    ctx.audit(&mut tx, "environment.update", "environment", &row.id.to_string(), detail).await?;
    ctx.commit(tx).await?;
    Ok(row)
}

pub async fn list(ctx: &Ctx) -> Result<Vec<Environment>, Error> {
    let mut tx = ctx.begin().await?;
    let mut all = environment::list(&mut tx).await.map_err(Error::internal)?;
    all.retain(|row| ctx.may(Permission::ReadEnvironment, ctx.environment(row.id)));
    Ok(all)
}

pub async fn find(ctx: &Ctx, name: &str) -> Result<Option<Environment>, Error> {
    let mut tx = ctx.begin().await?;
    match visible(ctx, &mut tx, name).await {
        Ok(row) => Ok(Some(row)),
        Err(err) if err.kind() == crate::app::Kind::NotFound => Ok(None),
        Err(err) => Err(err),
    }
}

/// The runtime of that name; its existence is a secret to whoever may not read runtimes.
async fn runtime(ctx: &Ctx, tx: &mut Tx, name: Option<&str>) -> Result<Option<RuntimeId>, Error> {
    let Some(name) = name else { return Ok(None) };
    let what = format!("runtime `{}`", name.chars().take(70).collect::<String>());
    ctx.require_visible(Permission::ReadRuntime, ctx.everywhere(), &what)?;
    let found = store::runtime::find_by_name(tx, name).await.map_err(Error::internal)?;
    found.map(|row| Some(row.id)).ok_or_else(|| Error::not_found(&what))
}

/// Engines look again at what they keep in this environment.
async fn changed(ctx: &Ctx, tx: &mut Tx, id: EnvironmentId) -> Result<(), Error> {
    super::deployment::follow::follow_environment(ctx, tx, id).await?;
    store::bus::publish(tx, "environment", id.0).await.map_err(Error::internal)
}
