//! Files to the model: which of them hold routes, in which language, and what they say.
//!
//! Reading is lenient: what is misspelled is kept under its wrong name, so that the graph can show
//! half a route and `check` can say what is wrong with it. Only a file that is no YAML or XML at
//! all yields a problem here.
//!
//! Which files Camel would load: `*.camel.yaml` and `*.camel.xml` always; other `.yaml` and `.xml`
//! when their content is Camel's (a list of routes, a `Pipe`, a root element of the DSL). Camel
//! itself would load the others too and ignore them.

use crate::SourceFile;
use crate::catalogue::Catalogue;
use crate::descriptor;
use crate::model::{File, FileKind, Model};
use crate::problem::{Position, Problem};
use crate::{xml, yaml};

mod from_xml;
pub(crate) mod from_yaml;
mod pipe;

/// A file with its tree and what it was recognised as.
pub(crate) struct ParsedFile<'a> {
    pub(crate) path: &'a str,
    pub(crate) kind: FileKind,
    pub(crate) tree: Tree,
}

pub(crate) enum Tree {
    Yaml(yaml::Node),
    Xml(xml::Element),
}

/// The model of all Camel files among `files`, in Camel's loading order: by path.
pub fn read(files: &[SourceFile<'_>], catalogue: &Catalogue) -> (Model, Vec<Problem>) {
    let (parsed, problems) = parse_all(files, catalogue);
    (model_of(&parsed, catalogue), problems)
}

pub(crate) fn parse_all<'a>(
    files: &[SourceFile<'a>],
    catalogue: &Catalogue,
) -> (Vec<ParsedFile<'a>>, Vec<Problem>) {
    let mut sorted: Vec<_> = files.to_vec();
    sorted.sort_by_key(|file| file.path);
    let (mut parsed, mut problems) = (Vec::new(), Vec::new());
    for file in sorted {
        match parse(file, catalogue) {
            Ok(Some(file)) => parsed.push(file),
            Ok(None) => {}
            Err(problem) => problems.push(problem),
        }
    }
    (parsed, problems)
}

pub(crate) fn model_of(parsed: &[ParsedFile<'_>], catalogue: &Catalogue) -> Model {
    let files = parsed
        .iter()
        .map(|file| {
            let items = match (&file.tree, file.kind) {
                (Tree::Yaml(node), FileKind::Kamelet) => from_yaml::kamelet(node, catalogue),
                (Tree::Yaml(node), FileKind::Pipe) => pipe::read(node),
                (Tree::Yaml(node), _) => from_yaml::items(node, catalogue),
                (Tree::Xml(element), _) => from_xml::items(element, catalogue),
            };
            File { path: file.path.to_owned(), kind: file.kind, items }
        })
        .collect();
    Model { files }
}

/// Where a child stands among its parent's: steps first, then the branches that Camel runs last, the
/// verbs of a `rest` and the clauses of a configuration by kind. Within one rank the file's order
/// holds.
pub(crate) fn rank(parent: &str, child: &str) -> usize {
    const LAST: [&str; 11] = [
        "when",
        "otherwise",
        "doCatch",
        "doFinally",
        "onFallback",
        "get",
        "post",
        "put",
        "delete",
        "head",
        "patch",
    ];
    const CLAUSES: [&str; 5] =
        ["intercept", "interceptFrom", "interceptSendToEndpoint", "onCompletion", "onException"];
    let kinds = if parent == "routeConfiguration" { &CLAUSES[..] } else { &LAST[..] };
    kinds.iter().position(|kind| *kind == child).map_or(0, |at| at + 1)
}

/// The file's tree when it is Camel's; nothing when it is somebody else's.
pub(crate) fn parse<'a>(
    file: SourceFile<'a>,
    catalogue: &Catalogue,
) -> Result<Option<ParsedFile<'a>>, Problem> {
    let path = file.path;
    let base = path.rsplit('/').next().unwrap_or(path);
    let certain = base.ends_with(".camel.yaml")
        || base.ends_with(".camel.xml")
        || base.ends_with(".kamelet.yaml")
        || base.ends_with(".pipe.yaml");
    if base == descriptor::FILE_NAME {
        return Ok(None);
    }
    if has_extension(base, "yaml") {
        if !certain && !could_be_yaml_routes(file.content) {
            return Ok(None);
        }
        let parsed = match yaml::parse(path, file.content) {
            Err(_) if !certain && !names_routes(file.content, catalogue) => return Ok(None),
            parsed => parsed?,
        };
        let Some(node) = parsed else {
            return if certain { Err(empty(path)) } else { Ok(None) };
        };
        let kind = yaml_kind(base, &node, catalogue);
        // A certain name with another content: Camel loads it and finds nothing to run.
        let kind = if certain { kind.or(Some(FileKind::Yaml)) } else { kind };
        return Ok(kind.map(|kind| ParsedFile { path, kind, tree: Tree::Yaml(node) }));
    }
    if has_extension(base, "xml") {
        if !certain && !could_be_xml_routes(file.content) {
            return Ok(None);
        }
        let element = match xml::parse(path, file.content) {
            Err(_) if !certain && !has_camel_root(file.content) => return Ok(None),
            element => element?,
        };
        let kind = xml_kind(&element).or_else(|| certain.then_some(FileKind::Xml));
        return Ok(kind.map(|kind| ParsedFile { path, kind, tree: Tree::Xml(element) }));
    }
    Ok(None)
}

