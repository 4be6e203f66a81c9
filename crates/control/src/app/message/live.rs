//! The live tail: rows as they arrive, before they are stored, filtered for who may see them.
//!
//! A row that its reader was too slow for is counted and said. Bodies and headers are looked at for the filter and are not
//! handed out.

use std::sync::Arc;

use domain::permission::Permission;
use futures::Stream;
use telemetry::query::Query;
use tokio::sync::broadcast::error::RecvError;

use super::{Row, may_see};
use crate::app::Error;
use crate::ctx::Ctx;
use crate::ingest::Ingest;
use crate::ingest::live::Passing;

/// One entry of the stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Row(Box<Row>),
    /// The reader was too slow for so many.
    Missed(u64),
}

pub fn watch(
    ctx: &Ctx,
    ingest: &Ingest,
    text: &str,
) -> Result<impl Stream<Item = Result<Event, Error>> + use<>, Error> {
    let query = super::read(ctx, text)?;
    let passing = ingest.live().subscribe(ctx.organization());
    let ctx = ctx.clone();
    Ok(futures::stream::unfold((passing, query, ctx), |(mut passing, query, ctx)| async move {
        loop {
            let event = match passing.recv().await {
                Ok(one) if wanted(&ctx, &query, &one) => Event::Row(Box::new(row(&one))),
                Ok(_) => continue,
                Err(RecvError::Lagged(count)) => Event::Missed(count),
                Err(RecvError::Closed) => return None,
            };
            return Some((Ok(event), (passing, query, ctx)));
        }
    }))
}

fn wanted(ctx: &Ctx, query: &Query, one: &Arc<Passing>) -> bool {
    may_see(ctx, Permission::ReadMessage, &one.origin) && query.matches(one.as_ref())
}

fn row(one: &Passing) -> Row {
    Row {
        id: one.id,
        integration: one.origin.integration.clone(),
        environment: one.origin.environment.clone(),
        runtime: one.origin.runtime.to_string(),
        release: one.origin.release.clone(),
        route: one.route.clone(),
        outcome: one.outcome,
        duration_us: one.duration_us,
        steps: one.steps,
        node: one.node.clone(),
        class: one.class.clone(),
        error: one.error.clone(),
        fingerprint: one.fingerprint,
        attributes: one.attributes.clone(),
        flags: one.flags,
        replay_of: None,
        repaired_by: None,
    }
}
