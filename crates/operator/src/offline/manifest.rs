//! Files as objects, each with the place of everything in it.
//!
//! Lists (`kind: List`, as `kubectl get -o yaml` prints them) are taken apart. An object without a namespace gets `default`, as an
//! apply would do. The old examples' `apiVersion: v1` of a plug or socket is an error that names the right one, and is then read as
//! if it were right, so that the rest can be looked at as well.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use template::documents::Located;
use template::locate_documents;

use super::finding::{self, Finding, Severity};
use crate::core::object::{API_VERSION, ObjectRef};

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Source {
    pub file: String,
    pub text: String,
}

#[derive(Clone, Debug)]
pub struct Manifest {
    pub object: Arc<Value>,
    pub reference: ObjectRef,
    pub file: String,
    /// By path from the object itself.
    places: BTreeMap<String, Located>,
    start: Located,
}

/// All objects of all files.
#[derive(Clone, Debug, Default)]
pub struct Set {
    pub manifests: Vec<Manifest>,
    pub findings: Vec<Finding>,
}

const KINDS: [&str; 3] = ["Plug", "Socket", "DeferredResource"];
/// What has no namespace, of what could stand beside plugs and sockets in a file.
const CLUSTER_WIDE: [&str; 5] = [
    "Namespace",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "PersistentVolume",
];

pub fn read(sources: &[Source]) -> Set {
    let mut set = Set::default();
    for source in sources {
        match locate_documents(&source.text) {
            Ok(documents) => {
                for document in documents {
                    let start = document.places.values().min_by_key(|place| place.line).copied();
                    let items = items(document.value);
                    for (front, value) in items {
                        let places = below(&document.places, &front);
                        set.add(source, value, places, start.unwrap_or_default());
                    }
                }
            }
            Err(err) => set.findings.push(Finding {
                severity: Severity::Error,
                code: finding::NOT_READABLE,
                file: source.file.clone(),
                line: err.line,
                column: err.column,
                object: None,
                field: String::new(),
                message: err.message,
                next: "write plain YAML, one object in each document".to_owned(),
            }),
        }
    }
    set
}

/// A list as its items, with the path of each.
fn items(value: Value) -> Vec<(String, Value)> {
    let is_list = value["kind"].as_str().is_some_and(|kind| kind.ends_with("List"));
    match value {
        Value::Object(mut object) if is_list && object.contains_key("items") => {
            let Some(Value::Array(items)) = object.remove("items") else { return Vec::new() };
            let place = |(index, item)| (format!("items[{index}]"), item);
            items.into_iter().enumerate().map(place).collect()
        }
        other => vec![(String::new(), other)],
    }
}

fn below(places: &BTreeMap<String, Located>, front: &str) -> BTreeMap<String, Located> {
    if front.is_empty() {
        return places.clone();
    }
    let inside = places.iter().filter_map(|(path, place)| {
        let rest = path.strip_prefix(front)?;
        (rest.is_empty() || rest.starts_with('.'))
            .then(|| (rest.trim_start_matches('.').to_owned(), *place))
    });
    inside.collect()
}

