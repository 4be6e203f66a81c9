//! Messages delivered on request: `send` (a new one) and `replay` (a recorded one, again).
//!
//! ```text
//! ask: row + `deliver` command + audit, one transaction -> runner -> launcher -> result -> row, in the transaction of its event
//! ```
//! The command's id is the replay's. A runner works on it at most once and says what became of it; until it has said so the
//! row has no outcome, and says until when it may still be begun. The command outlives that by a day, so a runner that was
//! away answers "not done" itself instead of leaving it open. What the message carried is taken out of the command when it
//! has ended.

pub mod dry;
mod fill;
mod order;
mod plan;

use std::collections::BTreeMap;
use std::time::Duration;

use domain::id::{CommandId, WorkloadId};
use domain::permission::Permission;
use domain::replay::{Kind, Outcome, Source};
use jiff::{SignedDuration, Timestamp};
use link::channel::Lane;
use link::wire;
use serde::Deserialize;
use serde_json::json;
use store::Tx;
use store::command::NewCommand;
use store::replay::{Ended, Failure, Replay};
use store::workload::Asked;
use telemetry::id::MessageId;

use super::deployment::operate::{self, Wanted};
use super::message::compare::{self, Carried, Change};
use super::{Error, command, message};
use crate::ctx::Ctx;
use fill::Fill;

pub use plan::{Effect, Plan, plan};

/// What one request may carry (management-api.md: "body <= 256 KiB"), as base64 and with room for the rest.
pub const LARGEST_BODY: usize = 128 << 10;
/// As many as a tracer records.
const MOST_HEADERS: usize = 256;
const LONGEST_ENDPOINT: usize = 2_000;
/// How long a request may wait for the answer; the row has it later as well.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// Asked by a person who waits.
pub const WITHIN: SignedDuration = SignedDuration::from_secs(30);
/// Nobody remembers having asked after that.
const LONGEST_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// After the last moment to begin, the runner may still be told, so that it says "not done".
const TOLD_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// Links of one message.
const MOST_LINKS: i64 = 50;

/// What goes in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    pub body: Option<Body>,
    pub headers: Vec<Header>,
}

#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    Text(String),
    Bytes(Vec<u8>),
}

impl Body {
    fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Body({} bytes)", self.len())
    }
}

/// `kind` as `telemetry` names the types of headers: text, long, double, bool, bytes, instant, null.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    pub name: String,
    pub kind: String,
    pub value: String,
}

impl std::fmt::Debug for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Header({:?})", self.name)
    }
}

/// Where it goes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// At the start of a route, as if its consumer had received it.
    Route(String),
    /// To an endpoint, as a new message.
    Endpoint(String),
}

/// How it is done.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// How long it may wait for the runtime and the workload before it is not done at all.
    pub within: SignedDuration,
    /// The caller wants what the route answers, also where its consumer would not ask for it.
    pub wants_reply: bool,
    /// How long to wait for the answer here.
    pub patience: Duration,
}

impl Default for How {
    fn default() -> Self {
        Self { within: WITHIN, wants_reply: false, patience: PATIENCE }
    }
}

/// A replay with what people read of it.
#[derive(Clone, Debug)]
pub struct Shown {
    pub replay: Replay,
    pub integration: String,
    pub environment: String,
    pub answer: Answer,
}

/// The part of the runner's answer that is not a column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Answer {
    outcome: String,
    message_id: Option<String>,
    pub exchange_id: Option<String>,
    pub duration_us: u64,
    pub error_class: Option<String>,
    pub error: Option<String>,
    pub reply: Option<String>,
    source: Option<String>,
    result: Option<Ending>,
    /// Masks that the runner filled in.
    pub filled: u64,
}

/// How it ended, as its runner masked it.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Ending {
    /// `None`: it is the reply, or has no form as text.
    body: Option<String>,
    headers: BTreeMap<String, String>,
}

impl std::fmt::Debug for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ending({} headers)", self.headers.len())
    }
}

