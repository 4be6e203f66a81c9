//! Checks of what runs, through the public API. Without a control plane there is one line that says so.

use serde_json::Value;

use super::finding::{Finding, Grade};
use crate::arguments::ClientArguments;
use crate::arguments::client::Kind;
use crate::client::Client;
use crate::environment::Environment;
use crate::output::table::human;
use crate::output::time::ago;
use crate::up::plan::Plan;

/// A leaf lives 24 h and is renewed at half of that; less than this left means that renewing does not work.
const CERTIFICATE_S: i64 = 6 * 3_600;

pub async fn all(
    plan: &Plan,
    arguments: &ClientArguments,
    environment: &Environment,
) -> Vec<Finding> {
    let mut findings = vec![up(plan)];
    let client = match Client::of(arguments, environment) {
        Ok(client) => client,
        Err(failure) => {
            findings.push(Finding::skipped("control plane", failure.message));
            return findings;
        }
    };
    if !client.is_ready().await {
        findings.push(if plan.data().running().is_some() {
            Finding::fault(
                "control plane",
                format!("{} does not answer, although `midplane up` runs", client.server),
                format!("look at {}", plan.data().log("server").display()),
            )
        } else {
            Finding::warning(
                "control plane",
                format!("{} does not answer", client.server),
                "start it: midplane up",
            )
        });
        return findings;
    }
    findings.push(Finding::fine("control plane", format!("{} is ready", client.server)));
    findings.extend(each(&client, Kind::Runtime, "link", runtime).await);
    findings.extend(each(&client, Kind::Source, "source", source).await);
    match client.workloads().await {
        Ok(workloads) => findings.extend(workloads.iter().map(workload)),
        Err(failure) => findings.push(Finding::of("workload", &failure)),
    }
    findings
}

fn up(plan: &Plan) -> Finding {
    let data = plan.data();
    match (data.running(), data.last()) {
        (Some(running), _) => {
            let dead: Vec<&str> = running
                .children
                .iter()
                .filter(|(_, it)| !it.is_alive())
                .map(|(name, _)| name.as_str())
                .collect();
            if dead.is_empty() {
                Finding::fine("up", format!("PID {} on {}", running.up.pid, data.root().display()))
            } else {
                Finding::warning(
                    "up",
                    format!("{} just ended and is being started again", dead.join(", ")),
                    format!("look into {}", data.root().join("log").display()),
                )
            }
        }
        (None, Some(last)) if last.children.values().any(crate::process::Identity::is_alive) => {
            Finding::warning(
                "up",
                "it ended without stopping its parts",
                "midplane up takes them up again; midplane down ends them",
            )
        }
        (None, _) => Finding::skipped("up", format!("does not run on {}", data.root().display())),
    }
}

async fn each(
    client: &Client,
    kind: Kind,
    check: &'static str,
    look: fn(&Value) -> Vec<Finding>,
) -> Vec<Finding> {
    match client.list(kind).await {
        Ok(items) => items.iter().flat_map(look).collect(),
        Err(failure) => vec![Finding::of(check, &failure)],
    }
}

fn text<'a>(item: &'a Value, key: &str) -> &'a str {
    item[key].as_str().unwrap_or_default()
}

fn runtime(item: &Value) -> Vec<Finding> {
    let name = text(item, "name");
    let state = human(text(item, "state"));
    let now = crate::environment::now();
    let seen = ago(item["lastSeenAt"].as_str(), now);
    let mut findings = vec![match state.as_str() {
        "Connected" => Finding::fine("link", format!("runtime {name} is connected, seen {seen}")),
        "Awaited" => Finding::warning(
            "link",
            format!("runtime {name} never called"),
            "run its join command there, or make a new token: midplane runtime add",
        ),
        "Revoked" => Finding::fine("link", format!("runtime {name} is revoked")),
        "Locked" => Finding::fault(
            "link",
            format!("runtime {name} is locked: two machines used its identity"),
            "find the copy, then revoke it and add the runtime anew",
        ),
        other => Finding::fault(
            "link",
            format!("runtime {name} is {}, seen {seen}", other.to_lowercase()),
            "is its machine up, and can it reach the link's address? see its log",
        ),
    }];
    if let Some(left) =
        item["certificateNotAfter"].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok())
    {
        let left_s = left.as_second() - now.as_second();
        let hours = left_s / 3_600;
        findings.push(if left_s < 0 {
            Finding::fault(
                "certificate",
                format!("of runtime {name} has expired"),
                "it renews by itself when the runner reaches the link; check its clock",
            )
        } else if left_s < CERTIFICATE_S {
            Finding::warning(
                "certificate",
                format!("of runtime {name} ends in {hours} h, so renewing does not work"),
                "look at the runner's log; check its clock",
            )
        } else {
            Finding::fine("certificate", format!("of runtime {name} is good for {hours} h"))
        });
    }
    let limits = item["conditions"].as_array().into_iter().flatten();
    if let Some(limits) = limits.into_iter().find(|it| it["component"] == "memory_limits") {
        let found = format!("of workloads on {name}: {}", text(limits, "reason"));
        findings.push(Finding::fine("memory", found));
    }
    for condition in
        item["conditions"].as_array().into_iter().flatten().filter(|it| it["ok"] == false)
    {
        let (component, reason) = (text(condition, "component"), text(condition, "reason"));
        // Most reasons end with what to do.
        let next = (!reason.contains("; ")).then(|| format!("see log/runner.log of {name}"));
        findings.push(Finding {
            check: "runtime",
            grade: Grade::Warning,
            found: format!("{name}: {component}: {reason}"),
            next,
        });
    }
    findings
}

fn source(item: &Value) -> Vec<Finding> {
    let name = text(item, "name");
    let reason = text(item, "reason");
    vec![if reason.is_empty() {
        let commit = text(item, "commit");
        Finding::fine(
            "source",
            format!("{name} at {} of {}", commit.get(..7).unwrap_or(commit), text(item, "url")),
        )
    } else {
        Finding::fault(
            "source",
            format!("{name}: {reason}"),
            format!("correct it, then: midplane sync {name}"),
        )
    }]
}

fn workload(item: &Value) -> Finding {
    let name = text(item, "integration");
    let state = human(text(item, "state"));
    let reason = text(item, "reason");
    match state.as_str() {
        "Running" => Finding::fine("workload", format!("{name} runs")),
        "Failed" | "Runtime lost" => {
            let next = text(item, "nextAction");
            let next =
                if next.is_empty() { format!("midplane logs {name}") } else { next.to_owned() };
            Finding::fault("workload", format!("{name}: {}: {reason}", state.to_lowercase()), next)
        }
        other => Finding::fine("workload", format!("{name} is {}", other.to_lowercase())),
    }
}
