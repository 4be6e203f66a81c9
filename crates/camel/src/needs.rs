//! Which Camel artefacts a folder needs, and what its declared dependencies mean.
//!
//! From the model: components of its endpoints, languages of its expressions, data formats, the
//! DSL of each file, and what single steps bring (circuit breaker, saga, REST). A Kamelet brings the
//! dependencies it lists, the folder's own also what its template uses. Versions are the catalogue's.
//!
//! Whether an artefact is already in the base library is not known here.

use std::collections::BTreeSet;

use crate::SourceFile;
use crate::catalogue::Catalogue;
use crate::integration::{self, Launcher};
use crate::model::{FileKind, Model, Property, Step, Value};
use crate::read::{self, Tree};
use crate::yaml;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// As `org.apache.camel:camel-kafka:4.18.0`.
    pub artifacts: BTreeSet<String>,
    /// Kamelets of the Kamelet catalogue that are used.
    pub kamelets: BTreeSet<String>,
    pub launcher: Launcher,
    /// Java sources, which are refused.
    pub java: Vec<String>,
}

pub fn needs(files: &[SourceFile<'_>], catalogue: &Catalogue) -> Needs {
    let (parsed, _) = read::parse_all(files, catalogue);
    let mut out = needs_of(&read::model_of(&parsed, catalogue), catalogue);
    for file in &parsed {
        if let (Tree::Yaml(root), FileKind::Kamelet) = (&file.tree, file.kind) {
            let listed = root.get("spec").and_then(|spec| spec.get("dependencies"));
            let listed = listed.and_then(yaml::Node::items).unwrap_or_default();
            let texts = listed.iter().filter_map(yaml::Node::text);
            out.artifacts
                .extend(texts.filter_map(|text| coordinates(text, catalogue.version()).ok()));
        }
    }
    out.java = integration::java_files(files).map(ToOwned::to_owned).collect();
    out
}

pub(crate) fn needs_of(model: &Model, catalogue: &Catalogue) -> Needs {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let mut out = Needs::default();
    for file in &model.files {
        match file.kind {
            FileKind::Yaml | FileKind::Pipe => drop(names.insert("camel-yaml-dsl")),
            FileKind::Kamelet => names.extend(["camel-yaml-dsl", "camel-kamelet"]),
            FileKind::Xml => drop(names.insert("camel-xml-io-dsl")),
            FileKind::Spring => {
                names.extend(["camel-spring-xml", "camel-spring-main"]);
                out.launcher = Launcher::Spring;
            }
        }
    }
    let own: BTreeSet<_> = model
        .steps()
        .filter(|(_, step)| step.kind == "routeTemplate")
        .filter_map(|(_, step)| step.id())
        .collect();
    for used in model.endpoints() {
        if let Some(component) = catalogue.component(&used.endpoint.scheme) {
            names.insert(component.artifact);
        }
        if used.endpoint.scheme == "kamelet" {
            let kamelet = used.endpoint.name().split('/').next().unwrap_or_default();
            if !own.contains(kamelet) && catalogue.kamelet(kamelet).is_some() {
                out.kamelets.insert(kamelet.to_owned());
            }
        }
    }
    for (_, step) in model.steps() {
        of_step(step, catalogue, &mut names);
    }
    if !out.kamelets.is_empty() {
        out.artifacts
            .insert(format!("org.apache.camel.kamelets:camel-kamelets:{}", catalogue.version()));
    }
    let version = catalogue.version();
    for kamelet in &out.kamelets {
        let listed = catalogue.kamelet_dependencies(kamelet);
        out.artifacts.extend(listed.filter_map(|text| coordinates(text, version).ok()));
    }
    out.artifacts.extend(names.iter().map(|name| format!("org.apache.camel:{name}:{version}")));
    out
}

fn of_step<'c>(step: &Step, catalogue: &'c Catalogue, names: &mut BTreeSet<&'c str>) {
    let mut open: Vec<&Property> = step.properties.iter().collect();
    let formats = matches!(step.kind.as_str(), "marshal" | "unmarshal" | "dataFormats");
    for property in &step.properties {
        if formats {
            names.extend(data_format(property, catalogue));
        }
    }
    while let Some(property) = open.pop() {
        if let Value::Map(inner) = &property.value {
            open.extend(inner);
            if property.name == "expression" || inner.len() == 1 {
                let languages =
                    inner.iter().filter(|language| catalogue.is_expression(&language.name));
                names.extend(
                    languages.filter_map(|language| language_artifact(language, catalogue)),
                );
            }
        }
    }
    match step.kind.as_str() {
        "circuitBreaker" => {
            let microprofile = step.property("faultToleranceConfiguration").is_some();
            let name = if microprofile { "microprofile-fault-tolerance" } else { "resilience4j" };
            names.extend(catalogue.other(name));
        }
        "rest" | "restConfiguration" => {
            names.insert("camel-rest");
            let names_component = ["component", "producerComponent"];
            for component in names_component.iter().filter_map(|name| step.text(name)) {
                names.extend(catalogue.component(component).map(|component| component.artifact));
            }
        }
        "saga" => {
            names.extend(catalogue.other("lra").filter(|_| step.text("sagaService").is_none()));
        }
        "bean" => drop(names.insert("camel-bean")),
        _ => {}
    }
}

