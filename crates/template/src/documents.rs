//! Rendered text as YAML documents, read strictly.
//!
//! Scalars mean what they mean to `kubectl`: `yes` and `on` are true, `0644` is octal. Refused are duplicate keys (one of two values would
//! win silently), tags (they name types to build), merge keys, keys that are not scalars, and documents that are no objects. An empty
//! document is nothing at all, so a text template can render to nothing in order to skip its resource. Aliases are expanded within the
//! same budget as what is written.

use std::collections::{BTreeMap, HashMap};

use granit_parser::{Event, Parser, ScalarStyle, Span};
use serde_json::{Map, Number, Value};

use crate::error::{Error, ErrorKind};

/// As much as one object in etcd may hold.
const BYTES: usize = 1 << 20;
/// Deeper than any Kubernetes object by a factor of four.
const DEPTH: usize = 64;
/// An object of 1 MiB has fewer.
const NODES: usize = 100_000;
/// One template makes a handful of resources; a hundred is a mistake.
const DOCUMENTS: usize = 100;

/// The objects of `text`, in order.
pub fn render_documents(text: &str) -> Result<Vec<Value>, Error> {
    Ok(read(text, false)?.into_iter().map(|document| document.value).collect())
}

/// The objects of `text` with the place of everything in them.
pub fn locate_documents(text: &str) -> Result<Vec<Document>, Error> {
    read(text, true)
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    pub value: Value,
    /// Where each value stands, by its path: `spec.resources[0].template`.
    pub places: BTreeMap<String, Located>,
}

/// Where a value begins; for a block text that is its first line, below the mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Located {
    pub line: u32,
    pub column: u32,
}

fn read(text: &str, locate: bool) -> Result<Vec<Document>, Error> {
    if text.len() > BYTES {
        return Err(refuse((1, 1), format!("more than {BYTES} bytes of YAML")));
    }
    let options = granit_parser::options! {
        emit_comments: false,
        disallow_directives: true,
        flow_nesting_limit: DEPTH,
        block_nesting_limit: DEPTH,
    };
    let mut builder = Builder { locate, ..Builder::default() };
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = next.map_err(|err| {
            let at = place(err.marker().line(), err.marker().col());
            refuse(at, format!("not YAML: {}", err.info()))
        })?;
        builder.take(event, span)?;
    }
    Ok(builder.documents)
}

type Place = (u32, u32);

fn place(line: usize, column_from_zero: usize) -> Place {
    (
        u32::try_from(line).unwrap_or(u32::MAX),
        u32::try_from(column_from_zero + 1).unwrap_or(u32::MAX),
    )
}

fn refuse((line, column): Place, message: impl Into<String>) -> Error {
    Error { kind: ErrorKind::Document, line, column, message: message.into() }
}

