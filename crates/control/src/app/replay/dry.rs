//! Dry runs: what a message would do, tried in a sandbox of the release that runs now.
//!
//! A command as any other; it makes no message, so there is no row of a replay, and the audit has who asked. Replies of stubs
//! come from the caller (`Reply`). Of the original, the sends that failed are known: a stub that stands for one of them stops
//! the run instead of pretending.

use std::collections::HashMap;

use domain::id::{CommandId, WorkloadId};
use domain::permission::Permission;
use jiff::SignedDuration;
use link::channel::Lane;
use serde::Deserialize;
use serde_json::{Value, json};
use store::Tx;
use store::command::{NewCommand, State};

use super::plan::{self, address};
use super::{Body, Choice, Content, Target, check, order, to_base64};
use crate::app::deployment::operate::{self, Wanted};
use crate::app::message::Step;
use crate::app::{Error, Kind, command};
use crate::ctx::Ctx;

/// The runner gives a start 60 s and a run 30 s; a request waits no longer than clients do.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(55);
const WITHIN: SignedDuration = SignedDuration::from_mins(2);
/// As many as a person names, and some.
const MOST_REPLIES: usize = 100;

/// What a stub is to answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The step of the original that it stands for; else `uri` names every call of an address.
    pub step: Option<u32>,
    pub uri: Option<String>,
    pub content: Content,
}

/// What a dry run found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Report {
    pub outcome: String,
    pub duration_us: u64,
    pub error_class: Option<String>,
    pub error: Option<String>,
    pub reply: Option<String>,
    pub stopped_at: Option<String>,
    pub stopped_because: Option<String>,
    pub stubs: Vec<Stub>,
    pub steps: Vec<Visit>,
    /// The first step at which the path is another than the original's.
    #[serde(skip)]
    pub differs_at: Option<u32>,
    #[serde(skip)]
    pub then: Option<String>,
    #[serde(skip)]
    pub now: Option<String>,
}

/// A send that was kept from leaving.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Stub {
    pub uri: String,
    /// `send`, `poll`, or the HTTP method.
    pub what: String,
    pub bytes: u64,
    /// `reply from ...`, `unchanged`; none: the run stopped there.
    pub answered: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Visit {
    pub kind: String,
    pub label: Option<String>,
    pub failed: bool,
}

/// Tries a recorded message.
pub async fn replay(
    ctx: &Ctx,
    text: &str,
    choice: Choice,
    replies: Vec<Reply>,
) -> Result<Report, Error> {
    let mut tx = ctx.begin().await?;
    let planned = plan::load(ctx, &mut tx, text).await?;
    let Choice { target, edited, repeat_effects: _ } = choice;
    let content = match edited {
        Some(content) => content,
        None => planned.content?,
    };
    let target = target.unwrap_or_else(|| Target::Route(planned.plan.row.route.clone()));
    let answers = answers(&planned.steps, replies)?;
    let what = json!({"message": planned.plan.row.id.to_string()});
    let mut report = run(ctx, tx, planned.workload, &target, &content, answers, what).await?;
    report.differs_at = differs(&planned.steps, &report.steps);
    (report.then, report.now) = (planned.plan.then, planned.plan.now);
    Ok(report)
}

/// Tries a new message.
pub async fn send(
    ctx: &Ctx,
    wanted: Wanted<'_>,
    target: Target,
    content: Content,
    replies: Vec<Reply>,
) -> Result<Report, Error> {
    let mut tx = ctx.begin().await?;
    let place = operate::place(ctx, &mut tx, Permission::OperateWorkload, &wanted).await?;
    let answers = answers(&[], replies)?;
    run(ctx, tx, place.workload.id, &target, &content, answers, json!({})).await
}

async fn run(
    ctx: &Ctx,
    mut tx: Tx,
    workload: WorkloadId,
    target: &Target,
    content: &Content,
    answers: Vec<Value>,
    mut detail: Value,
) -> Result<Report, Error> {
    check(target, content)?;
    let Some(found) = store::workload::find(&mut tx, workload).await? else {
        return Err(Error::not_found("such workload any more"));
    };
    let mut changes = ctx.bus().subscribe(store::command::TOPIC);
    let id = CommandId(ctx.new_id());
    let mut asked = order(target, content, None, true);
    asked["replies"] = answers.into();
    let new = NewCommand {
        id,
        runtime: found.runtime,
        lane: Lane::Replay.as_str(),
        kind: "dry",
        body: &json!({"format": 1, "workload": workload.to_string(), "order": asked}),
        deadline: ctx.now() + WITHIN,
    };
    store::command::insert(&mut tx, &new).await?;
    detail["integration"] = found.integration.to_string().into();
    detail["environment"] = found.environment.to_string().into();
    ctx.audit(&mut tx, "message.dry_run", "replay", &id.to_string(), detail).await?;
    ctx.commit(tx).await?;
    let ended = command::ended(ctx, &mut changes, id, PATIENCE).await?;
    let Some(ended) = ended.filter(|ended| ended.state != State::Expired) else {
        let text = "its runtime did not answer in time; nothing was changed";
        return Err(Error::unavailable("MP-LINK-07", text));
    };
    if ended.state == State::Done {
        let bytes = ended.result.unwrap_or_default();
        return serde_json::from_slice(&bytes).map_err(Error::internal);
    }
    let message = ended.message.unwrap_or_default();
    let code = ended.code.unwrap_or_default();
    let known = ["MP-RPL-01", "MP-RPL-06", "MP-RPL-10", "MP-RPL-20", "MP-RPL-21", "MP-RPL-22"];
    let code = known.into_iter().find(|one| *one == code).unwrap_or("MP-RPL-21");
    Err(Error::new(Kind::Conflict, code, message))
}

