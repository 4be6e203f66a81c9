//! A push becomes desired state, once, and says so.

use std::time::Instant;

use control::app::deployment::operate::{self, Wanted};
use control::app::push;
use domain::deployment::Phase;
use domain::integration::State;
use futures::StreamExt as _;
use testkit::git::write;

use super::world::{ROUTE, World};

fn orders() -> Wanted<'static> {
    Wanted { project: None, integration: "orders", environment: None }
}

#[tokio::test]
async fn pg_git_a_push_becomes_desired_state_with_its_artifacts() {
    let world = World::new().await;
    world.add_source().await;
    let route = ROUTE.replace("timer:tick", "platform-http:/orders");
    let commit = world.repository.commit(
        "Add orders",
        &[
            write("orders/orders.camel.yaml", &route),
            write("orders/application.properties", "limit=2\n"),
            write("prices/prices.camel.yaml", ROUTE),
        ],
    );
    world.applied(&commit).await;
    let desired = world.desired().await;
    assert_eq!(desired.len(), 2);
    assert!(desired.iter().all(|one| one.run && one.generation == 1));
    let workload = world.workload("orders").await;
    assert_eq!(workload.state, State::Updating);
    let mine = desired.iter().find(|one| one.workload == workload.workload.id).unwrap();
    let mut tx = world.ctx.begin().await.unwrap();
    let digest = mine.specification.unwrap();
    let bytes = store::artifact::read_for(&mut tx, world.runtime, &digest).await.unwrap().unwrap();
    let specification: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(specification["integration"], "orders");
    assert_eq!(specification["properties"]["limit"], "2");
    assert_eq!(specification["expose"]["http"], true);
    assert_eq!(specification["release"]["short"], commit[..4]);
    let bundle = specification["release"]["bundle"].as_str().unwrap().parse().unwrap();
    let bytes = store::artifact::read_for(&mut tx, world.runtime, &bundle).await.unwrap().unwrap();
    let files = link::bundle::decode(&bytes, &bundle).unwrap();
    assert!(files.iter().any(|file| file.path == "orders.camel.yaml"));
    let shown =
        control::app::release::files::list(&world.ctx, workload.release.unwrap().id).await.unwrap();
    let read = shown.iter().find(|file| file.path == "orders.camel.yaml").unwrap();
    assert_eq!(read.text.as_deref(), Some(route.as_str()));
    let stranger = domain::id::RuntimeId(world.ctx.new_id());
    assert_eq!(store::artifact::read_for(&mut tx, stranger, &bundle).await.unwrap(), None);
}

#[tokio::test]
async fn pg_git_only_what_a_commit_changed_is_deployed() {
    let world = World::new().await;
    world.add_source().await;
    let first = world.repository.commit(
        "Both",
        &[write("orders/a.camel.yaml", ROUTE), write("prices/a.camel.yaml", ROUTE)],
    );
    world.applied(&first).await;
    let changed = ROUTE.replace("hello", "good evening");
    let second = world.repository.commit("Orders", &[write("orders/a.camel.yaml", &changed)]);
    world.applied(&second).await;
    assert_eq!(world.workload("orders").await.workload.generation, 2);
    assert_eq!(world.workload("prices").await.workload.generation, 1);
    assert_eq!(world.newest("prices").await.commit.id, first);
    let third = world.repository.commit("Words", &[write("README.md", "hello")]);
    world.applied(&third).await;
    assert_eq!(world.workload("orders").await.workload.generation, 2);
}

#[tokio::test]
async fn pg_git_the_push_is_answered_with_what_became_of_it() {
    let world = World::new().await;
    world.add_source().await;
    let first = world.repository.commit("One", &[write("orders/a.camel.yaml", ROUTE)]);
    let mut lines = Box::pin(push::answer(&world.ctx, "demo", Some(first.clone())).await.unwrap());
    world.applied(&first).await;
    world.say("orders", Phase::Ready).await;
    let line = lines.next().await.unwrap();
    assert!(line.starts_with(&format!("orders {} ready in ", &first[..4])), "{line}");
    assert!(line.ends_with(" http://127.0.0.1:20080/orders"), "{line}");
    assert_eq!(lines.next().await, None);
    let broken = ROUTE.replace("timer:", "tmier:");
    let second = world.repository.commit("Two", &[write("orders/a.camel.yaml", &broken)]);
    let lines: Vec<String> =
        push::answer(&world.ctx, "demo", Some(second)).await.unwrap().collect().await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("orders/a.camel.yaml:4:"), "{lines:?}");
    assert!(lines[0].ends_with(&format!("; {} keeps running", &first[..4])), "{lines:?}");
    let lines: Vec<String> = push::answer(&world.ctx, "demo", None).await.unwrap().collect().await;
    assert_eq!(lines, ["nothing new on `main`"]);
}

