//! Finds values in JSON by key and by path, without building a tree and without changing what it does not mask.
//!
//! It reads what the tracer captured, which may end in the middle: an unfinished value that a rule names is masked to the end. What
//! is not JSON stops the scan; the caller decides what that means.

use std::ops::Range;

use super::Finding;
use super::header::is_secret_key;
use super::path::{Path, Place};

/// As deep as any parser here goes.
const MAX_DEPTH: usize = 64;

/// What a scan gives.
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    /// Values without quotes, in order: a mask within one has to replace all of it, and stand in quotes.
    pub(super) bare: Vec<Range<usize>>,
    /// Whether the document was JSON to its (perhaps early) end.
    pub(super) whole: bool,
}

pub(super) fn find(bytes: &[u8], paths: &[Path]) -> Found {
    let (findings, bare) = (Vec::new(), Vec::new());
    let mut scan = Scan { bytes, at: 0, place: Vec::new(), paths, findings, bare };
    let mut whole = true;
    // Several documents after each other are common in streams of lines.
    while scan.skip_space() {
        match scan.value() {
            Ok(()) => {}
            Err(Stop::End) => break,
            Err(Stop::NotJson) => {
                whole = false;
                break;
            }
        }
    }
    Found { findings: scan.findings, bare: scan.bare, whole }
}

enum Stop {
    End,
    NotJson,
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    place: Vec<Place>,
    paths: &'a [Path],
    findings: Vec<Finding>,
    bare: Vec<Range<usize>>,
}

impl Scan<'_> {
    fn peek(&self) -> Result<u8, Stop> {
        self.bytes.get(self.at).copied().ok_or(Stop::End)
    }

    /// Whether anything follows.
    fn skip_space(&mut self) -> bool {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.at < self.bytes.len()
    }

    fn value(&mut self) -> Result<(), Stop> {
        self.skip_space();
        let start = self.at;
        let rule = self.rule();
        let done = match self.peek()? {
            b'{' => self.object(),
            b'[' => self.array(),
            b'"' => self.string().map(drop),
            _ => self.bare(),
        };
        if let Some(rule) = rule {
            let text = self.bytes[start] == b'"';
            let closed = text && done.is_ok();
            let range =
                if text { start + 1..self.at - usize::from(closed) } else { start..self.at };
            if !range.is_empty() && self.bytes[range.clone()] != *b"null" {
                self.findings.push(Finding::new(range, &rule, !text));
            }
        }
        done
    }

    /// The rule that masks what stands here.
    fn rule(&self) -> Option<String> {
        if let Some(Place::Key(key)) = self.place.last()
            && is_secret_key(key)
        {
            return Some("password".to_owned());
        }
        let path = self.paths.iter().find(|path| path.matches(&self.place))?;
        Some(path.text.clone())
    }

    fn enter(&mut self, place: Place) -> Result<(), Stop> {
        if self.place.len() >= MAX_DEPTH {
            return Err(Stop::NotJson);
        }
        self.place.push(place);
        let done = self.value();
        self.place.pop();
        done
    }

    fn object(&mut self) -> Result<(), Stop> {
        self.at += 1;
        loop {
            self.skip_space();
            match self.peek()? {
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                b',' => self.at += 1,
                b'"' => {
                    let (start, end) = self.string()?;
                    let key = unescape(&self.bytes[start..end]);
                    self.skip_space();
                    if self.peek()? != b':' {
                        return Err(Stop::NotJson);
                    }
                    self.at += 1;
                    self.enter(Place::Key(key))?;
                }
                _ => return Err(Stop::NotJson),
            }
        }
    }

    fn array(&mut self) -> Result<(), Stop> {
        self.at += 1;
        let mut index = 0;
        loop {
            self.skip_space();
            match self.peek()? {
                b']' => {
                    self.at += 1;
                    return Ok(());
                }
                b',' => self.at += 1,
                _ => {
                    self.enter(Place::Index(index))?;
                    index += 1;
                }
            }
        }
    }

    /// The range between the quotes; the scan stands after them.
    fn string(&mut self) -> Result<(usize, usize), Stop> {
        let start = self.at + 1;
        self.at = start;
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Ok((start, self.at - 1));
                }
                b'\\' => self.at = (self.at + 2).min(self.bytes.len()),
                _ => self.at += 1,
            }
        }
    }

    fn bare(&mut self) -> Result<(), Stop> {
        let start = self.at;
        while self
            .bytes
            .get(self.at)
            .is_some_and(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b))
        {
            self.at += 1;
        }
        self.bare.push(start..self.at);
        if self.at == start { Err(Stop::NotJson) } else { Ok(()) }
    }
}

/// A key may be written with escapes; one that hides behind them is still that key.
fn unescape(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if !text.contains('\\') {
        return text.into_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('u') => {
                let digits: String = chars.by_ref().take(4).collect();
                let number = u32::from_str_radix(&digits, 16).ok();
                out.push(number.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}