/// What stubs are told: what the caller gave, and which calls failed in the original.
fn answers(steps: &[Step], replies: Vec<Reply>) -> Result<Vec<Value>, Error> {
    if replies.len() > MOST_REPLIES {
        return Err(Error::invalid("MP-RPL-11", "more than 100 replies"));
    }
    let calls = calls(steps);
    let mut answers = Vec::new();
    for Reply { step, uri, content } in replies {
        let (uri, nth, from) = match (step, uri) {
            (Some(step), _) => {
                let Some((uri, nth)) = calls.get(&step) else {
                    let text = format!("step {step} of the original sends nothing");
                    return Err(Error::invalid("MP-RPL-11", text));
                };
                (uri.clone(), i64::from(*nth), format!("step {step}"))
            }
            (None, Some(uri)) => (address(&uri), -1, "the caller".to_owned()),
            (None, None) => {
                return Err(Error::invalid("MP-RPL-11", "a reply is for a step or an address"));
            }
        };
        let mut answer =
            json!({"uri": uri, "nth": nth, "from": from, "headers": headers(&content)});
        match content.body {
            Some(Body::Text(text)) => answer["body"] = text.into(),
            Some(Body::Bytes(bytes)) => answer["body_base64"] = to_base64(&bytes).into(),
            None => {}
        }
        answers.push(answer);
    }
    for step in steps.iter().filter(|step| step.is_failed) {
        let Some((uri, nth)) = calls.get(&step.sequence) else { continue };
        let given = answers
            .iter()
            .any(|one| one["uri"] == **uri && (one["nth"] == *nth || one["nth"] == -1));
        if !given {
            answers.push(json!({"uri": uri, "nth": nth, "failure": true, "headers": []}));
        }
    }
    Ok(answers)
}

fn headers(content: &Content) -> Vec<Value> {
    let header =
        |one: &super::Header| json!({"name": one.name, "kind": one.kind, "value": one.value});
    content.headers.iter().map(header).collect()
}

/// Every send of the original: its address, and which call of that address it was.
fn calls(steps: &[Step]) -> HashMap<u32, (String, u32)> {
    let mut counts: HashMap<String, u32> = HashMap::new();
    let mut calls = HashMap::new();
    for step in steps {
        let Some(uri) = plan::sent_to(step) else { continue };
        let count = counts.entry(uri.clone()).or_default();
        calls.insert(step.sequence, (uri, *count));
        *count += 1;
    }
    calls
}

/// The step of the original from which on the dry run went another way; by kind and label, since ids that nobody gave differ
/// between two JVMs.
fn differs(original: &[Step], visits: &[Visit]) -> Option<u32> {
    let original: Vec<&Step> = original
        .iter()
        .filter(|step| step.kind.as_deref().is_some_and(|kind| kind != "from"))
        .collect();
    for (at, step) in original.iter().enumerate() {
        let same = visits.get(at).is_some_and(|visit| {
            step.kind.as_deref() == Some(&visit.kind) && step.is_failed == visit.failed
        });
        if !same {
            return Some(step.sequence);
        }
    }
    (visits.len() > original.len()).then(|| original.last().map_or(1, |step| step.sequence + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(sequence: u32, kind: &str, label: &str, is_failed: bool) -> Step {
        Step {
            sequence,
            parent: 0,
            iteration: 0,
            node: String::new(),
            kind: Some(kind.to_owned()),
            label: Some(label.to_owned()),
            start_us: 0,
            duration_us: 0,
            is_failed,
            flags: 0,
            redelivery: 0,
            detail: None,
        }
    }

    fn visit(kind: &str, failed: bool) -> Visit {
        Visit { kind: kind.to_owned(), label: None, failed }
    }

    #[test]
    fn a_failed_send_has_no_reply_unless_one_is_given() {
        let steps = [
            step(1, "from", "direct:in", false),
            step(2, "to", "http://localhost/a?x=1", false),
            step(3, "to", "http://localhost/a", true),
        ];
        let told = answers(&steps, Vec::new()).unwrap();
        assert_eq!(told.len(), 1);
        assert_eq!((&told[0]["uri"], &told[0]["nth"]), (&json!("http:localhost/a"), &json!(1)));
        assert_eq!(told[0]["failure"], true);
        let content = Content { body: Some(Body::Text("{}".to_owned())), headers: Vec::new() };
        let reply = Reply { step: Some(3), uri: None, content: content.clone() };
        let told = answers(&steps, vec![reply]).unwrap();
        assert_eq!((told.len(), &told[0]["body"]), (1, &json!("{}")));
        let none = Reply { step: Some(1), uri: None, content };
        assert_eq!(answers(&steps, vec![none]).unwrap_err().code(), "MP-RPL-11");
    }

    #[test]
    fn the_first_step_that_went_another_way_is_named() {
        let steps =
            [step(1, "from", "a", false), step(2, "to", "b", false), step(3, "log", "c", true)];
        assert_eq!(differs(&steps, &[visit("to", false), visit("log", true)]), None);
        assert_eq!(differs(&steps, &[visit("to", false), visit("log", false)]), Some(3));
        assert_eq!(differs(&steps, &[visit("to", false)]), Some(3));
        let longer = [visit("to", false), visit("log", true), visit("to", false)];
        assert_eq!(differs(&steps, &longer), Some(4));
    }
}
