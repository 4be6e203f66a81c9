//! Jobs are written with their cause, claimed by one worker at a time, and never lost.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::job::{self, Claimed};
use store::{Db, Door, Tx};
use testkit::people::{self, Member};
use uuid::Uuid;

const LEASE: SignedDuration = SignedDuration::from_secs(30);

async fn enqueue(db: &Db, member: Member, key: &str, run_at: Timestamp) -> bool {
    let mut tx = Tx::begin(db, member.organization, member.actor).await.unwrap();
    let body = json!({"key": key});
    let new = job::New { id: people::new_id(), queue: "q", key, body: &body, run_at };
    let fresh = job::enqueue(&mut tx, &new, run_at).await.unwrap();
    tx.commit().await.unwrap();
    fresh
}

async fn claim(db: &Db, worker: Uuid, now: Timestamp, most: u16) -> Vec<Claimed> {
    let mut door = Door::begin(db).await.unwrap();
    let claimed = job::claim(&mut door, "q", worker, now, LEASE, most).await.unwrap();
    door.commit().await.unwrap();
    claimed
}

#[tokio::test]
async fn pg_a_job_asked_for_twice_is_written_once() {
    let pg = testkit::postgres().await;
    let tea = people::organization(&pg.db, "tea").await;
    let rum = people::organization(&pg.db, "rum").await;
    let now = people::now();
    assert!(enqueue(&pg.db, tea, "a", now).await);
    assert!(!enqueue(&pg.db, tea, "a", now).await);
    assert!(enqueue(&pg.db, rum, "a", now).await, "a key is the organization's own");
    assert_eq!(claim(&pg.db, people::new_id(), now, 10).await.len(), 2);
}

#[tokio::test]
async fn pg_many_workers_share_the_jobs() {
    let pg = testkit::postgres().await;
    let tea = people::organization(&pg.db, "tea").await;
    let now = people::now();
    for n in 0..40 {
        enqueue(&pg.db, tea, &n.to_string(), now).await;
    }
    let workers = (0..8).map(|_| claim(&pg.db, people::new_id(), now, 5));
    let claimed: Vec<_> = futures::future::join_all(workers).await.into_iter().flatten().collect();
    let distinct: HashSet<_> = claimed.iter().map(|claimed| claimed.id).collect();
    assert_eq!(claimed.len(), distinct.len(), "one job, one worker");
    let rest = claim(&pg.db, people::new_id(), now, 100).await;
    assert_eq!(claimed.len() + rest.len(), 40);
}

#[tokio::test]
async fn pg_a_worker_that_lost_its_lease_must_not_commit() {
    let pg = testkit::postgres().await;
    let tea = people::organization(&pg.db, "tea").await;
    let now = people::now();
    enqueue(&pg.db, tea, "a", now).await;
    let (slow, quick) = (people::new_id(), people::new_id());
    let id = claim(&pg.db, slow, now, 1).await[0].id;
    assert_eq!(claim(&pg.db, quick, now, 1).await, [], "leased");
    let later = now + LEASE;
    assert_eq!(claim(&pg.db, quick, later, 1).await[0].id, id, "the lease passed");

    let mut tx = Tx::system(&pg.db, tea.organization).await.unwrap();
    assert_eq!(job::find_held(&mut tx, id, slow).await.unwrap(), None);
    assert!(!job::finish(&mut tx, id, slow, later).await.unwrap());
    let held = job::find_held(&mut tx, id, quick).await.unwrap().unwrap();
    assert_eq!((held.attempts, held.body), (2, json!({"key": "a"})));
    assert!(job::finish(&mut tx, id, quick, later).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(claim(&pg.db, quick, later + LEASE, 1).await, []);
}

#[tokio::test]
async fn pg_a_job_is_retried_when_due_and_can_be_given_up() {
    let pg = testkit::postgres().await;
    let tea = people::organization(&pg.db, "tea").await;
    let (now, worker) = (people::now(), people::new_id());
    let soon = now + SignedDuration::from_secs(5);
    enqueue(&pg.db, tea, "a", now).await;
    let id = claim(&pg.db, worker, now, 1).await[0].id;
    let mut tx = Tx::system(&pg.db, tea.organization).await.unwrap();
    assert!(job::retry(&mut tx, id, worker, soon, "host down").await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(claim(&pg.db, worker, now, 1).await, []);
    assert_eq!(claim(&pg.db, worker, soon, 1).await.len(), 1);
    let mut tx = Tx::system(&pg.db, tea.organization).await.unwrap();
    assert!(job::give_up(&mut tx, id, worker, soon, "gone for good").await.unwrap());
    assert_eq!(job::delete_finished(&mut tx, soon).await.unwrap(), 0);
    assert_eq!(job::delete_finished(&mut tx, soon + LEASE).await.unwrap(), 1);
    tx.commit().await.unwrap();
}
