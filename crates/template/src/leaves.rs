//! Templates inside an object: each string and each key is one.
//!
//! The object is parsed before and not after rendering, so a value with quotes, newlines or braces stays inside its place: there is
//! nothing to inject into. Control flow cannot span leaves; that is what a text template is for. A rendered string stays a string. An
//! entry whose key renders to nothing is left out; two keys that render to the same are an error.

use std::fmt;

use serde_json::{Map, Value as Json};

use crate::error::{Error, ErrorKind, Fault, Warning};
use crate::meter::Meter;
use crate::options::{Budget, Options};
use crate::references::Reference;
use crate::template::Template;
use crate::value::{Value, json};

/// An error and the place of its leaf: `spec.containers[0].image`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafError {
    pub path: String,
    pub error: Error,
}

impl fmt::Display for LeafError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            return write!(out, "{}", self.error);
        }
        write!(out, "`{}`, {}", self.path, self.error)
    }
}

impl std::error::Error for LeafError {}

/// An object with its templates parsed, to be rendered any number of times.
#[derive(Debug)]
pub struct Leaves {
    root: Leaf,
    warnings: Vec<(String, Warning)>,
}

#[derive(Debug)]
enum Leaf {
    Plain(Json),
    Text(Box<Template>),
    List(Vec<Self>),
    Map(Vec<(Key, Self)>),
}

#[derive(Debug)]
enum Key {
    Plain(String),
    Text(Box<Template>),
}

/// As deep as a parser of JSON goes.
const NESTING: u32 = 128;

impl Leaves {
    pub fn parse(value: &Json, options: &Options) -> Result<Self, LeafError> {
        let mut reader = Reader { options, path: Path::default(), warnings: Vec::new() };
        let root = reader.leaf(value)?;
        Ok(Self { root, warnings: reader.warnings })
    }

    /// Warnings with the place of their leaf.
    pub fn warnings(&self) -> &[(String, Warning)] {
        &self.warnings
    }

    /// What each leaf asks of its context, with the place of the leaf.
    pub fn references(&self) -> Vec<(String, Reference)> {
        let mut found = Vec::new();
        collect(&self.root, &mut Path::default(), &mut found);
        found
    }

    /// All leaves share one budget.
    pub fn render(&self, context: &Json, budget: &Budget<'_>) -> Result<Json, LeafError> {
        if let Leaf::Plain(value) = &self.root {
            return Ok(value.clone());
        }
        let mut meter = Meter::new(budget);
        let mut path = Path::default();
        let context =
            json::from_json(context, &mut meter, 0).map_err(|fault| path.error(fault.at("", 0)))?;
        let mut renderer = Renderer { context: &context, meter: &mut meter, bytes: 0 };
        renderer.leaf(&self.root, &mut path)
    }
}

fn collect(leaf: &Leaf, path: &mut Path, found: &mut Vec<(String, Reference)>) {
    let take = |template: &Template, path: &Path, found: &mut Vec<_>| {
        let place = path.text();
        found.extend(template.references().into_iter().map(|one| (place.clone(), one)));
    };
    match leaf {
        Leaf::Plain(_) => {}
        Leaf::Text(template) => take(template, path, found),
        Leaf::List(leaves) => {
            for (index, leaf) in leaves.iter().enumerate() {
                path.0.push(format!("[{index}]"));
                collect(leaf, path, found);
                path.0.pop();
            }
        }
        Leaf::Map(leaves) => {
            for (key, leaf) in leaves {
                let name = match key {
                    Key::Plain(name) => name.clone(),
                    Key::Text(template) => {
                        let name = template.source().to_owned();
                        path.0.push(format!(".{name}"));
                        take(template, path, found);
                        path.0.pop();
                        name
                    }
                };
                path.0.push(format!(".{name}"));
                collect(leaf, path, found);
                path.0.pop();
            }
        }
    }
}

/// Parses and renders at once.
pub fn render_leaves(
    value: &Json,
    context: &Json,
    options: &Options,
    budget: &Budget<'_>,
) -> Result<Json, LeafError> {
    Leaves::parse(value, options)?.render(context, budget)
}

/// Where we are; pieces are joined only for an error.
#[derive(Default)]
struct Path(Vec<String>);

impl Path {
    fn error(&self, error: Error) -> LeafError {
        LeafError { path: self.text(), error }
    }

    fn text(&self) -> String {
        self.0.concat().trim_start_matches('.').to_owned()
    }
}

struct Reader<'o> {
    options: &'o Options,
    path: Path,
    warnings: Vec<(String, Warning)>,
}

