//! What Camel 4.18.0 knows: components and their options, languages, data formats, Kamelets, and
//! the shape of every node in YAML and XML.
//!
//! The data is one generated text file (`data/camel-4.18.0.catalogue`, made by `cargo xtask
//! generate`), embedded, indexed on first use in about a millisecond, and borrowed from ever after:
//! names are `&'static str`. Sections:
//!
//! ```text
//! [options]     name  kind+type+flags  prefix  optional-prefix  values     (numbered by line)
//! [components]  scheme  artifact  flags  syntax  alternatives  option numbers in base 36
//! [languages] [dataformats] [others]  name  artifact
//! [kamelets]    name  property…  dependency…      `!` required, `=` has a default
//! [yaml]        definition  flags  property:type… (see `catalogue::yaml`)
//! [xml]         model  flags  class  attributes  elements (see `catalogue::xml`)
//! ```
//!
//! Only facts are here, no prose. A scheme that is missing may still exist: a declared dependency
//! or a bean can bring it, which `check` decides, not this module.

use std::collections::HashMap;
use std::sync::OnceLock;

pub mod component;
pub mod xml;
pub mod yaml;

use component::{Component, EndpointOption};
use xml::XmlModel;
use yaml::Definition;

const BUNDLED: &str = include_str!("../data/camel-4.18.0.catalogue");

type Names = HashMap<&'static str, &'static str>;

#[derive(Debug, Default)]
pub struct Catalogue {
    version: &'static str,
    options: Vec<&'static str>,
    components: HashMap<&'static str, Component>,
    languages: Names,
    data_formats: Names,
    others: Names,
    kamelets: Names,
    yaml: HashMap<&'static str, Definition>,
    xml: HashMap<&'static str, XmlModel>,
}

/// One property of a Kamelet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KameletProperty<'a> {
    pub name: &'a str,
    pub required: bool,
    pub has_default: bool,
}

impl Catalogue {
    pub fn bundled() -> &'static Self {
        static LOADED: OnceLock<Catalogue> = OnceLock::new();
        LOADED.get_or_init(|| Self::load(BUNDLED))
    }

    fn load(text: &'static str) -> Self {
        let mut out = Self::default();
        let mut section = "";
        for line in text.lines() {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                section = name;
                continue;
            }
            let (name, rest) = line.split_once('\t').unwrap_or((line, ""));
            match section {
                "" if name == "camel" => out.version = rest,
                "options" => out.options.push(line),
                "components" => out.component_line(name, rest),
                "languages" => drop(out.languages.insert(name, rest)),
                "dataformats" => drop(out.data_formats.insert(name, rest)),
                "others" => drop(out.others.insert(name, rest)),
                "kamelets" => drop(out.kamelets.insert(name, rest)),
                "yaml" => drop(out.yaml.insert(name, Definition::load(name, rest))),
                "xml" => drop(out.xml.insert(name, XmlModel::load(name, rest))),
                _ => {}
            }
        }
        out
    }

    fn component_line(&mut self, scheme: &'static str, rest: &'static str) {
        let component = Component::load(scheme, rest);
        for alternative in component.alternatives() {
            self.components
                .entry(alternative)
                .or_insert_with(|| Component { scheme: alternative, ..component.clone() });
        }
        self.components.insert(scheme, component);
    }

    /// The Camel version, as `4.18.0`.
    pub fn version(&self) -> &str {
        self.version
    }

    pub fn component(&self, scheme: &str) -> Option<&Component> {
        self.components.get(scheme)
    }

    pub fn schemes(&self) -> impl Iterator<Item = &'static str> {
        sorted(self.components.keys())
    }

    pub fn options(&self, component: &Component) -> impl Iterator<Item = EndpointOption> {
        component
            .option_numbers()
            .filter_map(|at| self.options.get(at).map(|line| EndpointOption::load(line)))
    }

    /// The artefact of a language, as `camel-jsonpath`.
    pub fn language(&self, name: &str) -> Option<&'static str> {
        self.languages.get(name).copied()
    }

    pub fn languages(&self) -> impl Iterator<Item = &'static str> {
        sorted(self.languages.keys())
    }

    pub fn data_format(&self, name: &str) -> Option<&'static str> {
        self.data_formats.get(name).copied()
    }

    pub fn data_formats(&self) -> impl Iterator<Item = &'static str> {
        sorted(self.data_formats.keys())
    }

    /// Artefacts that are none of the above, as `resilience4j`.
    pub fn other(&self, name: &str) -> Option<&'static str> {
        self.others.get(name).copied()
    }

    pub fn kamelets(&self) -> impl Iterator<Item = &'static str> {
        sorted(self.kamelets.keys())
    }

    pub fn kamelet(&self, name: &str) -> Option<Vec<KameletProperty<'static>>> {
        let (properties, _) = self.kamelets.get(name)?.split_once('\t')?;
        let property = |column: &'static str| KameletProperty {
            name: column.trim_end_matches(['!', '=']),
            required: column.contains('!'),
            has_default: column.ends_with('='),
        };
        Some(properties.split(' ').filter(|column| !column.is_empty()).map(property).collect())
    }

    /// What a Kamelet needs, as `camel:kafka` and `mvn:…`.
    pub fn kamelet_dependencies(&self, name: &str) -> impl Iterator<Item = &'static str> + use<> {
        let line = self.kamelets.get(name).copied().unwrap_or_default();
        let dependencies = line.split_once('\t').map_or("", |(_, dependencies)| dependencies);
        dependencies.split(' ').filter(|dependency| !dependency.is_empty())
    }

    pub fn definition(&self, name: &str) -> Option<&Definition> {
        self.yaml.get(name)
    }

    /// What may stand in the list at the top of a YAML file.
    pub fn top_level(&self) -> Option<&Definition> {
        self.yaml.get("*")
    }

    /// What may stand in a list of steps: node name -> definition.
    pub fn steps(&self) -> Option<&Definition> {
        self.yaml.get("ProcessorDefinition")
    }

    /// Whether `name` may stand where an expression is expected.
    pub fn is_expression(&self, name: &str) -> bool {
        self.yaml.get("ExpressionDefinition").is_some_and(|all| all.property(name).is_some())
    }

    pub fn xml_model(&self, name: &str) -> Option<&XmlModel> {
        self.xml.get(name)
    }
}

fn sorted<'a>(names: impl Iterator<Item = &'a &'static str>) -> impl Iterator<Item = &'static str> {
    let mut names: Vec<_> = names.copied().collect();
    names.sort_unstable();
    names.into_iter()
}

#[cfg(test)]
mod tests;
