//! What cannot be applied says why, and what ran keeps running.

use control::app::alert;
use domain::deployment::Phase;
use domain::integration::State;
use domain::source::Condition;
use testkit::git::{Change, write};
use testkit::wait_until;

use super::world::{ROUTE, SOON, World};

async fn running() -> (World, String) {
    let world = World::new().await;
    world.add_source().await;
    let first = world.repository.commit("One", &[write("orders/a.camel.yaml", ROUTE)]);
    world.applied(&first).await;
    world.say("orders", Phase::Ready).await;
    (world, first)
}

/// Generation 1 of `first` is still what is asked for.
async fn untouched(world: &World, first: &str) {
    let desired = world.desired().await;
    assert_eq!(desired.len(), 1);
    assert!(desired[0].run && desired[0].generation == 1);
    assert_eq!(world.workload("orders").await.release.unwrap().commit.id, first);
}

#[tokio::test]
async fn pg_git_a_broken_route_keeps_the_old_release() {
    let (world, first) = running().await;
    let broken = ROUTE.replace("timer:", "tmier:");
    let second = world.repository.commit("Two", &[write("orders/a.camel.yaml", &broken)]);
    world.applied(&second).await;
    untouched(&world, &first).await;
    let workload = world.workload("orders").await;
    assert_eq!((workload.state, workload.keeps_running), (State::Failed, true));
    let reason = workload.reason.unwrap();
    assert!(reason.starts_with("orders/a.camel.yaml:4:"), "{reason}");
    assert!(reason.ends_with(&format!("{} keeps running", &first[..4])), "{reason}");
    let titles = async || {
        let alerts = alert::list(&world.ctx, true, None, 10).await.unwrap();
        alerts.into_iter().map(|one| one.title).collect::<Vec<_>>()
    };
    let wanted = format!("Commit {} of orders was refused", &second[..4]);
    wait_until(SOON, || async { titles().await == [wanted.as_str()] }).await;
    let third = world.repository.commit("Back", &[write("orders/a.camel.yaml", ROUTE)]);
    world.applied(&third).await;
    assert_eq!(world.workload("orders").await.workload.generation, 2);
    wait_until(SOON, || async { titles().await.is_empty() }).await;
}

#[tokio::test]
async fn pg_git_a_deployment_that_failed_leaves_the_earlier_release() {
    let (world, first) = running().await;
    let two = ROUTE.replace("hello", "two");
    let second = world.repository.commit("Two", &[write("orders/a.camel.yaml", &two)]);
    world.applied(&second).await;
    world.say("orders", Phase::Failed).await;
    world.say("orders", Phase::Checked).await;
    let workload = world.workload("orders").await;
    assert_eq!(workload.state, State::Failed);
    assert_eq!(workload.release.unwrap().commit.id, first);
    assert_eq!(workload.reason.unwrap(), format!("no bean `till`; {} keeps running", &first[..4]));
}

/// What a restart of a failed deployment comes to.
#[tokio::test]
async fn pg_git_a_deployment_that_failed_is_restarted_and_fails_again_or_runs() {
    let (world, _) = running().await;
    let settings = "capture: {level: timings}\n";
    let second = world.repository.commit("Two", &[write("orders/midplane.yaml", settings)]);
    world.applied(&second).await;
    world.say("orders", Phase::Failed).await;
    let failed = world.workload("orders").await.deployment.unwrap();
    world.say("orders", Phase::Failed).await;
    let again = world.workload("orders").await.deployment.unwrap();
    assert_eq!(again.phase, Phase::Failed);
    assert!(again.ended_at > failed.ended_at, "who waits for the restart sees its end");
    let capture = async || world.desired().await[0].capture.clone().unwrap();
    assert_eq!(capture().await, serde_json::json!({}), "the earlier release runs");
    world.say("orders", Phase::Ready).await;
    let workload = world.workload("orders").await;
    assert_eq!(workload.release.unwrap().commit.id, second);
    let deployment = workload.deployment.unwrap();
    assert_eq!((deployment.phase, deployment.reason), (Phase::Ready, None));
    assert_eq!(capture().await, serde_json::json!({"level": "timings"}));
}

#[tokio::test]
async fn pg_git_a_link_refuses_the_commit_and_its_removal_heals_the_source() {
    let (world, first) = running().await;
    world
        .repository
        .commit("Link", &[Change::Link { path: "orders/passwd", target: "/etc/passwd" }]);
    let message = world.failing("MP-GIT-03").await;
    assert!(message.contains("`orders/passwd`"), "{message}");
    untouched(&world, &first).await;
    let third = world.repository.commit("Gone", &[Change::Delete { path: "orders/passwd" }]);
    world.applied(&third).await;
    assert_eq!(world.source().await.condition, Condition::Good);
    untouched(&world, &first).await;
}

#[tokio::test]
async fn pg_git_an_unknown_key_refuses_one_integration_or_the_commit() {
    let (world, first) = running().await;
    let second =
        world.repository.commit("Typo", &[write("orders/midplane.yaml", "profle: small\n")]);
    world.applied(&second).await;
    untouched(&world, &first).await;
    let newest = world.newest("orders").await;
    assert!(newest.problems[0].message.contains("profile"), "{:?}", newest.problems);
    world.repository.commit(
        "Root",
        &[
            Change::Delete { path: "orders/midplane.yaml" },
            write("midplane.yaml", "profle: small\n"),
        ],
    );
    let code = newest.problems[0].code.clone();
    let message = world.failing(&code).await;
    assert!(message.contains("midplane.yaml:1:1"), "{message}");
    untouched(&world, &first).await;
}

#[tokio::test]
async fn pg_git_two_integrations_of_one_name_are_refused_and_the_first_keeps_running() {
    let (world, first) = running().await;
    let second = world.repository.commit("Twice", &[write("more/orders/a.camel.yaml", ROUTE)]);
    world.applied(&second).await;
    untouched(&world, &first).await;
    assert_eq!(world.newest("orders").await.problems[0].code, "MP-CAMEL-50");
}

#[tokio::test]
async fn pg_git_a_repository_that_vanishes_is_said_and_heals_when_it_returns() {
    let (world, first) = running().await;
    let (path, away) = (world.repository.path(), world.repository.path().with_extension("away"));
    std::fs::rename(&path, &away).unwrap();
    world.failing("MP-GIT-12").await;
    untouched(&world, &first).await;
    std::fs::rename(&away, &path).unwrap();
    control::app::source::sync(&world.ctx, "demo").await.unwrap();
    wait_until(SOON, async || world.source().await.condition == Condition::Good).await;
    untouched(&world, &first).await;
}

#[tokio::test]
async fn pg_git_an_empty_branch_changes_nothing() {
    let (world, first) = running().await;
    testkit::git::run(&world.repository.path(), &["update-ref", "-d", "refs/heads/main"]);
    world.failing("MP-GIT-02").await;
    untouched(&world, &first).await;
}

#[tokio::test]
async fn pg_git_a_force_push_is_just_another_commit() {
    let (world, _) = running().await;
    world.repository.git(&["checkout", "--quiet", "--orphan", "other"]);
    let two = ROUTE.replace("hello", "two");
    std::fs::write(world.repository.work().join("orders/a.camel.yaml"), two).unwrap();
    world.repository.git(&["add", "-A"]);
    world.repository.git(&["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "New"]);
    let id = world.repository.push(&["--force", "HEAD:main"]);
    world.applied(&id).await;
    assert_eq!(world.workload("orders").await.workload.generation, 2);
}
