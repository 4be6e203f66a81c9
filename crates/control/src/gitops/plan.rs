//! What a commit means: files in, integrations out. Pure.
//!
//! ```text
//! files -> camel::discover -> for each integration: inputs equal to the newest release's? -> nothing
//!                                                   errors?                                -> Refused
//!                                                   else bundle + recipe + dependencies    -> Draft
//! ```
//! `inputs` is a digest over everything of the commit that an integration is made of: its own files and the source's root
//! `midplane.yaml`. So a commit that touches nothing of an integration makes no release of it, and a change of the shared
//! defaults makes one of each.
//!
//! A problem of the source as a whole (its root file does not parse) refuses the commit; a problem in one folder refuses
//! only that integration. What a release needs to be deployed later, without opening its bundle, is its `Recipe`.

use std::collections::{BTreeMap, BTreeSet};

use camel::SourceFile;
use camel::integration::{Discovery, Found, Launcher};
use camel::problem::Problem;
use domain::digest::Digest;
use domain::release::Refusal as Reason;
use link::bundle::{self, Encoded, Entry, Mode};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::base;
use super::walk::Content;
use crate::app::capture;

/// Beside the routes: what `app::deployment` needs to write a workload's specification for an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    pub format: u32,
    /// `main` or `spring`.
    pub kind: String,
    pub routes: Vec<String>,
    /// The text of `midplane.yaml` at the root of the source, of the folder, and of `application.properties`.
    pub root: Option<String>,
    pub folder: Option<String>,
    pub application: Option<String>,
    /// A route answers HTTP, so the workload needs a port.
    #[serde(default)]
    pub http: bool,
    /// Integrations named by `midplane.url.*`.
    pub uses: Vec<String>,
    /// What is to be resolved beyond the base library.
    pub dependencies: Vec<String>,
    /// Shown with the release; they do not refuse it.
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Sorted by name. Everything that is in the commit, changed or not.
    pub integrations: Vec<Planned>,
    /// Of the source as a whole. Any of them refuses the commit.
    pub refused: Vec<Reason>,
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    pub name: String,
    pub folder: String,
    pub inputs: String,
    pub outcome: Outcome,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The newest release was made from the very same.
    Unchanged,
    Refused(Vec<Reason>),
    Draft {
        bundle: Encoded,
        recipe: Recipe,
    },
}

/// Which paths have to be read before `plan` can say anything; the rest of an integration is read when it is packed.
pub fn wanted_first(path: &str) -> bool {
    camel::integration::wanted(path)
}

/// Finds the integrations among the paths; contents beyond `wanted_first` may be empty.
pub fn discover(files: &BTreeMap<String, Content>, source: &str) -> Discovery {
    camel::integration::discover(&source_files(files.values()), source)
}

/// Plans over a discovery. `files` must hold every file of every integration found; `known` is, by name, the inputs of
/// the newest release.
pub fn plan(
    files: &BTreeMap<String, Content>,
    discovery: &Discovery,
    known: &BTreeMap<String, String>,
) -> Plan {
    let (errors, warnings): (Vec<_>, Vec<_>) =
        discovery.problems.iter().partition(|problem| problem.is_error());
    let mut out = Plan {
        integrations: Vec::new(),
        refused: errors.into_iter().map(reason).collect(),
        warnings: warnings.into_iter().map(ToString::to_string).collect(),
    };
    let names: BTreeSet<String> =
        discovery.integrations.iter().map(|found| found.name.clone()).collect();
    let mut seen = BTreeSet::new();
    for found in &discovery.integrations {
        let planned = plan_one(files, found, &names, known);
        // Two of one name: one row says so for both, and no release of either is made.
        if seen.insert(found.name.clone()) {
            out.integrations.push(planned);
        } else if let Some(first) =
            out.integrations.iter_mut().find(|planned| planned.name == found.name)
        {
            merge_refusals(first, planned);
        }
    }
    out.integrations.sort_by(|a, b| a.name.cmp(&b.name));
    out
}

