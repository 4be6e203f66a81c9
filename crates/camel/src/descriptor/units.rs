//! Durations, sizes and shares as people write them: `60s`, `256Mi`, `500m`, `10%`.
//!
//! Sizes follow Kubernetes quantities, because the same file describes workloads there. Everything
//! else is refused rather than guessed: `256M` is 256,000,000 bytes, `256MB` is nothing.

use std::time::Duration;

pub(super) fn duration(text: &str) -> Option<Duration> {
    let split = text.find(|character: char| !character.is_ascii_digit())?;
    let (number, unit) = text.split_at(split);
    let number: u64 = number.parse().ok()?;
    let millis = match unit {
        "ms" => number,
        "s" => number.checked_mul(1_000)?,
        "m" => number.checked_mul(60_000)?,
        "h" => number.checked_mul(3_600_000)?,
        _ => return None,
    };
    Some(Duration::from_millis(millis))
}

pub(super) fn bytes(text: &str) -> Option<u64> {
    let split = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: u64 = number.parse().ok()?;
    let factor: u64 = match unit {
        "" => 1,
        "k" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// Thousandths of one processor.
pub(super) fn cpu_millis(text: &str) -> Option<u32> {
    if let Some(millis) = text.strip_suffix('m') {
        return millis.parse().ok();
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.is_empty() || fraction.len() > 3 {
        return None;
    }
    let whole: u32 = whole.parse().ok()?;
    let thousandths: u32 = format!("{fraction:0<3}").parse().ok()?;
    whole.checked_mul(1_000)?.checked_add(thousandths)
}

pub(super) fn percent(text: &str) -> Option<f64> {
    let number: f64 = text.strip_suffix('%')?.trim_end().parse().ok()?;
    (0.0..=100.0).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_exactly() {
        assert_eq!(duration("60s"), Some(Duration::from_mins(1)));
        assert_eq!(duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!((duration("60"), duration("s"), duration("1 s")), (None, None, None));
        assert_eq!(
            (bytes("256Mi"), bytes("1G"), bytes("256MB")),
            (Some(268_435_456), Some(1_000_000_000), None)
        );
        assert_eq!(bytes("99999999999999999999"), None);
        assert_eq!(
            (cpu_millis("500m"), cpu_millis("1.5"), cpu_millis("2")),
            (Some(500), Some(1500), Some(2000))
        );
        assert_eq!((cpu_millis("x"), cpu_millis("0.0001")), (None, None));
        assert_eq!(
            (percent("10%"), percent("0.5%"), percent("10"), percent("101%")),
            (Some(10.0), Some(0.5), None, None)
        );
    }
}
