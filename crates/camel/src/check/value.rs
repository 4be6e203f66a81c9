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

/// Camel finds the constant in any case, and `json-xml` or `jsonXml` for `JSON_XML`.
pub(super) fn is_one_of(text: &str, values: &str) -> bool {
    let text = text.trim();
    let mut constant = String::with_capacity(text.len() + 4);
    let mut lower_before = false;
    for character in text.chars() {
        if character == '-' {
            constant.push('_');
        } else {
            if lower_before && character.is_ascii_uppercase() {
                constant.push('_');
            }
            constant.push(character);
        }
        lower_before = character.is_ascii_lowercase() || character.is_ascii_digit();
    }
    let same =
        |value: &str| value.eq_ignore_ascii_case(text) || value.eq_ignore_ascii_case(&constant);
    is_open(text) || values.split(',').any(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_convert_as_in_camel() {
        assert!(is_boolean("TRUE") && is_boolean("{{x}}") && !is_boolean("yes"));
        assert!(is_integer("-1") && is_integer("+5") && !is_integer("1_000") && !is_integer(""));
        assert!(is_number("0.5") && !is_number("x"));
        assert!(is_one_of("inonly", "InOnly,InOut") && is_one_of("json-xml", "JSON,JSON_XML"));
        assert!(is_one_of("jsonXml", "JSON,JSON_XML"));
        assert!(!is_one_of("in-only", "InOnly,InOut") && !is_one_of("Out", "InOnly,InOut"));
    }
}