/// An unfinished collection, with its anchor.
enum Open {
    List { anchor: usize, items: Vec<Value> },
    Map { anchor: usize, entries: Map<String, Value>, key: Option<String> },
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Value>,
    documents: Vec<Document>,
    nodes: usize,
    bytes: usize,
    locate: bool,
    places: BTreeMap<String, Located>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Error> {
        let at = place(span.start.line(), span.start.col());
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                refuse_tag(tag.is_some(), at)?;
                self.count(1, text.len(), at)?;
                if let Some(Open::Map { entries, key: key @ None, .. }) = self.open.last_mut() {
                    if text == "<<" && style == ScalarStyle::Plain {
                        return Err(refuse(at, "a merge key (`<<`): write the keys themselves"));
                    }
                    if entries.contains_key(text.as_ref()) {
                        return Err(refuse(at, format!("the key `{text}` twice in one map")));
                    }
                    *key = Some(text.into_owned());
                    return Ok(());
                }
                self.note(at);
                let is_absent = span.start.index() == span.end.index();
                let value = match style {
                    ScalarStyle::Plain if is_absent => Value::Null,
                    ScalarStyle::Plain => resolve(&text, at)?,
                    _ => Value::String(text.into_owned()),
                };
                self.finish(value, anchor, at)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(tag.is_some(), at)?;
                self.open.push(Open::List { anchor, items: Vec::new() });
                Ok(())
            }
            Event::MappingStart(_, anchor, tag) => {
                self.begin(tag.is_some(), at)?;
                self.open.push(Open::Map { anchor, entries: Map::new(), key: None });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List { anchor, items }) => self.finish(Value::Array(items), anchor, at),
                Some(Open::Map { anchor, entries, .. }) => {
                    self.finish(Value::Object(entries), anchor, at)
                }
                None => Ok(()),
            },
            Event::Alias(id) => {
                self.refuse_key(at)?;
                let Some(value) = self.anchors.get(&id) else {
                    return Err(refuse(at, "an alias inside the value it names"));
                };
                let (nodes, bytes, depth) = cost(value);
                let value = value.clone();
                self.count(nodes, bytes, at)?;
                if self.open.len() + depth > DEPTH {
                    return Err(refuse(at, format!("nested deeper than {DEPTH} levels")));
                }
                self.finish(value, 0, at)
            }
            // Starts and ends of stream and documents.
            _ => Ok(()),
        }
    }

    fn begin(&mut self, tagged: bool, at: Place) -> Result<(), Error> {
        refuse_tag(tagged, at)?;
        self.refuse_key(at)?;
        self.count(1, 0, at)?;
        self.note(at);
        if self.open.len() >= DEPTH {
            return Err(refuse(at, format!("nested deeper than {DEPTH} levels")));
        }
        Ok(())
    }

    /// Remembers where the value that begins now stands.
    fn note(&mut self, (line, column): Place) {
        if !self.locate {
            return;
        }
        let mut path = String::new();
        for open in &self.open {
            match open {
                Open::List { items, .. } => path.push_str(&format!("[{}]", items.len())),
                Open::Map { key, .. } => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key.as_deref().unwrap_or_default());
                }
            }
        }
        self.places.insert(path, Located { line, column });
    }

    fn refuse_key(&self, at: Place) -> Result<(), Error> {
        match self.open.last() {
            Some(Open::Map { key: None, .. }) => Err(refuse(at, "a key that is not plain text")),
            _ => Ok(()),
        }
    }

    fn count(&mut self, nodes: usize, bytes: usize, at: Place) -> Result<(), Error> {
        self.nodes += nodes;
        self.bytes += bytes;
        if self.nodes > NODES || self.bytes > BYTES {
            let message = format!("more than {NODES} values or {BYTES} bytes, aliases expanded");
            return Err(refuse(at, message));
        }
        Ok(())
    }

    fn finish(&mut self, value: Value, anchor: usize, at: Place) -> Result<(), Error> {
        if anchor > 0 {
            // The copy that is kept counts, too: anchors nest.
            let (nodes, bytes, _) = cost(&value);
            self.count(nodes, bytes, at)?;
            self.anchors.insert(anchor, value.clone());
        }
        match self.open.last_mut() {
            Some(Open::List { items, .. }) => items.push(value),
            Some(Open::Map { entries, key, .. }) => {
                if let Some(key) = key.take() {
                    entries.insert(key, value);
                }
            }
            None => self.document(value, at)?,
        }
        Ok(())
    }

    fn document(&mut self, value: Value, at: Place) -> Result<(), Error> {
        self.anchors.clear();
        let places = std::mem::take(&mut self.places);
        match value {
            Value::Null => Ok(()),
            Value::Object(_) if self.documents.len() < DOCUMENTS => {
                self.documents.push(Document { value, places });
                Ok(())
            }
            Value::Object(_) => Err(refuse(at, format!("more than {DOCUMENTS} documents"))),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Err(refuse(at, "a document must be an object: `apiVersion`, `kind` and so on"))
            }
        }
    }
}

fn refuse_tag(tagged: bool, at: Place) -> Result<(), Error> {
    if tagged {
        return Err(refuse(at, "a tag (`!`): write the plain value"));
    }
    Ok(())
}

/// Nodes, bytes and depth. Bounded, because the value was read within the same bounds.
fn cost(value: &Value) -> (usize, usize, usize) {
    let add = |(nodes, bytes, depth): (usize, usize, usize), inner: (usize, usize, usize)| {
        (nodes + inner.0, bytes + inner.1, depth.max(inner.2 + 1))
    };
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => (1, 8, 0),
        Value::String(text) => (1, text.len(), 0),
        Value::Array(items) => items.iter().map(cost).fold((1, 0, 1), add),
        Value::Object(entries) => entries.iter().fold((1, 0, 1), |sum, (key, item)| {
            let (nodes, bytes, depth) = cost(item);
            add(sum, (nodes, bytes + key.len(), depth))
        }),
    }
}

