//! `doctor`: looks at everything that a running Midplane needs, and says what to do about each fault.
//!
//! ```text
//! machine (ports, java, git, postgresql, disk, clock, privileges)   always
//! running (control plane, certificate, link, sources, workloads)    when a control plane answers
//! ```
//! A check never changes anything and has a deadline; each gives one line: what was found, and for a fault or a warning what to do.
//! Exit 1 when there is a fault; warnings alone are fine.

mod finding;
mod machine;
mod running;

use std::fmt::Write as _;

use clap::ArgMatches;
use serde_json::json;

use crate::arguments::operate::DoctorArguments;
use crate::doctor::finding::{Finding, Grade};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::output::{Format, Output, Tone};

pub async fn run(
    arguments: DoctorArguments,
    matches: &ArgMatches,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let plan = crate::up::plan::resolve(&arguments.settings, matches, environment)?;
    let mut findings = machine::all(&plan, environment);
    findings.extend(running::all(&plan, &arguments.client, environment).await);
    let fault = findings.iter().any(|finding| finding.grade == Grade::Fault);
    let machine = || {
        json!(
            findings
                .iter()
                .map(|it| json!({"check": it.check, "grade": it.grade.as_str(), "found": it.found, "next": it.next}))
                .collect::<Vec<_>>()
        )
    };
    match arguments.output {
        Format::Json => output.json(&machine())?,
        Format::Yaml => output.yaml(&machine())?,
        Format::Table => {
            for finding in &findings {
                output.write(&render(finding, output))?;
            }
            let faults = findings.iter().filter(|finding| finding.grade == Grade::Fault).count();
            let warnings =
                findings.iter().filter(|finding| finding.grade == Grade::Warning).count();
            output.line(&match (faults, warnings) {
                (0, 0) => "\nall is well".to_owned(),
                (faults, warnings) => format!("\nfaults: {faults}, warnings: {warnings}"),
            })?;
        }
    }
    Ok(if fault { Exit::Fault } else { Exit::Done })
}

fn render(finding: &Finding, output: &Output) -> String {
    let (word, tone) = match finding.grade {
        Grade::Fine => ("ok", Tone::Good),
        Grade::Warning => ("warning", Tone::Waiting),
        Grade::Fault => ("fault", Tone::Bad),
        Grade::Skipped => ("-", Tone::Quiet),
    };
    let mut text = format!(
        "{}  {:<14} {}\n",
        output.paint(&format!("{word:<7}"), tone),
        finding.check,
        finding.found
    );
    if let Some(next) = &finding.next {
        let _ = writeln!(text, "{:24} next: {next}", "");
    }
    text
}
