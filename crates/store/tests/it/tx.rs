//! A transaction sees its own organization and nothing else.

use store::{Door, Tx, actor, organization};
use testkit::people;

#[tokio::test]
async fn pg_a_transaction_sees_its_own_organization_alone() {
    let pg = testkit::postgres().await;
    let tea = people::organization(&pg.db, "tea").await;
    let rum = people::organization(&pg.db, "rum").await;
    for (member, name) in [(tea, "tea"), (rum, "rum")] {
        let mut tx = Tx::begin(&pg.db, member.organization, member.actor).await.unwrap();
        assert_eq!(organization::find(&mut tx).await.unwrap().unwrap().name, name);
        let actors = actor::list(&mut tx).await.unwrap();
        assert_eq!(actors.len(), 2, "the owner and the system: {actors:?}");
        assert!(actors.iter().any(|actor| actor.id == member.actor));
    }
    let mut door = Door::begin(&pg.db).await.unwrap();
    let all = organization::list_ids(&mut door).await.unwrap();
    assert_eq!(all, [tea.organization, rum.organization]);
}

#[tokio::test]
async fn pg_a_dropped_transaction_leaves_nothing() {
    let pg = testkit::postgres().await;
    let tea = people::organization(&pg.db, "tea").await;
    let mut tx = Tx::begin(&pg.db, tea.organization, tea.actor).await.unwrap();
    organization::rename(&mut tx, "coffee").await.unwrap();
    drop(tx);
    let mut tx = Tx::begin(&pg.db, tea.organization, tea.actor).await.unwrap();
    assert_eq!(organization::find(&mut tx).await.unwrap().unwrap().name, "tea");
}

#[tokio::test]
async fn pg_a_database_of_its_own_is_made_quickly() {
    testkit::postgres().await;
    let start = std::time::Instant::now();
    for _ in 0..5 {
        testkit::postgres().await;
    }
    let each = start.elapsed() / 5;
    println!("a database in {each:?}");
    assert!(each.as_millis() < 2_000, "{each:?}");
}
