//! Letters and words: upper and lower case, snakes and camels, wrapping.
//!
//! Case changes character by character, as in Go: a character whose other case is several characters stays as it is.

use crate::error::Fault;
use crate::meter::Meter;
use crate::value::Value;

pub(super) fn upper(character: char) -> char {
    single(character.to_uppercase(), character)
}

pub(super) fn lower(character: char) -> char {
    single(character.to_lowercase(), character)
}

fn single(mut changed: impl Iterator<Item = char>, otherwise: char) -> char {
    match (changed.next(), changed.next()) {
        (Some(changed), None) => changed,
        _ => otherwise,
    }
}

/// Upper case for each letter behind something that belongs to no word.
pub(super) fn title(text: &str) -> String {
    let mut starts = true;
    let change = |character: char| {
        let changed = if starts { upper(character) } else { character };
        starts = if character.is_ascii() {
            !(character.is_ascii_alphanumeric() || character == '_')
        } else {
            !character.is_alphanumeric() && character.is_whitespace()
        };
        changed
    };
    text.chars().map(change).collect()
}

/// Lower case for the first letter of each word.
pub(super) fn untitle(text: &str) -> String {
    let mut starts = true;
    let change = |character: char| {
        let changed = if starts { lower(character) } else { character };
        starts = character.is_whitespace();
        if starts { character } else { changed }
    };
    text.chars().map(change).collect()
}

pub(super) fn swap_case(text: &str) -> String {
    let change = |character: char| {
        if character.is_uppercase() {
            lower(character)
        } else if character.is_lowercase() {
            upper(character)
        } else {
            character
        }
    };
    text.chars().map(change).collect()
}

fn is_connector(character: char) -> bool {
    character == '-' || character == '_' || character.is_whitespace()
}

/// `some_words` becomes `SomeWords`; connectors at the start stay, and of several only the last joins.
pub(super) fn camel(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let start = text.find(|next| !is_connector(next)).unwrap_or(text.len());
    out.push_str(&text[..start]);
    // Of nothing but connectors the last is doubled: a quirk that the contract has.
    let mut previous = if start == text.len() { text.chars().next_back() } else { None };
    for character in text[start..].chars() {
        let Some(before) = previous else {
            previous = Some(upper(character));
            continue;
        };
        previous = Some(match (is_connector(before), is_connector(character)) {
            (true, true) => {
                out.push(before);
                character
            }
            (true, false) => upper(character),
            (false, _) => {
                out.push(before);
                lower(character)
            }
        });
    }
    out.extend(previous);
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Connector,
    Punctuation,
    Upper,
    Letters,
    Number,
    Other,
}

fn class(character: char) -> Class {
    if is_connector(character) {
        Class::Connector
    } else if character.is_ascii_punctuation() && !"$+<=>^`|~".contains(character) {
        Class::Punctuation
    } else if character.is_uppercase() {
        Class::Upper
    } else if character.is_alphabetic() {
        Class::Letters
    } else if character.is_numeric() {
        Class::Number
    } else {
        Class::Other
    }
}

/// Runs of one class. An upper-case letter belongs to the lower-case letters behind it, so `HTTPStatus` is `HTTP`, `Status`.
fn runs(text: &str) -> Vec<(Class, &str)> {
    let characters: Vec<(usize, char)> = text.char_indices().collect();
    let class_at = |index: usize| characters.get(index).map(|(_, character)| class(*character));
    let offset = |index: usize| characters.get(index).map_or(text.len(), |(offset, _)| *offset);
    let mut runs = Vec::new();
    let mut from = 0;
    while let Some(kind) = class_at(from) {
        let mut to = from + 1;
        if kind == Class::Upper && class_at(to) == Some(Class::Letters) {
            while class_at(to) == Some(Class::Letters) {
                to += 1;
            }
        } else {
            while class_at(to) == Some(kind) {
                to += 1;
            }
            if kind == Class::Upper && to - from > 1 && class_at(to) == Some(Class::Letters) {
                to -= 1;
            }
        }
        runs.push((kind, &text[offset(from)..offset(to)]));
        from = to;
    }
    runs
}

