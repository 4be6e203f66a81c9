//! A bounded YAML tree: scalars stay raw text with their style and position.
//!
//! Camel never looks at YAML types: each value is text and its option decides. So this tree has no
//! booleans, numbers or nulls. Refused are tags (they name types to build), merge keys (Camel does
//! not merge) and duplicate keys (Camel would silently take one of them), more than one document,
//! and keys that are not plain scalars. Aliases are expanded, because Camel expands them, but what
//! they expand to counts against the same budget as what is written.
//!
//! Nothing here recurses, so depth costs no stack; dropping a tree recurses at most `MAX_DEPTH`.

use std::collections::{HashMap, HashSet};

use granit_parser::{Event, Parser, ScalarStyle, Span};

use crate::problem::{Position, Problem};

/// Routes are written by hand; the largest Kamelet of the catalogue has 24 KiB.
pub const MAX_BYTES: usize = 1024 * 1024;
/// One level of steps costs three levels of YAML, so this is forty routes deep.
pub const MAX_DEPTH: usize = 128;
/// The largest Kamelet of the catalogue has about 1,000 nodes.
pub const MAX_NODES: usize = 100_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    pub text: String,
    pub style: Style,
    pub at: Position,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub at: Position,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Scalar(Scalar),
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub key: Scalar,
    pub value: Node,
}

impl Node {
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) => Some(&scalar.text),
            Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Mapping(entries) => Some(entries),
            Value::Scalar(_) | Value::Sequence(_) => None,
        }
    }

    pub fn items(&self) -> Option<&[Self]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            Value::Scalar(_) | Value::Mapping(_) => None,
        }
    }

    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries()?.iter().find(|entry| entry.key.text == key).map(|entry| &entry.value)
    }

    /// What a reader would call this: used in messages.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Scalar(_) => "a value",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a map",
        }
    }

    fn cost(&self) -> Cost {
        let mut total = Cost { nodes: 0, bytes: 0 };
        let mut open = vec![self];
        while let Some(node) = open.pop() {
            total.nodes += 1;
            match &node.value {
                Value::Scalar(scalar) => total.bytes += scalar.text.len(),
                Value::Sequence(items) => open.extend(items),
                Value::Mapping(entries) => {
                    total.bytes += entries.iter().map(|entry| entry.key.text.len()).sum::<usize>();
                    open.extend(entries.iter().map(|entry| &entry.value));
                }
            }
        }
        total
    }

    fn depth(&self) -> usize {
        let mut deepest = 0;
        let mut open = vec![(self, 1)];
        while let Some((node, depth)) = open.pop() {
            deepest = deepest.max(depth);
            match &node.value {
                Value::Scalar(_) => {}
                Value::Sequence(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
                Value::Mapping(entries) => {
                    open.extend(entries.iter().map(|entry| (&entry.value, depth + 1)));
                }
            }
        }
        deepest
    }
}

struct Cost {
    nodes: usize,
    bytes: usize,
}

/// An unfinished collection.
enum Open {
    Sequence {
        at: Position,
        anchor: usize,
        items: Vec<Node>,
    },
    Mapping {
        at: Position,
        anchor: usize,
        entries: Vec<Entry>,
        keys: HashSet<String>,
        key: Option<Scalar>,
    },
}

struct Builder<'a> {
    file: &'a str,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    root: Option<Node>,
    nodes: usize,
    bytes: usize,
    documents: usize,
}

/// The one document of `content`; `None` when it holds nothing.
pub fn parse(file: &str, content: &[u8]) -> Result<Option<Node>, Problem> {
    let text = decode(file, content)?;
    let options = granit_parser::options! {
        emit_comments: false,
        disallow_directives: false,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut builder = Builder {
        file,
        open: Vec::new(),
        anchors: HashMap::new(),
        root: None,
        nodes: 0,
        bytes: 0,
        documents: 0,
    };
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = next.map_err(|err| {
            let at = position(err.marker().line(), err.marker().col());
            Problem::error("MP-CAMEL-01", file, at, format!("not valid YAML: {}", err.info()))
        })?;
        builder.take(event, span)?;
    }
    Ok(builder.root)
}

