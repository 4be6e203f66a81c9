//! `operator lint FILE...`: exit 1 when there is an error; warnings alone are fine.

use operator::offline::finding::{Finding, Severity};
use operator::offline::lint;
use serde_json::{Value, json};

use crate::arguments::operator::LintArguments;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::output::{Format, Output, Tone};

pub fn run(arguments: &LintArguments, output: &Output) -> Outcome<Exit> {
    let set = super::read(&arguments.files)?;
    let findings = lint::lint(&set);
    let errors = findings.iter().filter(|one| one.severity == Severity::Error).count();
    match arguments.output {
        Format::Json => output.json(&machine(&findings))?,
        Format::Yaml => output.yaml(&machine(&findings))?,
        Format::Table => {
            for one in &findings {
                let tone = match one.severity {
                    Severity::Error => Tone::Bad,
                    Severity::Warning => Tone::Waiting,
                };
                let word = output.paint(one.severity.as_str(), tone);
                output.line(&format!("{word} {one} [{}]", one.code))?;
            }
            let ours = set.of_kind("Plug").count() + set.of_kind("Socket").count();
            let what = match ours {
                0 => "no plug or socket found".to_owned(),
                1 => "1 plug or socket".to_owned(),
                count => format!("{count} plugs and sockets"),
            };
            let ends = match (errors, findings.len()) {
                (0, 0) => output.paint("ok", Tone::Good),
                (0, _) => format!("{}, with warnings", output.paint("ok", Tone::Good)),
                (1, _) => "1 error".to_owned(),
                (count, _) => format!("{count} errors"),
            };
            output.line(&format!("{what}: {ends}"))?;
        }
    }
    Ok(if errors > 0 { Exit::Fault } else { Exit::Done })
}

fn machine(findings: &[Finding]) -> Value {
    let one = |one: &Finding| {
        json!({
            "severity": one.severity.as_str(), "code": one.code, "file": one.file, "line": one.line, "column": one.column,
            "object": one.object.as_ref().map(ToString::to_string), "field": one.field, "message": one.message, "next": one.next,
        })
    };
    json!({"findings": findings.iter().map(one).collect::<Vec<_>>()})
}
