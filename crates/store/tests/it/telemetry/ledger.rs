//! A batch that is sent again is stored once, whatever happened to the first try.

use store::telemetry::failure;
use telemetry::model::{Batch, Record};

use super::made::{World, world};

fn failing(world: &World, count: u32) -> Batch {
    let now = world.now_us;
    world.batch(|make| {
        let mut message = make.message(now - 1_000, count, "intake");
        make.fail(&mut message, "java.lang.IllegalStateException", "no");
        let rollup = make.rollup(now / 60_000_000 * 60, "intake", None);
        vec![Record::Message(message), Record::Rollup(rollup)]
    })
}

async fn number(pg: &testkit::Postgres, query: &str) -> i64 {
    testkit::postgres::number(&pg.url("midplane_owner"), query).await.unwrap()
}

#[tokio::test]
async fn pg_a_batch_sent_three_times_is_stored_once() {
    let pg = testkit::postgres().await;
    let world = world(&pg.db, "tea").await;
    let batch = failing(&world, 1);
    assert!(world.store_as(&batch, 1).await);
    assert!(!world.store_as(&batch, 1).await);
    assert!(world.store_as(&failing(&world, 2), 2).await);
    assert!(!world.store_as(&batch, 1).await, "an older one too");
    assert_eq!(number(&pg, "SELECT count(*) FROM message").await, 2);
    assert_eq!(number(&pg, "SELECT count(*) FROM telemetry_rollup").await, 2);
    assert_eq!(number(&pg, "SELECT count FROM failure_group").await, 2);
    let stored = "SELECT sum(count)::bigint FROM telemetry_account WHERE entry = 1";
    assert_eq!(number(&pg, stored).await, 4);
}

#[tokio::test]
async fn pg_a_writer_that_dies_in_the_middle_leaves_nothing() {
    let pg = testkit::postgres().await;
    let world = world(&pg.db, "tea").await;
    let batch = failing(&world, 1);
    let (writer, taken) = world.write(&batch, 1).await;
    assert!(taken);
    // Everything was sent, nothing is committed.
    drop(writer);
    assert!(world.store_as(&batch, 1).await, "so it is stored when it is sent again");
    assert_eq!(number(&pg, "SELECT count(*) FROM message").await, 1);
    assert_eq!(number(&pg, "SELECT count FROM failure_group").await, 1);
}

#[tokio::test]
async fn pg_two_writers_of_one_batch_store_it_once() {
    let pg = testkit::postgres().await;
    let world = world(&pg.db, "tea").await;
    let batch = failing(&world, 1);
    let (first, taken) = world.write(&batch, 1).await;
    assert!(taken);
    let second = world.store_as(&batch, 1);
    let (second, ()) = tokio::join!(second, async { first.commit().await.unwrap() });
    assert!(!second);
    assert_eq!(number(&pg, "SELECT count(*) FROM message").await, 1);
}

#[tokio::test]
async fn pg_a_new_epoch_counts_from_one_again() {
    let pg = testkit::postgres().await;
    let mut world = world(&pg.db, "tea").await;
    assert!(world.store_as(&failing(&world, 1), 9).await);
    world.agent.epoch = 2;
    assert!(world.store_as(&failing(&world, 2), 1).await);
    assert_eq!(number(&pg, "SELECT count(*) FROM message").await, 2);
}

#[tokio::test]
async fn pg_a_failure_group_knows_its_first_and_last() {
    let pg = testkit::postgres().await;
    let mut world = world(&pg.db, "tea").await;
    world.store(&failing(&world, 1)).await;
    "9ab100".clone_into(&mut world.origin.release);
    let now = world.now_us;
    let later = world.batch(|make| {
        let mut message = make.message(now, 2, "intake");
        make.fail(&mut message, "java.lang.IllegalStateException", "no longer");
        // A replay that fails is its original's failure, which is counted already.
        let mut replay = make.message(now + 1, 3, "intake");
        make.fail(&mut replay, "java.lang.IllegalStateException", "no longer");
        replay.replay_of = Some(message.id);
        vec![Record::Message(message), Record::Message(replay)]
    });
    world.store(&later).await;
    let mut tx = world.tx().await;
    let groups = failure::list(
        &mut tx,
        testkit::people::now() - jiff::SignedDuration::from_hours(1),
        None,
        10,
    )
    .await
    .unwrap();
    let [group] = groups.as_slice() else { panic!("{groups:?}") };
    assert_eq!((group.count, group.first.count, group.last.count), (2, 1, 2));
    assert_eq!(
        (group.class.as_str(), group.message.as_str()),
        ("java.lang.IllegalStateException", "no longer")
    );
    assert_ne!(group.first_origin, group.last_origin, "another release");
}
