//! Telemetry arrives: blocks of runners become rows, exactly once, and are acknowledged when they are on disk.
//!
//! ```text
//! link ──Block──> decode ──> live tail (before the store)
//!                    └────> names, origin ──> rows ──> one transaction for several blocks ──flushed──> Verdict::Stored
//! ```
//! A block that does not read is rejected and counted by its runner; a store that does not answer makes the runner wait and
//! send again, and the ledger tells what was stored already. Whose records they are is checked against the certificate: a
//! runner speaks for the workloads that were given to it, anything else is kept as observed, which only readers of the
//! whole organization see.
//!
//! Redaction is behind us: a runner sends nothing that was not redacted. What is here is not asked again.

pub mod days;
pub mod live;

mod names;
mod receive;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use domain::id::{OrganizationId, RuntimeId};
use jiff::civil::Date;
use store::Door;
use store::telemetry::dictionary::Squeeze;
use store::telemetry::rows::{self, Policy, Rows};
use store::telemetry::write::Writer;
use store::telemetry::{Agent, OriginId, partition};
use telemetry::block::{self, Budget};
use telemetry::model::{Batch, Kind};

use crate::server::Server;
use names::Names;

/// What one process takes in. Cheap to clone.
#[derive(Clone)]
pub struct Ingest {
    inner: Arc<Inner>,
}

struct Inner {
    server: Server,
    live: live::Live,
    names: Names,
    trained: days::Trained,
}

/// What this process took in, for its metrics.
#[derive(Debug, Default)]
pub struct Counters {
    pub blocks: AtomicU64,
    pub bytes: AtomicU64,
    pub messages: AtomicU64,
    pub steps: AtomicU64,
    pub repeated: AtomicU64,
    pub rejected: AtomicU64,
    pub retried: AtomicU64,
}

/// One numbered block of one runner.
#[derive(Clone, Debug)]
pub struct Numbered {
    pub epoch: u64,
    pub number: u64,
    pub bytes: Bytes,
}

/// Why a block will never be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    pub epoch: u64,
    pub number: u64,
    pub code: &'static str,
    pub reason: String,
}

/// Steps of one block beyond this are not read: a thousand times what a block holds in practice.
const BUDGET: Budget = Budget { raw: 64 << 20, steps: 1_000_000 };

struct Ready {
    agent: Agent,
    number: u64,
    origin: OriginId,
    retention: i16,
    rows: Rows,
}

impl Ready {
    fn unstorable(&self) -> Self {
        let Self { agent, number, origin, retention, rows } = self;
        let (agent, number, origin, retention) = (*agent, *number, *origin, *retention);
        Self { agent, number, origin, retention, rows: rows.unstorable() }
    }
}