fn merge_refusals(first: &mut Planned, second: Planned) {
    first.inputs = digest_of([first.inputs.as_bytes(), second.inputs.as_bytes()]);
    if let (Outcome::Refused(reasons), Outcome::Refused(more)) =
        (&mut first.outcome, second.outcome)
    {
        reasons.extend(more);
    }
}

fn plan_one(
    files: &BTreeMap<String, Content>,
    found: &Found,
    names: &BTreeSet<String>,
    known: &BTreeMap<String, String>,
) -> Planned {
    let own: Vec<(&str, &Content)> = found
        .files
        .iter()
        .filter_map(|path| Some((path.as_str(), files.get(&found.path_of(path))?)))
        .collect();
    let root = files.get(camel::descriptor::FILE_NAME).filter(|_| !found.folder.is_empty());
    let inputs = inputs_of(&own, root);
    let unchanged = known.get(&found.name) == Some(&inputs);
    let outcome = if unchanged && !found.problems.iter().any(is_same_name) {
        Outcome::Unchanged
    } else {
        draft(found, &own, root, names)
    };
    Planned { name: found.name.clone(), folder: found.folder.clone(), inputs, outcome }
}

/// Whether another folder of the commit claims the name: then equal inputs do not mean that nothing changed.
fn is_same_name(problem: &Problem) -> bool {
    problem.code == "MP-CAMEL-50"
}

fn draft(
    found: &Found,
    own: &[(&str, &Content)],
    root: Option<&Content>,
    names: &BTreeSet<String>,
) -> Outcome {
    let shown: Vec<SourceFile<'_>> = source_files(own.iter().map(|(_, content)| *content));
    let root_descriptor = root.and_then(|root| camel::descriptor::parse(&root.path, &root.bytes).0);
    let dependencies = dependencies_of(root_descriptor.as_ref(), found);
    let catalogue = camel::catalogue::Catalogue::bundled();
    let settings = camel::check::Settings {
        dependencies: &dependencies,
        properties: None,
        integrations: Some(names),
    };
    let mut problems = camel::check::check(&shown, catalogue, &settings);
    for problem in &found.problems {
        if !problems.contains(problem) {
            problems.push(problem.clone());
        }
    }
    let mut reasons: Vec<Reason> =
        problems.iter().filter(|problem| problem.is_error()).map(reason).collect();
    let files = [root_descriptor.as_ref(), found.descriptor.as_ref()];
    reasons.extend(files.into_iter().flatten().flat_map(refuse_capture));
    let line = found
        .descriptor
        .as_ref()
        .and_then(|descriptor| descriptor.camel.clone())
        .or_else(|| root_descriptor.as_ref().and_then(|root| root.camel.clone()));
    reasons.extend(line.and_then(|line| refuse_line(&line)));
    let needs = camel::needs::needs(&shown, catalogue);
    let to_resolve = to_resolve(&needs.artifacts, &dependencies, &mut reasons);
    if !reasons.is_empty() {
        return Outcome::Refused(reasons);
    }
    let entries: Vec<Entry<'_>> = own
        .iter()
        .map(|(path, content)| Entry {
            path,
            mode: if content.executable { Mode::Executable } else { Mode::Plain },
            bytes: &content.bytes,
        })
        .collect();
    let bundle = match bundle::encode(&entries) {
        Ok(bundle) => bundle,
        Err(refused) => {
            let message = format!("{}: {refused}", found.folder);
            return Outcome::Refused(vec![Reason { code: "MP-REL-10".to_owned(), message }]);
        }
    };
    let text = |name: &str| {
        let file = own.iter().find(|(path, _)| *path == name)?;
        Some(String::from_utf8_lossy(&file.1.bytes).into_owned())
    };
    let mut uses: BTreeSet<String> = camel::integration::references(&shown);
    uses.remove(&found.name);
    let recipe = Recipe {
        format: 1,
        kind: match needs.launcher.max(found.launcher) {
            Launcher::Main => "main".to_owned(),
            Launcher::Spring => "spring".to_owned(),
        },
        routes: found.routes.clone(),
        root: root.map(|root| String::from_utf8_lossy(&root.bytes).into_owned()),
        folder: text(camel::descriptor::FILE_NAME),
        application: text("application.properties"),
        http: answers_http(&shown, catalogue),
        uses: uses.into_iter().collect(),
        dependencies: to_resolve,
        warnings: problems
            .iter()
            .filter(|problem| !problem.is_error())
            .map(ToString::to_string)
            .collect(),
    };
    Outcome::Draft { bundle, recipe }
}

