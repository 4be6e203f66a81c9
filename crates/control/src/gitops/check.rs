//! The deploy's own check over a folder, without a repository, a database or a network. Pure.
//!
//! `midplane check DIR` reads the files and calls this; the engine plans with the very same functions, so what passes here is
//! not refused later for its content. Dependencies are not resolved: that takes a runtime.

use std::collections::BTreeMap;

use domain::release::Refusal as Reason;

use super::plan::{self, Outcome};
use super::walk::Content;

/// What a folder would become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub integrations: Vec<Integration>,
    /// Of the folder as a whole.
    pub problems: Vec<Reason>,
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integration {
    pub name: String,
    pub folder: String,
    pub problems: Vec<Reason>,
    pub warnings: Vec<String>,
    /// What a runtime of purpose build will resolve.
    pub dependencies: Vec<String>,
}

impl Checked {
    pub fn is_good(&self) -> bool {
        self.problems.is_empty() && self.integrations.iter().all(|one| one.problems.is_empty())
    }
}

/// `files` are all files under the folder, paths relative to it and `/`-separated; `name` is what an integration in the
/// folder itself is called.
pub fn folder(files: impl IntoIterator<Item = (String, Vec<u8>)>, name: &str) -> Checked {
    let files: BTreeMap<String, Content> = files
        .into_iter()
        .map(|(path, bytes)| (path.clone(), Content { path, bytes, executable: false }))
        .collect();
    let discovery = plan::discover(&files, name);
    let planned = plan::plan(&files, &discovery, &BTreeMap::new());
    let integrations = planned.integrations.into_iter().map(|one| {
        let (problems, warnings, dependencies) = match one.outcome {
            Outcome::Unchanged => (Vec::new(), Vec::new(), Vec::new()),
            Outcome::Refused(problems) => (problems, Vec::new(), Vec::new()),
            Outcome::Draft { recipe, .. } => (Vec::new(), recipe.warnings, recipe.dependencies),
        };
        Integration { name: one.name, folder: one.folder, problems, warnings, dependencies }
    });
    Checked {
        integrations: integrations.collect(),
        problems: planned.refused,
        warnings: planned.warnings,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_checked_as_a_commit_is() {
        let route =
            b"- route:\n    from:\n      uri: tmier:tick\n      steps:\n        - log: hi\n";
        let checked = folder([("orders/a.yaml".to_owned(), route.to_vec())], "demo");
        assert!(!checked.is_good());
        assert!(checked.integrations[0].problems[0].message.starts_with("orders/a.yaml:3:"));
    }
}
