//! `lint`: everything that can be said about the files without doing anything.
//!
//! Schema, templates and what they ask for, precedence, interface, expressions, apparatus. A plug is held against its socket where the
//! socket is among the files; what is missing there (a `ConfigMap`, a Secret) is no finding, because it may be in the cluster.

use k8s::plug::{Openness, PlugSpec};
use k8s::side::Side as Spec;
use k8s::socket::SocketSpec;
use serde_json::Value;
use template::{Leaves, Options, Template};

use super::asked::{self, Known};
use super::finding::{self, Finding, Severity};
use super::manifest::{Manifest, Set};
use super::schema;
use super::side::{self, Text};
use crate::apparatus::{address, pod};
use crate::core::journal::Side;
use crate::core::object::{Identity, ObjectRef};

/// All findings, in the order of files and lines.
pub fn lint(set: &Set) -> Vec<Finding> {
    let mut findings = set.findings.clone();
    for manifest in &set.manifests {
        if !["Plug", "Socket", "DeferredResource"].iter().any(|kind| manifest.is(kind)) {
            continue;
        }
        let before = findings.len();
        schema::check(manifest, &mut findings);
        let refused = findings[before..].iter().any(|one| one.severity == Severity::Error);
        let mut linter = Linter { set, manifest, findings: &mut findings };
        match manifest.reference.kind.as_str() {
            "Plug" => linter.plug(refused),
            "Socket" => linter.socket(refused),
            _ => {}
        }
    }
    let files: Vec<&str> = set.manifests.iter().map(|manifest| manifest.file.as_str()).collect();
    let order = |file: &str| files.iter().position(|known| *known == file);
    findings.sort_by_key(|one| (order(&one.file), one.file.clone(), one.line, one.column));
    findings
}

struct Linter<'a> {
    set: &'a Set,
    manifest: &'a Manifest,
    findings: &'a mut Vec<Finding>,
}

fn spec_of<S: serde::de::DeserializeOwned + Default>(object: &Value) -> Result<S, String> {
    match &object["spec"] {
        Value::Null => Ok(S::default()),
        spec => S::deserialize(spec).map_err(|err| err.to_string()),
    }
}

