//! Messages in the store: what is written is found, by its own organization and by nobody else.

mod failure;
mod ledger;
mod made;
mod partition;
mod search;
mod series;
mod tenancy;

/// Today and tomorrow of the usual class.
pub(crate) async fn days(db: &store::Db) {
    let today = testkit::people::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let tomorrow = today.saturating_add(jiff::Span::new().days(1));
    let mut door = store::Door::begin(db).await.unwrap();
    let class = store::telemetry::DEFAULT_RETENTION;
    store::telemetry::partition::prepare(&mut door, class, today, tomorrow).await.unwrap();
    door.commit().await.unwrap();
}
