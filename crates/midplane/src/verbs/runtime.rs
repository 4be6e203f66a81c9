//! `runtime add|ping|revoke`.

use serde_json::json;

use super::get::plain;
use crate::arguments::client::{Kind, Purpose, RuntimeVerb};
use crate::client::Client;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Format, Output};

pub async fn run(verb: RuntimeVerb, environment: &Environment, output: &Output) -> Outcome<Exit> {
    match verb {
        RuntimeVerb::Add { name, purpose, output: format, client } => {
            let client = Client::of(&client, environment)?;
            let added = add(&client, &name, &purpose).await?;
            match format {
                Format::Json => output.json(&added)?,
                Format::Yaml => output.yaml(&added)?,
                Format::Table => {
                    output.line(&format!(
                        "runtime {name} is awaited. On its machine, within 15 minutes, once:\n"
                    ))?;
                    output.line(&format!("  {}\n", plain(&added["command"])))?;
                    output.line("It will be allowed to:")?;
                    for permission in added["permissions"].as_array().into_iter().flatten() {
                        output.line(&format!("  - {}", plain(permission)))?;
                    }
                }
            }
        }
        RuntimeVerb::Ping { name, output: format, client } => {
            let client = Client::of(&client, environment)?;
            client.one(Kind::Runtime, Some(&name)).await?;
            let query = "mutation($name: String!) { pingRuntime(name: $name) { acknowledgedMs completedMs } }";
            let mut data = client.request(query, json!({"name": name})).await?;
            let ping = data["pingRuntime"].take();
            match format {
                Format::Json => output.json(&ping)?,
                Format::Yaml => output.yaml(&ping)?,
                Format::Table => {
                    let ms = |key: &str| ping[key].as_f64().unwrap_or_default();
                    output.line(&format!(
                        "runtime {name} acknowledged after {:.1} ms, done after {:.1} ms",
                        ms("acknowledgedMs"),
                        ms("completedMs")
                    ))?;
                }
            }
        }
        RuntimeVerb::Revoke { name, yes, client } => {
            let client = Client::of(&client, environment)?;
            client.one(Kind::Runtime, Some(&name)).await?;
            let question = format!(
                "runtime {name} is shut out for good; its workloads run on until somebody stops them there. Revoke?"
            );
            confirm(&question, yes)?;
            client
                .request(
                    "mutation($name: String!) { revokeRuntime(name: $name) { id state } }",
                    json!({"name": name}),
                )
                .await?;
            output.line(&format!("runtime {name} revoked"))?;
        }
    }
    Ok(Exit::Done)
}

/// Registers a runtime: `{token, command, permissions}`.
pub async fn add(client: &Client, name: &str, purposes: &[Purpose]) -> Outcome<serde_json::Value> {
    let purposes: Vec<&str> = purposes.iter().map(|it| word(*it)).collect();
    let purpose = if purposes.is_empty() { "run".to_owned() } else { purposes.join(",") };
    let query = "mutation($name: String!, $purpose: String!) { addRuntime(name: $name, purpose: $purpose) { runtime { id name } token \
                 command permissions } }";
    let mut data = client.request(query, json!({"name": name, "purpose": purpose})).await?;
    Ok(data["addRuntime"].take())
}

fn word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Run => "run",
        Purpose::Build => "build",
        Purpose::Shared => "shared",
    }
}

/// Asks on the terminal; without one, only `--yes` goes on.
pub fn confirm(question: &str, yes: bool) -> Outcome {
    use std::io::Write as _;
    if yes {
        return Ok(());
    }
    if !crate::environment::stdin_is_terminal() {
        return Err(Failure::new(
            "MP-CLI-26",
            Exit::Usage,
            "this needs a yes, and there is no terminal to ask on",
        )
        .next("add --yes"));
    }
    let _ = write!(std::io::stderr().lock(), "{question} [y/N] ");
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .map_err(|err| Failure::internal("read the answer", &err))?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(Failure::new("MP-CLI-27", Exit::Interrupted, "nothing was changed"))
    }
}
