//! Alerting: looks at what is so, raises and ends alerts, and calls the webhook of each organization.
//!
//! ```text
//! every 5 s, each organization: rules that are on see -> domain::alert::decide -> rows + a job, in one transaction
//! every second: jobs that are due -> one call each -> delivered, tried again later, or given up
//! ```
//! A look takes no hint about what changed and remembers nothing, so several processes may look at once: the row decides
//! who raises, and who raises tells. What an alert is for people is `app::alert`'s, what is sent `alerting::webhook`'s.

mod look;
mod webhook;

use std::time::Duration;

use jiff::SignedDuration;
use store::{Door, job};

use crate::app::{Error, alert as app};
use crate::gitops::fetch::Reach;
use crate::lifecycle::chain;
use crate::server::Server;

pub use webhook::{Caller, sign};

/// Soon enough to be news, seldom enough to cost nothing.
const LOOK: Duration = Duration::from_secs(5);
const DELIVER: Duration = Duration::from_secs(1);
/// A call takes ten seconds at most; whoever holds a job longer is gone.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// More at once would only wait for each other.
const AT_ONCE: u16 = 8;

/// Looks until the soft shutdown.
pub(crate) async fn watch(server: Server) {
    let soft = server.life.soft().clone();
    let mut turn = tokio::time::interval(LOOK);
    turn.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = soft.cancelled() => return,
            _ = turn.tick() => {}
        }
        if let Err(err) = everywhere(&server).await {
            tracing::warn!(error = %chain(&err), "look for alerts");
        }
    }
}

async fn everywhere(server: &Server) -> Result<(), Error> {
    let mut door = Door::begin(&server.db).await?;
    let organizations = store::organization::list_ids(&mut door).await?;
    door.commit().await?;
    for organization in organizations {
        look::look(&server.engine("alerts", organization)).await?;
    }
    Ok(())
}

/// Calls until the soft shutdown.
pub(crate) async fn deliver(server: Server, reach: Reach) {
    let caller = match Caller::new(&reach) {
        Ok(caller) => caller,
        Err(err) => {
            tracing::error!(error = %chain(&err), "alerts are not sent: no HTTP client");
            return;
        }
    };
    let worker = server.system.new_id();
    let soft = server.life.soft().clone();
    let mut turn = tokio::time::interval(DELIVER);
    turn.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = soft.cancelled() => return,
            _ = turn.tick() => {}
        }
        if let Err(err) = due(&server, &caller, worker).await {
            tracing::warn!(error = %chain(&err), "send alerts");
        }
    }
}

async fn due(server: &Server, caller: &Caller, worker: uuid::Uuid) -> Result<(), Error> {
    let mut door = Door::begin(&server.db).await?;
    let now = server.system.now();
    let claimed = job::claim(&mut door, app::QUEUE, worker, now, LEASE, AT_ONCE).await?;
    door.commit().await?;
    let calls = claimed.into_iter().map(|one| async move {
        let ctx = server.engine("alerts", one.organization);
        webhook::deliver(&ctx, caller, one.id, worker).await
    });
    futures::future::try_join_all(calls).await.map(drop)
}