/// UTF-8 text within the byte budget, without a byte-order mark.
pub(crate) fn decode<'a>(file: &str, content: &'a [u8]) -> Result<&'a str, Problem> {
    if content.len() > MAX_BYTES {
        let message =
            format!("larger than {} KiB, the most a route file may have", MAX_BYTES / 1024);
        return Err(Problem::error("MP-CAMEL-03", file, Position::default(), message));
    }
    let text = std::str::from_utf8(content).map_err(|err| {
        let before = &content[..err.valid_up_to()];
        let line = before.split(|byte| *byte == b'\n').count();
        Problem::error("MP-CAMEL-01", file, position(line, 0), "not valid UTF-8 text")
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn position(line: usize, column_from_zero: usize) -> Position {
    Position {
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column_from_zero + 1).unwrap_or(u32::MAX),
    }
}

fn start(span: &Span) -> Position {
    position(span.start.line(), span.start.col())
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        let at = start(&span);
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(self.refuse(
                        "MP-CAMEL-01",
                        at,
                        "a second document (`---`) in one file",
                    ));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(tag.is_some(), at)?;
                // The parser stands `~` for a value that is not there at all.
                let absent = style == ScalarStyle::Plain && span.start.index() == span.end.index();
                let text = if absent { String::new() } else { text.into_owned() };
                let scalar = Scalar { text, style: style_of(style), at };
                self.scalar(scalar, anchor)?;
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse_tag(tag.is_some(), at)?;
                self.refuse_complex_key(at)?;
                self.count(1, 0, at)?;
                self.push(Open::Sequence { at, anchor, items: Vec::new() })?;
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse_tag(tag.is_some(), at)?;
                self.refuse_complex_key(at)?;
                self.count(1, 0, at)?;
                let (entries, keys) = (Vec::new(), HashSet::new());
                self.push(Open::Mapping { at, anchor, entries, keys, key: None })?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close()?,
            Event::Alias(id) => self.alias(id, at)?,
            // Stream and document ends, comments: presentation.
            _ => {}
        }
        Ok(())
    }

    fn scalar(&mut self, scalar: Scalar, anchor: usize) -> Result<(), Problem> {
        self.count(1, scalar.text.len(), scalar.at)?;
        if let Some(Open::Mapping { key: key @ None, keys, .. }) = self.open.last_mut() {
            if scalar.text == "<<" && scalar.style == Style::Plain {
                let text = "a merge key (`<<`), which Camel does not merge";
                return Err(self.refuse("MP-CAMEL-04", scalar.at, text));
            }
            if !keys.insert(scalar.text.clone()) {
                let text = format!("the key `{}` twice in one map", scalar.text);
                return Err(self.refuse("MP-CAMEL-05", scalar.at, text));
            }
            *key = Some(scalar);
            return Ok(());
        }
        let node = Node { at: scalar.at, value: Value::Scalar(scalar) };
        self.finish(node, anchor)
    }

    fn alias(&mut self, id: usize, at: Position) -> Result<(), Problem> {
        self.refuse_complex_key(at)?;
        let Some(node) = self.anchors.get(&id) else {
            return Err(self.refuse("MP-CAMEL-01", at, "an alias inside the value it names"));
        };
        let (cost, depth) = (node.cost(), node.depth());
        if self.open.len() + depth > MAX_DEPTH {
            return Err(self.too_deep(at));
        }
        let node = node.clone();
        self.count(cost.nodes, cost.bytes, at)?;
        self.finish(node, 0)
    }

    fn push(&mut self, open: Open) -> Result<(), Problem> {
        if self.open.len() >= MAX_DEPTH {
            let (Open::Sequence { at, .. } | Open::Mapping { at, .. }) = open;
            return Err(self.too_deep(at));
        }
        self.open.push(open);
        Ok(())
    }

    fn close(&mut self) -> Result<(), Problem> {
        match self.open.pop() {
            Some(Open::Sequence { at, anchor, items }) => {
                self.finish(Node { at, value: Value::Sequence(items) }, anchor)?;
            }
            Some(Open::Mapping { at, anchor, entries, .. }) => {
                // A block map starts at its first key; the parser reports the indentation before it.
                let at = entries.first().map_or(at, |entry| entry.key.at.min(at));
                self.finish(Node { at, value: Value::Mapping(entries) }, anchor)?;
            }
            None => {}
        }
        Ok(())
    }

    fn finish(&mut self, node: Node, anchor: usize) -> Result<(), Problem> {
        if anchor > 0 {
            // The copy that is kept counts, too: anchors nest.
            let cost = node.cost();
            self.count(cost.nodes, cost.bytes, node.at)?;
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::Sequence { items, .. }) => items.push(node),
            Some(Open::Mapping { entries, key, .. }) => {
                if let Some(key) = key.take() {
                    entries.push(Entry { key, value: node });
                }
            }
        }
        Ok(())
    }

    fn count(&mut self, nodes: usize, bytes: usize, at: Position) -> Result<(), Problem> {
        self.nodes += nodes;
        self.bytes += bytes;
        if self.nodes > MAX_NODES {
            let text = format!("more than {MAX_NODES} YAML nodes");
            return Err(self.refuse("MP-CAMEL-03", at, text));
        }
        if self.bytes > MAX_BYTES {
            let text = format!("more than {} KiB of text after aliases", MAX_BYTES / 1024);
            return Err(self.refuse("MP-CAMEL-03", at, text));
        }
        Ok(())
    }

    fn refuse_tag(&self, tagged: bool, at: Position) -> Result<(), Problem> {
        if tagged {
            return Err(self.refuse("MP-CAMEL-04", at, "a YAML tag (`!`); write the plain value"));
        }
        Ok(())
    }

    fn refuse_complex_key(&self, at: Position) -> Result<(), Problem> {
        match self.open.last() {
            Some(Open::Mapping { key: None, .. }) => {
                Err(self.refuse("MP-CAMEL-04", at, "a key that is not plain text"))
            }
            _ => Ok(()),
        }
    }

    fn too_deep(&self, at: Position) -> Problem {
        self.refuse("MP-CAMEL-03", at, format!("nested more than {MAX_DEPTH} levels deep"))
    }

    fn refuse(&self, code: &'static str, at: Position, message: impl Into<String>) -> Problem {
        Problem::error(code, self.file, at, message)
    }
}

fn style_of(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}

#[cfg(test)]
mod tests;
