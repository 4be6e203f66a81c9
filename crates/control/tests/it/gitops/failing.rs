//! Failures of what was deployed: they return with a release, leave with a replay, and are spoken of after a push.

use control::app::failure_group::{self, Shown};
use control::app::replay::{self, Choice, Content, How};
use control::app::{deployment, message, push};
use domain::deployment::Phase;
use domain::failure::State;
use domain::replay::Outcome;
use futures::StreamExt as _;
use store::replay::Ended;
use telemetry::model::Record;
use testkit::git::write;

use super::world::{ROUTE, World};
use crate::message::{batch, now_us, numbered};

/// One message fails on the route `intake` of what runs now, or of `on`, as its tracer tells.
async fn fails(world: &World, name: &str, number: u64, on: Option<domain::id::DeploymentId>) {
    let workload = world.workload(name).await;
    let mut batch = batch(now_us() + number);
    let count = u32::try_from(number).unwrap() * 16;
    for record in &mut batch.records {
        // Neighbours of one tracer end in different characters.
        match record {
            Record::Message(message) => message.id.count += count,
            Record::Payload(payload) => payload.message.count += count,
            _ => {}
        }
    }
    batch.origin.workload = Some(workload.workload.id);
    batch.origin.deployment = on.or(workload.workload.deployment);
    let stored = [numbered(&batch, number)];
    let rejected = world.ingest.store(world.ctx.organization(), world.runtime, &stored).await;
    assert_eq!(rejected.unwrap(), []);
}

async fn only(world: &World) -> Shown {
    let since = world.ctx.now() - jiff::SignedDuration::from_hours(1);
    let groups = failure_group::list(&world.ctx, since, None, None, 200).await.unwrap();
    let [group] = groups.try_into().unwrap();
    group
}

fn id(group: &Shown) -> String {
    failure_group::id::write(&group.group.key)
}

async fn deployed(world: &World, text: &str) -> String {
    let route = ROUTE.replace("hello", text);
    let commit = world.repository.commit(text, &[write("orders/a.camel.yaml", &route)]);
    world.applied(&commit).await;
    world.say("orders", Phase::Ready).await;
    commit
}

#[tokio::test]
async fn pg_git_failures_return_only_with_a_release_deployed_after_they_were_resolved() {
    let world = World::new().await;
    world.add_source().await;
    let first = deployed(&world, "one").await;
    let old = world.workload("orders").await.workload.deployment;
    fails(&world, "orders", 1, None).await;
    let group = only(&world).await;
    assert_eq!(group.began_on.unwrap().short, first[..4]);
    let resolved =
        failure_group::resolve(&world.ctx, &id(&only(&world).await), None).await.unwrap();
    assert_eq!(
        (resolved.state, resolved.resolved_on.unwrap().short),
        (State::Resolved, first[..4].to_owned())
    );
    deployed(&world, "two").await;
    assert_eq!(only(&world).await.state, State::Resolved, "nothing failed");
    fails(&world, "orders", 2, old).await;
    let late = only(&world).await;
    assert_eq!((late.state, late.group.count), (State::Resolved, 2), "the old release fails on");
    fails(&world, "orders", 3, None).await;
    let returned = only(&world).await;
    assert_eq!(returned.state, State::Returned);
    assert_eq!(returned.resolved_on.unwrap().short, first[..4], "still known");
    let again = failure_group::resolve(&world.ctx, &id(&only(&world).await), None).await.unwrap();
    assert_eq!(again.state, State::Resolved, "somebody saw it on the release that runs");
}

