//! `context list|use|add|remove`: which control planes are known here.

use std::path::Path;

use serde_json::{Value, json};

use crate::arguments::context::ContextVerb;
use crate::client::Client;
use crate::context::{self, Context, Contexts};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::table::Table;
use crate::output::{Format, Output};

pub async fn run(verb: ContextVerb, environment: &Environment, output: &Output) -> Outcome<Exit> {
    let path = context::file(&environment.config_home());
    let mut contexts = Contexts::load(&path)?;
    match verb {
        ContextVerb::List { output: format } => list(&contexts, format, output)?,
        ContextVerb::Use { name } => {
            contexts.known(&name)?;
            contexts.current = Some(name.clone());
            contexts.store(&path)?;
            output.line(&format!("{name} is the current context"))?;
        }
        ContextVerb::Add { name, server, token_file, project, environment: wanted } => {
            let (token, token_file) = match token_file {
                Some(file) if file == Path::new("-") => {
                    (Some(crate::files::secret_of(&file)?), None)
                }
                Some(file) => (None, Some(environment.folder.join(file))),
                None => (None, None),
            };
            let new =
                Context { server, token, token_file, project, environment: wanted, data: None };
            let who = who(&new).await?;
            contexts.named.insert(name.clone(), new);
            contexts.current = Some(name.clone());
            contexts.store(&path)?;
            output.line(&format!("{name} added: signed in as {who}; it is the current context"))?;
        }
        ContextVerb::Remove { name } => {
            contexts.known(&name)?;
            contexts.remove(&name);
            contexts.store(&path)?;
            let now = contexts.current.as_deref().unwrap_or("none");
            output.line(&format!("{name} forgotten; the current context is {now}"))?;
        }
    }
    Ok(Exit::Done)
}

/// Asks the control plane whom it takes the token for.
async fn who(context: &Context) -> Outcome<String> {
    let token = match crate::environment::variable("MIDPLANE_TOKEN") {
        Some(token) => Some(token),
        None => context.token()?,
    };
    if token.is_none() {
        return Err(Failure::new("MP-CLI-08", Exit::Usage, "there is no token for this context")
            .next("add --token-file FILE, or set MIDPLANE_TOKEN and keep it set"));
    }
    let client = Client::new(&context.server, token)?;
    let data = client.request("query { viewer { label } }", json!({})).await?;
    Ok(data["viewer"]["label"].as_str().unwrap_or("somebody").to_owned())
}

fn list(contexts: &Contexts, format: Format, output: &Output) -> Outcome {
    // Never the token itself, whatever the format.
    let entry = |(name, context): (&String, &Context)| {
        json!({
            "name": name,
            "current": contexts.current.as_ref() == Some(name),
            "server": context.server,
            "project": context.project,
            "environment": context.environment,
            "data": context.data,
        })
    };
    let all: Vec<Value> = contexts.named.iter().map(entry).collect();
    match format {
        Format::Json => output.json(&Value::Array(all)),
        Format::Yaml => output.yaml(&Value::Array(all)),
        Format::Table if all.is_empty() => {
            output.remark("no control plane is known here; start one: midplane up");
            Ok(())
        }
        Format::Table => {
            let mut table = Table::new(&["NAME", "CURRENT", "SERVER", "PROJECT", "ENV"]);
            for (name, context) in &contexts.named {
                let current = if contexts.current.as_ref() == Some(name) { "yes" } else { "" };
                table.row(vec![
                    name.clone().into(),
                    current.into(),
                    context.server.clone().into(),
                    context.project.clone().unwrap_or_default().into(),
                    context.environment.clone().unwrap_or_default().into(),
                ]);
            }
            output.write(&table.render(output, ""))
        }
    }
}
