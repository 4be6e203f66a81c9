//! Which sums cover a period: days in the middle, then hours, tens of minutes, minutes at its ends.
//!
//! A sum is read when it is surely there ([`super::condense`] has had its time); what is younger is read in finer ones. Tens of
//! minutes are kept for two days: they are for the hours of today that are not added up yet.

use super::{DAY_US, HOUR_US};

/// From where to where, in microseconds; the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub from_us: u64,
    pub to_us: u64,
}

const TEN_US: u64 = HOUR_US / 6;
/// How long tens of minutes stay.
pub(super) const TENS_KEPT_US: u64 = 2 * DAY_US;

/// Tens are added up twelve minutes after they ended, at the next beat of five, or the one after it.
const TENS_SETTLED_US: u64 = 30 * 60_000_000;
/// Hours wait for minutes that come late, and need not hurry: there are tens.
const HOURS_SETTLED_US: u64 = 2 * HOUR_US;
/// A longer period begins with an hour: nobody asks for thirty days to the minute.
const LONG_US: u64 = 2 * DAY_US;

impl Period {
    /// The period as it is shown: a long one begins with the hour in which it would begin.
    pub(super) fn whole(self) -> Self {
        let is_long = self.to_us.saturating_sub(self.from_us) > LONG_US;
        let from_us = if is_long { floor(self.from_us, HOUR_US) } else { self.from_us };
        Self { from_us, ..self }
    }
}

fn floor(us: u64, unit: u64) -> u64 {
    us - us % unit
}

fn ceil(us: u64, unit: u64) -> u64 {
    floor(us.saturating_add(unit - 1), unit)
}

/// The spans that cover a period, each in seconds with its part of the period, in order.
pub fn spans(period: Period, now_us: u64) -> Vec<(i32, Period)> {
    let hours_end = floor(now_us.saturating_sub(HOURS_SETTLED_US), HOUR_US);
    let tens_end = floor(now_us.saturating_sub(TENS_SETTLED_US), TEN_US);
    // One of them may be forgotten while it is read.
    let tens_begin = ceil(now_us.saturating_sub(TENS_KEPT_US - HOUR_US), TEN_US);
    let units = [
        Unit { span_s: 86_400, us: DAY_US, begin: 0, end: floor(hours_end, DAY_US) },
        Unit { span_s: 3_600, us: HOUR_US, begin: 0, end: hours_end },
        Unit { span_s: 600, us: TEN_US, begin: tens_begin, end: tens_end },
    ];
    let mut parts = Vec::new();
    cover(&units, period.from_us, period.to_us, &mut parts);
    parts
}

/// A length of time that is added up, and from when to when its sums are there.
struct Unit {
    span_s: i32,
    us: u64,
    begin: u64,
    end: u64,
}

fn cover(units: &[Unit], from_us: u64, to_us: u64, parts: &mut Vec<(i32, Period)>) {
    if from_us >= to_us {
        return;
    }
    let Some((unit, finer)) = units.split_first() else {
        parts.push((60, Period { from_us, to_us }));
        return;
    };
    let begin = ceil(from_us, unit.us).max(unit.begin);
    let end = floor(to_us, unit.us).min(unit.end);
    if begin >= end {
        cover(finer, from_us, to_us, parts);
        return;
    }
    cover(finer, from_us, begin, parts);
    parts.push((unit.span_s, Period { from_us: begin, to_us: end }));
    cover(finer, end, to_us, parts);
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_US: u64 = 60_000_000;
    const NOW: u64 = 20_000 * DAY_US + 13 * HOUR_US + 7 * MINUTE_US;

    #[test]
    fn spans_cover_the_period_without_gap_or_overlap() {
        for (from, to) in [
            (NOW - 30 * DAY_US, NOW),
            (NOW - 3 * HOUR_US, NOW),
            (NOW - 5 * MINUTE_US, NOW),
            (NOW - 26 * HOUR_US, NOW - 25 * HOUR_US),
            (NOW - 3 * DAY_US - 5 * MINUTE_US, NOW - DAY_US),
        ] {
            let parts = spans(Period { from_us: from, to_us: to }, NOW);
            let mut at = from;
            for (span, part) in &parts {
                assert_eq!(part.from_us, at, "{parts:?}");
                let unit = u64::from(span.unsigned_abs()) * 1_000_000;
                if *span > 60 {
                    assert_eq!((part.from_us % unit, part.to_us % unit), (0, 0), "{parts:?}");
                }
                at = part.to_us;
            }
            assert_eq!(at, to, "{parts:?}");
        }
    }

    #[test]
    fn a_month_is_days_hours_and_less_than_an_hour_of_minutes() {
        let month = Period { from_us: NOW - 30 * DAY_US, to_us: NOW }.whole();
        let parts = spans(month, NOW);
        let of = |span: i32| -> u64 {
            let parts = parts.iter().filter(|(is, _)| *is == span);
            parts.map(|(_, part)| part.to_us - part.from_us).sum()
        };
        assert_eq!(of(86_400), 29 * DAY_US);
        assert!(of(3_600) > 20 * HOUR_US && of(600) >= HOUR_US, "{parts:?}");
        assert!(of(60) <= 40 * MINUTE_US, "{parts:?}");
    }
}