fn empty(path: &str) -> Problem {
    Problem::error(
        "MP-CAMEL-01",
        path,
        Position::default(),
        "an empty file, a list of routes expected",
    )
}

pub(crate) fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, found)| found == extension)
}

/// A cheap look before parsing, so that a broken file that is not Camel's is nobody's problem.
fn could_be_yaml_routes(content: &[u8]) -> bool {
    if content.len() > yaml::MAX_BYTES {
        return false;
    }
    let Ok(text) = std::str::from_utf8(content) else { return false };
    text.lines().any(|line| {
        let item = line.trim_start().strip_prefix(['-', '[', '{']).map(str::trim_start);
        item.is_some_and(|item| item.contains(':')) || line.starts_with("kind: Pipe")
    })
}

/// A broken file is a broken route file when an entry at its margin has a name of ours; charts and
/// templates of other tools are broken YAML, too.
fn names_routes(content: &[u8], catalogue: &Catalogue) -> bool {
    let (Ok(text), Some(top)) = (std::str::from_utf8(content), catalogue.top_level()) else {
        return false;
    };
    text.lines()
        .filter_map(|line| line.strip_prefix("- ")?.split_once(':'))
        .any(|(name, _)| top.property(name.trim()).is_some())
}

fn has_camel_root(content: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(content) else { return false };
    let start = text.trim_start();
    text.contains("camel.apache.org")
        || ["<route", "<camel", "<rest", "<templatedRoute"]
            .iter()
            .any(|root| start.starts_with(root))
}

fn could_be_xml_routes(content: &[u8]) -> bool {
    if content.len() > yaml::MAX_BYTES {
        return false;
    }
    let Ok(text) = std::str::from_utf8(content) else { return false };
    ["<route", "<camel", ":route", ":camel", "<rest", ":rest", "<beans", "<templatedRoute"]
        .iter()
        .any(|start| text.contains(start))
}

fn yaml_kind(base: &str, node: &yaml::Node, catalogue: &Catalogue) -> Option<FileKind> {
    if base.ends_with(".kamelet.yaml") {
        return Some(FileKind::Kamelet);
    }
    match &node.value {
        yaml::Value::Sequence(items) => {
            let top = catalogue.top_level()?;
            let is_item = |entry: &yaml::Entry| {
                top.property(&entry.key.text).is_some() || looks_like_route(&entry.value)
            };
            items
                .iter()
                .filter_map(yaml::Node::entries)
                .any(|entries| entries.iter().any(is_item))
                .then_some(FileKind::Yaml)
        }
        yaml::Value::Mapping(_) => {
            let text = |key: &str| node.get(key).and_then(yaml::Node::text).unwrap_or_default();
            (text("kind") == "Pipe" && text("apiVersion").starts_with("camel.apache.org/v1"))
                .then_some(FileKind::Pipe)
        }
        yaml::Value::Scalar(_) => None,
    }
}

/// The body of a misspelled `route` or `from`.
fn looks_like_route(node: &yaml::Node) -> bool {
    node.get("from").is_some() || (node.get("uri").is_some() && node.get("steps").is_some())
}

const XML_ROOTS: [&str; 11] = [
    "camel",
    "camelContext",
    "rest",
    "rests",
    "route",
    "routeConfiguration",
    "routeConfigurations",
    "routeTemplate",
    "routeTemplates",
    "routes",
    "templatedRoutes",
];

fn xml_kind(root: &xml::Element) -> Option<FileKind> {
    let spring = |element: &xml::Element| {
        matches!(element.name.as_str(), "camelContext" | "routeContext" | "restContext")
    };
    if spring(root) || (root.name == "beans" && root.children.iter().any(spring)) {
        return Some(FileKind::Spring);
    }
    let ours = |element: &xml::Element| XML_ROOTS.contains(&element.name.as_str());
    if ours(root) || root.name == "templatedRoute" {
        return Some(FileKind::Xml);
    }
    let plain_beans = root.name == "beans" && !root.namespace.contains("springframework.org");
    (root.name == "beans" && (plain_beans || root.children.iter().any(ours)))
        .then_some(FileKind::Xml)
}

#[cfg(test)]
mod tests;
