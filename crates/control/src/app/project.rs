//! Projects: made and listed. What is in one belongs to other nouns.

use domain::id::ProjectId;
use domain::name::Name;
use domain::permission::Permission;
use serde_json::json;
use store::Tx;
use store::project::{self, Project};

use crate::app::{Error, Kind};
use crate::ctx::Ctx;

/// The project of that name, if the actor may know of it.
pub async fn visible(ctx: &Ctx, tx: &mut Tx, name: &str) -> Result<Project, Error> {
    let what = || format!("project `{}`", name.chars().take(70).collect::<String>());
    let found = project::find_named(tx, name).await.map_err(Error::internal)?;
    let found = found.ok_or_else(|| Error::not_found(&what()))?;
    ctx.require_visible(Permission::ReadProject, ctx.project(found.id), &what())?;
    Ok(found)
}

pub async fn create(ctx: &Ctx, name: &str) -> Result<Project, Error> {
    let name: Name = name.parse()?;
    ctx.require(Permission::ManageProject, ctx.everywhere())?;
    let made =
        Project { id: ProjectId(ctx.new_id()), name: name.to_string(), created_at: ctx.now() };
    let mut tx = ctx.begin().await?;
    match project::insert(&mut tx, made.id, &made.name, made.created_at).await {
        Ok(()) => {}
        Err(err) if err.violates(project::NAME_TAKEN) => {
            return Err(Error::conflict(
                "MP-API-11",
                format!("there is a project `{name}` already"),
            ));
        }
        Err(err) => return Err(Error::internal(err)),
    }
    let detail = json!({ "name": made.name });
    ctx.audit(&mut tx, "project.create", "project", &made.id.to_string(), detail).await?;
    ctx.commit(tx).await?;
    Ok(made)
}

pub async fn list(ctx: &Ctx) -> Result<Vec<Project>, Error> {
    let mut tx = ctx.begin().await?;
    let mut all = project::list(&mut tx).await.map_err(Error::internal)?;
    all.retain(|row| ctx.may(Permission::ReadProject, ctx.project(row.id)));
    Ok(all)
}

pub async fn find(ctx: &Ctx, name: &str) -> Result<Option<Project>, Error> {
    let mut tx = ctx.begin().await?;
    match visible(ctx, &mut tx, name).await {
        Ok(row) => Ok(Some(row)),
        Err(err) if err.kind() == Kind::NotFound => Ok(None),
        Err(err) => Err(err),
    }
}
