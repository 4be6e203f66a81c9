//! Whether a written value can be what its option wants, as Camel converts text.

use crate::uri::is_open;

/// `true` or `false` in any case.
pub(super) fn is_boolean(text: &str) -> bool {
    is_open(text) || text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

pub(super) fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    is_open(text) || (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

pub(super) fn is_number(text: &str) -> bool {
    is_open(text) || text.parse::<f64>().is_ok()
}

/// Camel finds the constant in any case, with `-`, `_` or camel case between its words.
pub(super) fn is_one_of(text: &str, values: &str) -> bool {
    let plain = |text: &str| text.replace(['-', '_'], "").to_ascii_lowercase();
    let text = text.trim();
    is_open(text) || values.split(',').any(|value| plain(value) == plain(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_convert_as_in_camel() {
        assert!(is_boolean("TRUE") && is_boolean("{{x}}") && !is_boolean("yes"));
        assert!(is_integer("-1") && is_integer("+5") && !is_integer("1_000") && !is_integer(""));
        assert!(is_number("0.5") && !is_number("x"));
        assert!(is_one_of("in-only", "InOnly,InOut") && is_one_of("IN_OUT", "InOnly,InOut"));
        assert!(!is_one_of("Out", "InOnly,InOut"));
    }
}