impl Ending {
    fn carried(&self, reply: Option<&str>) -> Carried {
        let body = self.body.as_deref().or(reply).map(|text| text.as_bytes().to_vec());
        Carried { headers: self.headers.clone(), body }
    }
}

/// What a replay came to, beside what its original failed with. None: one of them is not known.
pub async fn changes(ctx: &Ctx, id: CommandId) -> Result<Option<Vec<Change>>, Error> {
    let mut tx = ctx.begin().await?;
    let Some(replay) = store::replay::find(&mut tx, id).await? else { return Ok(None) };
    let Some(shown) = show(ctx, &mut tx, replay).await? else { return Ok(None) };
    drop(tx);
    let Answer { result, reply, .. } = shown.answer;
    let (Some(result), Some(original)) = (result, shown.replay.original) else { return Ok(None) };
    let payloads = message::payloads(ctx, &original.to_string()).await?;
    let payloads: Vec<_> = payloads.into_iter().map(|shown| shown.payload).collect();
    let failed = compare::failure(&payloads);
    let result = result.carried(reply.as_deref());
    Ok(failed.map(|failed| compare::compare("result", &failed, &result)))
}

impl Shown {
    /// Whose body and headers went in; of an original only its runner knew whether it still had it.
    pub fn source(&self) -> Source {
        let said = self.answer.source.as_deref().and_then(Source::parse);
        said.unwrap_or(self.replay.source)
    }
}

/// Delivers a new message.
pub async fn send(
    ctx: &Ctx,
    wanted: Wanted<'_>,
    target: Target,
    content: Content,
    how: How,
) -> Result<Shown, Error> {
    let mut tx = ctx.begin().await?;
    let place = operate::place(ctx, &mut tx, Permission::OperateWorkload, &wanted).await?;
    let (kind, source) = (Kind::Send, Source::Given);
    let new = New { kind, original: None, failure: None, source, target, content, fill: None };
    ask(ctx, tx, place.workload.id, new, how).await
}

/// What a caller decided about a replay.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Instead of the route that the message began on.
    pub target: Option<Target>,
    /// Instead of what was recorded.
    pub edited: Option<Content>,
    /// Do again what the original has done already.
    pub repeat_effects: bool,
}

/// Delivers a recorded message again.
pub async fn replay(ctx: &Ctx, text: &str, choice: Choice, how: How) -> Result<Shown, Error> {
    let mut tx = ctx.begin().await?;
    let planned = plan::load(ctx, &mut tx, text).await?;
    let Choice { target, edited, repeat_effects } = choice;
    planned.confirmed(repeat_effects)?;
    let workload = planned.workload;
    ask(ctx, tx, workload, again(planned, target, edited)?, how).await
}

/// A recorded message as it goes in again.
fn again(
    planned: plan::Loaded,
    target: Option<Target>,
    edited: Option<Content>,
) -> Result<New, Error> {
    let plan::Loaded { plan, failure, content, masked, .. } = planned;
    let own = Target::Route(plan.row.route);
    let target = target.unwrap_or_else(|| own.clone());
    let source = if edited.is_some() { Source::Edited } else { Source::Recorded };
    let fill = Fill::of(plan.row.id, masked, edited.as_ref()).filter(|fill| {
        // What can be left out is left out elsewhere.
        target == own || fill.is_needed
    });
    if fill.is_some() && target != own {
        let text = "masked values are filled in at the start of its own route only; give a body without masks";
        return Err(Error::conflict("MP-RPL-31", text));
    }
    let content = match edited {
        Some(content) => content,
        None => content.map_err(|(code, text)| Error::conflict(code, text))?,
    };
    let (kind, original) = (Kind::Replay, Some(plan.row.id));
    Ok(New { kind, original, failure, source, target, content, fill })
}

struct New {
    kind: Kind,
    original: Option<MessageId>,
    /// What it is to repair.
    failure: Option<Failure>,
    source: Source,
    target: Target,
    content: Content,
    fill: Option<Fill>,
}