impl Reader<'_> {
    fn leaf(&mut self, value: &Json) -> Result<Leaf, LeafError> {
        if self.path.0.len() > usize::try_from(NESTING).unwrap_or(usize::MAX) {
            let fault = Fault::new(ErrorKind::Depth, format!("deeper than {NESTING} levels"));
            return Err(self.path.error(fault.at("", 0)));
        }
        Ok(match value {
            Json::String(text) if text.contains(self.options.delimiters.open) => {
                Leaf::Text(self.template(text)?)
            }
            Json::Array(items) => {
                let mut leaves = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    self.path.0.push(format!("[{index}]"));
                    leaves.push(self.leaf(item)?);
                    self.path.0.pop();
                }
                if leaves.iter().all(|leaf| matches!(leaf, Leaf::Plain(_))) {
                    Leaf::Plain(value.clone())
                } else {
                    Leaf::List(leaves)
                }
            }
            Json::Object(entries) => {
                let mut leaves = Vec::with_capacity(entries.len());
                for (key, item) in entries {
                    self.path.0.push(format!(".{key}"));
                    let key = if key.contains(self.options.delimiters.open) {
                        Key::Text(self.template(key)?)
                    } else {
                        Key::Plain(key.clone())
                    };
                    leaves.push((key, self.leaf(item)?));
                    self.path.0.pop();
                }
                let is_plain = |(key, leaf): &(Key, Leaf)| {
                    matches!((key, leaf), (Key::Plain(_), Leaf::Plain(_)))
                };
                if leaves.iter().all(is_plain) {
                    Leaf::Plain(value.clone())
                } else {
                    Leaf::Map(leaves)
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {
                Leaf::Plain(value.clone())
            }
        })
    }

    fn template(&mut self, source: &str) -> Result<Box<Template>, LeafError> {
        let template = Template::parse("template", source, self.options)
            .map_err(|error| self.path.error(error))?;
        let path = self.path.text();
        let warnings = template.warnings().iter().map(|warning| (path.clone(), warning.clone()));
        self.warnings.extend(warnings);
        Ok(Box::new(template))
    }
}

struct Renderer<'r, 'b> {
    context: &'r Value,
    meter: &'r mut Meter<'b>,
    /// Bytes rendered so far, over all leaves.
    bytes: usize,
}

impl Renderer<'_, '_> {
    fn leaf(&mut self, leaf: &Leaf, path: &mut Path) -> Result<Json, LeafError> {
        Ok(match leaf {
            Leaf::Plain(value) => value.clone(),
            Leaf::Text(template) => Json::String(self.text(template, path)?),
            Leaf::List(leaves) => {
                let mut items = Vec::with_capacity(leaves.len());
                for (index, leaf) in leaves.iter().enumerate() {
                    path.0.push(format!("[{index}]"));
                    items.push(self.leaf(leaf, path)?);
                    path.0.pop();
                }
                Json::Array(items)
            }
            Leaf::Map(leaves) => {
                let mut entries = Map::new();
                for (key, leaf) in leaves {
                    let name = match key {
                        Key::Plain(name) => name.clone(),
                        Key::Text(template) => self.text(template, path)?,
                    };
                    if name.is_empty() && matches!(key, Key::Text(_)) {
                        continue;
                    }
                    path.0.push(format!(".{name}"));
                    if entries.contains_key(&name) {
                        let fault = Fault::from("two keys render to the same");
                        return Err(path.error(fault.at("", 0)));
                    }
                    entries.insert(name, self.leaf(leaf, path)?);
                    path.0.pop();
                }
                Json::Object(entries)
            }
        })
    }

    fn text(&mut self, template: &Template, path: &Path) -> Result<String, LeafError> {
        let text =
            template.render_value(self.context, self.meter).map_err(|error| path.error(error))?;
        self.bytes += text.len();
        if self.bytes > self.meter.output_bytes() {
            let limit = self.meter.output_bytes();
            let message = format!("the rendered object is longer than {limit} bytes");
            let error = template.place(Fault::new(ErrorKind::Output, message));
            return Err(path.error(error));
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn render(value: Json, context: Json) -> Result<Json, LeafError> {
        render_leaves(&value, &context, &Options::default(), &Budget::default())
    }

    #[test]
    fn a_value_cannot_leave_its_place() {
        let evil = "\"},\"x\":{\"a\":\"\n- b: {% .secret %}";
        let rendered = render(
            json!({"metadata": {"name": "{% .name %}"}, "list": ["{% .name %}", 3]}),
            json!({"name": evil, "secret": "s"}),
        );
        let expected = json!({"metadata": {"name": evil}, "list": [evil, 3]});
        assert_eq!(rendered.unwrap(), expected);
    }

    #[test]
    fn keys_are_templates_and_an_empty_one_is_left_out() {
        let value = json!({"{% .key %}": "a", "{% if .no %}x{% end %}": "b", "": "c"});
        let rendered = render(value, json!({"key": "k"})).unwrap();
        assert_eq!(rendered, json!({"k": "a", "": "c"}));
        let twice = render(json!({"{% .key %}": 1, "k": 2}), json!({"key": "k"}));
        assert_eq!(twice.unwrap_err().path, "k");
    }

    #[test]
    fn an_error_names_the_leaf_and_the_line() {
        let value = json!({"spec": {"containers": [{"image": "a\n{% .x | b64dec %}"}]}});
        let err = render(value, json!({"x": "!!!"})).unwrap_err();
        assert_eq!(err.path, "spec.containers[0].image");
        assert_eq!((err.error.line, err.error.column), (2, 9));
        assert_eq!(
            err.to_string(),
            "`spec.containers[0].image`, line 2, column 9: `b64dec`: this is not base64"
        );
    }

    #[test]
    fn all_leaves_share_one_budget() {
        let value = json!(vec!["{% range until 100 %}xxxxxxxxxx{% end %}"; 100]);
        let budget = Budget { output_bytes: 50_000, ..Budget::default() };
        let err = render_leaves(&value, &json!({}), &Options::default(), &budget).unwrap_err();
        assert_eq!(err.error.kind, ErrorKind::Output);
        assert_eq!(err.path, "[50]");
    }
}
