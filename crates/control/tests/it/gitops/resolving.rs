//! Dependencies beyond the base library: asked of a runtime, released by its answer, refused by name.

use control::app::release::{self, Resolved};
use domain::id::CommandId;
use store::release::{Release, State};
use testkit::git::write;

use super::world::{ROUTE, World};

const LOCK: &[u8] = br#"{"format":1,"lock":{"format":1,"camel":"4.18.0","jars":[
    {"coordinates":"org.apache.camel:camel-kafka:4.18.0","sha256":"aa","size":1}]}}"#;

async fn pushed(world: &World, subject: &str, topic: &str) -> (Release, CommandId) {
    let route = ROUTE.replace("- log: hello", &format!("- to: kafka:{topic}"));
    let commit = world.repository.commit(subject, &[write("orders/a.camel.yaml", &route)]);
    world.applied(&commit).await;
    let newest = world.newest("orders").await;
    assert_eq!(newest.state, State::Resolving);
    let command = newest.resolving.as_ref().unwrap().command.unwrap();
    (newest, command)
}

async fn answer(world: &World, command: CommandId, resolved: Resolved<'_>) {
    let mut tx = world.ctx.begin().await.unwrap();
    release::resolved(&world.ctx, &mut tx, command, resolved).await.unwrap();
    release::resolved(&world.ctx, &mut tx, command, resolved).await.unwrap();
    world.ctx.commit(tx).await.unwrap();
}

#[tokio::test]
async fn pg_git_kafka_is_resolved_once_and_then_known() {
    let world = World::new().await;
    world.add_source().await;
    let (_, command) = pushed(&world, "Kafka", "one").await;
    assert!(world.desired().await.is_empty());
    answer(&world, command, Resolved::Lock(LOCK)).await;
    let newest = world.newest("orders").await;
    assert_eq!(newest.state, State::Released);
    assert!(newest.lock.is_some());
    assert_eq!(world.desired().await.len(), 1);
    let again = ROUTE.replace("- log: hello", "- to: kafka:two");
    let commit = world.repository.commit("Again", &[write("orders/a.camel.yaml", &again)]);
    world.applied(&commit).await;
    assert_eq!(world.newest("orders").await.state, State::Released);
    assert_eq!(world.desired().await[0].generation, 2);
}

#[tokio::test]
async fn pg_git_an_artefact_that_cannot_be_had_refuses_the_release_by_name() {
    let world = World::new().await;
    world.add_source().await;
    let (_, command) = pushed(&world, "Kafka", "one").await;
    let message = "org.apache.camel:camel-kafka:4.18.0 is in no repository";
    answer(&world, command, Resolved::Refused { code: "MP-RUN-02", message }).await;
    let newest = world.newest("orders").await;
    assert_eq!(newest.state, State::Refused);
    assert_eq!(newest.problems[0].message, message);
    assert!(world.desired().await.is_empty());
}

#[tokio::test]
async fn pg_git_an_answer_that_is_no_lock_refuses_the_release() {
    let world = World::new().await;
    world.add_source().await;
    let (_, command) = pushed(&world, "Kafka", "one").await;
    answer(&world, command, Resolved::Lock(b"{}")).await;
    assert_eq!(world.newest("orders").await.problems[0].code, "MP-REL-03");
}

#[tokio::test]
async fn pg_git_a_release_that_was_overtaken_is_not_deployed_late() {
    let world = World::new().await;
    world.add_source().await;
    let (_, command) = pushed(&world, "Kafka", "one").await;
    let commit = world.repository.commit("Plain", &[write("orders/a.camel.yaml", ROUTE)]);
    world.applied(&commit).await;
    answer(&world, command, Resolved::Lock(LOCK)).await;
    let desired = world.desired().await;
    assert_eq!((desired.len(), desired[0].generation), (1, 1));
    assert_eq!(world.workload("orders").await.release.unwrap().commit.id, commit);
}
