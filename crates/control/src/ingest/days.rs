//! What telemetry needs done by the clock: days made ahead and dropped, hours added up, dictionaries trained.
//!
//! Every replica runs this; each step locks what it works on or does nothing a second time. A step that fails is logged
//! and tried again at the next beat.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::id::OrganizationId;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use store::telemetry::{DEFAULT_RETENTION, dictionary, partition, rollup};
use store::{Door, Tx};

use super::Ingest;
use crate::lifecycle::chain;

pub(super) const DAY_US: u64 = 86_400_000_000;

/// telemetry-store: "pre-create 3 days ahead".
const AHEAD_DAYS: i64 = 3;
/// Often enough that an hour is added up soon after it is over.
const BEAT: Duration = Duration::from_mins(5);
/// A window closes at most this late.
const WINDOWS: Duration = Duration::from_secs(10);
/// Hours of one organization in one beat; a long absence is worked off over several.
const HOURS_EACH: usize = 200;

/// The day of this number since 1970.
pub(super) fn date(number: u64) -> Option<Date> {
    let days = i64::try_from(number).ok()?;
    jiff::civil::date(1970, 1, 1).checked_add(Span::new().try_days(days).ok()?).ok()
}

impl Ingest {
    /// Beats until the process ends. The first beat is over before anything is received.
    pub async fn keep(self) {
        let mut beats = tokio::time::interval(BEAT);
        beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let soft = self.inner.server.life.soft().clone();
        loop {
            tokio::select! {
                () = soft.cancelled() => return,
                _ = beats.tick() => self.beat().await,
            }
        }
    }

    /// Tells runners of windows that closed, until the process ends.
    pub async fn close_windows(self) {
        let server = &self.inner.server;
        let soft = server.life.soft().clone();
        let mut ticks = tokio::time::interval(WINDOWS);
        let mut after = server.system.now();
        loop {
            tokio::select! {
                () = soft.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let now = server.system.now();
            match self.close_windows_between(after, now).await {
                Ok(()) => after = now,
                Err(err) => tracing::warn!(error = chain(&err), "close windows of capture"),
            }
        }
    }

    async fn close_windows_between(
        &self,
        after: jiff::Timestamp,
        now: jiff::Timestamp,
    ) -> Result<(), crate::app::Error> {
        let db = &self.inner.server.db;
        let mut door = Door::begin(db).await?;
        let organizations = store::organization::list_ids(&mut door).await?;
        drop(door);
        for organization in organizations {
            let mut tx = Tx::system(db, organization).await?;
            crate::app::capture::close_windows(&mut tx, after, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn beat(&self) {
        let organizations = match self.days().await {
            Ok(organizations) => organizations,
            Err(err) => {
                tracing::warn!(error = chain(&err), "make or drop days of telemetry");
                return;
            }
        };
        for organization in organizations {
            if let Err(err) = self.condense(organization).await {
                tracing::warn!(error = chain(&err), "add up hours of telemetry");
            }
            if let Err(err) = self.train(organization).await {
                tracing::warn!(error = chain(&err), "train a dictionary");
            }
        }
    }

    /// Makes the days ahead and drops the old ones.
    async fn days(&self) -> Result<Vec<OrganizationId>, store::Error> {
        let server = &self.inner.server;
        let today = server.system.now().to_zoned(TimeZone::UTC).date();
        let yesterday = today.saturating_sub(Span::new().days(1));
        let last = today.saturating_add(Span::new().days(AHEAD_DAYS));
        let mut door = Door::begin(&server.db).await?;
        partition::prepare(&mut door, DEFAULT_RETENTION, yesterday, last).await?;
        let organizations = store::organization::list_ids(&mut door).await?;
        door.commit().await?;
        // On its own, because it gives up when a reader is in the way.
        let mut door = Door::begin(&server.db).await?;
        if partition::expire(&mut door, today).await? > 0 {
            door.commit().await?;
            self.inner.names.forget_days();
        }
        Ok(organizations)
    }

    async fn condense(&self, organization: OrganizationId) -> Result<(), store::Error> {
        let server = &self.inner.server;
        let now_us = u64::try_from(server.system.now().as_microsecond()).unwrap_or(0);
        for _ in 0..HOURS_EACH {
            let mut tx = Tx::system(&server.db, organization).await?;
            let more = rollup::condense(&mut tx, now_us).await?;
            tx.commit().await?;
            if !more {
                break;
            }
        }
        let mut tx = Tx::system(&server.db, organization).await?;
        rollup::forget(&mut tx, now_us).await?;
        tx.commit().await
    }

    /// A dictionary of an organization: the first when there are bodies enough to learn from, another when bodies have changed.
    async fn train(&self, organization: OrganizationId) -> Result<(), store::Error> {
        let server = &self.inner.server;
        let now = server.system.now();
        let mut tx = Tx::system(&server.db, organization).await?;
        let newest = dictionary::newest(&mut tx).await?;
        if let Some(newest) = &newest {
            let is_old = now.duration_since(newest.created_at) >= dictionary::OLD_AFTER;
            if !is_old
                || newest.id >= dictionary::MOST_DICTIONARIES
                || !self.inner.trained.is_due(organization, now)
            {
                return Ok(());
            }
        }
        let samples = dictionary::samples(&mut tx).await?;
        // A transaction is no place to wait, and a thread that serves is none to compute.
        drop(tx);
        let before = newest.as_ref().map_or(0, |newest| newest.id);
        let train = move || dictionary::train(&samples, newest.as_ref());
        let Ok(Some(bytes)) = tokio::task::spawn_blocking(train).await else { return Ok(()) };
        let mut tx = Tx::system(&server.db, organization).await?;
        if dictionary::add(&mut tx, before, &bytes, now).await? {
            tx.commit().await?;
            tracing::info!(%organization, number = before + 1, bytes = bytes.len(), "bodies have a dictionary");
        }
        Ok(())
    }
}

/// When this process last compared an organization's dictionary with a fresh one: not at every beat.
#[derive(Default)]
pub(super) struct Trained {
    at: Mutex<HashMap<OrganizationId, Timestamp>>,
}

impl Trained {
    /// Whether it is time again; if so, it counts as done.
    fn is_due(&self, organization: OrganizationId, now: Timestamp) -> bool {
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = at
            .get(&organization)
            .is_none_or(|last| now.duration_since(*last) >= dictionary::OLD_AFTER);
        if is_due {
            at.insert(organization, now);
        }
        is_due
    }
}
