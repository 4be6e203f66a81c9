//! Reads `midplane.yaml` from the bounded tree; see the parent module.
//!
//! Each function takes one node and either returns the typed value or notes a problem and returns
//! nothing, so that one run reports every mistake of the file.

use std::collections::BTreeMap;

use super::{
    AttributeFrom, Capture, CaptureLevel, Descriptor, Expose, Originals, Parsed, Plug, Profile,
    Refinement, Scale, SecretMount, SecretTarget, units,
};
use crate::needs;
use crate::problem::{Position, Problem};
use crate::yaml::{self, Entry, Node, Value};

const ENVIRONMENT_KEYS: [&str; 9] = [
    "properties",
    "secrets",
    "expose",
    "health",
    "resources",
    "profile",
    "scale",
    "capture",
    "plugs",
];
const ROOT_ONLY_KEYS: [&str; 5] =
    ["version", "integration", "camel", "dependencies", "environments"];
/// More than a person reads at once; each unknown key costs a search for the nearest.
const MAX_PROBLEMS: usize = 200;
/// A name becomes a folder, a host-name label and part of a property key.
const MAX_NAME: usize = 63;

pub fn parse(path: &str, content: &[u8]) -> Parsed {
    let root = match yaml::parse(path, content) {
        Ok(Some(root)) => root,
        Ok(None) => return (Some(Descriptor::default()), Vec::new()),
        Err(mut problem) => {
            problem.code = "MP-CFG-01";
            return (None, vec![problem]);
        }
    };
    let mut reader = Reader { path, problems: Vec::new() };
    let descriptor = reader.descriptor(&root);
    let failed = reader.problems.iter().any(Problem::is_error);
    ((!failed).then_some(descriptor), reader.problems)
}

/// Lower-case letters, digits and `-`, as a host-name label.
pub(crate) fn is_name(text: &str) -> bool {
    let label = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty()
        && text.len() <= MAX_NAME
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(label)
}