impl Set {
    fn add(
        &mut self,
        source: &Source,
        mut value: Value,
        places: BTreeMap<String, Located>,
        start: Located,
    ) {
        let kind = value["kind"].as_str().unwrap_or_default().to_owned();
        let found = value["apiVersion"].as_str().unwrap_or_default().to_owned();
        let is_ours = KINDS.contains(&kind.as_str());
        let wrong_version = is_ours && found != API_VERSION;
        if wrong_version {
            value["apiVersion"] = json!(API_VERSION);
        }
        let has_namespace =
            value["metadata"]["namespace"].as_str().is_some_and(|it| !it.is_empty());
        if !has_namespace
            && !CLUSTER_WIDE.contains(&kind.as_str())
            && let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut)
        {
            metadata.insert("namespace".to_owned(), json!("default"));
        }
        let Some(reference) = ObjectRef::of(&value) else {
            self.findings.push(Finding {
                severity: Severity::Error,
                code: finding::NOT_READABLE,
                file: source.file.clone(),
                line: start.line.max(1),
                column: start.column.max(1),
                object: None,
                field: String::new(),
                message: "an object needs `apiVersion`, `kind` and `metadata.name`".to_owned(),
                next: "give it all three".to_owned(),
            });
            return;
        };
        let file = source.file.clone();
        let manifest = Manifest { object: Arc::new(value), reference, file, places, start };
        if wrong_version {
            self.findings.push(manifest.finding(
                Severity::Error,
                finding::WRONG_VERSION,
                "apiVersion",
                format!("a {kind} is of `{API_VERSION}`, not of `{found}`"),
                format!("write apiVersion: {API_VERSION}"),
            ));
        }
        self.manifests.push(manifest);
    }

    pub fn find(&self, reference: &ObjectRef) -> Option<&Manifest> {
        self.manifests.iter().find(|manifest| manifest.reference == *reference)
    }

    pub fn of_kind<'s>(&'s self, kind: &'s str) -> impl Iterator<Item = &'s Manifest> {
        self.manifests.iter().filter(move |manifest| manifest.is(kind))
    }
}

impl Manifest {
    pub fn is(&self, kind: &str) -> bool {
        self.reference.api_version == API_VERSION && self.reference.kind == kind
    }

    /// The place of a field, or of the nearest field around it.
    pub fn place(&self, field: &str) -> Located {
        let mut path = field;
        loop {
            if let Some(place) = self.places.get(path) {
                return *place;
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = &path[..end],
                None => return self.start,
            }
        }
    }

    pub fn finding(
        &self,
        severity: Severity,
        code: &'static str,
        field: &str,
        message: impl Into<String>,
        next: impl Into<String>,
    ) -> Finding {
        let place = self.place(field);
        Finding {
            severity,
            code,
            file: self.file.clone(),
            line: place.line.max(1),
            column: place.column.max(1),
            object: Some(self.reference.clone()),
            field: field.to_owned(),
            message: message.into(),
            next: next.into(),
        }
    }

    /// The place of something inside the text of a field: its first line goes on where the text begins.
    pub fn inside(&self, field: &str, line: u32, column: u32) -> Located {
        let start = self.place(field);
        let column = if line == 1 { start.column + column - 1 } else { column };
        Located { line: (start.line + line).saturating_sub(1).max(1), column: column.max(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Vec<Source> {
        vec![Source { file: "a.yaml".to_owned(), text: text.to_owned() }]
    }

    #[test]
    fn a_list_is_taken_apart_and_places_follow() {
        let text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: integration.rock8s.com/v1beta1\n  kind: Plug\n  metadata: {name: a}\n  spec:\n    socket: {name: s}\n";
        let set = read(&source(text));
        assert!(set.findings.is_empty(), "{:?}", set.findings);
        let manifest = &set.manifests[0];
        assert_eq!(manifest.reference, ObjectRef::plug("default", "a"));
        assert_eq!(manifest.place("spec.socket.name").line, 8);
        assert_eq!(manifest.place("spec.socket.nope").line, 8);
        assert_eq!(manifest.inside("spec.socket.name", 2, 3), Located { line: 9, column: 3 });
    }

    #[test]
    fn the_old_version_is_named_and_read_nevertheless() {
        let set =
            read(&source("apiVersion: v1\nkind: Socket\nmetadata: {name: a, namespace: b}\n"));
        assert_eq!(set.findings[0].code, finding::WRONG_VERSION);
        assert_eq!(
            set.findings[0].to_string(),
            "a.yaml:1:13: socket b/a apiVersion: a Socket is of `integration.rock8s.com/v1beta1`, not of `v1`. \
             Next: write apiVersion: integration.rock8s.com/v1beta1"
        );
        assert!(set.find(&ObjectRef::socket("b", "a")).is_some());
    }

    #[test]
    fn what_is_no_yaml_has_a_line() {
        let set = read(&source("a: 1\nb: [\n"));
        assert_eq!((set.findings[0].code, set.manifests.len()), (finding::NOT_READABLE, 0));
        let set = read(&source("kind: Plug\n"));
        assert_eq!(set.findings[0].code, finding::NOT_READABLE);
    }
}
