//! `redact test FILE`: what would be kept of a body, and which rule hid what. Nothing is sent anywhere.
//!
//! The rules are the built-in ones, those of the flags, and with `--integration` those that its layers of capture add.

use serde_json::{Value, json};
use telemetry::redact::{Additions, Redacted, Redactor};

use super::get::plain;
use crate::arguments::message::{RedactArguments, RedactVerb};
use crate::client::Client;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Format, Output};

/// A tracer keeps no more of a body.
const LARGEST: u64 = 16 * 1024 * 1024;

pub async fn run(verb: RedactVerb, environment: &Environment, output: &Output) -> Outcome<Exit> {
    let RedactVerb::Test(arguments) = verb;
    let body = read(&arguments)?;
    let mut additions = Additions {
        headers: Vec::new(),
        json_paths: arguments.json.clone(),
        xml_paths: arguments.xml.clone(),
        patterns: named(&arguments.pattern),
    };
    if let Some(name) = &arguments.integration {
        let client = Client::of(&arguments.client, environment)?;
        add(&mut additions, &client, name).await?;
    }
    let redactor = Redactor::new(&additions, None).map_err(|err| {
        Failure::new(err.code(), Exit::Usage, err.to_string())
            .next("correct the rule and try again")
    })?;
    let content_type = arguments.content_type.as_deref();
    let findings = redactor.find(&body, content_type);
    let kept = match redactor.body(&body, content_type) {
        Redacted::Clean => Some(body.clone()),
        Redacted::Masked(bytes) => Some(bytes),
        Redacted::Unreadable => None,
    };
    match arguments.output {
        Format::Table => show(kept.as_deref(), output)?,
        Format::Json => output.json(&value(kept.as_deref(), &body, findings.as_deref()))?,
        Format::Yaml => output.yaml(&value(kept.as_deref(), &body, findings.as_deref()))?,
    }
    if arguments.output == Format::Table {
        for finding in findings.iter().flatten() {
            let (line, column) = place(&body, finding.range.start);
            output.remark(&format!("{line}:{column}: hidden by `{}`", finding.rule));
        }
        if findings.as_ref().is_some_and(Vec::is_empty) {
            output.remark("nothing is hidden");
        }
    }
    Ok(if kept.is_some() { Exit::Done } else { Exit::Fault })
}

fn read(arguments: &RedactArguments) -> Outcome<Vec<u8>> {
    let path = &arguments.file;
    let size = std::fs::metadata(path).map_err(|err| Failure::file("read", path, &err))?.len();
    if size > LARGEST {
        let message = format!(
            "`{}` has {size} bytes; no more than {LARGEST} are kept of a body",
            path.display()
        );
        return Err(Failure::new("MP-CLI-61", Exit::Usage, message).next("try a part of it"));
    }
    std::fs::read(path).map_err(|err| Failure::file("read", path, &err))
}

fn named(patterns: &[String]) -> Vec<(String, String)> {
    let named = patterns.iter().enumerate();
    named.map(|(at, pattern)| (format!("custom-{}", at + 1), pattern.clone())).collect()
}

/// What the layers of the integration add. Rules add up, so their order does not matter.
async fn add(additions: &mut Additions, client: &Client, name: &str) -> Outcome {
    let data = client.request("{ captures { integration settings } }", json!({})).await?;
    for layer in data["captures"].as_array().into_iter().flatten() {
        if !layer["integration"].is_null() && layer["integration"] != name {
            continue;
        }
        let settings: Value = layer["settings"]
            .as_str()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let rules = |key: &str| -> Vec<String> {
            settings["redact"][key].as_array().into_iter().flatten().map(plain).collect()
        };
        additions.headers.extend(rules("headers"));
        additions.json_paths.extend(rules("json"));
        additions.xml_paths.extend(rules("xml"));
        additions.patterns.extend(named(&rules("patterns")));
    }
    Ok(())
}

fn show(kept: Option<&[u8]>, output: &Output) -> Outcome {
    if let Some(bytes) = kept {
        let text = String::from_utf8_lossy(bytes);
        output.line(text.trim_end_matches('\n'))
    } else {
        let why = "a rule asks for a path, and the content cannot be read";
        output.remark(&format!("nothing would be kept: {why}"));
        Ok(())
    }
}

fn value(
    kept: Option<&[u8]>,
    body: &[u8],
    findings: Option<&[telemetry::redact::Finding]>,
) -> Value {
    let found: Vec<Value> = findings
        .into_iter()
        .flatten()
        .map(|finding| {
            let (line, column) = place(body, finding.range.start);
            json!({"rule": finding.rule, "line": line, "column": column})
        })
        .collect();
    json!({"kept": kept.map(String::from_utf8_lossy), "hidden": found})
}

/// Line and column of a byte, from one.
fn place(body: &[u8], at: usize) -> (usize, usize) {
    let before = &body[..at.min(body.len())];
    let line = before.split(|byte| *byte == b'\n').count();
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_place_is_a_line_and_a_column() {
        assert_eq!(place(b"ab\ncd", 0), (1, 1));
        assert_eq!(place(b"ab\ncd", 4), (2, 2));
    }
}
