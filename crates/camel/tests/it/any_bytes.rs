//! Whatever bytes a repository holds, the parsers answer: no panic, no endless loop, no error that says nothing.
//!
//! The corpus is the demo, cut, doubled, spliced and damaged by a generator of its own, so that a failure repeats. The same
//! functions (`feed`) are what the fuzz targets call; those look for longer and with coverage, this one in every test run.

mod feed;

use std::path::{Path, PathBuf};

/// Files are small and checking one takes half a millisecond; all of it stays within seconds in a debug build.
const ROUNDS: usize = 60;

/// Bytes that mean something to YAML, XML, properties or Camel's expressions.
const SPICE: &[&str] = &[
    "${",
    "{{",
    "}}",
    "&a",
    "*a",
    "<<: ",
    "- ",
    ": ",
    "|",
    ">",
    "\t",
    "\u{0}",
    "\u{feff}",
    "<![CDATA[",
    "<!DOCTYPE a>",
    "&#0;",
    "</route>",
    "uri:",
    "from:",
    "steps:",
    "\r",
    "'",
    "\"",
    "%TAG ! x",
    "---\n",
    "\u{10ffff}",
    "[[[[",
    "{{{{",
];

/// The generator of Marsaglia, enough to choose places.
struct Choice(u64);

impl Choice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (bound.max(1) as u64)).unwrap()
    }

    /// Does one small harm to `text`, or takes a piece of `other`.
    fn harm(&mut self, text: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(text.len() + 1);
        match self.below(6) {
            0 => text.truncate(at),
            1 => {
                let spice = SPICE[self.below(SPICE.len())].bytes();
                text.splice(at..at, spice);
            }
            2 if at < text.len() => text[at] = u8::try_from(self.below(256)).unwrap(),
            3 => {
                let end = (at + self.below(40)).min(text.len());
                text.drain(at..end);
            }
            4 => {
                let from = self.below(other.len());
                let piece = &other[from..(from + self.below(80)).min(other.len())];
                text.splice(at..at, piece.iter().copied());
            }
            _ => {
                let again = text[at..(at + self.below(200)).min(text.len())].to_vec();
                text.splice(at..at, again);
            }
        }
    }
}

fn files(folder: &Path, ends: &[&str]) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if ends.iter().any(|end| path.to_string_lossy().ends_with(end)) {
                found.push((path.clone(), std::fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty());
    found
}

fn check(ends: &[&str], feed: fn(&[u8])) {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo");
    let corpus = files(&demo, ends);
    let mut choice = Choice(0x9e37_79b9_7f4a_7c15);
    for (path, content) in &corpus {
        feed(content);
        for round in 0..ROUNDS {
            let mut text = content.clone();
            let (_, other) = &corpus[choice.below(corpus.len())];
            for _ in 0..=choice.below(4) {
                choice.harm(&mut text, other);
            }
            let ran = std::panic::catch_unwind(|| feed(&text));
            assert!(
                ran.is_ok(),
                "{} round {round}: {:?}",
                path.display(),
                String::from_utf8_lossy(&text)
            );
        }
    }
}

#[test]
fn any_bytes_are_answered_as_routes() {
    check(&[".camel.yaml", ".xml", ".kamelet.yaml", ".properties"], feed::routes);
}

#[test]
fn any_bytes_are_answered_as_a_descriptor() {
    check(&["midplane.yaml"], feed::descriptor);
}
