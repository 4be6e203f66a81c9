//! A bounded XML tree, read by streaming: elements, attributes, text and where each stands.
//!
//! No document type, no entities but the five of XML and character references, at most 256
//! attributes per element and 64 levels. Namespace prefixes are dropped from element names, as
//! Camel matches local names; attributes with a prefix are kept with it, because Camel skips them.
//! Text of an element is kept whole and in order (an expression is often one CDATA section).

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::problem::{Position, Problem};
use crate::yaml::decode;

/// From the security rules: an element of Camel's has at most some sixty.
pub const MAX_ATTRIBUTES: usize = 256;
/// From the security rules: twenty nested blocks are already unreadable.
pub const MAX_DEPTH: usize = 64;
/// Each prefix is looked up among all that are open; a file of ours declares three or four.
pub const MAX_NAMESPACES: usize = 64;
/// The same budget as a YAML file has.
pub const MAX_NODES: usize = crate::yaml::MAX_NODES;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Local name.
    pub name: String,
    /// Value of `xmlns` or of the prefix's declaration; empty when there is none.
    pub namespace: String,
    pub at: Position,
    pub attributes: Vec<Attribute>,
    pub children: Vec<Self>,
    /// Text and CDATA directly inside, concatenated.
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    pub name: String,
    pub value: String,
    pub at: Position,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// Attributes that are neither namespace declarations nor of a foreign namespace.
    pub fn own_attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes
            .iter()
            .filter(|attribute| attribute.name != "xmlns" && !attribute.name.contains(':'))
    }
}

struct Open {
    element: Element,
    /// Prefix and namespace, as declared on this element.
    declared: Vec<(String, String)>,
}

struct Builder<'a> {
    file: &'a str,
    lines: Lines<'a>,
    open: Vec<Open>,
    root: Option<Element>,
    nodes: usize,
    namespaces: usize,
}

