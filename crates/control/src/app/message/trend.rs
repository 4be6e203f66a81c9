//! When failures of each kind happened: counts over the parts of a period, for a small chart beside each group.

use std::collections::BTreeMap;

use jiff::Timestamp;
use store::telemetry::{name, trend};

use super::scene;
use super::series::period;
use crate::app::Error;
use crate::ctx::Ctx;

/// A chart of a few centimetres shows no more.
const MOST_PARTS: u32 = 60;

/// Failures of one kind on one route, as `app::failure_group` has them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    pub fingerprint: u64,
    pub integration: String,
    pub environment: String,
    pub route: String,
}

/// For each kind that happened in the period, how often in each part of it.
pub async fn list(
    ctx: &Ctx,
    from: Timestamp,
    to: Timestamp,
    parts: u32,
) -> Result<BTreeMap<Kind, Vec<u64>>, Error> {
    let period = period(from, to)?;
    if !(1..=MOST_PARTS).contains(&parts) {
        let message = format!("`parts` is between 1 and {MOST_PARTS}");
        return Err(Error::invalid("MP-API-10", message));
    }
    let mut tx = ctx.begin().await?;
    let scene = scene(ctx, &mut tx).await?;
    let counts = trend::counts(&mut tx, period.from_us, period.to_us, parts).await?;
    let ids: Vec<_> = counts.iter().map(|count| count.route).collect();
    let names = name::texts(&mut tx, &ids).await?;
    let mut kinds: BTreeMap<Kind, Vec<u64>> = BTreeMap::new();
    for one in counts {
        // Only origins that the actor may see are in the scene.
        let Some(origin) = scene.origins.get(&one.origin) else { continue };
        let kind = Kind {
            fingerprint: one.fingerprint,
            integration: origin.integration.clone(),
            environment: origin.environment.clone(),
            route: names.get(&one.route).cloned().unwrap_or_default(),
        };
        let width = usize::try_from(parts).unwrap_or(0);
        let all = kinds.entry(kind).or_insert_with(|| vec![0; width]);
        if let Some(part) = all.get_mut(one.part) {
            *part += one.count;
        }
    }
    Ok(kinds)
}
