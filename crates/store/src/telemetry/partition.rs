//! Days: made before they come, dropped when their class no longer keeps them.
//!
//! Both act for all organizations, so they go through the door. Making one that is there does nothing.

use jiff::civil::Date;

use crate::Error;
use crate::door::Door;

/// Makes the days `first..=last` of a class and says how many partitions that took.
pub async fn prepare(door: &mut Door, class: i16, first: Date, last: Date) -> Result<i32, Error> {
    sqlx::query_scalar("SELECT sec.telemetry_prepare($1, $2::text::date, $3::text::date)")
        .bind(class)
        .bind(first.to_string())
        .bind(last.to_string())
        .fetch_one(door.connection())
        .await
        .map_err(Error::doing("make days for telemetry"))
}

/// Drops what is too old and says how many partitions that were.
pub async fn expire(door: &mut Door, today: Date) -> Result<i32, Error> {
    sqlx::query_scalar("SELECT sec.telemetry_expire($1::text::date)")
        .bind(today.to_string())
        .fetch_one(door.connection())
        .await
        .map_err(Error::doing("drop old days of telemetry"))
}