/// Stores it and waits for what becomes of it.
async fn ask(
    ctx: &Ctx,
    mut tx: Tx,
    workload: WorkloadId,
    new: New,
    how: How,
) -> Result<Shown, Error> {
    let mut changes = ctx.bus().subscribe(store::command::TOPIC);
    let (kind, source, original) = (new.kind, new.source, new.original);
    let fills_in = new.fill.is_some();
    let row = enqueue(ctx, &mut tx, workload, new, &how).await?;
    let detail = json!({
        "workload": workload.to_string(), "route": row.route, "endpoint": row.endpoint, "source": source.as_str(),
        "original": original.map(|id| id.to_string()), "fills_in": fills_in,
    });
    let action = format!("message.{}", kind.as_str());
    ctx.audit(&mut tx, &action, "replay", &row.id.to_string(), detail).await?;
    ctx.commit(tx).await?;
    command::ended(ctx, &mut changes, row.id, how.patience).await?;
    find(ctx, row.id).await?.ok_or_else(|| Error::not_found("such replay"))
}

/// Row and command of one message; what the caller commits is done once.
async fn enqueue(
    ctx: &Ctx,
    tx: &mut Tx,
    workload: WorkloadId,
    new: New,
    how: &How,
) -> Result<Replay, Error> {
    let New { kind, original, failure, source, target, content, fill } = new;
    check(&target, &content)?;
    let within = how.within.clamp(SignedDuration::from_secs(1), LONGEST_WITHIN);
    let Some(found) = store::workload::find(tx, workload).await? else {
        return Err(Error::not_found("such workload any more"));
    };
    if found.asked != Asked::Run {
        return Err(Error::conflict("MP-RPL-10", "its workload is stopped; start it first"));
    }
    let id = CommandId(ctx.new_id());
    let begin_before = ctx.now() + within;
    let mut body = json!({
        "format": 1,
        "workload": workload.to_string(),
        "begin_before_ms": begin_before.as_millisecond(),
    });
    Fill::put(fill, &mut body, order::write(&target, &content, original, how.wants_reply));
    let command = NewCommand {
        id,
        runtime: found.runtime,
        lane: Lane::Replay.as_str(),
        kind: "deliver",
        body: &body,
        deadline: begin_before + TOLD_WITHIN,
    };
    store::command::insert(tx, &command).await?;
    let (route, endpoint) = match target {
        Target::Route(route) => (Some(route), None),
        Target::Endpoint(endpoint) => (None, Some(endpoint)),
    };
    let row = Replay {
        id,
        workload,
        kind,
        route,
        endpoint,
        original,
        source,
        by: ctx.actor.label.clone(),
        asked_at: ctx.now(),
        begin_before,
        ended: None,
    };
    store::replay::insert(tx, &row, failure.as_ref()).await?;
    Ok(row)
}

/// Begins one message of many, unedited and at its own route; the caller commits.
pub(super) async fn begin(
    ctx: &Ctx,
    tx: &mut Tx,
    message: MessageId,
    repeat_effects: bool,
    within: SignedDuration,
) -> Result<CommandId, Error> {
    let planned = plan::load(ctx, tx, &message.to_string()).await?;
    planned.confirmed(repeat_effects)?;
    let (workload, how) = (planned.workload, How { within, ..How::default() });
    Ok(enqueue(ctx, tx, workload, again(planned, None, None)?, &how).await?.id)
}