struct Reader<'a> {
    path: &'a str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn descriptor(&mut self, root: &Node) -> Descriptor {
        let mut out = Descriptor::default();
        let known = [&ROOT_ONLY_KEYS[..], &ENVIRONMENT_KEYS[..]].concat();
        for Entry { key, value } in self.map(root, "the file", &known) {
            match key.text.as_str() {
                "version" => {
                    if self.text(value, "version").is_some_and(|text| text != "1") {
                        self.wrong(value.at, "`version` must be 1, the only one there is");
                    }
                }
                "integration" => out.integration = self.name(value, "integration"),
                "camel" => out.camel = self.camel(value),
                "dependencies" => out.dependencies = self.dependencies(value),
                "environments" => {
                    for Entry { key, value } in self.entries(value, "environments") {
                        self.check_name(key.at, "environment", &key.text);
                        let refinement = self.environment(&key.text, value);
                        out.environments.insert(key.text.clone(), refinement);
                    }
                }
                field => self.field(&mut out.refinement, field, key.at, value),
            }
        }
        out
    }

    fn environment(&mut self, name: &str, node: &Node) -> Refinement {
        let mut out = Refinement::default();
        let context = format!("`environments.{name}`");
        for Entry { key, value } in self.entries(node, &context) {
            if ROOT_ONLY_KEYS.contains(&key.text.as_str()) {
                let text = format!(
                    "`{}` belongs to the release and cannot differ between environments",
                    key.text
                );
                self.wrong(key.at, &text);
            } else if self.known(key.at, &key.text, &context, &ENVIRONMENT_KEYS) {
                self.field(&mut out, &key.text, key.at, value);
            }
        }
        out
    }

    fn field(&mut self, out: &mut Refinement, field: &str, at: Position, value: &Node) {
        match field {
            "properties" => out.properties = self.texts(value, "properties"),
            "secrets" => out.secrets = self.secrets(value),
            "expose" => out.expose = self.expose(value),
            "health" => {
                for Entry { value, .. } in self.map(value, "`health`", &["startup"]) {
                    out.startup =
                        self.unit(value, "startup", "a duration as `60s`", units::duration);
                }
            }
            "resources" => {
                for Entry { key, value } in self.map(value, "`resources`", &["memory", "cpu"]) {
                    if key.text == "memory" {
                        out.memory_bytes =
                            self.unit(value, "memory", "a size as `256Mi`", units::bytes);
                    } else {
                        out.cpu_millis = self.unit(
                            value,
                            "cpu",
                            "processors as `500m` or `2`",
                            units::cpu_millis,
                        );
                    }
                }
            }
            "profile" => out.profile = self.profile(value),
            "scale" => {
                self.unused(at, "scale", "this runtime runs one instance of each integration");
                out.scale = Some(self.scale(value));
            }
            "capture" => {
                out.capture = Some(self.capture(value));
            }
            "plugs" => {
                self.unused(at, "plugs", "plugs are coupled on Kubernetes only");
                out.plugs = Some(self.plugs(value));
            }
            _ => {}
        }
    }

    fn camel(&mut self, node: &Node) -> Option<String> {
        let text = self.text(node, "camel")?;
        let mut parts = text.split('.');
        let number = |part: Option<&str>| part.is_some_and(|part| part.parse::<u16>().is_ok());
        if number(parts.next())
            && number(parts.next())
            && parts.all(|part| part.parse::<u16>().is_ok())
        {
            return Some(text.to_owned());
        }
        self.wrong(node.at, "`camel` must be a line as `\"4.18\"`");
        None
    }

    fn dependencies(&mut self, node: &Node) -> Vec<String> {
        let mut out = Vec::new();
        for item in self.items(node, "dependencies") {
            let Some(text) = self.text(item, "dependencies") else { continue };
            match needs::coordinates(text, "0") {
                Ok(_) => out.push(text.to_owned()),
                Err(err) => self.note("MP-CFG-06", item.at, &err.to_string()),
            }
        }
        out
    }

    fn secrets(&mut self, node: &Node) -> Vec<SecretMount> {
        let mut out = Vec::new();
        for item in self.items(node, "secrets") {
            let mut fields: BTreeMap<&str, (&str, Position)> = BTreeMap::new();
            for Entry { key, value } in
                self.map(item, "a secret", &["env", "file", "secret", "key"])
            {
                if let Some(text) = self.text(value, &key.text) {
                    fields.insert(&key.text, (text, value.at));
                }
            }
            let target = match (fields.get("env"), fields.get("file")) {
                (Some((text, at)), None) => {
                    self.environment_variable(text, *at).map(SecretTarget::Env)
                }
                (None, Some((text, at))) => self.secret_file(text, *at).map(SecretTarget::File),
                _ => {
                    self.wrong(item.at, "a secret needs `env` or `file`, and not both");
                    None
                }
            };
            let (Some((secret, secret_at)), Some((key, _))) =
                (fields.get("secret"), fields.get("key"))
            else {
                self.wrong(item.at, "a secret needs `secret` (its name) and `key`");
                continue;
            };
            self.check_name(*secret_at, "secret", secret);
            if let Some(target) = target {
                let (secret, key) = ((*secret).to_owned(), (*key).to_owned());
                out.push(SecretMount { target, secret, key });
            }
        }
        out
    }

    fn environment_variable(&mut self, text: &str, at: Position) -> Option<String> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if text.bytes().all(good) && text.bytes().next().is_some_and(|byte| !byte.is_ascii_digit())
        {
            return Some(text.to_owned());
        }
        let text = format!("`{text}` is not the name of an environment variable");
        self.wrong(at, &text);
        None
    }

    fn secret_file(&mut self, text: &str, at: Position) -> Option<String> {
        let part = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', '\0']);
        if text.split('/').all(part) {
            return Some(text.to_owned());
        }
        let text = format!("`{text}` is not a relative path within the secrets folder");
        self.wrong(at, &text);
        None
    }

    fn expose(&mut self, node: &Node) -> Option<Expose> {
        let mut out = Expose { path: None, port: None };
        for Entry { key, value } in self.map(node, "`expose`", &["path", "port"]) {
            let Some(text) = self.text(value, &key.text) else { continue };
            if key.text == "port" {
                out.port = Some(text.to_owned());
            } else if text.starts_with('/') {
                out.path = Some(text.to_owned());
            } else {
                self.wrong(value.at, "`path` must begin with `/`");
            }
        }
        (out.path.is_some() || out.port.is_some()).then_some(out)
    }

    fn profile(&mut self, node: &Node) -> Option<Profile> {
        match self.text(node, "profile")? {
            "small" => Some(Profile::Small),
            "throughput" => Some(Profile::Throughput),
            _ => {
                self.wrong(node.at, "`profile` must be `small` or `throughput`");
                None
            }
        }
    }

    fn scale(&mut self, node: &Node) -> Scale {
        let mut out = Scale { min: None, max: None, cpu_percent: None };
        for Entry { key, value } in self.map(node, "`scale`", &["min", "max", "cpu"]) {
            let number = self.unit(value, &key.text, "a number", |text| text.parse::<u32>().ok());
            match key.text.as_str() {
                "min" => out.min = number,
                "max" => out.max = number,
                _ => out.cpu_percent = number,
            }
        }
        if out.min.zip(out.max).is_some_and(|(min, max)| min > max) {
            self.wrong(node.at, "`min` must not be more than `max`");
        }
        out
    }

    fn capture(&mut self, node: &Node) -> Capture {
        let mut out = Capture::default();
        let keys = ["level", "sample", "redact", "attributes", "originals"];
        for Entry { key, value } in self.map(node, "`capture`", &keys) {
            match key.text.as_str() {
                "level" => out.level = self.level(value),
                "sample" => {
                    out.sample_percent =
                        self.unit(value, "sample", "a share as `10%`", units::percent);
                }
                "attributes" => out.attributes = self.attributes(value),
                "originals" => out.originals = Some(self.originals(value)),
                _ => {
                    let keys = ["headers", "json", "xml", "patterns"];
                    for Entry { key, value } in self.map(value, "`redact`", &keys) {
                        let list = self.text_list(value, &key.text);
                        match key.text.as_str() {
                            "headers" => out.redact_headers = list,
                            "json" => out.redact_json = list,
                            "xml" => out.redact_xml = list,
                            _ => out.redact_patterns = list,
                        }
                    }
                }
            }
        }
        out
    }

    fn originals(&mut self, node: &Node) -> Originals {
        match node.text() {
            Some("off") => return Originals::Off,
            Some("only") => return Originals::Kept { keep: None, cap: None, only: true },
            _ => {}
        }
        let (mut keep, mut cap, mut only) = (None, None, false);
        for Entry { key, value } in self.map(node, "`originals`", &["keep", "cap", "only"]) {
            let text = self.text(value, &key.text).map(str::to_owned);
            match key.text.as_str() {
                "keep" => keep = text,
                "cap" => cap = text,
                _ => only = text.as_deref() == Some("true"),
            }
        }
        Originals::Kept { keep, cap, only }
    }

    fn attributes(&mut self, node: &Node) -> BTreeMap<String, AttributeFrom> {
        let mut out = BTreeMap::new();
        for Entry { key, value } in self.entries(node, "`attributes`") {
            let mut from = Vec::new();
            for Entry { key, value } in self.map(value, "an attribute", &["header", "jsonpath"]) {
                let Some(text) = self.text(value, &key.text) else { continue };
                from.push(match key.text.as_str() {
                    "header" => AttributeFrom::Header(text.to_owned()),
                    _ => AttributeFrom::JsonPath(text.to_owned()),
                });
            }
            match from.pop() {
                Some(only) if from.is_empty() => {
                    out.insert(key.text.clone(), only);
                }
                _ => {
                    self.wrong(value.at, "an attribute needs `header` or `jsonpath`, and not both");
                }
            }
        }
        out
    }

    fn level(&mut self, node: &Node) -> Option<CaptureLevel> {
        match self.text(node, "level")? {
            "off" => Some(CaptureLevel::Off),
            "timings" => Some(CaptureLevel::Timings),
            "headers" => Some(CaptureLevel::Headers),
            // As the command line calls it, too.
            "body" | "bodies" => Some(CaptureLevel::Body),
            _ => {
                self.wrong(node.at, "`level` must be `off`, `timings`, `headers` or `body`");
                None
            }
        }
    }

    fn plugs(&mut self, node: &Node) -> Vec<Plug> {
        let mut out = Vec::new();
        for item in self.items(node, "plugs") {
            let mut plug = Plug { socket: String::new(), config: BTreeMap::new() };
            for Entry { key, value } in self.map(item, "a plug", &["socket", "config"]) {
                if key.text == "config" {
                    plug.config = self.texts(value, "config");
                } else if let Some(text) = self.text(value, "socket") {
                    text.clone_into(&mut plug.socket);
                }
            }
            if plug.socket.is_empty() {
                self.wrong(item.at, "a plug needs the `socket` it claims");
            }
            out.push(plug);
        }
        out
    }

    /// The entries of a map with only `known` keys; the others are reported.
    fn map<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> Vec<&'n Entry> {
        let mut entries = self.entries(node, what);
        entries.retain(|entry| self.known(entry.key.at, &entry.key.text, what, known));
        entries
    }

    fn known(&mut self, at: Position, key: &str, what: &str, known: &[&str]) -> bool {
        if known.contains(&key) {
            return true;
        }
        if self.problems.len() >= MAX_PROBLEMS {
            return false;
        }
        let text = format!("unknown key `{key}` in {what}");
        let problem = Problem::error("MP-CFG-02", self.path, at, text);
        self.problems.push(problem.suggest(key, known.iter().copied()));
        false
    }

    fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Vec<&'n Entry> {
        match &node.value {
            Value::Mapping(entries) => entries.iter().collect(),
            Value::Scalar(scalar) if scalar.text.is_empty() => Vec::new(),
            _ => {
                self.wrong(node.at, &format!("{what} must be a map, not {}", node.kind()));
                Vec::new()
            }
        }
    }

    fn items<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        match &node.value {
            Value::Sequence(items) => items,
            Value::Scalar(scalar) if scalar.text.is_empty() => &[],
            _ => {
                self.wrong(node.at, &format!("`{what}` must be a list, not {}", node.kind()));
                &[]
            }
        }
    }

    fn texts(&mut self, node: &Node, what: &str) -> BTreeMap<String, String> {
        let entries = self.entries(node, &format!("`{what}`"));
        entries
            .into_iter()
            .filter_map(|entry| {
                let text = self.text(&entry.value, &entry.key.text)?;
                Some((entry.key.text.clone(), text.to_owned()))
            })
            .collect()
    }

    fn text_list(&mut self, node: &Node, what: &str) -> Vec<String> {
        let items = self.items(node, what);
        items.iter().filter_map(|item| self.text(item, what)).map(ToOwned::to_owned).collect()
    }

    fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        let text = node.text();
        if text.is_none() {
            self.wrong(node.at, &format!("`{what}` must be one value, not {}", node.kind()));
        }
        text
    }

    fn unit<T>(
        &mut self,
        node: &Node,
        what: &str,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(node, what)?;
        let value = read(text);
        if value.is_none() {
            self.wrong(node.at, &format!("`{what}` must be {expected}, not `{text}`"));
        }
        value
    }

    fn name(&mut self, node: &Node, what: &str) -> Option<String> {
        let text = self.text(node, what)?;
        self.check_name(node.at, what, text);
        Some(text.to_owned())
    }

    fn check_name(&mut self, at: Position, what: &str, name: &str) {
        if !is_name(name) {
            let text = format!(
                "`{}` is not a name for {} {what}: lower-case letters, digits and `-`, at most {MAX_NAME}",
                name.escape_debug(),
                if what.starts_with(['e', 'i']) { "an" } else { "a" },
            );
            self.note("MP-CFG-05", at, &text);
        }
    }

    fn unused(&mut self, at: Position, field: &str, why: &str) {
        let text = format!("`{field}` has no effect here: {why}");
        self.problems.push(Problem::warning("MP-CFG-04", self.path, at, text));
    }

    fn wrong(&mut self, at: Position, text: &str) {
        self.note("MP-CFG-03", at, text);
    }

    fn note(&mut self, code: &'static str, at: Position, text: &str) {
        self.problems.push(Problem::error(code, self.path, at, text));
    }
}

#[cfg(test)]
mod tests;
