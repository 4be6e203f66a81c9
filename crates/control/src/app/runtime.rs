//! Runtimes as people see them: list, look at, revoke.

use domain::permission::Permission;
use domain::runtime::Standing;
use store::runtime::Runtime;

use super::Error;
use crate::ctx::Ctx;

pub async fn list(ctx: &Ctx) -> Result<Vec<Runtime>, Error> {
    ctx.require(Permission::ReadRuntime, ctx.everywhere())?;
    let mut tx = ctx.begin().await?;
    store::runtime::list(&mut tx).await.map_err(Error::internal)
}

pub async fn find(ctx: &Ctx, name: &str) -> Result<Runtime, Error> {
    ctx.require(Permission::ReadRuntime, ctx.everywhere())?;
    let mut tx = ctx.begin().await?;
    let row = store::runtime::find_by_name(&mut tx, name).await.map_err(Error::internal)?;
    row.ok_or_else(|| Error::not_found(&format!("runtime `{name}`")))
}

/// Ends the runtime's certificate for good; its live links close within a second.
pub async fn revoke(ctx: &Ctx, name: &str) -> Result<Runtime, Error> {
    ctx.require(Permission::ManageRuntime, ctx.everywhere())?;
    let mut tx = ctx.begin().await?;
    let row = store::runtime::find_by_name(&mut tx, name).await.map_err(Error::internal)?;
    let mut row = row.ok_or_else(|| Error::not_found(&format!("runtime `{name}`")))?;
    let reason = format!("revoked by {}", ctx.actor.label);
    store::runtime::set_standing(&mut tx, row.id, Standing::Revoked, &reason)
        .await
        .map_err(Error::internal)?;
    let detail = serde_json::json!({ "name": name });
    ctx.audit(&mut tx, "runtime.revoke", "runtime", &row.id.to_string(), detail).await?;
    ctx.commit(tx).await?;
    row.standing = Standing::Revoked;
    row.standing_reason = Some(reason);
    Ok(row)
}