fn check(target: &Target, content: &Content) -> Result<(), Error> {
    let bad = |text: &str| Err(Error::invalid("MP-RPL-11", text));
    match target {
        Target::Route(route) if route.is_empty() => return bad("a route has a name"),
        Target::Endpoint(uri) if uri.is_empty() || uri.len() > LONGEST_ENDPOINT => {
            return bad("an endpoint has 1 to 2000 bytes");
        }
        Target::Route(_) | Target::Endpoint(_) => {}
    }
    if content.body.as_ref().is_some_and(|body| body.len() > LARGEST_BODY) {
        let text = format!("the body is larger than {} KiB", LARGEST_BODY >> 10);
        return Err(Error::invalid("MP-RPL-12", text));
    }
    if content.headers.len() > MOST_HEADERS {
        return bad("more than 256 headers");
    }
    for header in &content.headers {
        let reads = match header.kind.as_str() {
            "text" | "null" => true,
            "long" | "instant" => header.value.parse::<i64>().is_ok(),
            "double" => header.value.parse::<f64>().is_ok(),
            "bool" => matches!(header.value.as_str(), "true" | "false"),
            "bytes" => base64(&header.value).is_some(),
            _ => false,
        };
        if header.name.is_empty() || !reads {
            let name: String = header.name.chars().take(80).collect();
            let text = format!("the header `{name}` is no `{}`", header.kind);
            return Err(Error::invalid("MP-RPL-11", text));
        }
    }
    Ok(())
}

/// Bytes of their text in base64.
pub fn base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

pub fn to_base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// The runner's answer, in the transaction of the event that brought it.
pub(super) async fn answered(
    ctx: &Ctx,
    tx: &mut Tx,
    id: CommandId,
    result: &wire::CommandResult,
) -> Result<(), Error> {
    let ended =
        if result.ok { done(&result.result, ctx.now()) } else { not_done(result, ctx.now()) };
    store::command::forget_body(tx, id).await?;
    store::replay::end(tx, id, &ended).await?;
    Ok(())
}

/// A runner that says "done" is believed also where the rest is not understood: calling it not done would have it done again.
fn done(result: &[u8], at: Timestamp) -> Ended {
    let answer: Option<Answer> = serde_json::from_slice(result).ok();
    let known = answer.as_ref().and_then(|answer| Outcome::parse(&answer.outcome));
    let answer = answer.unwrap_or_default();
    let (code, reason) = if known.is_some() {
        (None, answer.error.map(|text| text.replace('\0', "\u{fffd}")))
    } else {
        let word = if answer.outcome.is_empty() { "nothing" } else { answer.outcome.as_str() };
        let word: String = word.chars().filter(|c| !c.is_control()).take(40).collect();
        let text = format!(
            "it was delivered; how it ended its runtime told in a way that is not known here (`{word}`)"
        );
        (Some("MP-RPL-18".to_owned()), Some(text))
    };
    Ended {
        outcome: known.unwrap_or(Outcome::Unknown),
        code,
        reason,
        message: answer.message_id.as_deref().and_then(|id| id.parse().ok()),
        detail: String::from_utf8(result.to_vec()).ok().filter(|text| !text.contains('\0')),
        at,
    }
}

fn not_done(result: &wire::CommandResult, at: Timestamp) -> Ended {
    let text = |text: &str| (!text.is_empty()).then(|| text.chars().take(4096).collect::<String>());
    Ended {
        outcome: Outcome::NotDone,
        code: text(&result.code),
        reason: text(&result.message),
        message: None,
        detail: None,
        at,
    }
}

/// Its runtime was away for longer than anybody waits.
pub(super) async fn expired(ctx: &Ctx, tx: &mut Tx, id: CommandId) -> Result<(), Error> {
    let ended = Ended {
        outcome: Outcome::NotDone,
        code: Some("MP-RPL-14".to_owned()),
        reason: Some(
            "its runtime has been away for a day; when it is back it says what became of it"
                .to_owned(),
        ),
        message: None,
        detail: None,
        at: ctx.now(),
    };
    store::command::forget_body(tx, id).await?;
    store::replay::end(tx, id, &ended).await?;
    Ok(())
}