/// The root element of `content`.
pub fn parse(file: &str, content: &[u8]) -> Result<Element, Problem> {
    let text = decode(file, content)?;
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let lines = Lines { text, offset: 0, at: Position { line: 1, column: 1 } };
    let mut builder =
        Builder { file, lines, open: Vec::new(), root: None, nodes: 0, namespaces: 0 };
    loop {
        let before = offset(reader.buffer_position());
        let event = reader.read_event().map_err(|err| {
            let at = builder.lines.position(offset(reader.error_position()));
            Problem::error("MP-CAMEL-02", file, at, format!("not valid XML: {err}"))
        })?;
        let at = builder.lines.position(before);
        match event {
            Event::Start(start) => builder.start(&start, at, before)?,
            Event::Empty(start) => {
                builder.start(&start, at, before)?;
                builder.end();
            }
            Event::End(_) => builder.end(),
            Event::Text(text) => builder.text(&text.xml10_content(), at)?,
            Event::CData(text) => builder.text(&text.xml10_content(), at)?,
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref() {
                    Ok(Some(character)) => character,
                    Ok(None) => builder.named(&reference.xml10_content(), at)?,
                    Err(_) => {
                        return Err(builder.refuse("MP-CAMEL-02", at, "a bad character reference"));
                    }
                };
                builder.text(character.encode_utf8(&mut [0; 4]), at)?;
            }
            Event::DocType(_) => {
                let text = "a document type (`<!DOCTYPE`), which is refused";
                return Err(builder.refuse("MP-CAMEL-04", at, text));
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    if let Some(open) = builder.open.last() {
        let text = format!("not valid XML: `<{}>` is never closed", open.element.name);
        return Err(Problem::error("MP-CAMEL-02", file, open.element.at, text));
    }
    builder.root.ok_or_else(|| {
        Problem::error("MP-CAMEL-02", file, Position::default(), "not valid XML: no element in it")
    })
}

fn offset(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

impl Builder<'_> {
    fn start(
        &mut self,
        start: &BytesStart<'_>,
        at: Position,
        before: usize,
    ) -> Result<(), Problem> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let text = format!("more than {MAX_NODES} XML elements");
            return Err(self.refuse("MP-CAMEL-03", at, text));
        }
        if self.open.len() >= MAX_DEPTH {
            let text = format!("nested more than {MAX_DEPTH} levels deep");
            return Err(self.refuse("MP-CAMEL-03", at, text));
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err(self.refuse("MP-CAMEL-02", at, "not valid XML: a second root element"));
        }
        let attributes = self.attributes(start, at, before)?;
        let declared: Vec<_> = attributes
            .iter()
            .filter_map(|attribute| {
                let prefix = match attribute.name.strip_prefix("xmlns")? {
                    "" => "",
                    rest => rest.strip_prefix(':')?,
                };
                Some((prefix.to_owned(), attribute.value.clone()))
            })
            .collect();
        self.namespaces += declared.len();
        if self.namespaces > MAX_NAMESPACES {
            let text = format!("more than {MAX_NAMESPACES} namespace declarations");
            return Err(self.refuse("MP-CAMEL-03", at, text));
        }
        let full = start.name();
        let full: &str = full.as_ref();
        let (prefix, name) = full.split_once(':').unwrap_or(("", full));
        let namespace = declared
            .iter()
            .chain(self.open.iter().rev().flat_map(|open| open.declared.iter()))
            .find(|(known, _)| known == prefix)
            .map_or_else(String::new, |(_, namespace)| namespace.clone());
        let (name, children, text) = (name.to_owned(), Vec::new(), String::new());
        let element = Element { name, namespace, at, attributes, children, text };
        self.open.push(Open { element, declared });
        Ok(())
    }

    fn attributes(
        &mut self,
        start: &BytesStart<'_>,
        at: Position,
        before: usize,
    ) -> Result<Vec<Attribute>, Problem> {
        let raw = start.attributes_raw();
        // The slice starts behind `<` and the name.
        let base = before + 1 + start.name().as_ref().len();
        let mut attributes: Vec<Attribute> = Vec::new();
        // Quick-xml's own check for duplicates is quadratic; ours is, too, but of 256.
        let mut iterator = start.attributes();
        for found in iterator.with_checks(false) {
            let found = found.map_err(|err| {
                Problem::error("MP-CAMEL-02", self.file, at, format!("not valid XML: {err}"))
            })?;
            if attributes.len() >= MAX_ATTRIBUTES {
                let text = format!("more than {MAX_ATTRIBUTES} attributes on one element");
                return Err(self.refuse("MP-CAMEL-03", at, text));
            }
            let name: &str = found.key.as_ref();
            // The key is a slice of the raw attributes: the distance of the two is its place.
            let place = (name.as_ptr() as usize).wrapping_sub(raw.as_ptr() as usize);
            let at = self.lines.position(base + place.min(raw.len()));
            if attributes.iter().any(|other| other.name == name) {
                let text = format!("the attribute `{name}` twice on one element");
                return Err(self.refuse("MP-CAMEL-05", at, text));
            }
            let value =
                found.normalized_value(quick_xml::XmlVersion::Implicit1_0).map_err(|_| {
                    let text =
                        format!("an entity in the attribute `{name}` that XML does not define");
                    self.refuse("MP-CAMEL-04", at, text)
                })?;
            attributes.push(Attribute { name: name.to_owned(), value: value.into_owned(), at });
        }
        Ok(attributes)
    }

    fn end(&mut self) {
        let Some(Open { element, .. }) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some(parent) => parent.element.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn text(&mut self, text: &str, at: Position) -> Result<(), Problem> {
        match self.open.last_mut() {
            Some(open) => open.element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => {
                return Err(self.refuse(
                    "MP-CAMEL-02",
                    at,
                    "not valid XML: text outside of the root element",
                ));
            }
        }
        Ok(())
    }

    fn named(&self, name: &str, at: Position) -> Result<char, Problem> {
        match name {
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "amp" => Ok('&'),
            "apos" => Ok('\''),
            "quot" => Ok('"'),
            _ => Err(self.refuse(
                "MP-CAMEL-04",
                at,
                format!("the entity `&{name};`, which XML does not define"),
            )),
        }
    }

    fn refuse(&self, code: &'static str, at: Position, message: impl Into<String>) -> Problem {
        Problem::error(code, self.file, at, message)
    }
}

/// Line and column of an offset. Offsets mostly grow, so each byte is counted once; the rare step
/// back (attributes of one element) starts again from the last line seen.
struct Lines<'a> {
    text: &'a str,
    offset: usize,
    at: Position,
}

impl Lines<'_> {
    fn position(&mut self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        if offset < self.offset {
            // Errors only: the reader may point back to where a tag began.
            (self.offset, self.at) = (0, Position { line: 1, column: 1 });
        }
        for byte in &self.text.as_bytes()[self.offset..offset] {
            match byte {
                b'\n' => self.at = Position { line: self.at.line + 1, column: 1 },
                // Continuation bytes of UTF-8 are not characters of their own.
                0x80..=0xBF => {}
                _ => self.at.column += 1,
            }
        }
        self.offset = offset;
        self.at
    }
}

#[cfg(test)]
mod tests;
