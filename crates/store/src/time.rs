//! Between `jiff` and the rows: a column's type is named in the query, a parameter is wrapped.
//!
//! ```text
//! query!(r#"SELECT created_at AS "created_at: Time" ..."#)   row.created_at.into()  -> jiff::Timestamp
//! query!("... VALUES ($1)", Time::from(now) as _)
//! ```

use jiff::Timestamp;

pub(crate) type Time = jiff_sqlx::Timestamp;

/// Of an optional column.
pub(crate) fn instant(time: Option<Time>) -> Option<Timestamp> {
    time.map(Into::into)
}
