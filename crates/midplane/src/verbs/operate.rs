//! `rollback`, `resume`, `restart`, `stop`, `start`: one mutation each, then the wait for what becomes of it.
//!
//! The wait reads the workload's state until it is what was asked for, or Failed. It asks for nothing again: leaving it with Ctrl-C
//! changes nothing about the deployment.

use std::time::Duration;

use serde_json::{Value, json};

use super::get::plain;
use crate::arguments::client::{RollbackArguments, WorkloadArguments};
use crate::client::Client;
use crate::client::select::name_of;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::output::table::human;
use crate::output::time::elapsed;

/// A JVM's start-up limit is 60 s; resolving dependencies may take as long again.
const PATIENCE: Duration = Duration::from_mins(3);
const LOOK_AGAIN: Duration = Duration::from_millis(150);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Resume,
    Restart,
    Stop,
    Start,
}

impl Action {
    fn field(self) -> &'static str {
        match self {
            Self::Resume => "resume",
            Self::Restart => "restart",
            Self::Stop => "stop",
            Self::Start => "start",
        }
    }

    fn doing(self) -> &'static str {
        match self {
            Self::Resume => "resuming",
            Self::Restart => "restarting",
            Self::Stop => "stopping",
            Self::Start => "starting",
        }
    }
}

pub async fn run(
    action: Action,
    arguments: WorkloadArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let client = Client::of(&arguments.client, environment)?;
    let before = client.workload(&arguments.name).await?;
    act(&client, action, &before).await?;
    if arguments.no_wait {
        output.line(&format!("{} {}", action.doing(), arguments.name))?;
        return Ok(Exit::Done);
    }
    wait(&client, &arguments.name, &before, action, output).await
}

/// Sends the mutation for one workload.
pub async fn act(client: &Client, action: Action, workload: &Value) -> Outcome<Value> {
    let query = format!(
        "mutation($integration: String!, $project: String, $environment: String) {{ {}(integration: $integration, project: $project, \
         environment: $environment) {{ id }} }}",
        action.field()
    );
    client.request(&query, place(workload)).await
}

fn place(workload: &Value) -> Value {
    json!({
        "integration": workload["integration"], "project": workload["project"], "environment": name_of(&workload["environment"]),
    })
}

pub async fn rollback(
    arguments: RollbackArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let client = Client::of(&arguments.client, environment)?;
    let before = client.workload(&arguments.name).await?;
    let query = "mutation($integration: String!, $project: String, $environment: String, $to: String) { rollback(integration: $integration, \
                 project: $project, environment: $environment, to: $to) { id release { short subject } } }";
    let mut variables = place(&before);
    variables["to"] = json!(arguments.to);
    let data = client.request(query, variables).await?;
    let release = &data["rollback"]["release"];
    output.line(&format!(
        "{} {} -> {} ({}), held: later commits become releases but do not deploy until `midplane resume {}`",
        arguments.name,
        plain(&before["release"]["short"]),
        plain(&release["short"]),
        plain(&release["subject"]),
        arguments.name
    ))?;
    if arguments.no_wait {
        return Ok(Exit::Done);
    }
    wait(&client, &arguments.name, &before, Action::Resume, output).await
}

async fn wait(
    client: &Client,
    name: &str,
    before: &Value,
    action: Action,
    output: &Output,
) -> Outcome<Exit> {
    let started = std::time::Instant::now();
    loop {
        let workload = client.workload(name).await?;
        let state = human(&plain(&workload["state"]));
        let newer = workload["deployment"]["id"] != before["deployment"]["id"];
        let another_process =
            workload["pid"] != before["pid"] || workload["startedAt"] != before["startedAt"];
        let settled = match action {
            Action::Stop => state == "Stopped" && workload["pid"].is_null(),
            Action::Restart => another_process && matches!(state.as_str(), "Running" | "Held"),
            Action::Start => {
                matches!(state.as_str(), "Running" | "Held") && !workload["pid"].is_null()
            }
            Action::Resume => {
                (newer || started.elapsed() > Duration::from_secs(2))
                    && matches!(state.as_str(), "Running" | "Held")
            }
        };
        if settled {
            let url = plain(&workload["url"]);
            let url = if url.is_empty() || action == Action::Stop {
                String::new()
            } else {
                format!(" {url}")
            };
            let release = plain(&workload["release"]["short"]);
            output.line(&format!(
                "{name} {release} {} in {}{url}",
                state.to_lowercase(),
                elapsed(started.elapsed())
            ))?;
            return Ok(Exit::Done);
        }
        let again = workload["deployment"]["endedAt"] != before["deployment"]["endedAt"];
        let failed = state == "Failed"
            && (newer || again || another_process || before["state"] != workload["state"]);
        if failed {
            let next = plain(&workload["nextAction"]);
            let failure = Failure::new(
                "MP-CLI-30",
                Exit::Fault,
                format!("{name} failed: {}", plain(&workload["reason"])),
            );
            return Err(if next.is_empty() {
                failure.next(format!("midplane logs {name}"))
            } else {
                failure.next(next)
            });
        }
        if started.elapsed() > PATIENCE {
            return Err(Failure::new(
                "MP-CLI-31",
                Exit::Fault,
                format!("{name} is {} after {}", state.to_lowercase(), elapsed(PATIENCE)),
            )
            .next(format!("it goes on by itself: midplane describe integration {name}")));
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
