//! How far back one statement looks. Pure.
//!
//! Days are partitions, and a statement begins to read in each that it may find rows in. Who asks for the newest rows mostly finds them
//! today, so a search looks at a day first, then at ever longer times before it: no row is looked at twice, and what is rare costs a few
//! statements more.

use std::borrow::Cow;

use telemetry::query::Query;

const DAY_US: i64 = 86_400_000_000;
/// Each window is so many times as long as the one after it: a year is looked through in four.
const FACTOR: i64 = 8;
/// Windows that end; what lies before them is the last one.
const MOST: u32 = 4;

/// `since..until`, as far as the query lets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    since_us: Option<i64>,
    until_us: Option<i64>,
    number: u32,
}

impl Window {
    /// `newest_us`: where the rows that are asked for begin; `None`: everything is looked at in one.
    pub(super) fn first(query: &Query, newest_us: Option<i64>) -> Self {
        let until_us = query.until_us;
        let Some(newest) = newest_us else {
            return Self { since_us: query.since_us, until_us, number: MOST };
        };
        let since_us = Some(later(query.since_us, newest.saturating_sub(DAY_US)));
        Self { since_us, until_us, number: 0 }
    }

    /// What lies before it; `None`: the query ends there.
    pub(super) fn before(self, query: &Query) -> Option<Self> {
        if self.since_us == query.since_us {
            return None;
        }
        let until = self.since_us?;
        let number = self.number + 1;
        let length = DAY_US.saturating_mul(FACTOR.saturating_pow(number));
        let since_us = match number {
            MOST.. => query.since_us,
            _ => Some(later(query.since_us, until.saturating_sub(length))),
        };
        Some(Self { since_us, until_us: Some(until), number })
    }

    /// The query, of this time only.
    pub(super) fn of<'a>(&self, query: &'a Query) -> Cow<'a, Query> {
        if (self.since_us, self.until_us) == (query.since_us, query.until_us) {
            return Cow::Borrowed(query);
        }
        Cow::Owned(Query { since_us: self.since_us, until_us: self.until_us, ..query.clone() })
    }
}

fn later(least: Option<i64>, wanted: i64) -> i64 {
    least.map_or(wanted, |least| least.max(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(query: &Query, newest: Option<i64>) -> Vec<(Option<i64>, Option<i64>)> {
        let mut windows = Vec::new();
        let mut next = Some(Window::first(query, newest.map(|day| day * DAY_US)));
        while let Some(window) = next {
            let of = window.of(query);
            windows.push((of.since_us.map(|us| us / DAY_US), of.until_us.map(|us| us / DAY_US)));
            next = window.before(query);
        }
        windows
    }

    #[test]
    fn windows_meet_and_end_where_the_query_ends() {
        let query = Query::everything();
        assert_eq!(days(&query, None), [(None, None)]);
        let all = days(&query, Some(1_000));
        assert_eq!(all[..2], [(Some(999), None), (Some(991), Some(999))]);
        assert_eq!((all.len(), all[4].0), (5, None));
        assert!(all.windows(2).all(|pair| pair[1].1 == pair[0].0), "{all:?}");

        let month = Query { since_us: Some(970 * DAY_US), ..Query::everything() };
        let all = [(Some(999), None), (Some(991), Some(999)), (Some(970), Some(991))];
        assert_eq!(days(&month, Some(1_000)), all);
        let hour = Query { since_us: Some(1_000 * DAY_US - 1), ..Query::everything() };
        assert_eq!(days(&hour, Some(1_000)).len(), 1);
        let day = Query { until_us: Some(500 * DAY_US), ..Query::everything() };
        assert_eq!(days(&day, Some(500))[0], (Some(499), Some(500)));
    }
}
