//! Days come and go.

use jiff::Span;
use store::Door;
use store::telemetry::partition;
use telemetry::model::Record;

use super::made::world;

async fn days(pg: &testkit::Postgres) -> i64 {
    let query = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname ~ '^message_r14_d'";
    testkit::postgres::number(&pg.url("midplane_owner"), query).await.unwrap()
}

#[tokio::test]
async fn pg_days_are_made_once_and_dropped_when_their_class_ends() {
    let pg = testkit::postgres().await;
    let mut world = world(&pg.db, "tea").await;
    let now = world.now_us;
    let batch = world.batch(|make| vec![Record::Message(make.message(now, 1, "intake"))]);
    world.store(&batch).await;
    let today = testkit::people::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    assert_eq!(days(&pg).await, 5);
    let mut door = Door::begin(&pg.db).await.unwrap();
    assert_eq!(partition::prepare(&mut door, 14, today, today).await.unwrap(), 0);
    assert_eq!(partition::expire(&mut door, today).await.unwrap(), 0);
    door.commit().await.unwrap();
    // A fortnight later the three days before today are gone, and the message is still there.
    let mut door = Door::begin(&pg.db).await.unwrap();
    let later = today.saturating_add(Span::new().days(14));
    assert_eq!(partition::expire(&mut door, later).await.unwrap(), 3 * 6);
    door.commit().await.unwrap();
    assert_eq!(days(&pg).await, 2);
    let count = "SELECT count(*) FROM message";
    assert_eq!(testkit::postgres::number(&pg.url("midplane_owner"), count).await.unwrap(), 1);
}

#[tokio::test]
async fn pg_a_class_that_nobody_knows_is_refused() {
    let pg = testkit::postgres().await;
    let today = testkit::people::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    for (class, last) in [(13, today), (14, today.saturating_add(Span::new().days(400)))] {
        let mut door = Door::begin(&pg.db).await.unwrap();
        assert!(partition::prepare(&mut door, class, today, last).await.is_err());
    }
}
