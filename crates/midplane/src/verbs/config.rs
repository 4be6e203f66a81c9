//! `config list|set|unset`: configuration and secrets of an environment.
//!
//! A secret's value leaves this process once, in the request that seals it, and is never printed. It may be given as `KEY=VALUE`, but is
//! better asked for: then it is in no shell history and no list of processes.

use serde_json::{Value, json};

use super::get::plain;
use crate::arguments::client::{ClientArguments, ConfigVerb};
use crate::client::Client;
use crate::client::select::name_of;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::table::Table;
use crate::output::{Format, Output};

/// What is set on the environment, and which secrets are.
const SET: &str = "query($project: String, $integration: String, $environment: String!) { configuration(project: $project, \
    integration: $integration, environment: $environment) { key value integration changedAt } secrets(environment: $environment) { \
    secret key changedAt } }";

pub async fn run(verb: ConfigVerb, environment: &Environment, output: &Output) -> Outcome<Exit> {
    match verb {
        ConfigVerb::List { integration, output: format, client } => {
            list(integration, format, &client, environment, output).await
        }
        ConfigVerb::Set { entries, secret, integration, client } => {
            set(&entries, secret, integration, &client, environment, output).await
        }
        ConfigVerb::Unset { keys, secret, integration, client } => {
            unset(&keys, secret, integration, &client, environment, output).await
        }
    }
}

async fn connect(
    arguments: &ClientArguments,
    environment: &Environment,
) -> Outcome<(Client, String)> {
    let client = Client::of(arguments, environment)?;
    let named = client.environment.clone();
    let found = client.one(crate::arguments::client::Kind::Environment, named.as_deref()).await?;
    let name = name_of(&found).to_owned();
    Ok((client, name))
}

async fn list(
    integration: Option<String>,
    format: Format,
    arguments: &ClientArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let (client, name) = connect(arguments, environment).await?;
    let variables =
        json!({"project": client.project, "integration": integration, "environment": name});
    let data = client.request(SET, variables).await?;
    match format {
        Format::Json => output.json(&data)?,
        Format::Yaml => output.yaml(&data)?,
        Format::Table => {
            let now = crate::environment::now();
            let mut table = Table::new(&["KEY", "VALUE", "INTEGRATION", "SET"]);
            let row = |table: &mut Table, key: String, value: String, entry: &Value| {
                let set = crate::output::time::ago(entry["changedAt"].as_str(), now);
                table.row(vec![
                    key.into(),
                    value.into(),
                    plain(&entry["integration"]).into(),
                    set.into(),
                ]);
            };
            for entry in data["configuration"].as_array().into_iter().flatten() {
                row(&mut table, plain(&entry["key"]), plain(&entry["value"]), entry);
            }
            for entry in data["secrets"].as_array().into_iter().flatten() {
                row(
                    &mut table,
                    format!("{}.{}", plain(&entry["secret"]), plain(&entry["key"])),
                    "(sealed)".to_owned(),
                    entry,
                );
            }
            if table.is_empty() {
                output.remark(&format!("no configuration in {name}; set some: midplane config set KEY=VALUE --env {name}"));
            } else {
                output.write(&table.render(output, ""))?;
            }
        }
    }
    Ok(Exit::Done)
}