impl Linter<'_> {
    fn say(
        &mut self,
        severity: Severity,
        code: &'static str,
        field: &str,
        message: impl Into<String>,
        next: impl Into<String>,
    ) {
        self.findings.push(self.manifest.finding(severity, code, field, message, next));
    }

    /// A spec that the schema refused may not be readable; that was said already.
    fn read<S: serde::de::DeserializeOwned + Default>(&mut self, refused: bool) -> Option<S> {
        match spec_of(&self.manifest.object) {
            Ok(spec) => Some(spec),
            Err(err) => {
                if !refused {
                    let what = format!("it cannot be read: {err}");
                    self.say(Severity::Error, finding::WRONG_VALUE, "spec", what, "correct it");
                }
                None
            }
        }
    }

    fn plug(&mut self, refused: bool) {
        let Some(spec) = self.read::<PlugSpec>(refused) else { return };
        match (&spec.socket, &spec.socket_selector) {
            (None, None) => self.say(
                Severity::Error,
                finding::WRONG_VALUE,
                "spec",
                "it names no socket",
                "add spec.socket.name, or select one with spec.socketSelector",
            ),
            (Some(_), Some(_)) => self.say(
                Severity::Error,
                finding::WRONG_VALUE,
                "spec.socketSelector",
                "it names a socket and selects one",
                "use either spec.socket or spec.socketSelector",
            ),
            _ => {}
        }
        let socket = spec.socket.as_ref().and_then(|socket| {
            let own = self.manifest.reference.namespace();
            let namespace = socket.namespace.as_deref().filter(|it| !it.is_empty()).unwrap_or(own);
            self.set.find(&ObjectRef::socket(namespace, &socket.name))
        });
        let socket_spec: Option<SocketSpec> =
            socket.and_then(|socket| spec_of(&socket.object).ok());
        let other_open = socket_spec.as_ref().is_none_or(|spec| {
            spec.compat.as_ref().is_some_and(|compat| compat.templates == Some(Openness::Open))
        });
        let known = Known {
            which: Side::Plug,
            spec: &spec.side,
            interface: socket_spec.as_ref().and_then(|spec| spec.interface.as_ref()),
            has_socket: socket_spec.is_some(),
            // Without the socket nobody knows; most do not open themselves.
            other_open: socket_spec.is_some() && other_open,
        };
        self.side(&known);
        if let Some(socket) = socket {
            self.contract(&known, &socket.reference);
        }
    }

    fn socket(&mut self, refused: bool) {
        let Some(spec) = self.read::<SocketSpec>(refused) else { return };
        let known = Known {
            which: Side::Socket,
            spec: &spec.side,
            interface: spec.interface.as_ref(),
            has_socket: true,
            other_open: false,
        };
        self.side(&known);
        let reference = self.manifest.reference.clone();
        self.contract(&known, &reference);
        let validation = spec.validation.clone().unwrap_or_default();
        for (name, list) in [
            ("namespaceBlacklist", &validation.namespace_blacklist),
            ("namespaceWhitelist", &validation.namespace_whitelist),
        ] {
            for (index, expression) in list.iter().enumerate() {
                if let Err(err) = template::go_regex(expression) {
                    let field = format!("spec.validation.{name}[{index}]");
                    let next = "correct it; an expression matches anywhere in the name";
                    self.say(Severity::Error, finding::EXPRESSION, &field, err, next);
                }
            }
        }
        let exchanges = spec
            .interface
            .iter()
            .flat_map(|interface| [("config", &interface.config), ("result", &interface.result)]);
        for (half, exchange) in exchanges {
            let Some(exchange) = exchange else { continue };
            for (side, keys) in [("plug", &exchange.plug), ("socket", &exchange.socket)] {
                for (key, property) in keys.iter().flatten() {
                    if property.required && property.default.is_some() {
                        let field = format!("spec.interface.{half}.{side}.{key}.default");
                        let what = "a required key never takes its default";
                        let next = "remove `required` or `default`";
                        self.say(Severity::Warning, finding::KEY_LOST, &field, what, next);
                    }
                }
            }
        }
    }

    fn side(&mut self, known: &Known<'_>) {
        for one in side::templates(known.spec, known.which) {
            match one.source {
                Text::Plain(text) => self.text(known, &one.field, &one.sees, text),
                Text::Object(object) => self.object(known, &one.field, &one.sees, object),
            }
        }
        self.precedence(known.spec);
        for (list, vars) in
            [("spec.vars", &known.spec.vars), ("spec.resultVars", &known.spec.result_vars)]
        {
            for (index, var) in vars.iter().enumerate() {
                let path = var.fieldref.as_ref().and_then(|field| field.field_path.as_deref());
                if let Some(path) = path.filter(|path| !path.is_empty())
                    && let Err(err) = template::path::Path::parse(path)
                {
                    let field = format!("{list}[{index}].fieldref.fieldPath");
                    let next = r"write a path such as data.tls\.crt or list.0.name";
                    self.say(Severity::Error, finding::EXPRESSION, &field, err.to_string(), next);
                }
            }
        }
        self.apparatus(known.spec);
    }

    fn text(&mut self, known: &Known<'_>, field: &str, sees: &[&str], text: &str) {
        let template = match Template::parse(field, text, &Options::default()) {
            Ok(template) => template,
            Err(err) => return self.broken(field, &err),
        };
        for warning in template.warnings() {
            self.warned(field, warning);
        }
        for reference in template.references() {
            self.reference(known, field, sees, &reference);
        }
    }

    fn object(&mut self, known: &Known<'_>, field: &str, sees: &[&str], object: &Value) {
        let within = |path: &str| {
            if path.is_empty() { field.to_owned() } else { format!("{field}.{path}") }
        };
        let leaves = match Leaves::parse(object, &Options::default()) {
            Ok(leaves) => leaves,
            Err(err) => return self.broken(&within(&err.path), &err.error),
        };
        for (path, warning) in leaves.warnings() {
            self.warned(&within(path), warning);
        }
        for (path, reference) in leaves.references() {
            self.reference(known, &within(&path), sees, &reference);
        }
    }

    fn at(&mut self, field: &str, line: u32, column: u32, mut finding: Finding) {
        let place = self.manifest.inside(field, line, column);
        (finding.line, finding.column) = (place.line, place.column);
        self.findings.push(finding);
    }

    fn broken(&mut self, field: &str, err: &template::Error) {
        let message = format!("in line {} of the template: {}", err.line, err.message);
        let next = "correct the template";
        let finding =
            self.manifest.finding(Severity::Error, finding::TEMPLATE, field, message, next);
        self.at(field, err.line, err.column, finding);
    }

    fn warned(&mut self, field: &str, warning: &template::Warning) {
        let message = warning.message.clone();
        let next = "correct the template";
        let finding =
            self.manifest.finding(Severity::Warning, finding::TEMPLATE, field, message, next);
        self.at(field, warning.line, warning.column, finding);
    }

    fn reference(
        &mut self,
        known: &Known<'_>,
        field: &str,
        sees: &[&str],
        reference: &template::Reference,
    ) {
        let Some((what, next)) = asked::never_there(known, sees, reference) else { return };
        let message = format!("`.{}`: {what}", reference.keys.join("."));
        let finding =
            self.manifest.finding(Severity::Warning, finding::NEVER_THERE, field, message, next);
        self.at(field, reference.line, reference.column, finding);
    }

    /// The same key in two places: the later one wins always.
    fn precedence(&mut self, spec: &Spec) {
        let pairs = [
            ("spec.config", &spec.config, "spec.configTemplate", &spec.config_template),
            ("spec.result", &spec.result, "spec.resultTemplate", &spec.result_template),
        ];
        for (loser, values, winner, templates) in pairs {
            for key in values.keys().filter(|key| templates.contains_key(*key)) {
                let field = format!("{loser}.{key}");
                let what = format!("it is never used: {winner}.{key} wins");
                let next = format!("remove one of {loser}.{key} and {winner}.{key}");
                self.say(Severity::Warning, finding::KEY_LOST, &field, what, next);
            }
        }
    }

    /// What this side gives, against what the socket's interface declares for it.
    fn contract(&mut self, known: &Known<'_>, socket: &ObjectRef) {
        let Some(exchange) = known.interface.and_then(|interface| interface.config.as_ref()) else {
            return;
        };
        let keys = if known.which == Side::Plug { &exchange.plug } else { &exchange.socket };
        let (given, is_all) = side::given(known.spec);
        let side = known.which.as_str();
        for key in &given {
            if keys.as_ref().is_some_and(|keys| keys.contains_key(*key)) {
                continue;
            }
            let place = if known.spec.config_template.contains_key(*key) {
                "configTemplate"
            } else {
                "config"
            };
            let what =
                format!("it is dropped: {socket} spec.interface.config.{side} does not declare it");
            let next = "remove the key, or declare it in the interface";
            let field = format!("spec.{place}.{key}");
            self.say(Severity::Warning, finding::KEY_LOST, &field, what, next);
        }
        if !is_all {
            return;
        }
        for (key, property) in keys.iter().flatten() {
            if property.required && !given.contains(key.as_str()) {
                let what = format!("{socket} requires config `{key}` of the {side}");
                let next = format!("add spec.config.{key}");
                self.say(Severity::Error, finding::KEY_MISSING, "spec.config", what, next);
            }
        }
    }

    fn apparatus(&mut self, spec: &Spec) {
        let Some(apparatus) = &spec.apparatus else { return };
        let field = "spec.apparatus";
        match address::address(apparatus, &self.manifest.reference) {
            Err(wrong) => {
                let next = "give it containers, or an endpoint that is an address";
                self.say(Severity::Error, finding::APPARATUS, field, wrong.to_string(), next);
            }
            Ok(address) if address.on_demand => {
                let owner =
                    Identity { object: self.manifest.reference.clone(), uid: String::new() };
                let account = spec.service_account_name.as_deref().unwrap_or("default");
                let made = pod::objects(&owner, apparatus, account, jiff::Timestamp::UNIX_EPOCH);
                if let Err(forbidden) = made {
                    let what = format!("{} asks for {}", forbidden.field, forbidden.what);
                    let next = "remove it: an apparatus may not own its node";
                    self.say(Severity::Error, finding::APPARATUS, field, what, next);
                }
            }
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
