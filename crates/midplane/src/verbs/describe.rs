//! `describe KIND [NAME]`: everything the API tells about one thing.
//!
//! An integration is shown as its workloads, one after the other, with its release, deployments, phases and
//! configuration: each key with the layer that won and those that lost. Whoever may not read configuration sees the rest.

use serde_json::{Value, json};

use super::get::{still, subscribe};
use crate::arguments::client::{DescribeArguments, Kind};
use crate::client::Client;
use crate::client::select::{DEPLOYMENT, name_of};
use crate::client::subscription::Subscription;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::output::{Format, Output, describe};

pub async fn run(
    arguments: DescribeArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let client = Client::of(&arguments.client, environment)?;
    let mut watch =
        if arguments.watch { Some(subscribe(&client, arguments.kind).await?) } else { None };
    let mut printed = Value::Null;
    loop {
        let object = object(&client, arguments.kind, arguments.name.as_deref()).await?;
        if still(&object) == still(&printed) {
            // Something else changed, or only what grows with time.
            if more(&mut watch).await? {
                continue;
            }
            return Ok(Exit::Done);
        }
        if !printed.is_null() {
            output.line(if arguments.output == Format::Yaml { "---" } else { "" })?;
        }
        match arguments.output {
            Format::Json => output.json(&object)?,
            Format::Yaml => output.yaml(&object)?,
            Format::Table => {
                let empty = serde_json::Map::new();
                let text = describe::render(
                    output,
                    object.as_object().unwrap_or(&empty),
                    crate::environment::now(),
                );
                output.write(&text)?;
            }
        }
        printed = object;
        if !more(&mut watch).await? {
            return Ok(Exit::Done);
        }
    }
}

/// Waits for a change of anything of the kind; false when nothing is watched, or no more comes.
async fn more(watch: &mut Option<Subscription>) -> Outcome<bool> {
    match watch {
        Some(watch) => Ok(watch.next().await?.is_some()),
        None => Ok(false),
    }
}

async fn object(client: &Client, kind: Kind, name: Option<&str>) -> Outcome<Value> {
    if kind != Kind::Integration {
        return client.one(kind, name).await;
    }
    let name = match name {
        Some(name) => name.to_owned(),
        None => client.one(kind, None).await?["name"].as_str().unwrap_or_default().to_owned(),
    };
    let mut workload = client.workload(&name).await?;
    let query = format!(
        "query($id: ID, $environment: String) {{ deployments(integration: $id, environment: $environment, first: 5) {{ nodes {{ {DEPLOYMENT} }} }} }}"
    );
    let integration = client.one(Kind::Integration, Some(&name)).await?;
    let variables =
        json!({"id": integration["id"], "environment": name_of(&workload["environment"])});
    let mut deployments = client.request(&query, variables).await?;
    let mut nodes = deployments["deployments"]["nodes"].take();
    let latest = nodes.get_mut(0).map(|node| node["phases"].take());
    for node in nodes.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        for key in ["phases", "integration", "environment", "id"] {
            node.shift_remove(key);
        }
    }
    workload["phases"] = latest.unwrap_or_default();
    workload["deployments"] = nodes;
    if let Some(fields) = workload.as_object_mut() {
        fields.shift_remove("deployment");
    }
    match configuration(client, &workload).await {
        Ok(entries) => workload["configuration"] = entries,
        Err(refused) if refused.exit == Exit::Refused => {}
        Err(failure) => return Err(failure),
    }
    Ok(workload)
}

/// The winning layer of each key. A secret shows where it is mounted and whether it is set, never its value.
async fn configuration(client: &Client, workload: &Value) -> Outcome<Value> {
    let query = "query($integration: String!, $project: String, $environment: String) { effectiveConfiguration(\
        integration: $integration, project: $project, environment: $environment) \
        { key kind value layer hidden target isSet } }";
    let variables = json!({"integration": workload["integration"], "project": workload["project"],
        "environment": name_of(&workload["environment"])});
    let mut data = client.request(query, variables).await?;
    let mut entries = data["effectiveConfiguration"].take();
    for entry in entries.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        let is_set = entry.remove("isSet").is_some_and(|set| set == true);
        if entry["kind"] == "secret" {
            entry.insert("value".into(), json!(if is_set { "(sealed)" } else { "(not set)" }));
        }
        if let Some(target) = entry.remove("target").filter(|target| !target.is_null()) {
            entry.insert("target".into(), target);
        }
    }
    Ok(entries)
}
