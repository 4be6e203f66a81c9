//! The audit as auditors read it, oldest first from a place in the chain.

use domain::permission::Permission;
use store::audit::{self, Entry};

use crate::app::Error;
use crate::ctx::Ctx;

/// management-api.md: `first` 1..200.
const MOST: u32 = 200;

/// Up to `first` entries after the sequence number `after`, and whether there are more.
pub async fn list(ctx: &Ctx, first: u32, after: i64) -> Result<(Vec<Entry>, bool), Error> {
    ctx.require(Permission::ReadAudit, ctx.everywhere())?;
    if !(1..=MOST).contains(&first) {
        return Err(Error::invalid("MP-API-10", format!("`first` is between 1 and {MOST}")));
    }
    let mut tx = ctx.begin().await?;
    let mut entries =
        audit::list_after(&mut tx, after, first + 1).await.map_err(Error::internal)?;
    let wanted = usize::try_from(first).unwrap_or(usize::MAX);
    let has_more = entries.len() > wanted;
    entries.truncate(wanted);
    Ok((entries, has_more))
}