fn language_artifact(language: &Property, catalogue: &Catalogue) -> Option<&'static str> {
    let name = match language.name.as_str() {
        // `language: {language: ognl}` names it inside; `method` is the bean language.
        "language" => match &language.value {
            Value::Map(options) => {
                options.iter().find(|option| option.name == "language")?.value.text()?
            }
            Value::Text(_) | Value::List(_) => return None,
        },
        "method" => "bean",
        name => name,
    };
    catalogue.language(name)
}

fn data_format(property: &Property, catalogue: &Catalogue) -> Option<&'static str> {
    let library = property.value.map().and_then(|options| {
        options
            .iter()
            .find(|option| option.name == "library")
            .and_then(|option| option.value.text())
    });
    // The models say what, the library who does it.
    let name = match (property.name.as_str(), library.unwrap_or_default()) {
        ("json", "Gson") => "gson",
        ("json", "Jsonb") => "jsonb",
        ("json", "Fastjson") => "fastjson",
        ("json", _) => "jackson",
        ("avro", "Jackson") => "avroJackson",
        ("protobuf", "Jackson") => "protobufJackson",
        ("yaml", _) => "snakeYaml",
        ("bindy", _) => "bindyCsv",
        ("univocityCsv" | "univocityFixed" | "univocityTsv", _) => "univocityCsv",
        ("custom", _) => return None,
        (name, _) => name,
    };
    catalogue.data_format(name)
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDependency {
    #[error("`{0}` is not a dependency: write `camel:NAME` or `mvn:GROUP:ARTIFACT:VERSION`")]
    Unknown(String),
    #[error("`{0}` is not a Maven coordinate: `mvn:GROUP:ARTIFACT:VERSION` expected")]
    Coordinate(String),
    #[error(
        "`{0}` needs one fixed version, not a range or a snapshot: the release pins what it runs"
    )]
    Version(String),
}

/// `camel:kafka` or `mvn:g:a:v` as `group:artifact:version`.
pub fn coordinates(dependency: &str, camel_version: &str) -> Result<String, BadDependency> {
    if let Some(name) = dependency.strip_prefix("camel:") {
        let name = name.strip_prefix("camel-").unwrap_or(name);
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            return Err(BadDependency::Unknown(dependency.to_owned()));
        }
        return Ok(format!("org.apache.camel:camel-{name}:{camel_version}"));
    }
    let Some(coordinate) = dependency.strip_prefix("mvn:") else {
        return Err(BadDependency::Unknown(dependency.to_owned()));
    };
    let parts: Vec<_> = coordinate.split(':').collect();
    let good = |part: &&str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-+".contains(&byte))
    };
    let [group, artifact, version] = parts[..] else {
        return Err(BadDependency::Coordinate(dependency.to_owned()));
    };
    if [group, artifact].iter().any(|part| !good(part)) {
        return Err(BadDependency::Coordinate(dependency.to_owned()));
    }
    let moving = matches!(version, "LATEST" | "RELEASE") || version.ends_with("-SNAPSHOT");
    if !good(&version) || moving {
        return Err(BadDependency::Version(dependency.to_owned()));
    }
    Ok(coordinate.to_owned())
}

#[cfg(test)]
mod tests;
