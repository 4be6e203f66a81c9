//! Times as people say them: `3 s ago`, `1.2 s`, `4m10s`. `now` is an argument.

use jiff::Timestamp;

/// How long ago `then` (RFC 3339) was; empty when there is no time.
pub fn ago(then: Option<&str>, now: Timestamp) -> String {
    let Some(then) = then.and_then(|text| text.parse::<Timestamp>().ok()) else {
        return String::new();
    };
    let seconds = now.as_second().saturating_sub(then.as_second()).max(0);
    match seconds {
        0..=59 => format!("{seconds}s ago"),
        60..=3_599 => format!("{}m ago", seconds / 60),
        3_600..=86_399 => format!("{}h ago", seconds / 3_600),
        _ => format!("{}d ago", seconds / 86_400),
    }
}

/// An elapsed time: tenths below ten seconds, whole seconds below a minute, minutes and seconds above.
pub fn elapsed(time: std::time::Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..=9 => format!("{:.1} s", time.as_secs_f64()),
        10..=59 => format!("{seconds} s"),
        _ => format!("{}m{:02}s", seconds / 60, seconds % 60),
    }
}

/// Bytes with a decimal unit, as disks and downloads are sold.
pub fn bytes(count: u64) -> String {
    match count {
        0..=999 => format!("{count} B"),
        1_000..=999_999 => format!("{} kB", count / 1_000),
        1_000_000..=999_999_999 => format!("{} MB", count / 1_000_000),
        _ => format!("{}.{} GB", count / 1_000_000_000, count % 1_000_000_000 / 100_000_000),
    }
}

/// `5m`, `90s`, `2h`, `500ms`, `1d`: what `--since` takes, in milliseconds.
pub fn parse_span(text: &str) -> Result<u64, String> {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number
        .parse()
        .map_err(|_| format!("`{text}` does not start with a number; write 30s, 5m, 2h or 1d"))?;
    let factor = match unit.trim() {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(format!("`{text}` has no unit that is known; write 30s, 5m, 2h or 1d")),
    };
    number.checked_mul(factor).ok_or_else(|| format!("`{text}` is too long"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ago, bytes, elapsed, parse_span};

    #[test]
    fn times_read_as_people_say_them() {
        let now = "2026-01-02T00:00:00Z".parse().unwrap();
        assert_eq!(ago(Some("2026-01-01T23:59:57Z"), now), "3s ago");
        assert_eq!(ago(Some("2026-01-01T00:00:00Z"), now), "1d ago");
        assert_eq!(ago(Some("2026-01-02T00:00:09Z"), now), "0s ago", "a clock that is ahead");
        assert_eq!(ago(None, now), "");
        assert_eq!(elapsed(Duration::from_millis(3_240)), "3.2 s");
        assert_eq!(elapsed(Duration::from_secs(250)), "4m10s");
        assert_eq!(bytes(15_200_000), "15 MB");
    }

    #[test]
    fn spans_need_a_unit() {
        assert_eq!(parse_span("5m"), Ok(300_000));
        assert_eq!(parse_span("500ms"), Ok(500));
        assert!(parse_span("5").unwrap_err().contains("unit"));
        assert!(parse_span("m").unwrap_err().contains("number"));
    }
}
