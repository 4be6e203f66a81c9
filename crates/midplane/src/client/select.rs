//! The documents that the verbs send, and how a name leads to one object.
//!
//! The field lists stand here once, in the order in which `describe` prints them. A name that fits several objects is refused
//! with the candidates: nothing is ever chosen for the user.

use serde_json::{Value, json};

use super::Client;
use crate::arguments::client::Kind;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

/// A workload: an integration in one environment.
pub const WORKLOAD: &str = "id integration environment runtime state reason nextAction url held behind \
    release { id short commit author subject } deployment { id generation phase reason createdAt endedAt } \
    pid restarts memoryBytes startedAt routes { route state by at }";

const INTEGRATION: &str = "id name project path";

pub const DEPLOYMENT: &str = "id generation integration environment cause phase reason createdAt release { id short commit author subject } \
    phases { phase at reason code log }";

pub const RELEASE: &str = "id short integration state commit author subject committedAt camel bundle dependencies \
    problems { code message }";

pub const RUNTIME: &str = "id name state reason purposes lastSeenAt version certificateNotAfter capabilities \
    conditions { component ok reason }";

/// The list query of a kind, its root field, and whether the answer is a connection.
pub fn list(kind: Kind) -> (String, &'static str) {
    match kind {
        Kind::Integration => (
            format!(
                "query($project: String, $environment: String) {{ integrations(project: $project, environment: $environment) \
                 {{ {INTEGRATION} workloads {{ {WORKLOAD} }} }} }}"
            ),
            "integrations",
        ),
        Kind::Release => (
            format!("query($project: String) {{ releases(project: $project, first: 50) {{ nodes {{ {RELEASE} }} }} }}"),
            "releases",
        ),
        Kind::Deployment => (
            format!("query($environment: String) {{ deployments(environment: $environment, first: 50) {{ nodes {{ {DEPLOYMENT} }} }} }}"),
            "deployments",
        ),
        Kind::Environment => ("query { environments { id name runtimeId branch rank revision createdAt } runtimes { id name } }".to_owned(), "environments"),
        Kind::Runtime => (format!("query {{ runtimes {{ {RUNTIME} }} }}"), "runtimes"),
        Kind::Project => ("query { projects { id name } }".to_owned(), "projects"),
        Kind::Source => (
            "query($project: String) { sources(project: $project) { id name project url branch commit state reason checkedAt } }".to_owned(),
            "sources",
        ),
        Kind::Token => ("query { tokens { id name kind createdAt expiresAt lastUsedAt } }".to_owned(), "tokens"),
    }
}

impl Client {
    /// All objects of a kind, within the project and environment chosen.
    pub async fn list(&self, kind: Kind) -> Outcome<Vec<Value>> {
        let (query, field) = list(kind);
        let mut variables = serde_json::Map::new();
        if query.contains("$project") {
            variables.insert("project".into(), json!(self.project));
        }
        if query.contains("$environment") {
            variables.insert("environment".into(), json!(self.environment));
        }
        let mut data = self.request(&query, Value::Object(variables)).await?;
        let mut found = data[field].take();
        if kind == Kind::Environment {
            name_runtimes(&mut found, &data["runtimes"]);
        }
        if found.get("nodes").is_some() {
            found = found["nodes"].take();
        }
        match found {
            Value::Array(items) => Ok(items),
            _ => Ok(Vec::new()),
        }
    }

    /// The one object called `name`, or the only one there is.
    pub async fn one(&self, kind: Kind, name: Option<&str>) -> Outcome<Value> {
        let items = self.list(kind).await?;
        choose(noun(kind), &items, name)
    }

    /// Every workload, with its integration's name and project put in.
    pub async fn workloads(&self) -> Outcome<Vec<Value>> {
        let mut workloads = Vec::new();
        for integration in &self.list(Kind::Integration).await? {
            for workload in integration["workloads"].as_array().into_iter().flatten() {
                if self
                    .environment
                    .as_deref()
                    .is_some_and(|wanted| name_of(&workload["environment"]) != wanted)
                {
                    continue;
                }
                let mut workload = workload.clone();
                workload["integration"] = integration["name"].clone();
                workload["project"] = json!(name_of(&integration["project"]));
                workloads.push(workload);
            }
        }
        Ok(workloads)
    }

    /// The one workload of integration `name`.
    pub async fn workload(&self, name: &str) -> Outcome<Value> {
        let workloads = self.workloads().await?;
        let found: Vec<&Value> =
            workloads.iter().filter(|workload| workload["integration"] == name).collect();
        match found.as_slice() {
            [one] => Ok((*one).clone()),
            [] => Err(unknown("integration", name, &workloads, "integration")),
            several => {
                let candidates: Vec<String> = several
                    .iter()
                    .map(|it| {
                        format!(
                            "-p {} -e {}",
                            it["project"].as_str().unwrap_or("?"),
                            name_of(&it["environment"])
                        )
                    })
                    .collect();
                Err(Failure::new(
                    "MP-CLI-21",
                    Exit::NotFound,
                    format!("`{name}` runs in several places"),
                )
                .next(format!("say which: {}", candidates.join(", or "))))
            }
        }
    }
}

