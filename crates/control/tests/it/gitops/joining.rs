//! What waited for a runtime goes on when it joins, without anybody asking again.

use std::path::Path;

use control::app::deployment::operate::{self, Wanted};
use control::app::enrolment::{self, Offered};
use control::app::{environment, push, runtime, secret};
use domain::deployment::Phase;
use domain::runtime::Purpose;
use futures::StreamExt as _;
use link::Seams;
use link::client::{Network, join};
use testkit::git::write;

use super::world::{ROUTE, World};

const MOUNTS: &str = "secrets:\n  - {env: DB_PASSWORD, secret: orders-db, key: password}\n";

async fn joined(world: &World, offered: &Offered, dir: &Path) {
    let system = &world.ctx.server.system;
    let (clock, random) = (system.clone(), system.clone());
    let seams = Seams::new(move || clock.now(), move || u64::from_le_bytes(random.random()));
    let token = offered.token.parse().unwrap();
    join(&token, dir, &Network::default(), "0.1.0", &[], &seams).await.unwrap();
}

#[tokio::test]
async fn pg_git_a_deployment_that_waited_for_its_runtime_is_made_when_it_joins() {
    let world = World::new().await;
    let ctx = &world.ctx;
    world.add_source().await;
    secret::set(ctx, "dev", "orders-db", "password", "tea-time").await.unwrap();
    let offered = enrolment::offer(ctx, "site", &[Purpose::Run]).await.unwrap();
    let moved = environment::Change { runtime: Some("site".to_owned()), ..Default::default() };
    environment::update(ctx, "dev", moved).await.unwrap();
    let files = [write("orders/a.camel.yaml", ROUTE), write("orders/midplane.yaml", MOUNTS)];
    world.applied(&world.repository.commit("Mount", &files)).await;
    let failed = world.workload("orders").await.deployment.unwrap();
    assert_eq!((failed.phase, failed.code.as_deref()), (Phase::Failed, Some("MP-REL-12")));

    let dir = tempfile::tempdir().unwrap();
    joined(&world, &offered, dir.path()).await;

    let workload = world.workload("orders").await;
    let deployment = workload.deployment.unwrap();
    assert_eq!((deployment.phase, deployment.code), (Phase::Asked, None));
    assert_eq!(deployment.release, failed.release);
    let mut tx = ctx.begin().await.unwrap();
    let desired = store::desired::of_runtime(&mut tx, workload.workload.runtime).await.unwrap();
    assert_eq!(desired.len(), 1);
    assert_eq!(desired[0].specification, deployment.specification);
    drop(tx);
    // The same key may repeat its request; nothing is deployed a second time.
    joined(&world, &offered, dir.path()).await;
    assert_eq!(world.workload("orders").await.deployment.unwrap().id, deployment.id);
}

#[tokio::test]
async fn pg_git_what_is_held_stays_so_on_another_runtime() {
    let world = World::new().await;
    let ctx = &world.ctx;
    world.add_source().await;
    let mut commits = Vec::new();
    for text in ["one", "two"] {
        let route = ROUTE.replace("hello", text);
        commits.push(world.repository.commit(text, &[write("orders/a.camel.yaml", &route)]));
        world.applied(&commits[commits.len() - 1]).await;
        world.say("orders", Phase::Ready).await;
    }
    let orders = Wanted { project: None, integration: "orders", environment: None };
    operate::rollback(ctx, orders, None).await.unwrap();
    world.say("orders", Phase::Ready).await;
    let offered = enrolment::offer(ctx, "site", &[Purpose::Run]).await.unwrap();
    joined(&world, &offered, tempfile::tempdir().unwrap().path()).await;
    let moved = environment::Change { runtime: Some("site".to_owned()), ..Default::default() };
    environment::update(ctx, "dev", moved).await.unwrap();
    let there = world.workload("orders").await;
    assert_eq!((there.runtime.as_str(), there.behind), ("site", 1));
    assert_eq!(there.release.unwrap().commit.id, commits[0]);
}

#[tokio::test]
async fn pg_git_a_release_that_waited_for_a_builder_is_asked_of_the_first_that_joins() {
    let world = World::new().await;
    let ctx = &world.ctx;
    world.add_source().await;
    runtime::revoke(ctx, "laptop").await.unwrap();
    let route = ROUTE.replace("- log: hello", "- to: kafka:one");
    let commit = world.repository.commit("Kafka", &[write("orders/a.camel.yaml", &route)]);
    world.applied(&commit).await;
    let asked_of = async || world.newest("orders").await.resolving.unwrap().command;
    assert_eq!(asked_of().await, None);
    let lines = push::answer(ctx, "demo", Some(commit)).await.unwrap();
    let line = std::pin::pin!(lines).next().await.unwrap();
    assert!(line.contains("waits for a runtime of purpose build"), "{line}");

    let offered = enrolment::offer(ctx, "builder", &[Purpose::Build]).await.unwrap();
    joined(&world, &offered, tempfile::tempdir().unwrap().path()).await;
    assert!(asked_of().await.is_some());
}
