//! Sets the demo up the way a user would: project, environment, secret, source, each only when it is missing.
//!
//! The one thing that cannot be asked back is the secret; `demo.json` beside the data remembers the digest of what was
//! sealed last, so that a later start writes nothing unless the database moved to another port.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{DATABASE, ENVIRONMENT, PROJECT, SECRET, SOURCE};
use crate::client::Client;
use crate::failure::Outcome;
use crate::up::data::DataFolder;

pub async fn run(
    client: &Client,
    data: &DataFolder,
    runtime: &str,
    port: u16,
    password: &str,
) -> Outcome {
    let seen = client
        .request("query { projects { name } environments { name } sources { name } }", json!({}))
        .await?;
    let has = |field: &str, name: &str| {
        seen[field].as_array().into_iter().flatten().any(|it| it["name"] == name)
    };
    if !has("projects", PROJECT) {
        client
            .request(
                "mutation($name: String!) { createProject(name: $name) { id } }",
                json!({"name": PROJECT}),
            )
            .await?;
    }
    if !has("environments", ENVIRONMENT) {
        let query = "mutation($name: String!, $runtime: String!, $rank: Int!, $branch: String) { createEnvironment(name: $name, runtime: \
                     $runtime, rank: $rank, branch: $branch) { id } }";
        client
            .request(
                query,
                json!({"name": ENVIRONMENT, "runtime": runtime, "rank": 0, "branch": "main"}),
            )
            .await?;
    }
    secret(client, data, port, password).await?;
    if !has("sources", SOURCE) {
        let query = "mutation($project: String!, $name: String!, $url: String!, $branch: String) { addSource(project: $project, name: $name, \
                     url: $url, branch: $branch) { id } }";
        let url = format!("file://{}", data.demo_repository().display());
        client
            .request(
                query,
                json!({"project": PROJECT, "name": SOURCE, "url": url, "branch": "main"}),
            )
            .await?;
    }
    Ok(())
}

async fn secret(client: &Client, data: &DataFolder, port: u16, password: &str) -> Outcome {
    let url = format!("jdbc:postgresql://127.0.0.1:{port}/{DATABASE}");
    let entries = [("url", url.as_str()), ("user", DATABASE), ("password", password)];
    let digest = hex::encode(Sha256::digest(format!("{entries:?}")));
    let path = data.root().join("demo.json");
    let known: Value = std::fs::read(&path)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    if known["secret"] == *digest {
        return Ok(());
    }
    let query = "mutation($environment: String!, $name: String!, $key: String!, $value: String!) { setSecret(environment: $environment, \
                 name: $name, key: $key, value: $value) }";
    for (key, value) in entries {
        client
            .request(
                query,
                json!({"environment": ENVIRONMENT, "name": SECRET, "key": key, "value": value}),
            )
            .await?;
    }
    let note = json!({"format": 1, "secret": digest}).to_string();
    crate::files::replace(&path, note.as_bytes(), crate::files::PRIVATE)
}