/// Schemes whose consumers are served by the runtime's HTTP server.
const HTTP_SCHEMES: &[&str] = &["platform-http", "rest", "webhook"];

fn answers_http(files: &[SourceFile<'_>], catalogue: &camel::catalogue::Catalogue) -> bool {
    let (model, _) = camel::read::read(files, catalogue);
    model.steps().any(|(_, step)| step.kind == "rest")
        || model
            .endpoints()
            .iter()
            .any(|used| HTTP_SCHEMES.contains(&used.endpoint.scheme.as_str()))
}

fn dependencies_of(root: Option<&camel::descriptor::Descriptor>, found: &Found) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for descriptor in root.into_iter().chain(found.descriptor.as_ref()) {
        for dependency in &descriptor.dependencies {
            if !out.contains(dependency) {
                out.push(dependency.clone());
            }
        }
    }
    out
}

/// What the routes' components and the declared dependencies need beyond the base library, sorted.
fn to_resolve(
    artifacts: &BTreeSet<String>,
    declared: &[String],
    reasons: &mut Vec<Reason>,
) -> Vec<String> {
    let mut out: BTreeSet<String> = artifacts.clone();
    for dependency in declared {
        match camel::needs::coordinates(dependency, base::CAMEL) {
            Ok(coordinates) => {
                out.insert(coordinates);
            }
            Err(err) => {
                reasons.push(Reason { code: "MP-CFG-20".to_owned(), message: err.to_string() });
            }
        }
    }
    let base = &base::base().coordinates;
    out.into_iter()
        .filter(|coordinates| !base.contains(coordinates))
        .map(|coordinates| format!("mvn:{coordinates}"))
        .collect()
}

/// What is said of capture and cannot be carried out, anywhere in a file.
fn refuse_capture(descriptor: &camel::descriptor::Descriptor) -> Vec<Reason> {
    let parts = descriptor.environments.values().chain([&descriptor.refinement]);
    let refused = parts.filter_map(|part| capture::file::check(part.capture.as_ref()?).err());
    refused
        .map(|message| Reason {
            code: "MP-CAP-02".to_owned(),
            message: format!("`capture`: {message}"),
        })
        .collect()
}

/// A Camel line that is not offered.
fn refuse_line(line: &str) -> Option<Reason> {
    let offered = base::CAMEL;
    let fits =
        offered == line || offered.strip_prefix(line).is_some_and(|rest| rest.starts_with('.'));
    (!fits).then(|| Reason {
        code: "MP-REL-05".to_owned(),
        message: format!("Camel {line} is not offered; this control plane offers {offered}"),
    })
}

fn source_files<'a>(contents: impl Iterator<Item = &'a Content>) -> Vec<SourceFile<'a>> {
    contents.map(|file| SourceFile { path: &file.path, content: &file.bytes }).collect()
}

fn reason(problem: &Problem) -> Reason {
    Reason { code: problem.code.to_owned(), message: problem.to_string() }
}

fn inputs_of(own: &[(&str, &Content)], root: Option<&Content>) -> String {
    let mut parts = Sha256::new();
    let mut add = |path: &str, content: &Content| {
        parts.update(u32::try_from(path.len()).unwrap_or(u32::MAX).to_be_bytes());
        parts.update(path.as_bytes());
        parts.update([u8::from(content.executable)]);
        parts.update(Sha256::digest(&content.bytes));
    };
    for (path, content) in own {
        add(path, content);
    }
    if let Some(root) = root {
        add("/midplane.yaml", root);
    }
    Digest(parts.finalize().into()).to_string()
}

fn digest_of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut all = Sha256::new();
    for part in parts {
        all.update(part);
    }
    Digest(all.finalize().into()).to_string()
}

#[cfg(test)]
mod tests;