/// Puts the runtime's name where its id was.
fn name_runtimes(environments: &mut Value, runtimes: &Value) {
    for environment in environments.as_array_mut().into_iter().flatten() {
        let id = environment["runtimeId"].take();
        let named =
            runtimes.as_array().into_iter().flatten().find(|it| !id.is_null() && it["id"] == id);
        let name = named.map_or_else(|| id.clone(), |it| it["name"].clone());
        if let Some(fields) = environment.as_object_mut() {
            let all = std::mem::take(fields);
            *fields = all
                .into_iter()
                .map(|(key, value)| {
                    if key == "runtimeId" {
                        ("runtime".to_owned(), name.clone())
                    } else {
                        (key, value)
                    }
                })
                .collect();
        }
    }
}

/// A reference may come as a name or as an object that has one.
pub fn name_of(value: &Value) -> &str {
    value
        .as_str()
        .or_else(|| value["name"].as_str())
        .or_else(|| value["short"].as_str())
        .unwrap_or_default()
}

pub fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Integration => "integration",
        Kind::Release => "release",
        Kind::Deployment => "deployment",
        Kind::Environment => "environment",
        Kind::Runtime => "runtime",
        Kind::Project => "project",
        Kind::Source => "source",
        Kind::Token => "token",
    }
}

/// What a thing is called by people: its name, else its short id, else its id.
pub fn label(item: &Value) -> &str {
    ["name", "short", "id"].iter().find_map(|key| item[key].as_str()).unwrap_or_default()
}

fn choose(noun: &str, items: &[Value], name: Option<&str>) -> Outcome<Value> {
    let Some(name) = name else {
        return match items {
            [one] => Ok(one.clone()),
            [] => Err(Failure::new("MP-CLI-20", Exit::NotFound, format!("there is no {noun} yet"))),
            several => {
                let names: Vec<&str> = several.iter().map(label).collect();
                Err(Failure::new("MP-CLI-21", Exit::NotFound, format!("there are several {noun}s"))
                    .next(format!("name one of: {}", names.join(", "))))
            }
        };
    };
    let exact: Vec<&Value> =
        items.iter().filter(|item| label(item) == name || item["id"] == name).collect();
    // Ids may be shortened as long as they are told apart.
    let found = if exact.is_empty() && name.len() >= 4 {
        items
            .iter()
            .filter(|item| item["id"].as_str().is_some_and(|id| id.starts_with(name)))
            .collect()
    } else {
        exact
    };
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(unknown(noun, name, items, "name")),
        several => {
            let places: Vec<String> = several
                .iter()
                .map(|item| {
                    let project = name_of(&item["project"]);
                    let id = item["id"].as_str().unwrap_or("?");
                    let integration = name_of(&item["integration"]);
                    if project.is_empty() && !integration.is_empty() {
                        format!("{id} ({integration})")
                    } else if project.is_empty() {
                        id.to_owned()
                    } else {
                        format!("-p {project}")
                    }
                })
                .collect();
            Err(Failure::new(
                "MP-CLI-21",
                Exit::NotFound,
                format!("`{name}` is the name of several {noun}s"),
            )
            .next(format!("say which: {}", places.join(", or "))))
        }
    }
}

fn unknown(noun: &str, name: &str, items: &[Value], key: &str) -> Failure {
    let mut known: Vec<&str> =
        items.iter().map(|item| item[key].as_str().unwrap_or_else(|| label(item))).collect();
    known.sort_unstable();
    known.dedup();
    let failure = Failure::new("MP-CLI-20", Exit::NotFound, format!("there is no {noun} `{name}`"));
    match crate::settings::nearest(name, known.iter().copied()) {
        Some(nearest) => failure.next(format!("did you mean `{nearest}`?")),
        None if known.is_empty() => failure,
        None => failure.next(format!("there are: {}", known.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::choose;

    #[test]
    fn a_name_leads_to_one_object_or_to_the_candidates() {
        let items = [
            json!({"id": "a1b2c3", "name": "orders", "project": "tea"}),
            json!({"id": "d4e5f6", "name": "orders", "project": "shop"}),
        ];
        let failure = choose("integration", &items, Some("orders")).unwrap_err();
        insta::assert_snapshot!(failure.render(false), @r"
        error MP-CLI-21: `orders` is the name of several integrations
          next: say which: -p tea, or -p shop
        ");
        assert_eq!(choose("integration", &items, Some("d4e5")).unwrap()["project"], "shop");
        let failure = choose("integration", &items, Some("oders")).unwrap_err();
        insta::assert_snapshot!(failure.render(false), @r"
        error MP-CLI-20: there is no integration `oders`
          next: did you mean `orders`?
        ");
        assert!(choose("integration", &items[..1], None).is_ok());
    }
}