#[tokio::test]
async fn pg_git_a_commit_is_desired_soon_after_it_was_noticed() {
    let world = World::new().await;
    world.add_source().await;
    let names = ["orders", "prices", "invoices", "shop"];
    let paths = names.map(|name| format!("{name}/a.camel.yaml"));
    let first: Vec<_> = paths.iter().map(|path| write(path, ROUTE)).collect();
    world.applied(&world.repository.commit("Warm", &first)).await;
    let route = ROUTE.replace("hello", "good evening");
    let second: Vec<_> = paths.iter().map(|path| write(path, &route)).collect();
    let commit = world.repository.commit("Timed", &second);
    let began = Instant::now();
    control::app::source::sync(&world.ctx, "demo").await.unwrap();
    while world.source().await.commit.unwrap().id != commit {
        tokio::task::yield_now().await;
    }
    let took = began.elapsed();
    println!("noticed to desired: {took:?}");
    assert!(took.as_millis() < 2000, "{took:?}");
}

#[tokio::test]
async fn pg_git_a_roll_back_holds_until_resume() {
    let world = World::new().await;
    world.add_source().await;
    let first = world.repository.commit("One", &[write("orders/a.camel.yaml", ROUTE)]);
    world.applied(&first).await;
    world.say("orders", Phase::Ready).await;
    let two = ROUTE.replace("hello", "two");
    let second = world.repository.commit("Two", &[write("orders/a.camel.yaml", &two)]);
    world.applied(&second).await;
    world.say("orders", Phase::Ready).await;
    let back = operate::rollback(&world.ctx, orders(), None).await.unwrap();
    assert_eq!(back.generation, 3);
    world.say("orders", Phase::Ready).await;
    let held = world.workload("orders").await;
    assert_eq!(held.release.unwrap().commit.id, first);
    assert_eq!(held.behind, 1);
    for text in ["three", "four"] {
        let route = ROUTE.replace("hello", text);
        let commit = world.repository.commit(text, &[write("orders/a.camel.yaml", &route)]);
        world.applied(&commit).await;
    }
    let held = world.workload("orders").await;
    assert_eq!(held.behind, 3);
    assert_eq!(held.workload.generation, 3);
    let resumed = operate::resume(&world.ctx, orders()).await.unwrap();
    assert_eq!(resumed.generation, 4);
    let now = world.workload("orders").await;
    assert_eq!(now.release.unwrap().id, world.newest("orders").await.id);
    assert!(operate::resume(&world.ctx, orders()).await.is_err());
}

#[tokio::test]
async fn pg_git_a_roll_back_names_a_release_by_the_beginning_of_its_commit() {
    let world = World::new().await;
    world.add_source().await;
    let first = world.repository.commit("One", &[write("orders/a.camel.yaml", ROUTE)]);
    world.applied(&first).await;
    let broken = ROUTE.replace("timer:", "tmier:");
    let second = world.repository.commit("Two", &[write("orders/a.camel.yaml", &broken)]);
    world.applied(&second).await;
    let none = operate::rollback(&world.ctx, orders(), None).await.unwrap_err();
    assert_eq!(none.code(), "MP-REL-06");
    let refused = operate::rollback(&world.ctx, orders(), Some(&second[..8])).await;
    assert_eq!(refused.unwrap_err().code(), "MP-REL-08");
    let made = operate::rollback(&world.ctx, orders(), Some(&first[..8])).await.unwrap();
    assert_eq!(made.generation, 2);
}

#[tokio::test]
async fn pg_git_a_stopped_workload_stays_stopped_until_start() {
    let world = World::new().await;
    world.add_source().await;
    let first = world.repository.commit("One", &[write("orders/a.camel.yaml", ROUTE)]);
    world.applied(&first).await;
    world.say("orders", Phase::Ready).await;
    operate::stop(&world.ctx, orders()).await.unwrap();
    assert!(world.desired().await.iter().all(|one| !one.run && one.generation == 2));
    assert_eq!(world.workload("orders").await.state, State::Stopped);
    let two = ROUTE.replace("hello", "two");
    let second = world.repository.commit("Two", &[write("orders/a.camel.yaml", &two)]);
    world.applied(&second).await;
    assert!(world.desired().await.iter().all(|one| !one.run));
    operate::start(&world.ctx, orders()).await.unwrap();
    assert!(world.desired().await.iter().all(|one| one.run && one.generation == 3));
    assert_eq!(world.workload("orders").await.release.unwrap().commit.id, second);
    operate::restart(&world.ctx, orders()).await.unwrap();
}
