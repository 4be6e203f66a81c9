//! Counts by the minute, the hour and the day add up to the same.

use store::telemetry::rollup::{self, Period};
use store::telemetry::{NameId, name};
use telemetry::model::Record;

use super::made::{World, world};

const MINUTE_US: u64 = 60_000_000;
const HOUR_US: u64 = 60 * MINUTE_US;

async fn minutes(world: &mut World, from_us: u64, count: u64) {
    let batch = world.batch(|make| {
        (0..count)
            .flat_map(|n| {
                let minute = (from_us / MINUTE_US + n) * 60;
                let whole = make.rollup(minute, "intake", None);
                let node = make.rollup(minute, "intake", Some("to1"));
                [Record::Rollup(whole), Record::Rollup(node)]
            })
            .collect()
    });
    world.store(&batch).await;
}

async fn condense(world: &World) -> u32 {
    let mut done = 0;
    loop {
        let mut tx = world.tx().await;
        let more = rollup::condense(&mut tx, world.now_us).await.unwrap();
        tx.commit().await.unwrap();
        if !more {
            return done;
        }
        done += 1;
    }
}

#[tokio::test]
async fn pg_a_heat_map_is_the_same_from_minutes_hours_and_days() {
    let pg = testkit::postgres().await;
    let mut world = world(&pg.db, "tea").await;
    let (from, now) = (world.now_us - 50 * HOUR_US, world.now_us);
    let from = from - from % MINUTE_US;
    minutes(&mut world, from, 120).await;
    minutes(&mut world, now - 10 * MINUTE_US, 5).await;
    let origins = world.origins().await;
    let mut tx = world.tx().await;
    let known = name::find(&mut tx, &[(name::Kind::Route, "intake"), (name::Kind::Node, "to1")])
        .await
        .unwrap();
    let route = known[&(name::Kind::Route, "intake".to_owned())];
    let node = known[&(name::Kind::Node, "to1".to_owned())];
    let period = Period { from_us: from, to_us: now };
    // What was not added up yet is not seen by the hour.
    assert!(condense(&world).await >= 2);
    let heat = rollup::heat(&mut tx, &origins, route, period, now).await.unwrap();
    for id in [NameId(0), node] {
        let sum = &heat[&id];
        assert_eq!((sum.count, sum.failed, sum.max_us), (250, 125, 9_000));
        assert_eq!(sum.durations.total(), 250);
    }
    // A minute that comes late is counted too, once.
    minutes(&mut world, from + 3 * MINUTE_US, 1).await;
    assert!(condense(&world).await >= 1);
    assert_eq!(condense(&world).await, 0);
    let heat = rollup::heat(&mut tx, &origins, route, period, now).await.unwrap();
    assert_eq!(heat[&node].count, 252);
    let points =
        rollup::series(&mut tx, &origins, Some(route), period, HOUR_US, now).await.unwrap();
    assert_eq!(points.values().map(|sum| sum.count).sum::<u64>(), 252);
    assert!(points.keys().all(|at| at % HOUR_US == 0));
}
