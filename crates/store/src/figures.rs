//! Counts for the metrics page, each one statement over the organization's rows.

use jiff::Timestamp;

use crate::time::Time;
use crate::{Error, Tx};

#[derive(Clone, Debug, PartialEq)]
pub struct Jobs {
    pub queue: String,
    pub state: String,
    pub count: i64,
    /// Since the oldest of them was due.
    pub oldest_s: f64,
}

pub async fn jobs(tx: &mut Tx, now: Timestamp) -> Result<Vec<Jobs>, Error> {
    sqlx::query_as!(
        Jobs,
        r#"SELECT queue, state, count(*) AS "count!",
            greatest(extract(epoch FROM $1 - min(run_at)), 0)::float8 AS "oldest_s!"
        FROM job WHERE state <> 'done' GROUP BY queue, state ORDER BY queue, state"#,
        Time::from(now) as _
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("count the jobs"))
}
