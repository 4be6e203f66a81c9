//! Many messages: sent fresh, by four at once as a workload takes them, then replayed as one bulk.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use super::pushed::Pushed;
use super::{LONGEST, ms, patiently};
use crate::bench::report::Report;

/// A launcher works on so many at a time.
const SENDERS: usize = 4;
/// As fast as it may be asked for.
const PER_SECOND: u32 = 1_000;

pub(super) fn measure(pushed: &Pushed<'_>, messages: usize, report: &mut Report) -> Result<()> {
    let url = format!("{}/note", pushed.session.url("noted")?);
    let web = each(messages, |number| {
        ureq::post(&url).send(format!("web-{number}")).context("send over HTTP")?;
        Ok(())
    })?;
    let last = std::sync::Mutex::new(String::new());
    let fresh = each(messages, |number| {
        let id = pushed.send(&format!("bulk-{number}"))?;
        if let Ok(mut last) = last.lock() {
            *last = id;
        }
        Ok(())
    })?;
    let last = last.into_inner().unwrap_or_default();
    pushed.until_recorded(&last)?;
    let start = "mutation($query: String!, $rate: Int!) { startBulkReplay(query: $query, perSecond: $rate, stopAfter: 0, \
                 repeatEffects: true) { id total } }";
    let query = "integration:noted route:note -is:replay";
    let since = Instant::now();
    let variables = json!({"query": query, "rate": PER_SECOND});
    let begun = pushed.session.graphql(start, variables)?["startBulkReplay"].take();
    let total = begun["total"].as_u64().context("total")?;
    // A busy tracer samples; what it left out is not replayed.
    ensure!(total > messages as u64 / 2, "{total} of {messages} messages were recorded");
    let state =
        "query($id: ID!) { bulkReplay(id: $id) { state completed failed notDone refused } }";
    let bulk = loop {
        let now =
            patiently(pushed.session, state, &json!({"id": begun["id"]}))?["bulkReplay"].take();
        if now["state"] == "ended" {
            ensure!(now["completed"].as_u64() == Some(total), "not all completed: {now}");
            break ms(since);
        }
        ensure!(since.elapsed() < LONGEST, "the bulk does not end: {now}");
        std::thread::sleep(Duration::from_millis(20));
    };
    let lines = pushed.lines()?;
    let times = |wanted: usize| {
        (0..messages).filter(|number| lines.get(&format!("bulk-{number}")) == Some(&wanted)).count()
    };
    let (once, twice) = (times(1), times(2));
    ensure!(once + twice == messages, "a message is in the file neither once nor twice");
    ensure!(twice as u64 == total, "{twice} of {total} messages came again");
    report.note(format!(
        "{messages} over HTTP {:.1} s, {messages} sent {:.1} s, {total} replayed {:.1} s",
        web / 1_000.0,
        fresh / 1_000.0,
        bulk / 1_000.0
    ));
    #[expect(clippy::cast_precision_loss, reason = "counts of a bench are small")]
    let share = total as f64 / messages as f64;
    report.ratio_at_least("bulk_ratio", fresh * share / bulk, 0.5);
    report.ratio("bulk_vs_http_ratio", web * share / bulk, None);
    Ok(())
}

/// Milliseconds that all of them took.
fn each(count: usize, work: impl Fn(usize) -> Result<()> + Sync) -> Result<f64> {
    let next = AtomicUsize::new(0);
    let since = Instant::now();
    std::thread::scope(|scope| {
        let sender = || -> Result<()> {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return Ok(());
                }
                work(number)?;
            }
        };
        let senders: Vec<_> = (0..SENDERS).map(|_| scope.spawn(sender)).collect();
        let join = |sender: std::thread::ScopedJoinHandle<'_, Result<()>>| {
            sender.join().map_err(|_| anyhow::anyhow!("a sender ended"))?
        };
        senders.into_iter().try_for_each(join)
    })?;
    Ok(ms(since))
}
