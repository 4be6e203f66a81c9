//! Floats as Go's `strconv` writes them.
//!
//! Rust and Go find the same shortest digits and round the same way; only the notation differs: Go's exponent has a sign and two
//! digits, and `%g` changes to an exponent below 1e-4 and from the precision on, which counts as six for the shortest digits.

use crate::error::Fault;

/// `%v`
pub(crate) fn shortest(value: f64) -> String {
    general(value, None)
}

/// `%e` with a number of digits behind the point, or the shortest.
pub(crate) fn exponent(value: f64, precision: Option<usize>) -> String {
    if let Some(special) = special(value) {
        return special;
    }
    let text = match precision {
        Some(digits) => format!("{value:.digits$e}"),
        None => format!("{value:e}"),
    };
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = match power.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', power),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// `%f` with a number of digits behind the point, or the shortest.
pub(crate) fn fixed(value: f64, precision: Option<usize>) -> String {
    special(value).unwrap_or_else(|| match precision {
        Some(digits) => format!("{value:.digits$}"),
        None => format!("{value}"),
    })
}

/// `%g` with a number of significant digits, or the shortest.
pub(crate) fn general(value: f64, precision: Option<usize>) -> String {
    if let Some(special) = special(value) {
        return special;
    }
    let significant = precision.map(|digits| digits.max(1));
    let text = match significant {
        Some(digits) => format!("{value:.*e}", digits - 1),
        None => format!("{value:e}"),
    };
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    let count = i32::try_from(digits.len().max(1)).unwrap_or(i32::MAX);
    let limit = match significant.map(|wanted| i32::try_from(wanted).unwrap_or(i32::MAX)) {
        // Trailing zeros are not written, so they do not count.
        Some(wanted) if wanted > count && count > power => count,
        Some(wanted) => wanted,
        None => 6,
    };
    if power < -4 || power >= limit {
        let digits = usize::try_from(count - 1).unwrap_or(0);
        return exponent(value, Some(digits));
    }
    let behind = usize::try_from((count - 1 - power).max(0)).unwrap_or(0);
    format!("{value:.behind$}")
}

/// As `encoding/json`: plain up to 21 digits, and a short exponent beyond.
pub(crate) fn json(value: f64) -> Result<String, Fault> {
    if !value.is_finite() {
        return Err("JSON has no infinity and no NaN".into());
    }
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = exponent(value, None);
        return Ok(match text.split_once("e-0") {
            Some((mantissa, digit)) => format!("{mantissa}e-{digit}"),
            None => text,
        });
    }
    Ok(format!("{value}"))
}

fn special(value: f64) -> Option<String> {
    if value.is_nan() {
        return Some("NaN".to_owned());
    }
    value.is_infinite().then(|| if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: f64, shown: &str) {
        assert_eq!(shortest(value), shown);
    }

    #[test]
    fn a_float_is_written_as_go_writes_it() {
        check(3.0, "3");
        check(1.5, "1.5");
        check(100_000.0, "100000");
        check(1_000_000.0, "1e+06");
        check(1_234_567.0, "1.234567e+06");
        check(0.1 + 0.2, "0.30000000000000004");
        check(-0.0001, "-0.0001");
        check(0.00001, "1e-05");
        check(f64::INFINITY, "+Inf");
    }
}
