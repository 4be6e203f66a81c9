//! `message save ID FILE`: the body as it was recorded, byte for byte, for `samples/` and for `send --body @FILE`.
//!
//! What cannot be given back (masked, cut, not kept) is not saved as if it were the message.

use std::io::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::client::Client;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::verbs::get::plain;
use crate::verbs::{replay, send};

pub(super) async fn run(client: &Client, id: &str, file: &Path, output: &Output) -> Outcome<Exit> {
    let plan = replay::plan(client, id).await?;
    if plan["masked"] == true {
        let text =
            "part of it was masked before it was recorded, so a sample of it would hold masks";
        return Err(Failure::new("MP-RPL-08", Exit::Conflict, text)
            .next("midplane replay fills them in on the runner"));
    }
    if !plan["refusal"].is_null() {
        let code = plan["refusalCode"].as_str().unwrap_or("MP-RPL-07").to_owned();
        return Err(Failure::new(&code, Exit::Conflict, plain(&plan["refusal"]))
            .next("midplane message ID --payload shows what was kept"));
    }
    let body = send::of_plan(&plan).body.unwrap_or_default();
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .map_err(|err| Failure::file("make the folder", folder, &err))?;
    }
    // A sample that somebody keeps is not written over.
    std::fs::File::create_new(file)
        .and_then(|mut out| out.write_all(&body))
        .map_err(|err| Failure::file("write the message to", file, &err))?;
    output.line(&format!("{}: {} bytes{}", file.display(), body.len(), headers(&plan)))?;
    Ok(Exit::Done)
}

/// What else it came with, which the file does not hold.
fn headers(plan: &Value) -> String {
    let all = plan["headers"].as_array().into_iter().flatten();
    let names: Vec<String> =
        all.map(|one| plain(&one["name"])).filter(|name| !name.starts_with("Camel")).collect();
    if names.is_empty() { String::new() } else { format!("; headers: {}", names.join(", ")) }
}
