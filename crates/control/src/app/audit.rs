//! The audit as auditors read it, from a place in the chain on: onwards as it was written, or back from its end.

use domain::permission::Permission;
use store::audit::{self, Entry};

use crate::app::Error;
use crate::ctx::Ctx;

/// management-api.md: `first` 1..200.
const MOST: u32 = 200;

/// Which way to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    OldestFirst,
    NewestFirst,
}

/// Up to `first` entries beyond the sequence number `after` (`None`: from the end that `order` begins at), and whether there
/// are more.
pub async fn list(
    ctx: &Ctx,
    first: u32,
    after: Option<i64>,
    order: Order,
) -> Result<(Vec<Entry>, bool), Error> {
    ctx.require(Permission::ReadAudit, ctx.everywhere())?;
    if !(1..=MOST).contains(&first) {
        return Err(Error::invalid("MP-API-10", format!("`first` is between 1 and {MOST}")));
    }
    let mut tx = ctx.begin().await?;
    let entries = match order {
        Order::OldestFirst => audit::list_after(&mut tx, after.unwrap_or(0), first + 1).await,
        Order::NewestFirst => {
            audit::list_before(&mut tx, after.unwrap_or(i64::MAX), first + 1).await
        }
    };
    let mut entries = entries.map_err(Error::internal)?;
    let wanted = usize::try_from(first).unwrap_or(usize::MAX);
    let has_more = entries.len() > wanted;
    entries.truncate(wanted);
    Ok((entries, has_more))
}
