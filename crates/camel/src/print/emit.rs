//! Names, values and lists as block-style YAML.
//!
//! Text is plain when nothing in it could be taken for YAML by any reader, a literal block when it
//! has several plain lines, and double-quoted otherwise. The plain set is small on purpose: quoting
//! too much is ugly, quoting too little is another document.

use std::fmt::Write as _;

pub(super) enum Out {
    Text(String),
    Map(Vec<(String, Self)>),
    List(Vec<Self>),
}

pub(super) fn emit(out: &Out) -> String {
    let mut text = String::new();
    match out {
        Out::Text(value) => scalar(value, 0, &mut text),
        Out::Map(map) if !map.is_empty() => entries(map, 0, &mut text),
        Out::List(list) if !list.is_empty() => items(list, 0, &mut text),
        Out::Map(_) => text.push_str("{}\n"),
        Out::List(_) => text.push_str("[]\n"),
    }
    text
}

fn entries(map: &[(String, Out)], level: usize, text: &mut String) {
    for (at, (name, value)) in map.iter().enumerate() {
        // The first entry stands behind the dash of its list item.
        if at > 0 || text.is_empty() || text.ends_with('\n') {
            indent(level, text);
        }
        if is_plain(name) {
            text.push_str(name);
        } else {
            quote(name, text);
        }
        text.push(':');
        match value {
            Out::Text(value) => {
                text.push(' ');
                scalar(value, level + 1, text);
            }
            Out::Map(map) if map.is_empty() => text.push_str(" {}\n"),
            Out::List(list) if list.is_empty() => text.push_str(" []\n"),
            Out::Map(map) => {
                text.push('\n');
                entries(map, level + 1, text);
            }
            Out::List(list) => {
                text.push('\n');
                items(list, level + 1, text);
            }
        }
    }
}

fn items(list: &[Out], level: usize, text: &mut String) {
    for value in list {
        indent(level, text);
        text.push_str("- ");
        match value {
            Out::Text(value) => scalar(value, level + 1, text),
            Out::Map(map) if map.is_empty() => text.push_str("{}\n"),
            Out::List(list) if list.is_empty() => text.push_str("[]\n"),
            Out::Map(map) => entries(map, level + 1, text),
            Out::List(list) => {
                text.push('\n');
                items(list, level + 1, text);
            }
        }
    }
}

fn indent(level: usize, text: &mut String) {
    for _ in 0..level {
        text.push_str("  ");
    }
}

fn scalar(value: &str, level: usize, text: &mut String) {
    if is_plain(value) {
        text.push_str(value);
    } else if is_block(value) {
        text.push_str(if value.ends_with('\n') { "|" } else { "|-" });
        for line in value.lines() {
            text.push('\n');
            if !line.is_empty() {
                indent(level, text);
                text.push_str(line);
            }
        }
    } else {
        quote(value, text);
    }
    text.push('\n');
}

/// One word or path: no space, no character with a meaning where it stands.
fn is_plain(value: &str) -> bool {
    let inside = |character: char| {
        character.is_ascii_alphanumeric()
            || matches!(character, '.' | '_' | '-' | '/' | '$' | '+' | ':')
    };
    let first = value.chars().next();
    let word = value.to_ascii_lowercase();
    first.is_some_and(|first| first.is_ascii_alphanumeric() || matches!(first, '/' | '$' | '_'))
        && value.chars().all(inside)
        && !value.ends_with(':')
        && !matches!(word.as_str(), "null" | "yes" | "no" | "on" | "off" | "y" | "n")
}

/// Several lines without anything that a block would lose.
fn is_block(value: &str) -> bool {
    let printable =
        |character: char| character == '\n' || (!character.is_control() && !is_odd(character));
    let body = value.strip_suffix('\n').unwrap_or(value);
    body.contains('\n')
        && value.chars().all(printable)
        && !body.starts_with(['\n', ' '])
        && !body.ends_with('\n')
        && body.lines().all(|line| !line.ends_with(' ') && !line.starts_with(' '))
}

/// Line separators and what is no character.
fn is_odd(character: char) -> bool {
    matches!(character, '\u{2028}' | '\u{2029}' | '\u{85}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn quote(value: &str, text: &mut String) {
    text.push('"');
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            odd if odd.is_control() || is_odd(odd) => {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\U{:08x}", u32::from(odd));
            }
            plain => text.push(plain),
        }
    }
    text.push('"');
}