#[tokio::test]
async fn pg_git_what_a_replay_repaired_leaves_the_open_failures() {
    let world = World::new().await;
    world.add_source().await;
    deployed(&world, "one").await;
    fails(&world, "orders", 1, None).await;
    fails(&world, "orders", 2, None).await;
    let counts = async || {
        let group = only(&world).await.group;
        (group.count, group.repaired, group.open())
    };
    assert_eq!(counts().await, (2, 0, 2));
    let message = only(&world).await.group.last.to_string();
    // Nothing listens, so what became of each is said here.
    let how = How { patience: std::time::Duration::ZERO, ..How::default() };
    for (outcome, want, taken) in [
        (Outcome::Failed, (2, 0, 2), 2),
        (Outcome::NotDone, (2, 0, 2), 2),
        // It may be done: a person looks at it.
        (Outcome::Unknown, (2, 0, 2), 1),
        (Outcome::Completed, (2, 1, 1), 1),
        // The same message again is the same failure repaired.
        (Outcome::Handled, (2, 1, 1), 1),
    ] {
        let choice = Choice { edited: Some(Content::default()), ..Choice::default() };
        let asked = replay::replay(&world.ctx, &message, choice, how).await.unwrap();
        assert_eq!(would_take(&world).await, 1, "it is going on");
        let ended = Ended {
            outcome,
            code: None,
            reason: None,
            message: None,
            detail: None,
            at: world.ctx.now(),
        };
        let mut tx = world.ctx.begin().await.unwrap();
        assert!(store::replay::end(&mut tx, asked.replay.id, &ended).await.unwrap());
        world.ctx.commit(tx).await.unwrap();
        assert_eq!(counts().await, want, "{outcome:?}");
        assert_eq!(would_take(&world).await, taken, "{outcome:?}");
    }
}

/// How many messages a bulk replay of all failures would have on its list.
async fn would_take(world: &World) -> usize {
    let text = "outcome:failed replayed:open -is:replay";
    message::list(&world.ctx, text, 50, None).await.unwrap().rows.len()
}

#[tokio::test]
async fn pg_git_whoever_changes_a_route_hears_of_its_open_failures() {
    let world = World::new().await;
    world.add_source().await;
    let price = ROUTE
        .replace("intake", "price")
        .replace("log: hello", "setBody: {constant: 'resource:classpath:list.xml'}");
    let take = ROUTE.replace("log: hello", "toD: '{{midplane.url.prices}}/prices/${body}'");
    let commit = world.repository.commit(
        "Open",
        &[
            write("prices/a.camel.yaml", &price),
            write("prices/list.xml", "<prices/>"),
            write("orders/a.camel.yaml", &take),
        ],
    );
    world.applied(&commit).await;
    world.say("prices", Phase::Ready).await;
    world.say("orders", Phase::Ready).await;
    fails(&world, "orders", 1, None).await;
    fails(&world, "orders", 2, None).await;
    let open = async |name| {
        let deployment = world.workload(name).await.deployment.unwrap();
        deployment::open_failures::list(&world.ctx, &deployment).await.unwrap()
    };
    assert_eq!(open("orders").await, [], "nothing ran before");

    // Words beside it change no route.
    let commit = world.repository.commit("Words", &[write("prices/README.md", "Prices.")]);
    world.applied(&commit).await;
    world.say("prices", Phase::Ready).await;
    assert_eq!(open("prices").await, []);

    let commit =
        world.repository.commit("Price it", &[write("prices/list.xml", "<prices>1</prices>")]);
    let lines = push::answer(&world.ctx, "demo", Some(commit.clone())).await.unwrap();
    world.applied(&commit).await;
    assert_eq!(open("prices").await, [], "it is not ready yet");
    world.say("prices", Phase::Ready).await;
    let lines: Vec<String> = lines.collect().await;
    let [ready, hint] = lines.as_slice() else { panic!("{lines:?}") };
    assert!(ready.starts_with("prices ") && ready.contains(" ready in "), "{ready}");
    let last = only(&world).await.group.last.to_string();
    let short = &last[last.len() - 4..];
    let want =
        format!("2 open failures on orders/intake; try one: midplane replay {short} --dry-run");
    assert_eq!(hint, &want);

    let mended = take.replace("/prices/", "/price/");
    let commit = world.repository.commit("Mend", &[write("orders/a.camel.yaml", &mended)]);
    world.applied(&commit).await;
    world.say("orders", Phase::Ready).await;
    let [one] = open("orders").await.try_into().unwrap();
    assert_eq!((one.integration.as_str(), one.route.as_str(), one.count), ("orders", "intake", 2));
    assert_eq!((one.last.to_string(), one.short.as_str()), (last.clone(), short));

    // Who may not read messages hears nothing, and what nobody is to hear of is not told.
    let mut stranger = world.ctx.clone();
    stranger.actor.grants.clear();
    let deployment = world.workload("orders").await.deployment.unwrap();
    let told = deployment::open_failures::list(&stranger, &deployment).await.unwrap();
    assert_eq!(told, []);
    failure_group::mute(&world.ctx, &id(&only(&world).await), None, None).await.unwrap();
    assert_eq!(open("orders").await, []);
}
