//! Constants: quoted strings, characters and numbers, as Go writes them.
//!
//! A number is an integer when it has neither point nor exponent; `3.0` may still be given where an integer is asked for. A string
//! that spells bytes which are not UTF-8 (`"\xff"`) is refused: our strings are text.

use crate::ast::Number;
use crate::error::{ErrorKind, Fault};

pub(super) fn unquote(quoted: &str) -> Result<String, Fault> {
    let inside = &quoted[1..quoted.len() - 1];
    if quoted.starts_with('`') {
        return Ok(inside.replace('\r', ""));
    }
    let mut bytes = Vec::with_capacity(inside.len());
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        if character == '\\' {
            escape(&mut characters, '"', &mut bytes)?;
        } else {
            bytes.extend(character.encode_utf8(&mut [0; 4]).bytes());
        }
    }
    String::from_utf8(bytes).map_err(|_| bad("a string with bytes that are not UTF-8"))
}

pub(super) fn character(quoted: &str) -> Result<Number, Fault> {
    let inside = &quoted[1..quoted.len() - 1];
    let mut characters = inside.chars();
    let value = match characters.next() {
        Some('\\') => {
            let mut bytes = Vec::new();
            escape(&mut characters, '\'', &mut bytes)?;
            match std::str::from_utf8(&bytes).ok().and_then(|text| text.chars().next()) {
                Some(character) => u32::from(character),
                None => bytes.first().copied().map_or(0, u32::from),
            }
        }
        Some(character) if character != '\'' => u32::from(character),
        _ => return Err(bad("an empty character constant")),
    };
    if characters.next().is_some() {
        return Err(bad("a character constant of more than one character"));
    }
    Ok(Number { int: Some(i64::from(value)), float: f64::from(value), is_float: false })
}

/// What stands behind a backslash.
fn escape(
    characters: &mut std::str::Chars<'_>,
    quote: char,
    bytes: &mut Vec<u8>,
) -> Result<(), Fault> {
    let unicode = |value: u32, bytes: &mut Vec<u8>| -> Result<(), Fault> {
        let character = char::from_u32(value).ok_or_else(|| bad("a bad `\\u` escape"))?;
        bytes.extend(character.encode_utf8(&mut [0; 4]).bytes());
        Ok(())
    };
    let Some(character) = characters.next() else { return Err(bad("a lone backslash")) };
    match character {
        'a' => bytes.push(7),
        'b' => bytes.push(8),
        'f' => bytes.push(12),
        'n' => bytes.push(b'\n'),
        'r' => bytes.push(b'\r'),
        't' => bytes.push(b'\t'),
        'v' => bytes.push(11),
        '\\' => bytes.push(b'\\'),
        _ if character == quote => bytes.push(quote as u8),
        'x' => {
            let value = digits(characters, 2, 16)?;
            bytes.push(u8::try_from(value).map_err(|_| bad("a bad `\\x` escape"))?);
        }
        'u' => unicode(digits(characters, 4, 16)?, bytes)?,
        'U' => unicode(digits(characters, 8, 16)?, bytes)?,
        '0'..='7' => {
            let first = character.to_digit(8).unwrap_or_default();
            let value = first * 64 + digits(characters, 2, 8)?;
            bytes.push(u8::try_from(value).map_err(|_| bad("an octal escape past 377"))?);
        }
        _ => return Err(bad(format!("`\\{character}` is not an escape"))),
    }
    Ok(())
}

fn digits(characters: &mut std::str::Chars<'_>, count: u32, radix: u32) -> Result<u32, Fault> {
    let mut value = 0_u32;
    for _ in 0..count {
        let digit = characters.next().and_then(|character| character.to_digit(radix));
        let digit = digit.ok_or_else(|| bad("an escape with too few digits"))?;
        value = value.wrapping_mul(radix).wrapping_add(digit);
    }
    Ok(value)
}

pub(super) fn number(text: &str) -> Result<Number, Fault> {
    let wrong = || bad(format!("`{text}` is not a number"));
    let is_float = text.contains('.') || (!is_prefixed(text) && text.contains(['e', 'E']));
    if let Some(int) = integer(text) {
        #[expect(clippy::cast_precision_loss, reason = "a Go constant converts in the same way")]
        return Ok(Number { int: Some(int), float: int as f64, is_float: false });
    }
    if !is_float {
        return Err(wrong());
    }
    let plain = text.replace('_', "");
    let digits = plain.trim_start_matches(['+', '-']);
    if is_prefixed(text) || !digits.starts_with(|next: char| next.is_ascii_digit() || next == '.') {
        return Err(wrong());
    }
    let float: f64 = plain.parse().map_err(|_| wrong())?;
    if float.is_infinite() {
        return Err(wrong());
    }
    #[expect(clippy::cast_possible_truncation, reason = "compared with the original at once")]
    #[expect(clippy::cast_precision_loss, reason = "compared with the original at once")]
    #[expect(clippy::float_cmp, reason = "is it a whole number?")]
    let int = Some(float as i64).filter(|int| *int as f64 == float);
    Ok(Number { int, float, is_float: true })
}

fn is_prefixed(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    ["0x", "0b", "0o"].iter().any(|prefix| digits.starts_with(prefix))
}

/// Base prefixes and `_` between digits, as Go's `ParseInt` with base 0.
fn integer(text: &str) -> Option<i64> {
    let negative = text.starts_with('-');
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = digits.to_ascii_lowercase();
    let (radix, rest) = if let Some(rest) = lower.strip_prefix("0x") {
        (16, rest)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (2, rest)
    } else if let Some(rest) = lower.strip_prefix("0o") {
        (8, rest)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..])
    } else {
        (10, lower.as_str())
    };
    if rest.ends_with('_') || rest.contains("__") || (radix == 10 && rest.starts_with('_')) {
        return None;
    }
    let digits = rest.replace('_', "");
    if !digits.starts_with(|next: char| next.is_ascii_alphanumeric()) {
        return None;
    }
    i64::from_str_radix(&format!("{}{digits}", if negative { "-" } else { "" }), radix).ok()
}

fn bad(message: impl Into<String>) -> Fault {
    Fault::new(ErrorKind::Syntax, message)
}
