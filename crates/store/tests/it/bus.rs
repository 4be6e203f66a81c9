//! Wake-ups arrive after the commit, in every process, and a broken connection is made up for.

use std::time::Duration;

use store::bus::{self, Bus, Subscription, Wake};
use store::{Db, Tx};
use testkit::people::{self, Member};
use tokio::time::timeout;
use uuid::Uuid;

const SOON: Duration = Duration::from_secs(10);

async fn next(subscription: &mut Subscription) -> Wake {
    timeout(SOON, subscription.next()).await.expect("a wake-up").expect("a bus")
}

async fn publish(db: &Db, member: Member, id: Uuid) {
    let mut tx = Tx::begin(db, member.organization, member.actor).await.unwrap();
    bus::publish(&mut tx, "deployment", id).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn pg_a_wake_up_reaches_every_process_after_the_commit() {
    let pg = testkit::postgres().await;
    let tea = people::organization(&pg.db, "tea").await;
    let (one, two) = (Bus::new(people::new_id()), Bus::new(people::new_id()));
    let mut first = one.subscribe("deployment");
    let mut second = two.subscribe("deployment");
    let mut other = two.subscribe("runtime");
    let running = async {
        tokio::join!(
            one.run(pg.urls(), std::future::pending()),
            two.run(pg.urls(), std::future::pending()),
        )
    };
    let test = async {
        for subscription in [&mut first, &mut second, &mut other] {
            assert_eq!(next(subscription).await, Wake::Everything, "listening from here on");
        }
        let (lost, kept) = (people::new_id(), people::new_id());
        let mut tx = Tx::begin(&pg.db, tea.organization, tea.actor).await.unwrap();
        bus::publish(&mut tx, "deployment", lost).await.unwrap();
        drop(tx);
        publish(&pg.db, tea, kept).await;
        let want = Wake::Changed { organization: tea.organization, id: kept };
        assert_eq!(next(&mut first).await, want);
        assert_eq!(next(&mut second).await, want);
    };
    tokio::select! { _ = running => {}, () = test => {} }
}

#[tokio::test(flavor = "multi_thread")]
async fn pg_a_killed_server_recovers_and_the_bus_says_look() {
    let cluster = tokio::task::spawn_blocking(testkit::postgres::Cluster::migrated).await.unwrap();
    let pg = cluster.database().await;
    let tea = people::organization(&pg.db, "tea").await;
    let bus = Bus::new(people::new_id());
    let mut subscription = bus.subscribe("deployment");
    let running = bus.run(pg.urls(), std::future::pending());
    let test = async {
        assert_eq!(next(&mut subscription).await, Wake::Everything);
        tokio::task::block_in_place(|| {
            cluster.kill();
            cluster.restart();
        });
        assert_eq!(next(&mut subscription).await, Wake::Everything);
        // The pool heals, and what was committed is there.
        testkit::wait_until(SOON, || async { pg.db.ping().await.is_ok() }).await;
        let mut tx = Tx::begin(&pg.db, tea.organization, tea.actor).await.unwrap();
        assert!(store::organization::find(&mut tx).await.unwrap().is_some());
        drop(tx);
        let id = people::new_id();
        let want = Wake::Changed { organization: tea.organization, id };
        loop {
            publish(&pg.db, tea, id).await;
            match next(&mut subscription).await {
                Wake::Everything => {}
                heard @ Wake::Changed { .. } => break assert_eq!(heard, want),
            }
        }
    };
    tokio::select! { () = running => {}, () = test => {} }
}
