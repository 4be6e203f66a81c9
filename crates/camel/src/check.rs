//! The deploy's own check: what is wrong with the files of one integration.
//!
//! ```text
//! files -> trees -> shape (YAML) | element (XML)      nodes, options, their types
//!               \-> model -> endpoint                 components, options of URIs
//!                        \-> whole                    ids, Kamelets, properties, references
//! ```
//!
//! It must refuse nothing that Camel accepts. So what a dependency, a bean or a property may bring
//! is at most a warning, and anything with a placeholder or an expression in it is not judged. An
//! error here means that Camel's own start would fail, or that a rule of ours is broken.

use std::collections::{BTreeMap, BTreeSet};

use crate::SourceFile;
use crate::catalogue::Catalogue;
use crate::descriptor::{self, FILE_NAME};
use crate::integration;
use crate::model::Model;
use crate::problem::{Position, Problem};
use crate::properties;
use crate::read::{self, Tree};

mod element;
mod endpoint;
mod rules;
mod shape;
mod value;
mod whole;

/// What surrounds the files.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings<'a> {
    /// In effect, as written in `midplane.yaml`; those of a `midplane.yaml` among the files add up.
    pub dependencies: &'a [String],
    /// Keys set in the environment. Without them no property is reported as missing.
    pub properties: Option<&'a BTreeSet<String>>,
    /// Names that `midplane.url.*` may use; without them, any.
    pub integrations: Option<&'a BTreeSet<String>>,
}

/// More than a person reads at once; each costs a search for the nearest name, and five hundred of
/// those are well under the time that a file may cost.
const MAX_PROBLEMS: usize = 500;

/// What one run knows; the parts of the check add to `problems`.
struct Context<'a> {
    catalogue: &'a Catalogue,
    settings: Settings<'a>,
    model: &'a Model,
    /// `application.properties` of the folder.
    application: BTreeMap<String, String>,
    /// Effective, those of the descriptor included.
    dependencies: Vec<String>,
    properties_of_descriptor: BTreeSet<String>,
    /// Names of the beans that the files or `application.properties` define.
    beans: BTreeSet<String>,
    problems: Vec<Problem>,
}

/// Sorted by file, line and column.
pub fn check(
    files: &[SourceFile<'_>],
    catalogue: &Catalogue,
    settings: &Settings<'_>,
) -> Vec<Problem> {
    let (parsed, mut problems) = read::parse_all(files, catalogue);
    let model = read::model_of(&parsed, catalogue);
    problems.extend(integration::java_files(files).map(integration::java_problem));
    let mut context = Context {
        catalogue,
        settings: *settings,
        model: &model,
        application: BTreeMap::new(),
        dependencies: settings.dependencies.to_vec(),
        properties_of_descriptor: BTreeSet::new(),
        beans: model.beans().filter_map(|(_, bean)| bean.text("name")).map(str::to_owned).collect(),
        problems,
    };
    for file in files {
        match file.path.rsplit('/').next().unwrap_or_default() {
            FILE_NAME => context.descriptor(file),
            "application.properties" => match properties::parse(file.path, file.content) {
                Ok(entries) => context.application.extend(properties::map(&entries)),
                Err(problem) => context.problems.push(problem),
            },
            base => context.wrong_extension(file, base),
        }
    }
    let keys = context.application.keys().filter_map(|key| key.strip_prefix("camel.beans."));
    let names = keys.map(|key| key.split(['.', '[']).next().unwrap_or(key).to_owned());
    context.beans.extend(names);
    for file in &parsed {
        match &file.tree {
            Tree::Yaml(node) => shape::check(&mut context, file, node),
            Tree::Xml(root) => element::check(&mut context, file, root),
        }
    }
    endpoint::check(&mut context);
    whole::check(&mut context);
    if context.is_full() && !context.problems.iter().any(Problem::is_error) {
        // What was not looked at must not pass.
        let file = context.problems.last().map_or_else(String::new, |last| last.file.clone());
        let text = format!("more than {MAX_PROBLEMS} warnings: the rest was not looked at");
        context.problems.push(Problem::error("MP-CAMEL-03", &file, Position::default(), text));
    }
    let mut problems = context.problems;
    problems.sort_by(|a, b| {
        (&a.file, a.line, a.column, a.severity, a.code, &a.message)
            .cmp(&(&b.file, b.line, b.column, b.severity, b.code, &b.message))
    });
    problems.dedup();
    problems
}

impl Context<'_> {
    fn is_full(&self) -> bool {
        self.problems.len() >= MAX_PROBLEMS
    }

    fn descriptor(&mut self, file: &SourceFile<'_>) {
        let (descriptor, problems) = descriptor::parse(file.path, file.content);
        self.problems.extend(problems);
        let Some(descriptor) = descriptor else { return };
        self.dependencies.extend(descriptor.dependencies);
        self.properties_of_descriptor.extend(descriptor.refinement.properties.into_keys());
        for environment in descriptor.environments.into_values() {
            self.properties_of_descriptor.extend(environment.properties.into_keys());
        }
    }

    /// Camel 4 loads `.yaml`, and passes over `.yml` in silence.
    fn wrong_extension(&mut self, file: &SourceFile<'_>, base: &str) {
        let renamed = base.strip_suffix(".yml").map(|base| format!("{base}.yaml"));
        let Some(renamed) = renamed else { return };
        let as_yaml = SourceFile { path: &renamed, content: file.content };
        if matches!(read::parse(as_yaml, self.catalogue), Ok(Some(_))) {
            let text = format!("Camel does not load `.yml`: rename it to `{renamed}`");
            let at = Position::default();
            self.problems.push(Problem::warning("MP-CAMEL-42", file.path, at, text));
        }
    }
}

#[cfg(test)]
mod tests;