/// Lower-case words with a connector between: `HTTPServer` becomes `http_server`, `Bld4Floor` becomes `bld4_floor`.
pub(super) fn separated(text: &str, connector: char) -> String {
    let runs = runs(text);
    let mut out = String::with_capacity(text.len() + 8);
    let write = |out: &mut String, (class, word): (Class, &str)| match class {
        Class::Connector => out.extend(word.chars().map(|_| connector)),
        Class::Upper => out.extend(word.chars().map(lower)),
        _ => out.push_str(word),
    };
    let class_at = |index: usize| runs.get(index).map(|(class, _)| *class);
    // Whether what stands here begins a word that needs a connector before it.
    let begins = |class: Option<Class>| {
        class.is_some_and(|class| !matches!(class, Class::Connector | Class::Punctuation))
    };
    let in_number = |class| matches!(class, Some(Class::Letters | Class::Number));
    let mut at = 0;
    while at + 1 < runs.len() {
        let (kind, _) = runs[at];
        write(&mut out, runs[at]);
        at += 1;
        match kind {
            Class::Connector | Class::Punctuation => continue,
            Class::Number => {}
            Class::Upper | Class::Letters | Class::Other => {
                if class_at(at) != Some(Class::Number) {
                    if begins(class_at(at)) {
                        out.push(connector);
                    }
                    continue;
                }
                if at + 1 >= runs.len() {
                    break;
                }
                // A number belongs to the word before it, unless lower-case letters follow.
                if class_at(at + 1) != Some(Class::Letters) {
                    write(&mut out, runs[at]);
                    at += 1;
                    if begins(class_at(at)) {
                        out.push(connector);
                    }
                    continue;
                }
                out.push(connector);
                write(&mut out, runs[at]);
                at += 1;
            }
        }
        while in_number(class_at(at)) {
            write(&mut out, runs[at]);
            at += 1;
        }
        if begins(class_at(at)) {
            out.push(connector);
        }
    }
    if let Some(last) = runs.get(at) {
        write(&mut out, *last);
    }
    out
}

/// Lines of at most `width` bytes, broken at spaces; a longer word is broken only if asked for.
pub(super) fn wrap(
    text: &str,
    width: i64,
    between: &str,
    break_words: bool,
    meter: &mut Meter<'_>,
) -> Result<Value, Fault> {
    let bytes = text.as_bytes();
    let width = usize::try_from(width).unwrap_or(0).max(1);
    let mut out: Vec<u8> = Vec::new();
    let mut at = 0;
    let mut push = |bytes: &[u8], breaks: bool, meter: &mut Meter<'_>| {
        meter.step()?;
        meter.reserve(bytes.len() + between.len())?;
        out.extend_from_slice(bytes);
        if breaks {
            out.extend_from_slice(between.as_bytes());
        }
        Ok::<(), Fault>(())
    };
    while bytes.len() - at > width {
        if bytes[at] == b' ' {
            at += 1;
            continue;
        }
        let window = &bytes[at..=at + width];
        if let Some(space) = window.iter().rposition(|byte| *byte == b' ') {
            push(&bytes[at..at + space], true, meter)?;
            at += space + 1;
        } else if break_words {
            push(&bytes[at..at + width], true, meter)?;
            at += width;
        } else if let Some(space) = bytes[at + width..].iter().position(|byte| *byte == b' ') {
            push(&bytes[at..at + width + space], true, meter)?;
            at += width + space + 1;
        } else {
            push(&bytes[at..], false, meter)?;
            at = bytes.len();
        }
    }
    push(&bytes[at..], false, meter)?;
    Ok(Value::text(String::from_utf8_lossy(&out)))
}
