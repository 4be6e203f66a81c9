//! The organization of the actor: read and renamed. Making one is `bootstrap`'s.

use domain::name::Name;
use domain::permission::Permission;
use serde_json::json;
use store::organization::{self, Organization};

use crate::app::Error;
use crate::ctx::Ctx;

pub async fn find(ctx: &Ctx) -> Result<Organization, Error> {
    ctx.require(Permission::ReadOrganization, ctx.everywhere())?;
    let mut tx = ctx.begin().await?;
    let found = organization::find(&mut tx).await.map_err(Error::internal)?;
    found.ok_or_else(|| Error::not_found("organization"))
}

pub async fn rename(ctx: &Ctx, name: &str) -> Result<Organization, Error> {
    let name: Name = name.parse()?;
    ctx.require(Permission::ManageOrganization, ctx.everywhere())?;
    let mut tx = ctx.begin().await?;
    organization::rename(&mut tx, name.as_str()).await.map_err(Error::internal)?;
    let found = organization::find(&mut tx).await.map_err(Error::internal)?;
    let found = found.ok_or_else(|| Error::not_found("organization"))?;
    let detail = json!({ "name": found.name });
    ctx.audit(&mut tx, "organization.rename", "organization", &found.id.to_string(), detail)
        .await?;
    ctx.commit(tx).await?;
    Ok(found)
}
