//! Finds text and attributes in XML by name and by path, without building a tree.
//!
//! Names are compared without their prefixes. It reads what the tracer captured, which may end in the middle. A document type is not
//! read: entities could hide anything, so such a document counts as not readable.

use super::Finding;
use super::header::is_secret_key;
use super::path::{Path, Place};

/// As deep as any parser here goes.
const MAX_DEPTH: usize = 64;

/// The findings, and whether the document could be followed to its (perhaps early) end.
pub(super) fn find(bytes: &[u8], paths: &[Path]) -> (Vec<Finding>, bool) {
    let mut scan = Scan { bytes, paths, place: Vec::new(), findings: Vec::new() };
    let whole = scan.run().is_some();
    (scan.findings, whole)
}

struct Scan<'a> {
    bytes: &'a [u8],
    paths: &'a [Path],
    place: Vec<Place>,
    findings: Vec<Finding>,
}

impl Scan<'_> {
    /// None: it cannot be followed further.
    fn run(&mut self) -> Option<()> {
        let mut at = 0;
        while at < self.bytes.len() {
            let rest = &self.bytes[at..];
            if rest[0] != b'<' {
                let end = at + position(rest, b"<").unwrap_or(rest.len());
                self.text(at, end);
                at = end;
            } else if rest.starts_with(b"<!--") {
                at += position(rest, b"-->").map_or(rest.len(), |end| end + 3);
            } else if rest.starts_with(b"<![CDATA[") {
                let end = position(rest, b"]]>").unwrap_or(rest.len());
                self.text(at + 9, at + end);
                at += (end + 3).min(rest.len());
            } else if rest.starts_with(b"<?") {
                at += position(rest, b"?>").map_or(rest.len(), |end| end + 2);
            } else if rest.starts_with(b"<!") {
                return None;
            } else if rest.starts_with(b"</") {
                self.place.pop();
                at += position(rest, b">").map_or(rest.len(), |end| end + 1);
            } else {
                at = self.tag(at + 1)?;
            }
        }
        Some(())
    }

    fn rule(&self) -> Option<String> {
        if let Some(Place::Key(key)) = self.place.last()
            && is_secret_key(key.trim_start_matches('@'))
        {
            return Some("password".to_owned());
        }
        // What is within a masked element is masked as well.
        let path = (1..=self.place.len())
            .find_map(|end| self.paths.iter().find(|path| path.matches(&self.place[..end])))?;
        Some(path.text.clone())
    }

    fn text(&mut self, start: usize, end: usize) {
        let text = self.bytes.get(start..end).unwrap_or_default();
        let trimmed = text.trim_ascii();
        if !trimmed.is_empty()
            && let Some(rule) = self.rule()
        {
            let start = start + (text.len() - text.trim_ascii_start().len());
            self.findings.push(Finding::new(start..start + trimmed.len(), &rule, false));
        }
    }

    /// A start tag from its name on. Gives where it ends.
    fn tag(&mut self, start: usize) -> Option<usize> {
        let mut at = self.name_end(start);
        if self.place.len() >= MAX_DEPTH || (at == start && at < self.bytes.len()) {
            return None;
        }
        self.place.push(Place::Key(self.local(start, at)));
        loop {
            while self.bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
                at += 1;
            }
            match self.bytes.get(at) {
                None => return Some(at),
                Some(b'>') => return Some(at + 1),
                Some(b'/') => {
                    self.place.pop();
                    let rest = &self.bytes[at..];
                    return Some(at + position(rest, b">").map_or(rest.len(), |end| end + 1));
                }
                Some(_) => at = self.attribute(at)?,
            }
        }
    }

    fn attribute(&mut self, start: usize) -> Option<usize> {
        let end = self.name_end(start);
        let name = self.local(start, end);
        let mut at = end;
        while self.bytes.get(at).is_some_and(|b| b.is_ascii_whitespace() || *b == b'=') {
            at += 1;
        }
        let Some(quote) = self.bytes.get(at).copied() else { return Some(at) };
        if end == start || !matches!(quote, b'"' | b'\'') {
            return None;
        }
        let value = at + 1;
        let rest = &self.bytes[value..];
        let length = rest.iter().position(|b| *b == quote);
        self.place.push(Place::Key(format!("@{name}")));
        let rule = self.rule();
        self.place.pop();
        let stop = value + length.unwrap_or(rest.len());
        if let Some(rule) = rule.filter(|_| stop > value) {
            self.findings.push(Finding::new(value..stop, &rule, false));
        }
        Some((stop + 1).min(self.bytes.len()))
    }

    fn name_end(&self, start: usize) -> usize {
        let rest = &self.bytes[start..];
        let stops = |b: &u8| b.is_ascii_whitespace() || b"/>=<\"'".contains(b);
        start + rest.iter().position(stops).unwrap_or(rest.len())
    }

    fn local(&self, start: usize, end: usize) -> String {
        let name = String::from_utf8_lossy(&self.bytes[start..end]);
        name.rsplit_once(':').map_or(&*name, |(_, local)| local).to_owned()
    }
}

fn position(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
