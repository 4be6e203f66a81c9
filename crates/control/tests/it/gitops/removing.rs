//! Prune, and the guard that asks first.

use control::app::source;
use domain::deployment::Phase;
use testkit::git::{Change, write};

use super::world::{ROUTE, World};

#[tokio::test]
async fn pg_git_a_folder_that_is_gone_is_pruned_and_comes_back_with_its_history() {
    let world = World::new().await;
    world.add_source().await;
    let both = [write("orders/a.camel.yaml", ROUTE), write("prices/a.camel.yaml", ROUTE)];
    world.applied(&world.repository.commit("Both", &both)).await;
    world.say("orders", Phase::Ready).await;
    let gone = world.repository.commit("Less", &[Change::Delete { path: "prices/a.camel.yaml" }]);
    world.applied(&gone).await;
    let desired = world.desired().await;
    let removed: Vec<_> = desired.iter().filter(|one| one.specification.is_none()).collect();
    assert_eq!((desired.len(), removed.len()), (2, 1));
    assert_eq!(removed[0].generation, 2);
    assert_eq!(world.integrations().await.len(), 1);
    let back = world.repository.commit("More", &[write("prices/a.camel.yaml", ROUTE)]);
    world.applied(&back).await;
    assert_eq!(world.workload("prices").await.workload.generation, 3);
    assert!(world.desired().await.iter().all(|one| one.run));
}

#[tokio::test]
async fn pg_git_a_commit_that_removes_everything_waits_for_a_confirmation() {
    let world = World::new().await;
    world.add_source().await;
    let both = [write("orders/a.camel.yaml", ROUTE), write("prices/a.camel.yaml", ROUTE)];
    world.applied(&world.repository.commit("Both", &both)).await;
    let gone = world.repository.commit(
        "Nothing",
        &[
            Change::Delete { path: "orders/a.camel.yaml" },
            Change::Delete { path: "prices/a.camel.yaml" },
            write("README.md", "empty"),
        ],
    );
    let message = world.failing("MP-GIT-17").await;
    assert!(message.contains("orders, prices"), "{message}");
    assert!(world.desired().await.iter().all(|one| one.run));
    let wrong = source::confirm_prune(&world.ctx, "demo", "ffff").await.unwrap_err();
    assert_eq!(wrong.code(), "MP-GIT-23");
    let names = source::confirm_prune(&world.ctx, "demo", &gone[..12]).await.unwrap();
    assert_eq!(names, ["orders", "prices"]);
    world.applied(&gone).await;
    assert!(world.desired().await.iter().all(|one| one.specification.is_none()));
    assert!(world.integrations().await.is_empty());
}

#[tokio::test]
async fn pg_git_more_than_a_few_removals_wait_and_a_revert_needs_no_answer() {
    let world = World::new().await;
    world.add_source().await;
    let paths: Vec<String> = (0..8).map(|index| format!("i{index}/a.camel.yaml")).collect();
    let all: Vec<_> = paths.iter().map(|path| write(path, ROUTE)).collect();
    world.applied(&world.repository.commit("Eight", &all)).await;
    let less: Vec<_> = paths[..6].iter().map(|path| Change::Delete { path }).collect();
    world.repository.commit("Two", &less);
    world.failing("MP-GIT-17").await;
    assert_eq!(world.integrations().await.len(), 8);
    let back = world.repository.commit("Eight again", &all[..6]);
    world.applied(&back).await;
    assert_eq!(world.source().await.prune, None);
    assert_eq!(world.integrations().await.len(), 8);
}

#[tokio::test]
async fn pg_git_a_source_that_is_removed_takes_its_integrations_along() {
    let world = World::new().await;
    world.add_source().await;
    world.applied(&world.repository.commit("One", &[write("orders/a.camel.yaml", ROUTE)])).await;
    assert_eq!(source::remove(&world.ctx, "demo").await.unwrap(), ["orders"]);
    assert!(world.desired().await.iter().all(|one| one.specification.is_none()));
}