fn resolve(text: &str, at: Place) -> Result<Value, Error> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => {
            Value::Bool(true)
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => {
            Value::Bool(false)
        }
        ".inf" | "-.inf" | "+.inf" | ".Inf" | "-.Inf" | ".INF" | ".nan" | ".NaN" | ".NAN" => {
            return Err(refuse(at, format!("`{text}` has no place in JSON")));
        }
        _ => number(text).unwrap_or_else(|| Value::String(text.to_owned())),
    })
}

fn number(text: &str) -> Option<Value> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.starts_with(|next: char| next.is_ascii_digit() || next == '.') {
        return None;
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    let radix = |radix, digits: &str| {
        let plain = digits.starts_with(|next: char| next.is_ascii_hexdigit());
        let int = i64::from_str_radix(&format!("{sign}{digits}"), radix).ok()?;
        plain.then(|| Value::from(int))
    };
    for (prefix, base) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = digits.strip_prefix(prefix) {
            return radix(base, digits);
        }
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        if digits.len() > 1 && digits.starts_with('0') {
            if let Some(value) = radix(8, digits) {
                return Some(value);
            }
        } else if let Ok(int) = format!("{sign}{digits}").parse::<i64>() {
            return Some(Value::from(int));
        } else if let (true, Ok(int)) = (sign.is_empty(), digits.parse::<u64>()) {
            return Some(Value::from(int));
        }
    }
    let is_float = digits.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte))
        && digits.bytes().any(|byte| byte.is_ascii_digit());
    let float: f64 = text.parse().ok().filter(|_| is_float)?;
    Number::from_f64(float).map(Value::Number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn refused(text: &str, line: u32, message: &str) {
        let err = render_documents(text).unwrap_err();
        assert_eq!((err.line, err.message.as_str()), (line, message), "{text}");
    }

    #[test]
    fn nothing_renders_to_no_document() {
        for text in ["", "\n", "---\n", "# a comment\n", "---\n---\n", "null"] {
            assert_eq!(render_documents(text).unwrap(), Vec::<Value>::new(), "{text:?}");
        }
    }

    #[test]
    fn scalars_mean_what_they_mean_to_kubectl() {
        let text = "a: 0644\nb: 1.5\nc: yes\nd: '1'\ne: ~\nf: 1e3\ng: 1.2.3\nh: -5\ni: 0x1f\nj: 012a\nk: 2021-01-02\n1: x\n";
        let expected = json!({
            "a": 420, "b": 1.5, "c": true, "d": "1", "e": null, "f": 1000.0, "g": "1.2.3", "h": -5,
            "i": 31, "j": "012a", "k": "2021-01-02", "1": "x"
        });
        assert_eq!(render_documents(text).unwrap(), [expected]);
    }

    #[test]
    fn documents_come_in_order_and_aliases_are_expanded() {
        let text = "kind: A\nx: &x [1]\ny: *x\n---\n\n---\nkind: B\n";
        let expected = [json!({"kind": "A", "x": [1], "y": [1]}), json!({"kind": "B"})];
        assert_eq!(render_documents(text).unwrap(), expected);
    }

    #[test]
    fn every_value_has_a_place() {
        let text = "kind: A\n---\nkind: B\nspec:\n  list:\n    - a: |\n        x\n      b: 'y'\n";
        let documents = locate_documents(text).unwrap();
        let place = |path: &str| {
            let found = documents[1].places.get(path).copied().unwrap();
            (found.line, found.column)
        };
        assert_eq!(place("kind"), (3, 7));
        assert_eq!(place("spec.list[0].a"), (7, 9));
        assert_eq!(place("spec.list[0].b"), (8, 10));
        assert_eq!(documents[0].places.len(), 2);
    }

    #[test]
    fn what_could_mean_two_things_is_refused() {
        refused("a: 1\nb: 2\na: 3\n", 3, "the key `a` twice in one map");
        refused("a: !!binary aGk=\n", 1, "a tag (`!`): write the plain value");
        refused("a: &a {}\nb:\n  <<: *a\n", 3, "a merge key (`<<`): write the keys themselves");
        refused("? [a]\n: 1\n", 1, "a key that is not plain text");
        refused("a: .inf\n", 1, "`.inf` has no place in JSON");
        refused("just text\n", 1, "a document must be an object: `apiVersion`, `kind` and so on");
    }

    #[test]
    fn a_bomb_of_aliases_is_stopped() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let alias = format!("*a{}", level - 1);
            let items = [alias.as_str(); 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
        }
        assert!(render_documents(&text).unwrap_err().message.starts_with("more than"));
        let deep = format!("a: {}", "[".repeat(10_000));
        assert!(render_documents(&deep).is_err());
    }
}