async fn set(
    entries: &[String],
    secret: bool,
    integration: Option<String>,
    arguments: &ClientArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let (client, name) = connect(arguments, environment).await?;
    let mut plain_entries = Vec::new();
    for entry in entries {
        let (key, value) = match entry.split_once('=') {
            Some((key, value)) => (key.to_owned(), value.to_owned()),
            None => (entry.clone(), ask(entry, secret)?),
        };
        if secret {
            let (secret, key) = secret_key(&key)?;
            let query = "mutation($environment: String!, $name: String!, $key: String!, $value: String!) { setSecret(environment: $environment, \
                         name: $name, key: $key, value: $value) }";
            client
                .request(
                    query,
                    json!({"environment": name, "name": secret, "key": key, "value": value}),
                )
                .await?;
            output.line(&format!("{secret}.{key} sealed for {name}"))?;
        } else {
            plain_entries.push(json!({"key": key, "value": value}));
        }
    }
    if !plain_entries.is_empty() {
        let query = "mutation($environment: String!, $project: String, $integration: String, $entries: [ConfigurationInput!]!) { \
                     setConfiguration(environment: $environment, project: $project, integration: $integration, entries: $entries) }";
        let variables = json!({"environment": name, "project": client.project, "integration": integration, "entries": plain_entries});
        client.request(query, variables).await?;
        let whom = match (&integration, &client.project) {
            (Some(integration), _) => format!(" for {integration}"),
            (None, Some(project)) => format!(" for project {project}"),
            (None, None) => String::new(),
        };
        for entry in &plain_entries {
            let key = plain(&entry["key"]);
            output
                .line(&format!("{key} set in {name}{whom}; what it reaches is deployed again"))?;
        }
    }
    Ok(Exit::Done)
}

async fn unset(
    keys: &[String],
    secret: bool,
    integration: Option<String>,
    arguments: &ClientArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let (client, name) = connect(arguments, environment).await?;
    if secret {
        for key in keys {
            let (secret, key) = secret_key(key)?;
            let query = "mutation($environment: String!, $name: String!, $key: String!) { unsetSecret(environment: $environment, name: $name, \
                         key: $key) }";
            client.request(query, json!({"environment": name, "name": secret, "key": key})).await?;
        }
    } else {
        let query = "mutation($environment: String!, $project: String, $integration: String, $keys: [String!]!) { \
                     unsetConfiguration(environment: $environment, project: $project, integration: $integration, keys: $keys) }";
        let variables = json!({"environment": name, "project": client.project, "integration": integration, "keys": keys});
        client.request(query, variables).await?;
    }
    output.line(&format!("{} removed from {name}", keys.join(", ")))?;
    Ok(Exit::Done)
}

fn secret_key(key: &str) -> Outcome<(&str, &str)> {
    key.split_once('.').filter(|(secret, key)| !secret.is_empty() && !key.is_empty()).ok_or_else(
        || {
            Failure::new(
                "MP-CLI-25",
                Exit::Usage,
                format!("`{key}` does not name a key of a secret"),
            )
            .next("write SECRET.KEY, as in orders-db.password")
        },
    )
}

/// Reads a value: without echo from a terminal, else the whole of standard input.
fn ask(key: &str, hidden: bool) -> Outcome<String> {
    use std::io::{Read as _, Write as _};
    let wrong = |err: std::io::Error| Failure::internal("read the value", &err);
    let stdin = std::io::stdin();
    if !crate::environment::stdin_is_terminal() {
        let mut text = String::new();
        if stdin.lock().read_to_string(&mut text).map_err(wrong)? == 0 {
            return Err(Failure::new(
                "MP-CLI-45",
                Exit::Usage,
                format!("`{key}` has no value, and standard input has none either"),
            )
            .next(format!("write {key}=VALUE ({key}= for the empty text), or pipe one value in")));
        }
        return Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned());
    }
    let _ = write!(std::io::stderr().lock(), "{key}: ");
    let mut text = String::new();
    if hidden {
        let before = rustix::termios::tcgetattr(&stdin).map_err(|err| wrong(err.into()))?;
        let mut silent = before.clone();
        silent.local_modes.remove(rustix::termios::LocalModes::ECHO);
        rustix::termios::tcsetattr(&stdin, rustix::termios::OptionalActions::Now, &silent)
            .map_err(|err| wrong(err.into()))?;
        let read = stdin.read_line(&mut text);
        let _ = rustix::termios::tcsetattr(&stdin, rustix::termios::OptionalActions::Now, &before);
        let _ = writeln!(std::io::stderr().lock());
        read.map_err(wrong)?;
    } else {
        stdin.read_line(&mut text).map_err(wrong)?;
    }
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}
