//! Heartbeats beside everything else that writes the same rows.

use std::collections::BTreeMap;
use std::time::Duration;

use control::app::workload;
use domain::deployment::Phase;
use domain::id::CommandId;
use jiff::SignedDuration;
use link::channel::Lane;
use store::command::NewCommand;
use store::runtime::Heard;
use store::workload::Seen;

use super::world::{ROUTE, World};
use testkit::git::write;

#[tokio::test]
async fn pg_git_a_heartbeat_and_a_command_never_wait_for_each_other() {
    let world = World::new().await;
    world.add_source().await;
    let commit = world.repository.commit("one", &[write("orders/a.camel.yaml", ROUTE)]);
    world.applied(&commit).await;
    world.say("orders", Phase::Ready).await;
    let id = world.workload("orders").await.workload.id;
    // Somebody sends a message: first the workload, then the number of the command.
    let mut sending = world.ctx.begin().await.unwrap();
    store::workload::find_for_update(&mut sending, id).await.unwrap().unwrap();
    let (ctx, runtime, now) = (world.ctx.clone(), world.runtime, world.ctx.now());
    let mut beat = std::pin::pin!(async move {
        let seen = Seen {
            state: "ready".to_owned(),
            deployment: None,
            generation: 1,
            pid: None,
            rss_bytes: None,
            cpu_ms: None,
            restarts: 0,
            started_at: None,
            url: None,
            reason: None,
            at: now,
        };
        let heard = Heard {
            at: now,
            version: "0.1.0",
            capabilities: &[],
            conditions: &[],
            rss_bytes: 0,
            figures: &BTreeMap::new(),
            clock_skew_ms: 0,
            address: "127.0.0.1",
        };
        let mut tx = ctx.begin().await.unwrap();
        workload::heard(&mut tx, runtime, vec![(id, seen)], &heard).await.unwrap();
        ctx.commit(tx).await.unwrap();
    });
    // It waits for the workload by then, with whatever else it has taken.
    let waits = tokio::time::timeout(Duration::from_millis(300), &mut beat).await;
    assert!(waits.is_err());
    let command = NewCommand {
        id: CommandId(testkit::people::new_id()),
        runtime,
        lane: Lane::Ops.as_str(),
        kind: "deliver",
        body: &serde_json::json!({"format": 1}),
        deadline: now + SignedDuration::from_mins(1),
    };
    let inserted = tokio::time::timeout(
        // A deadlock is looked for after one second.
        Duration::from_millis(700),
        store::command::insert(&mut sending, &command),
    );
    inserted.await.expect("the runtime's row is free").unwrap();
    world.ctx.commit(sending).await.unwrap();
    beat.await;
}
