//! What to do next, as commands that work when pasted.
//!
//! The lines follow from what is there: no runtime, no source, or something that runs. They carry no secret.

use domain::permission::Permission;

use crate::app::{Error, integration, runtime};
use crate::ctx::Ctx;

pub async fn lines(ctx: &Ctx) -> Result<Vec<String>, Error> {
    let mut lines = Vec::new();
    let may_see_runtimes = ctx.may(Permission::ReadRuntime, ctx.everywhere());
    if may_see_runtimes && runtime::list(ctx).await?.is_empty() {
        lines.push("midplane runtime add laptop".to_owned());
    }
    let shown = if ctx.actor.may_somewhere(Permission::ReadIntegration) {
        integration::list(ctx, None, None).await?
    } else {
        Vec::new()
    };
    if let Some(url) = shown.iter().flat_map(|one| &one.workloads).find_map(|one| one.url.as_ref())
    {
        lines.push(format!("curl {url}"));
    }
    if let Some(first) = shown.first() {
        lines.push(format!("midplane logs {} -f", first.integration.name));
    }
    lines.push("midplane status".to_owned());
    Ok(lines)
}
