//! What people say of failures stands beside what is counted, and is the organization's own.

use domain::failure::{Said, State};
use jiff::{SignedDuration, Timestamp};
use store::Tx;
use store::telemetry::failure::{self, Group, mark};
use telemetry::model::{Batch, Record};

use super::made::{World, world};

fn failing(world: &World, count: u32) -> Batch {
    let now = world.now_us;
    world.batch(|make| {
        let mut message = make.message(now + u64::from(count), count, "intake");
        make.fail(&mut message, "java.lang.IllegalStateException", "no");
        vec![Record::Message(message)]
    })
}

async fn only(tx: &mut Tx) -> Group {
    let since = testkit::people::now() - SignedDuration::from_hours(1);
    let [group] = failure::list(tx, since, None, 10).await.unwrap().try_into().unwrap();
    group
}

/// As the database keeps it.
fn now() -> Timestamp {
    Timestamp::from_microsecond(testkit::people::now().as_microsecond()).unwrap()
}

#[tokio::test]
async fn pg_what_is_said_assigned_and_noted_does_not_undo_each_other() {
    let pg = testkit::postgres().await;
    let mut world = world(&pg.db, "tea").await;
    world.store(&failing(&world, 1)).await;
    let mut tx = world.tx().await;
    let group = only(&mut tx).await;
    assert_eq!((group.state(now()), group.open(), &group.mark), (State::Open, 1, &None));
    mark::assign(&mut tx, &group.key, Some("ana")).await.unwrap();
    let assigned = only(&mut tx).await.mark.unwrap();
    assert_eq!((assigned.said, assigned.said_at, assigned.by), (Said::Open, None, None));
    let at = now();
    mark::say(&mut tx, &group.key, Said::Resolved { at }, "ben", None, at).await.unwrap();
    mark::note(&mut tx, &group.key, Some("the price list")).await.unwrap();
    let resolved = failure::find(&mut tx, &group.key).await.unwrap().unwrap();
    assert_eq!(resolved.state(now()), State::Resolved, "the same release fails on");
    let said = resolved.mark.unwrap();
    assert_eq!((said.said, said.said_at), (Said::Resolved { at }, Some(at)));
    let texts = [&said.by, &said.assignee, &said.note].map(|text| text.as_deref().unwrap());
    assert_eq!(texts, ["ben", "ana", "the price list"]);
    let until = at + SignedDuration::from_hours(1);
    let muted = Said::Muted { until: Some(until) };
    mark::say(&mut tx, &group.key, muted, "ana", None, at).await.unwrap();
    let muted = only(&mut tx).await;
    assert_eq!((muted.state(at), muted.state(until)), (State::Muted, State::Open));
    tx.commit().await.unwrap();
    // What is stored goes on counting.
    world.store(&failing(&world, 2)).await;
    let again = only(&mut world.tx().await).await;
    assert_eq!((again.count, again.mark), (2, muted.mark));
}

#[tokio::test]
async fn pg_nobody_speaks_of_the_failures_of_another_organization() {
    let pg = testkit::postgres().await;
    let mut tea = world(&pg.db, "tea").await;
    let rum = world(&pg.db, "rum").await;
    tea.store(&failing(&tea, 1)).await;
    let mut tx = tea.tx().await;
    let key = only(&mut tx).await.key;
    mark::note(&mut tx, &key, Some("ours")).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = rum.tx().await;
    assert_eq!(failure::find(&mut tx, &key).await.unwrap(), None);
    let refused = mark::note(&mut tx, &key, Some("theirs")).await.unwrap_err();
    assert!(format!("{refused:?}").contains("failure_mark_group_fkey"), "{refused:?}");
    drop(tx);
    let note = only(&mut tea.tx().await).await.mark.unwrap().note;
    assert_eq!(note.as_deref(), Some("ours"));
}
