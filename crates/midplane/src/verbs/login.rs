//! `login`: a one-time link that signs a browser in as whoever the context's token is.
//!
//! The link is good once and for ten minutes. It is printed, and opened by nothing: a terminal may be on another machine.

use serde_json::json;

use crate::arguments::client::LoginArguments;
use crate::client::Client;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::output::{Format, Output};

pub async fn run(
    arguments: LoginArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let client = Client::of(&arguments.client, environment)?;
    let query = "mutation { createLoginLink { url expiresAt } }";
    let mut data = client.request(query, json!({})).await?;
    let link = data["createLoginLink"].take();
    match arguments.output {
        Format::Json => output.json(&link)?,
        Format::Yaml => output.yaml(&link)?,
        Format::Table => {
            output.line(link["url"].as_str().unwrap_or_default())?;
            output.remark("open it in a browser: it signs in once, within 10 minutes");
        }
    }
    Ok(Exit::Done)
}
