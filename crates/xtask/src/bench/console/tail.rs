//! The live tail at a thousand messages a second: how even the frames are, and what the browser's memory does.
//!
//! The load is real: timers of workloads of the bench's own, whose messages go the whole way through tracer, runner, link and control
//! plane to the page. How many arrived is counted in the page and is a figure, because a tail that hears less is easy to paint. The
//! same window with the tail paused is what the frames are compared with.

use std::path::Path;

use anyhow::{Result, ensure};
use serde::Deserialize;

use super::super::report::Report;

pub(crate) struct Wanted {
    /// How long each window is.
    pub(crate) seconds: u64,
    /// Messages a second that are to arrive.
    pub(crate) rate: u64,
}

/// Of one window.
#[derive(Deserialize)]
struct Window {
    frame_p50_ms: f64,
    frame_p99_ms: f64,
    frames: f64,
    /// Heap after a forced collection, at the end against the first minute.
    heap_ratio: f64,
    /// Messages that arrived, and those that the server left out because they came too fast.
    arrived: f64,
    missed: f64,
    /// How often the newest row was another one.
    paints: f64,
    seconds: f64,
}

/// A workload that does nothing else has tracing as a large share of its time; what each of these makes costs less than the part of a
/// core below which its tracer keeps all.
const WORKLOADS: u64 = 4;
/// A machine that is also the browser's does not keep the pace to the last message.
const KEPT: f64 = 0.95;

pub(super) fn measure(binary: &Path, wanted: &Wanted, report: &mut Report) -> Result<()> {
    let session = super::start(binary)?;
    for number in 1..=WORKLOADS {
        session.push(&format!("busy-{number}"), &routes(wanted.rate / WORKLOADS))?;
    }
    let seconds = wanted.seconds.to_string();
    let look = |mode: &str| super::browser(&session, "tail-figures.mjs", &[&seconds, mode]);
    let live: Window = look("live")?;
    let paused: Window = look("paused")?;
    ensure!(live.frames > 0.0 && live.paints > 0.0, "the tail painted nothing");
    let per_second = |count: f64, window: &Window| count / window.seconds;
    report.note(format!(
        "live: {:.0} messages in {:.0} s, {:.0} left out by the server, rows painted anew {:.1} times a second",
        live.arrived,
        live.seconds,
        live.missed,
        per_second(live.paints, &live)
    ));
    report.figure("tail_frame_p99_ms", live.frame_p99_ms, Some(100.0));
    report.figure("tail_heap_ratio", live.heap_ratio, Some(1.1));
    let asked = f64::from(u32::try_from(wanted.rate).unwrap_or(u32::MAX));
    let heard = per_second(live.arrived + live.missed, &live);
    report.at_least("tail_messages_per_s", heard, asked * KEPT);
    report.figure("tail_missed_per_s", per_second(live.missed, &live), None);
    report.figure("tail_frame_p50_ms", live.frame_p50_ms, None);
    report.figure("tail_paints_per_s", per_second(live.paints, &live), None);
    report.peer("paused_frame_p99_ms", paused.frame_p99_ms);
    report.peer("paused_frame_p50_ms", paused.frame_p50_ms);
    report.peer("paused_heap_ratio", paused.heap_ratio);
    report.peer("paused_messages_per_s", per_second(paused.arrived + paused.missed, &paused));
    Ok(())
}

/// A route that makes so many messages a second; a timer counts in thousandths of one.
fn routes(rate: u64) -> String {
    let period = 1_000 / rate.clamp(1, 1_000);
    format!(
        "- route:\n    id: busy\n    from:\n      uri: timer:busy\n      parameters: {{period: {period}, delay: 0, fixedRate: true}}\n      \
         steps:\n        - setHeader: {{name: orderId, simple: 'A-${{exchangeId}}'}}\n        - setBody: {{constant: tea}}\n"
    )
}
