//! `source add|update|remove`: which Git repositories are deployed.
//!
//! After `add` and `update` the source is looked at once, so that a wrong address or token is told here and now. A source that cannot be
//! read stays: the repository may be made or opened later, and the poll goes on.

use serde_json::{Value, json};

use super::get::{plain, short};
use super::runtime::confirm;
use crate::arguments::client::Kind;
use crate::arguments::source::{AddArguments, SourceVerb, UpdateArguments};
use crate::client::Client;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::files::secret_of;
use crate::output::{Format, Output};

pub async fn run(verb: SourceVerb, environment: &Environment, output: &Output) -> Outcome<Exit> {
    match verb {
        SourceVerb::Add(arguments) => add(arguments, environment, output).await,
        SourceVerb::Update(arguments) => update(arguments, environment, output).await,
        SourceVerb::Remove { name, yes, client } => {
            let client = Client::of(&client, environment)?;
            remove(&client, &name, yes, output).await
        }
    }
}

async fn add(arguments: AddArguments, environment: &Environment, output: &Output) -> Outcome<Exit> {
    let client = Client::of(&arguments.client, environment)?;
    let project = client.one(Kind::Project, client.project.as_deref()).await?;
    let query = "mutation($project: String!, $name: String!, $url: String!, $branch: String!, $path: String!, $token: String) { \
                 addSource(project: $project, name: $name, url: $url, branch: $branch, path: $path, token: $token) { id name } }";
    let variables = json!({
        "project": project["name"],
        "name": arguments.name,
        "url": arguments.url,
        "branch": arguments.branch,
        "path": arguments.path,
        "token": arguments.token_file.as_deref().map(secret_of).transpose()?,
    });
    let data = client.request(query, variables).await?;
    look(&client, &data["addSource"], "added", arguments.output, output).await
}

async fn update(
    arguments: UpdateArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let client = Client::of(&arguments.client, environment)?;
    let source = client.one(Kind::Source, Some(&arguments.name)).await?;
    let query = "mutation($name: String!, $url: String, $branch: String, $path: String, $token: String) { \
                 updateSource(name: $name, url: $url, branch: $branch, path: $path, token: $token) { id name } }";
    let variables = json!({
        "name": source["id"],
        "url": arguments.url,
        "branch": arguments.branch,
        "path": arguments.path,
        "token": arguments.token_file.as_deref().map(secret_of).transpose()?,
    });
    let data = client.request(query, variables).await?;
    look(&client, &data["updateSource"], "updated", arguments.output, output).await
}

/// Has the source looked at, and says what was found.
async fn look(
    client: &Client,
    source: &Value,
    done: &str,
    format: Format,
    output: &Output,
) -> Outcome<Exit> {
    let query = "mutation($id: ID) { syncSource(id: $id) { commit changed messages } }";
    let mut data = client.request(query, json!({"id": source["id"]})).await?;
    let mut found = data["syncSource"].take();
    let readable = found["messages"].as_array().is_none_or(Vec::is_empty);
    found["id"] = source["id"].clone();
    found["name"] = source["name"].clone();
    match format {
        Format::Json => output.json(&found)?,
        Format::Yaml => output.yaml(&found)?,
        Format::Table => {
            let name = plain(&source["name"]);
            let now = match found["commit"].as_str() {
                Some(_) => format!("at {}", short(&found["commit"])),
                None => "nothing of it was applied yet".to_owned(),
            };
            output.line(&format!("{name} {done}, {now}"))?;
            for message in found["messages"].as_array().into_iter().flatten() {
                output.line(&format!("  {}", plain(message)))?;
            }
            output.remark("`midplane get integrations` lists what came of it");
        }
    }
    Ok(if readable { Exit::Done } else { Exit::Fault })
}

async fn remove(client: &Client, name: &str, yes: bool, output: &Output) -> Outcome<Exit> {
    let source = client.one(Kind::Source, Some(name)).await?;
    confirm(
        &format!(
            "every integration of {name} is stopped and removed, in every environment. Remove?"
        ),
        yes,
    )?;
    let query = "mutation($name: String!) { removeSource(name: $name) }";
    let data = client.request(query, json!({"name": source["id"]})).await?;
    let gone: Vec<String> =
        data["removeSource"].as_array().into_iter().flatten().map(plain).collect();
    let gone = if gone.is_empty() { "nothing ran of it".to_owned() } else { gone.join(", ") };
    output.line(&format!("{name} removed; stopping: {gone}"))?;
    Ok(Exit::Done)
}
