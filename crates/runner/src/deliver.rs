//! Delivers a message to a workload: a replay or a send, at most once whatever is killed.
//!
//! ```text
//! command (journaled) -> orders/<id>.json: handed to instance n -> control/orders/<id>.json -> the launcher
//!        launcher: answers/<id>.taken (before the exchange is made) -> answers/<id>.json -> result (journaled)
//! ```
//! A runner that is killed finds the command in its journal again and goes on from the files: `decide` is a function of
//! what is there. An instance that died without a claim never made the exchange, so the next one may; one that died with a
//! claim and without an answer made it and did not finish, which is said as such and never tried again.

pub(crate) mod decide;
mod files;

use std::sync::Arc;
use std::time::Duration;

use link::wire;
use serde::Deserialize;
use uuid::Uuid;

use crate::board::State;
use crate::command::{Answer, parse, refuse};
use crate::originals::Asked;
use crate::shared::Shared;
use decide::{Next, Where, decide};
use files::Files;
pub(crate) use files::{Used, told, write_order};

/// The first looks, when an answer is a matter of milliseconds.
const SOON: Duration = Duration::from_millis(5);
/// Then less often: a route may take minutes.
const LATER: Duration = Duration::from_millis(100);
const SOON_FOR: Duration = Duration::from_secs(2);
/// An order may not say so long a wait that nobody remembers having asked.
const LONGEST_WAIT_MS: i64 = 24 * 3600 * 1000;

#[derive(Deserialize)]
struct Deliver {
    workload: Uuid,
    /// Milliseconds since 1970; after it nothing is begun any more.
    begin_before_ms: i64,
    /// What the launcher reads: route or endpoint, body, headers.
    #[serde(flatten)]
    asked: Asked,
}

/// Until the message was delivered, or will not be.
pub(crate) async fn run(shared: &Arc<Shared>, command: &wire::Command) -> Answer {
    let Deliver { workload, begin_before_ms, asked } = parse(&command.body)?;
    let id = command_id(command)?;
    let now_ms = || shared.settings.seams.now().as_millisecond();
    let begin_before_ms = begin_before_ms.min(now_ms().saturating_add(LONGEST_WAIT_MS));
    let mut prepared = None;
    let mut files = Files::open(shared.clone(), workload, id);
    let began = tokio::time::Instant::now();
    loop {
        let line = shared.board.get(workload);
        let place = match &line {
            None => Where::Nowhere,
            Some(line) if line.state == State::Stopped => Where::Stopped,
            Some(line) => match line.instance {
                Some(number) if line.state == State::Ready => Where::Ready(number),
                _ => Where::NotYet,
            },
        };
        if let Some(line) = &line {
            files.find(&line.folder);
        }
        let seen = files.see();
        match decide(place, seen, now_ms(), begin_before_ms) {
            Next::Answer => {
                // Values of an original that is gone by now are masked by the rules alone.
                let filled = match prepared {
                    Some(filled) => Some(filled),
                    None => asked.fill(shared, workload).await.ok(),
                };
                return files.answer(&filled.map(|filled| filled.hidden).unwrap_or_default());
            }
            next @ (Next::Hand(_) | Next::Order) => {
                if prepared.is_none() {
                    // Nothing of it was begun, so it may still be refused.
                    let mut filled = asked.fill(shared, workload).await?;
                    filled.order["format"] = 1.into();
                    filled.order["begin_before_ms"] = begin_before_ms.into();
                    prepared = Some(filled);
                }
                let Some(filled) = &prepared else { continue };
                let done = match next {
                    Next::Hand(number) => files.hand(number, filled),
                    _ => files.order(filled),
                };
                done.map_err(|err| files::disk(&err))?;
            }
            Next::Refuse(code, reason) => return refuse(code, reason.to_owned()),
            Next::Look => {}
        }
        tokio::time::sleep(if began.elapsed() < SOON_FOR { SOON } else { LATER }).await;
    }
}

fn command_id(command: &wire::Command) -> Result<Uuid, (String, String)> {
    let bad = |_| ("MP-RUN-51".to_owned(), "the command has no id".to_owned());
    command.id.parse().map_err(bad)
}

/// The result is journaled: what the files were for is over.
pub(crate) fn forget(shared: &Arc<Shared>, command: &wire::Command) {
    if let Ok(id) = command_id(command) {
        files::forget(shared, id);
    }
}

/// Forgets what an earlier runner had no time to: files of commands that have a result.
pub(crate) fn sweep(shared: &Arc<Shared>, pending: &[wire::Command]) {
    let open: Vec<Uuid> = pending.iter().filter_map(|command| command_id(command).ok()).collect();
    for id in files::known(shared) {
        if !open.contains(&id) {
            files::forget(shared, id);
        }
    }
}
