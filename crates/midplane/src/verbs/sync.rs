//! `sync [SOURCE]`: asks for a fetch now, and says what it found; with `--confirm-prune` after answering the guard.

use serde_json::json;

use super::get::{plain, short};
use crate::arguments::client::{Kind, SyncArguments};
use crate::client::Client;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::output::Output;

pub async fn run(
    arguments: SyncArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let client = Client::of(&arguments.client, environment)?;
    let source = client.one(Kind::Source, arguments.source.as_deref()).await?;
    if let Some(commit) = &arguments.confirm_prune {
        let query = "mutation($name: String!, $commit: String!) { confirmPrune(name: $name, commit: $commit) }";
        let data = client.request(query, json!({"name": source["id"], "commit": commit})).await?;
        let gone: Vec<String> =
            data["confirmPrune"].as_array().into_iter().flatten().map(plain).collect();
        output.line(&format!("stopping: {}", gone.join(", ")))?;
    }
    let query = "mutation($id: ID) { syncSource(id: $id) { commit changed messages } }";
    let data = client.request(query, json!({"id": source["id"]})).await?;
    let result = &data["syncSource"];
    let name = plain(&source["name"]);
    let what = if result["changed"] == true { "new" } else { "unchanged" };
    output.line(&format!("{name} is at {} ({what})", short(&result["commit"])))?;
    for message in result["messages"].as_array().into_iter().flatten() {
        output.line(&format!("  {}", plain(message)))?;
    }
    Ok(Exit::Done)
}
