//! Dates: writing, reading and moving them.
//!
//! The local zone is UTC, everywhere. What is neither a time nor an integer counts as now, as in sprig, which here needs a budget that
//! says what now is. Zones come from a table inside the program; an unknown zone is UTC.

use std::rc::Rc;

use jiff::{SignedDuration, Timestamp, Zoned, tz};

use super::{Function, Kind};
use crate::error::Fault;
use crate::format::time;
use crate::meter::Meter;
use crate::value::{Value, Width};

use Kind::{Any, Text, Time};

const DAY: &str = "2006-01-02";

pub(super) const TABLE: &[Function] = &[
    Function::fixed("now", &[], |meter, _| {
        let now = meter.now()?.to_zoned(tz::TimeZone::UTC);
        Ok(Value::Time(Rc::new(now)))
    }),
    Function::fixed("date", &[Text, Any], |meter, given| {
        write(given.text(0), given.value(1), "Local", meter)
    }),
    Function::fixed("dateInZone", &[Text, Any, Text], |meter, given| {
        write(given.text(0), given.value(1), given.text(2), meter)
    }),
    Function::fixed("date_in_zone", &[Text, Any, Text], |meter, given| {
        write(given.text(0), given.value(1), given.text(2), meter)
    }),
    Function::fixed("htmlDate", &[Any], |meter, given| write(DAY, given.value(0), "Local", meter)),
    Function::fixed("htmlDateInZone", &[Any, Text], |meter, given| {
        write(DAY, given.value(0), given.text(1), meter)
    }),
    Function::fixed("dateModify", &[Text, Time], |_, given| modify(given.text(0), given.value(1))),
    Function::fixed("date_modify", &[Text, Time], |_, given| modify(given.text(0), given.value(1))),
    Function::fixed("toDate", &[Text, Text], |_, given| {
        let read = time::parse(given.text(0), given.text(1));
        Ok(Value::Time(Rc::new(read.unwrap_or_else(zero))))
    }),
    Function::fixed("unixEpoch", &[Time], |_, given| match given.value(0) {
        Value::Time(at) => Ok(Value::text(at.timestamp().as_second().to_string())),
        _ => Ok(Value::text("")),
    }),
    Function::fixed("ago", &[Any], |meter, given| {
        let at = instant(given.value(0), meter)?;
        let since = meter.now()?.duration_since(at);
        // To the second, halves away from zero.
        let half = SignedDuration::from_millis(if since.is_negative() { -500 } else { 500 });
        Ok(Value::from(duration((since + half).as_secs())))
    }),
];

/// Go's zero time: what cannot be read.
fn zero() -> Zoned {
    jiff::civil::date(1, 1, 1).to_zoned(tz::TimeZone::UTC).unwrap_or_default()
}

fn instant(value: &Value, meter: &Meter<'_>) -> Result<Timestamp, Fault> {
    match value {
        Value::Time(at) => Ok(at.timestamp()),
        Value::Int(seconds, Width::Int | Width::Int64) => Timestamp::from_second(*seconds)
            .map_err(|_| format!("{seconds} seconds are no date").into()),
        _ => meter.now(),
    }
}

fn write(layout: &str, value: &Value, zone: &str, meter: &mut Meter<'_>) -> Result<Value, Fault> {
    let zone = match zone {
        "Local" | "UTC" | "" => tz::TimeZone::UTC,
        name => tz::TimeZoneDatabase::bundled().get(name).unwrap_or(tz::TimeZone::UTC),
    };
    let at = instant(value, meter)?.to_zoned(zone);
    // No element grows more than fivefold.
    meter.reserve(layout.len() * 5)?;
    Ok(Value::from(time::format(&at, layout)))
}

/// A duration that cannot be read moves nothing.
fn modify(text: &str, value: &Value) -> Result<Value, Fault> {
    let Value::Time(at) = value else { return Ok(value.clone()) };
    let Some(nanoseconds) = parse_duration(text) else { return Ok(value.clone()) };
    let moved = at.checked_add(SignedDuration::from_nanos(nanoseconds));
    match moved {
        Ok(moved) => Ok(Value::Time(Rc::new(moved))),
        Err(_) => Err("the date leaves the calendar".into()),
    }
}

/// Go's durations: `1h15m30.918s`, signed.
fn parse_duration(text: &str) -> Option<i64> {
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0_i64;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters =
            rest.find(|next: char| next.is_ascii_digit() || next == '.').unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "ns" => 1.0,
            "us" | "µs" | "μs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            _ => return None,
        };
        #[expect(clippy::cast_possible_truncation, reason = "a float past the range saturates")]
        let part = (number * unit) as i64;
        total = total.checked_add(part)?;
        rest = &rest[letters..];
    }
    Some(if negative { -total } else { total })
}

/// Whole seconds as Go prints a duration: `1h2m3s`.
fn duration(seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let size = seconds.unsigned_abs();
    let (hours, minutes, rest) = (size / 3600, size / 60 % 60, size % 60);
    match (hours, minutes) {
        (0, 0) => format!("{sign}{rest}s"),
        (0, _) => format!("{sign}{minutes}m{rest}s"),
        _ => format!("{sign}{hours}h{minutes}m{rest}s"),
    }
}

/// The methods of a time that are of use in a manifest.
pub(crate) fn method(at: &Zoned, name: &str, arguments: &[Value]) -> Result<Value, Fault> {
    let value = match (name, arguments) {
        ("Format", [Value::Text(layout)]) => Value::from(time::format(at, layout)),
        ("Unix", []) => Value::int64(at.timestamp().as_second()),
        ("Year", []) => Value::int(i64::from(at.year())),
        ("Day", []) => Value::int(i64::from(at.day())),
        ("Hour", []) => Value::int(i64::from(at.hour())),
        ("Minute", []) => Value::int(i64::from(at.minute())),
        ("Second", []) => Value::int(i64::from(at.second())),
        ("UTC", []) => Value::Time(Rc::new(at.with_time_zone(tz::TimeZone::UTC))),
        ("String", []) => Value::from(time::go_string(at)),
        _ => {
            return Err(format!("a time has no `{name}` with {} arguments", arguments.len()).into());
        }
    };
    Ok(value)
}
