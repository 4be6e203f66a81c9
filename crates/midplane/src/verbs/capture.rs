//! `capture`: what is recorded of messages. Without an integration it lists; with a level it sets, with `--for` for a while.

use serde_json::{Value, json};

use super::get::plain;
use crate::arguments::message::CaptureArguments;
use crate::client::Client;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::table::{Cell, Table};
use crate::output::{Format, Output};

const FIELDS: &str = "environment project integration route settings windowLevel windowUntil";

pub async fn run(
    arguments: CaptureArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let client = Client::of(&arguments.client, environment)?;
    let Some(name) = &arguments.name else {
        return list(&client, None, arguments.output, output).await;
    };
    let level = match (arguments.bodies, arguments.headers, arguments.timings, arguments.off) {
        (true, ..) => Some("bodies"),
        (_, true, ..) => Some("headers"),
        (_, _, true, _) => Some("timings"),
        (.., true) => Some("off"),
        _ => None,
    };
    let place = json!({
        "environment": client.environment, "project": client.project, "integration": name, "route": arguments.route,
    });
    let shown = match (level, arguments.window) {
        (None, _) if arguments.close => change(&client, "closeCapture", "", "", place).await?,
        (None, _) => return list(&client, Some(name), arguments.output, output).await,
        (Some(level), Some(ms)) => {
            let seconds = u32::try_from(ms.div_ceil(1_000)).unwrap_or(u32::MAX);
            let mut variables = place;
            variables["level"] = json!(level);
            variables["seconds"] = json!(seconds);
            let (declared, passed) =
                (", $level: String!, $seconds: Int!", ", level: $level, seconds: $seconds");
            change(&client, "openCapture", declared, passed, variables).await?
        }
        (Some(level), None) => {
            let mut settings = known(&client, &place).await?;
            settings["level"] = json!(level);
            let mut variables = place;
            variables["settings"] = json!(settings.to_string());
            let (declared, passed) = (", $settings: String!", ", settings: $settings");
            change(&client, "setCapture", declared, passed, variables).await?
        }
    };
    match arguments.output {
        Format::Json => output.json(&shown)?,
        Format::Yaml => output.yaml(&shown)?,
        Format::Table => output.line(&said(name, &shown))?,
    }
    Ok(Exit::Done)
}

fn said(name: &str, shown: &Value) -> String {
    match (shown["windowLevel"].as_str(), shown["windowUntil"].as_str()) {
        (Some(level), Some(until)) => {
            format!(
                "{name} records {level} until {until}; running workloads follow without a restart"
            )
        }
        _ => format!("{name} records as set: {}", plain(&shown["settings"])),
    }
}

async fn change(
    client: &Client,
    field: &str,
    declared: &str,
    passed: &str,
    variables: Value,
) -> Outcome<Value> {
    let document = format!(
        "mutation($environment: String, $project: String, $integration: String, $route: String{declared}) {{ \
        {field}(environment: $environment, project: $project, integration: $integration, route: $route{passed}) {{ {FIELDS} }} }}"
    );
    Ok(client.request(&document, variables).await?[field].take())
}

async fn captures(client: &Client) -> Outcome<Vec<Value>> {
    let mut data = client.request(&format!("{{ captures {{ {FIELDS} }} }}"), json!({})).await?;
    Ok(data["captures"].as_array_mut().map(std::mem::take).unwrap_or_default())
}

/// What the layer says already: a new level leaves the rest of it alone.
async fn known(client: &Client, place: &Value) -> Outcome<Value> {
    let layers = captures(client).await?;
    let same = |layer: &&Value| {
        ["environment", "project", "integration", "route"]
            .iter()
            .all(|key| layer[key] == place[key])
    };
    match layers.iter().find(same).and_then(|layer| layer["settings"].as_str()) {
        None => Ok(json!({})),
        Some(text) => {
            serde_json::from_str(text).map_err(|err| Failure::internal("read the settings", &err))
        }
    }
}

async fn list(
    client: &Client,
    name: Option<&str>,
    format: Format,
    output: &Output,
) -> Outcome<Exit> {
    let mut layers = captures(client).await?;
    layers.retain(|layer| {
        name.is_none_or(|name| layer["integration"].is_null() || layer["integration"] == name)
    });
    match format {
        Format::Json => output.json(&json!(layers))?,
        Format::Yaml => output.yaml(&json!(layers))?,
        Format::Table if layers.is_empty() => output.remark(
            "nothing is set: timings of every message, headers and bodies at the start of a route and at a failure, for 14 days",
        ),
        Format::Table => {
            let mut table =
                Table::new(&["ENVIRONMENT", "PROJECT", "INTEGRATION", "ROUTE", "WINDOW", "SETTINGS"]);
            for layer in &layers {
                let window = match (layer["windowLevel"].as_str(), layer["windowUntil"].as_str()) {
                    (Some(level), Some(until)) => format!("{level} until {until}"),
                    _ => String::new(),
                };
                table.row(vec![
                    Cell::from(plain(&layer["environment"])),
                    Cell::from(plain(&layer["project"])),
                    Cell::from(plain(&layer["integration"])),
                    Cell::from(plain(&layer["route"])),
                    Cell::from(window),
                    Cell::from(plain(&layer["settings"])),
                ]);
            }
            output.write(&table.render(output, ""))?;
        }
    }
    Ok(Exit::Done)
}