/// One replay; `None` also when the actor may not see its workload.
pub async fn find(ctx: &Ctx, id: CommandId) -> Result<Option<Shown>, Error> {
    let mut tx = ctx.begin().await?;
    let Some(replay) = store::replay::find(&mut tx, id).await? else { return Ok(None) };
    show(ctx, &mut tx, replay).await
}

/// The replays of a recorded message, the newest first.
pub async fn of_message(ctx: &Ctx, text: &str) -> Result<Vec<Shown>, Error> {
    let mut tx = ctx.begin().await?;
    let scene = message::scene(ctx, &mut tx).await?;
    let id = message::resolve(ctx, &mut tx, &scene, text).await?;
    let mut shown = Vec::new();
    for replay in store::replay::of_original(&mut tx, id, MOST_LINKS).await? {
        shown.extend(show(ctx, &mut tx, replay).await?);
    }
    Ok(shown)
}

async fn show(ctx: &Ctx, tx: &mut Tx, replay: Replay) -> Result<Option<Shown>, Error> {
    let Some(workload) = store::workload::find(tx, replay.workload).await? else {
        return Ok(None);
    };
    let Some(integration) = store::integration::find(tx, workload.integration).await? else {
        return Ok(None);
    };
    if !ctx.may_in(Permission::ReadMessage, integration.project, workload.environment) {
        return Ok(None);
    }
    let environment = store::environment::find(tx, workload.environment).await?;
    let mut answer: Answer = replay
        .ended
        .as_ref()
        .and_then(|ended| serde_json::from_str(ended.detail.as_deref()?).ok())
        .unwrap_or_default();
    if !ctx.may_in(Permission::ReadPayload, integration.project, workload.environment) {
        (answer.reply, answer.result) = (None, None);
    }
    Ok(Some(Shown {
        replay,
        integration: integration.name,
        environment: environment.map(|found| found.name).unwrap_or_default(),
        answer,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(kind: &str, value: &str) -> Content {
        let (name, kind, value) = ("x".to_owned(), kind.to_owned(), value.to_owned());
        Content { body: None, headers: vec![Header { name, kind, value }] }
    }

    #[track_caller]
    fn refused(content: &Content, want: &str) {
        let got = check(&Target::Route("intake".to_owned()), content);
        assert_eq!(got.unwrap_err().code(), want);
    }

    #[test]
    fn what_a_launcher_could_not_read_is_refused_here() {
        let intake = Target::Route("intake".to_owned());
        for (kind, value) in [("long", "1"), ("bool", "true"), ("bytes", "AAE="), ("null", "")] {
            check(&intake, &header(kind, value)).unwrap();
        }
        for (kind, value) in [("long", "x"), ("bool", "yes"), ("bytes", "?"), ("object", "x")] {
            refused(&header(kind, value), "MP-RPL-11");
        }
        let large = Body::Bytes(vec![0; LARGEST_BODY + 1]);
        refused(&Content { body: Some(large), headers: Vec::new() }, "MP-RPL-12");
        assert!(check(&Target::Endpoint(String::new()), &Content::default()).is_err());
    }

    #[test]
    fn what_a_runner_did_is_never_called_not_done() {
        let check = |answer: &[u8], want: Outcome| {
            let ended = done(answer, Timestamp::UNIX_EPOCH);
            assert_eq!(ended.outcome, want);
            ended
        };
        check(br#"{"outcome":"handled","duration_us":7}"#, Outcome::Handled);
        let id = MessageId::from_u128(7).to_string();
        let newer = format!(r#"{{"outcome":"parked","message_id":"{id}"}}"#);
        let ended = check(newer.as_bytes(), Outcome::Unknown);
        assert_eq!(ended.code.as_deref(), Some("MP-RPL-18"));
        assert!(ended.reason.is_some_and(|reason| reason.contains("`parked`")));
        assert_eq!(ended.message, Some(MessageId::from_u128(7)));
        for unreadable in [&b""[..], b"[1]", b"\0", br#"{"outcome":7}"#] {
            check(unreadable, Outcome::Unknown);
        }
    }
}