impl Ingest {
    pub fn new(server: &Server) -> Self {
        let inner = Inner {
            server: server.clone(),
            live: live::Live::default(),
            names: Names::default(),
            trained: days::Trained::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    pub fn live(&self) -> &live::Live {
        &self.inner.live
    }

    pub fn counters(&self) -> &Counters {
        &self.inner.server.metrics.ingest
    }

    /// Stores blocks of one runner, in the order of their numbers. What comes back was rejected for good; everything else
    /// is on disk. An error means that nothing of this call is stored, and that it may be tried again.
    pub async fn store(
        &self,
        organization: OrganizationId,
        runtime: RuntimeId,
        blocks: &[Numbered],
    ) -> Result<Vec<Rejected>, store::Error> {
        let mut rejected = Vec::new();
        let mut batches = Vec::with_capacity(blocks.len());
        for numbered in blocks {
            match block::decode(&numbered.bytes, BUDGET) {
                Ok((_, batch)) => batches.push((numbered, batch)),
                Err(err) => rejected.push(reject(numbered, err.code(), err.to_string())),
            }
        }
        // All are shown before any is stored, which the next ones may have to wait for.
        let mut places = Vec::with_capacity(batches.len());
        for (numbered, batch) in &batches {
            let agent = Agent { runtime, epoch: numbered.epoch };
            let place = self.show(organization, agent, numbered.number, batch).await;
            places.push(place.map(|place| (agent, place)));
        }
        let mut ready = Vec::with_capacity(batches.len());
        for ((numbered, batch), place) in batches.iter().zip(places) {
            let (agent, place) = place?;
            ready.push(self.ready(organization, agent, numbered.number, &place, batch).await?);
        }
        match self.write(organization, &ready).await {
            Ok(()) => {}
            // One of them holds what the database cannot: find out which, so that the others are kept.
            Err(err) if err.is_of_data() => {
                self.inner.names.forget_days();
                for (one, (numbered, _)) in ready.iter().zip(&batches) {
                    // It may only be that its day was dropped.
                    self.prepare(one.retention, &one.rows).await?;
                    let Err(err) = self.write(organization, std::slice::from_ref(one)).await else {
                        continue;
                    };
                    if !err.is_of_data() {
                        return Err(err);
                    }
                    let chain = crate::lifecycle::chain(&err);
                    let number = numbered.number;
                    tracing::error!(code = "MP-TEL-10", number, error = chain, "store telemetry");
                    // Entered in the books here and now, with its number: told to the runner, it would be lost with the answer.
                    self.write(organization, &[one.unstorable()]).await?;
                    self.counters().rejected.fetch_add(1, Ordering::Relaxed);
                }
            }
            Err(err) => {
                // A day may have been dropped, or a restored database knows fewer names.
                self.inner.names.forget(organization);
                return Err(err);
            }
        }
        let counters = self.counters();
        counters.blocks.fetch_add(blocks.len() as u64, Ordering::Relaxed);
        let bytes: usize = blocks.iter().map(|numbered| numbered.bytes.len()).sum();
        counters.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        counters.rejected.fetch_add(rejected.len() as u64, Ordering::Relaxed);
        Ok(rejected)
    }

    /// Everything of a block that is done before its transaction.
    async fn ready(
        &self,
        organization: OrganizationId,
        agent: Agent,
        number: u64,
        place: &names::Place,
        batch: &Batch,
    ) -> Result<Ready, store::Error> {
        let server = &self.inner.server;
        let now = server.system.now();
        let names = &self.inner.names;
        let known = names.known(server, organization, &rows::needed(batch)).await?;
        let draft = rows::Draft::new(batch, &known);
        let paths = names.paths(server, organization, draft.paths()).await?;
        let policy = Policy {
            organization,
            origin: place.id,
            retention: place.retention,
            index_words: place.index_words,
            now_us: u64::try_from(now.as_microsecond()).unwrap_or(0),
        };
        let has_payloads = batch.records.iter().any(|record| record.kind() == Kind::Payload);
        let dictionary =
            if has_payloads { names.dictionary(server, organization).await? } else { None };
        let mut squeeze = Squeeze::new(dictionary.as_deref());
        let rows = draft.build(&paths, policy, &mut squeeze);
        self.prepare(place.retention, &rows).await?;
        Ok(Ready { agent, number, origin: place.id, retention: place.retention, rows })
    }

    /// Hands a batch on to the live tail, once, and says where it belongs.
    async fn show(
        &self,
        organization: OrganizationId,
        agent: Agent,
        number: u64,
        batch: &Batch,
    ) -> Result<names::Place, store::Error> {
        let Inner { server, live, names, .. } = &*self.inner;
        let place = names.place(server, organization, agent.runtime, batch).await?;
        live.publish(organization, agent, number, &place, batch);
        Ok(place)
    }

    /// The same for blocks that cannot be stored now. They come again.
    async fn show_blocks(
        &self,
        organization: OrganizationId,
        runtime: RuntimeId,
        blocks: &[Numbered],
    ) {
        if !self.inner.live.is_watched(organization) {
            return;
        }
        for numbered in blocks {
            let agent = Agent { runtime, epoch: numbered.epoch };
            if let Ok((_, batch)) = block::decode(&numbered.bytes, BUDGET)
                && let Err(err) = self.show(organization, agent, numbered.number, &batch).await
            {
                tracing::debug!(error = crate::lifecycle::chain(&err), "whose telemetry it is");
            }
        }
    }

    async fn write(
        &self,
        organization: OrganizationId,
        ready: &[Ready],
    ) -> Result<(), store::Error> {
        if ready.is_empty() {
            return Ok(());
        }
        let server = &self.inner.server;
        let now = server.system.now();
        let mut writer = Writer::begin(&server.db, organization).await?;
        let (mut messages, mut steps, mut repeated) = (0, 0, 0);
        for one in ready {
            if writer.take(one.agent, one.number, now).await? {
                writer.insert(one.agent, one.origin, one.retention, &one.rows, now).await?;
                messages += one.rows.messages.low.len() as u64;
                let made = one.rows.messages.steps.iter();
                steps += made.map(|steps| u64::from(steps.unsigned_abs())).sum::<u64>();
            } else {
                repeated += 1;
            }
        }
        writer.commit().await?;
        let counters = self.counters();
        counters.messages.fetch_add(messages, Ordering::Relaxed);
        counters.steps.fetch_add(steps, Ordering::Relaxed);
        counters.repeated.fetch_add(repeated, Ordering::Relaxed);
        Ok(())
    }

    /// Makes the days that these rows fall on, unless this process knows that they are there.
    async fn prepare(&self, class: i16, rows: &Rows) -> Result<(), store::Error> {
        let days = days_of(rows);
        let missing = self.inner.names.missing_days(class, &days);
        for day in missing {
            let mut door = Door::begin(&self.inner.server.db).await?;
            partition::prepare(&mut door, class, day, day).await?;
            door.commit().await?;
            self.inner.names.made_day(class, day);
        }
        Ok(())
    }
}

fn days_of(rows: &Rows) -> BTreeSet<Date> {
    let lists = [
        &rows.messages.started_us,
        &rows.payloads.started_us,
        &rows.tokens.started_us,
        &rows.logs.at_us,
        &rows.rollups.started_us,
        &rows.accounts.from_us,
    ];
    let numbers: BTreeSet<u64> = lists.into_iter().flatten().map(|us| us / days::DAY_US).collect();
    numbers.into_iter().filter_map(days::date).collect()
}

fn reject(numbered: &Numbered, code: &'static str, reason: String) -> Rejected {
    Rejected { epoch: numbered.epoch, number: numbered.number, code, reason }
}
