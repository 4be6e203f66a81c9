//! Java's `.properties` format, as `java.util.Properties` reads it.
//!
//! Natural lines join at a trailing backslash; `#` and `!` start a comment at the start of a line
//! only; the key ends at the first unescaped `=`, `:` or blank; `\uXXXX` is decoded. The file is
//! read as UTF-8, which is what Camel's own launcher does, and not as Latin-1. A key set twice keeps
//! its last value, with a warning left to the caller, because Java keeps the last one.

use std::collections::BTreeMap;

use crate::problem::{Position, Problem};
use crate::yaml::decode;

/// Far above any hand-written file; keeps the maps made from it small.
pub const MAX_ENTRIES: usize = 20_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    pub value: String,
    pub line: u32,
}

pub fn parse(file: &str, content: &[u8]) -> Result<Vec<Entry>, Problem> {
    let text = decode(file, content)?;
    let mut entries = Vec::new();
    let mut natural = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let mut number: u32 = 0;
    while let Some(line) = natural.next() {
        number += 1;
        let first = number;
        let line = line.trim_start_matches([' ', '\t', '\x0c']);
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let mut logical = line.to_owned();
        while continues(&logical) {
            logical.pop();
            let Some(next) = natural.next() else { break };
            number += 1;
            logical.push_str(next.trim_start_matches([' ', '\t', '\x0c']));
        }
        if entries.len() >= MAX_ENTRIES {
            let at = Position { line: first, column: 1 };
            let text = format!("more than {MAX_ENTRIES} properties");
            return Err(Problem::error("MP-CAMEL-03", file, at, text));
        }
        entries.push(entry(file, &logical, first)?);
    }
    Ok(entries)
}

/// The values by key; the last one of equal keys wins.
pub fn map(entries: &[Entry]) -> BTreeMap<String, String> {
    entries.iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect()
}

/// An odd number of backslashes at the end.
fn continues(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

fn entry(file: &str, line: &str, number: u32) -> Result<Entry, Problem> {
    let mut escaped = false;
    let end = line
        .char_indices()
        .find(|(_, character)| {
            let separates = !escaped && matches!(character, '=' | ':' | ' ' | '\t' | '\x0c');
            escaped = *character == '\\' && !escaped;
            separates
        })
        .map_or(line.len(), |(at, _)| at);
    let blank = [' ', '\t', '\x0c'];
    let rest = line[end..].trim_start_matches(blank);
    let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start_matches(blank);
    let (key, value) = (unescape(file, &line[..end], number)?, unescape(file, rest, number)?);
    Ok(Entry { key, value, line: number })
}

fn unescape(file: &str, text: &str, number: u32) -> Result<String, Problem> {
    let mut units: Vec<u16> = Vec::new();
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            flush(&mut units, &mut out);
            out.push(character);
            continue;
        }
        match characters.next() {
            Some('u') => {
                let digits: String = characters.by_ref().take(4).collect();
                let unit = u16::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4);
                let Some(unit) = unit else {
                    let at = Position { line: number, column: 1 };
                    let text =
                        format!("a bad escape `\\u{digits}`, four hexadecimal digits expected");
                    return Err(Problem::error("MP-CAMEL-41", file, at, text));
                };
                units.push(unit);
            }
            Some('t') => push(&mut units, &mut out, '\t'),
            Some('n') => push(&mut units, &mut out, '\n'),
            Some('r') => push(&mut units, &mut out, '\r'),
            Some('f') => push(&mut units, &mut out, '\x0c'),
            Some(other) => push(&mut units, &mut out, other),
            None => {}
        }
    }
    flush(&mut units, &mut out);
    Ok(out)
}

fn push(units: &mut Vec<u16>, out: &mut String, character: char) {
    flush(units, out);
    out.push(character);
}

/// Surrogate pairs come as two escapes; a lone half becomes the replacement character.
fn flush(units: &mut Vec<u16>, out: &mut String) {
    if !units.is_empty() {
        out.push_str(&String::from_utf16_lossy(units));
        units.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &[(&str, &str)]) {
        let entries = parse("application.properties", text.as_bytes()).unwrap();
        let got: Vec<_> =
            entries.iter().map(|entry| (entry.key.as_str(), entry.value.as_str())).collect();
        assert_eq!(got, want);
    }

    #[test]
    fn lines_are_read_as_java_reads_them() {
        check("a=1\nb : 2\r\nc 3\nd\n", &[("a", "1"), ("b", "2"), ("c", "3"), ("d", "")]);
        check("# no\n  ! no\n a = x # kept", &[("a", "x # kept")]);
        check("a = one, \\\n    two\nb=c\\\\\nd=e", &[("a", "one, two"), ("b", "c\\"), ("d", "e")]);
        check("a\\ b\\=c=d\\=e", &[("a b=c", "d=e")]);
        check("p=\\u00e9\\uD83C\\uDF75\\t.", &[("p", "é🍵\t.")]);
        check("camel.beans.x = #class:a.B", &[("camel.beans.x", "#class:a.B")]);
        check("a==b", &[("a", "=b")]);
        check("u=ü", &[("u", "ü")]);
    }

    #[test]
    fn a_bad_escape_names_its_line() {
        let err = parse("a.properties", b"a=1\nb=\\u12").unwrap_err();
        assert_eq!((err.line, err.code), (2, "MP-CAMEL-41"));
    }
}
