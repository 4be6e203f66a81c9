//! What a replay would be: what goes in, what the original has done already, and what runs now.
//!
//! Nothing is changed. A body that cannot go in again as it was recorded is named here, before anybody decides anything;
//! headers that cannot are left out and listed. What was masked before it was recorded is filled in by the runner, if it still has it:
//! only the runner knows. Loading it is a look at what the message carried, with its own permission;
//! the replay that follows leaves the entry in the audit.

use std::collections::HashMap;
use std::fmt;

use domain::id::{DeploymentId, WorkloadId};
use domain::permission::Permission;
use domain::replay::{Recorded, Refused};
use serde_json::json;
use store::Tx;
use store::replay::Failure;
use store::telemetry::failure::Key;
use store::telemetry::name::Origin;
use store::telemetry::payload::{self, Payload};
use store::telemetry::search::{Found, Scene};
use store::telemetry::{name, rollup};
use telemetry::model::{HeaderValue, PayloadFlags, Point, Unavailable};
use telemetry::query::OutcomeIs;
use telemetry::title::split_detail;

use super::{Body, Content, Header, to_base64};
use crate::app::Error;
use crate::app::message::compare::{self, Carried};
use crate::app::message::{self, Row, Step};
use crate::ctx::Ctx;

/// Nodes that reach out of the route, by their kind.
const SENDS: &[&str] = &[
    "to",
    "toD",
    "recipientList",
    "routingSlip",
    "dynamicRouter",
    "wireTap",
    "enrich",
    "pollEnrich",
    "poll",
];
/// Set anew by whoever calls; a replay is a call of its own.
const OF_THE_CALL: &[&str] = &["traceparent", "tracestate"];

/// A step of the original that reached another system and went well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    pub step: u32,
    pub what: String,
    /// Microseconds since the original began.
    pub at_us: u64,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {} {}", self.step, self.what)
    }
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub row: Row,
    pub effects: Vec<Effect>,
    /// Why what was recorded cannot go in as it is.
    pub refusal: Option<(&'static str, String)>,
    /// What would go in; `None` as `refusal` says.
    pub content: Option<Content>,
    /// Masks stand in it, which the runner fills in from what it kept.
    pub is_masked: bool,
    /// Headers that cannot be given back, and why.
    pub left_out: Vec<String>,
    /// The release it ran on, and the one that runs now.
    pub then: Option<String>,
    pub now: Option<String>,
    /// Whether its route is another one now; `None`: nobody knows.
    pub is_changed: Option<bool>,
    /// What should be known of nodes that remember other messages.
    pub warnings: Vec<&'static str>,
}

#[derive(Clone)]
pub(super) struct Loaded {
    pub(super) plan: Plan,
    pub(super) workload: WorkloadId,
    /// What it repairs if it goes well; `None`: the original did not fail.
    pub(super) failure: Option<Failure>,
    /// What would go in, or the code and the text of why not.
    pub(super) content: Result<Content, (&'static str, String)>,
    pub(super) masked: Masked,
    /// What it carried where it failed.
    pub(super) failed_with: Option<Carried>,
    pub(super) steps: Vec<Step>,
    pub(super) replies: HashMap<u32, Recording>,
}

impl Loaded {
    /// Doing again what the original has done needs somebody who means it.
    pub(super) fn confirmed(&self, repeat_effects: bool) -> Result<(), Error> {
        let effects = &self.plan.effects;
        if effects.is_empty() || repeat_effects {
            return Ok(());
        }
        let done: Vec<String> = effects.iter().map(ToString::to_string).collect();
        let text = format!("the original has done this already: {}", done.join("; "));
        Err(Error::conflict("MP-RPL-09", text))
    }
}

/// What of a message was masked before it was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Masked {
    Nothing,
    /// Headers by their names, without which it can go in.
    Headers,
    /// Parts of the body or of headers.
    Content,
}

/// What a step was answered.
#[derive(Clone, Debug)]
pub(super) struct Recording {
    /// Its status, where it was HTTP.
    pub(super) status: Option<i64>,
    /// `GET`, where it was HTTP.
    method: Option<String>,
    /// What a stub gives back, or why not.
    pub(super) content: Result<Content, String>,
    /// A picture of rows or objects, which the sandbox makes maps and lists of.
    pub(super) is_view: bool,
}

#[cfg(test)]
impl Recording {
    pub(super) fn new(status: Option<i64>, content: Result<Content, String>) -> Self {
        Self { status, method: None, content, is_view: false }
    }
}

/// What a replay of this message would be. The look at what it carried is in the audit.
pub async fn plan(ctx: &Ctx, text: &str) -> Result<Plan, Error> {
    let mut tx = ctx.begin().await?;
    let plan = load(ctx, &mut tx, text).await?.plan;
    let detail = json!({"route": plan.row.route, "for": "replay"});
    ctx.audit(&mut tx, "payload.read", "message", &plan.row.id.to_string(), detail).await?;
    ctx.commit(tx).await?;
    Ok(plan)
}

pub(super) async fn load(ctx: &Ctx, tx: &mut Tx, text: &str) -> Result<Loaded, Error> {
    let scene = message::scene(ctx, tx).await?;
    let found = message::found(ctx, tx, &scene, text, 0, message::MOST_STEPS).await?;
    let origin = scene.origins.get(&found.origin);
    let place = origin.and_then(|one| Some((one.workload?, one.project?, one.environment_id?)));
    let Some((workload, project, environment)) = place else {
        let text = "it ran in an application that Midplane only observes";
        return Err(Error::conflict("MP-RPL-13", text));
    };
    ctx.require_in(Permission::OperateWorkload, project, environment)?;
    ctx.require_in(Permission::ReadPayload, project, environment)?;
    let detail = message::detail(tx, &scene, &found).await?;
    let (mut start, mut replies) = (None, HashMap::new());
    let payloads = payload::of_message(tx, found.id, found.flags).await?;
    let failed_with = compare::failure(&payloads);
    for one in payloads {
        if one.point == Point::Start as i16 {
            start = Some(one);
        } else if one.point == Point::End as i16 && one.step > 0 {
            replies.insert(one.step, recording(one));
        }
    }
    let mut left_out = Vec::new();
    let masked = start.as_ref().map_or(Masked::Nothing, masked);
    let content = start.map_or_else(nothing_kept, |start| content(start, &mut left_out));
    let refusal = content.as_ref().err().cloned();
    let then = release(tx, origin.and_then(|one| one.deployment)).await?;
    let now = store::workload::find(tx, workload).await?.and_then(|found| found.deployment);
    let now = release(tx, now).await?;
    let (was, is) = shapes(tx, &scene, &found, workload).await?;
    let is_changed = was.zip(is.as_ref()).map(|(was, is)| shape(&was) != shape(is));
    let now_there = is.iter().flat_map(|route| &route.nodes).map(|node| node.kind.as_str());
    let went_through = detail.steps.iter().filter_map(|step| step.kind.as_deref());
    let warnings = domain::replay::warnings(went_through.chain(now_there));
    let failure = failure(tx, &found, origin).await?;
    let plan = Plan {
        effects: detail
            .steps
            .iter()
            .filter_map(|step| effect(step, replies.get(&step.sequence)))
            .collect(),
        row: detail.row.clone(),
        refusal,
        content: content.as_ref().ok().cloned(),
        is_masked: content.is_ok() && masked == Masked::Content,
        left_out,
        then,
        now,
        is_changed,
        warnings,
    };
    let steps = detail.steps;
    Ok(Loaded { plan, workload, failure, content, masked, failed_with, steps, replies })
}

/// The failure group that a message is one of.
async fn failure(
    tx: &mut Tx,
    found: &Found,
    origin: Option<&Origin>,
) -> Result<Option<Failure>, Error> {
    let Some((fingerprint, origin)) = found.fingerprint.zip(origin) else { return Ok(None) };
    let known = name::find(tx, &[(name::Kind::Route, found.route.as_str())]).await?;
    let Some(route) = known.into_values().next() else { return Ok(None) };
    let group = Key {
        fingerprint,
        integration: origin.integration.clone(),
        environment: origin.environment.clone(),
        route,
    };
    Ok(Some(Failure { group, was_handled: found.outcome == OutcomeIs::Handled }))
}

/// The route as it was when the message ran, and as it is now, where they are known.
async fn shapes(
    tx: &mut Tx,
    scene: &Scene,
    found: &Found,
    workload: WorkloadId,
) -> Result<(Option<rollup::Route>, Option<rollup::Route>), Error> {
    let known = name::find(tx, &[(name::Kind::Route, found.route.as_str())]).await?;
    let Some(route) = known.into_values().next() else { return Ok((None, None)) };
    let of_workload = scene.origins.iter().filter(|(_, origin)| origin.workload == Some(workload));
    let origins: Vec<_> = of_workload.map(|(id, _)| *id).collect();
    let was = match u64::from_str_radix(found.name(found.detail.run.structure), 16) {
        Ok(structure) => rollup::route(tx, &origins, route, Some(structure)).await?,
        Err(_) => None,
    };
    Ok((was, rollup::route(tx, &origins, route, None).await?))
}

/// What has to be the same for a route to be the same.
fn shape(route: &rollup::Route) -> Vec<(&str, u32, Option<&str>)> {
    let nodes = route.nodes.iter();
    nodes.map(|node| (node.kind.as_str(), node.parent, node.label.as_deref())).collect()
}

fn recording(reply: Payload) -> Recording {
    let header = |name: &str| {
        reply.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    };
    let status = match header("CamelHttpResponseCode") {
        Some(HeaderValue::Long(status)) => Some(status),
        _ => None,
    };
    let method = match header("CamelHttpMethod") {
        Some(HeaderValue::Text(method)) => Some(method),
        _ => None,
    };
    let is_view = PayloadFlags(reply.flags).has(PayloadFlags::JSON_VIEW);
    let known = Recorded { is_view: false, ..judged(&reply) };
    let content = match known.judge() {
        Ok(()) => Ok(carried(reply, &mut Vec::new())),
        Err(refused) => Err(format!("the reply was recorded, but {refused}")),
    };
    Recording { status, method, content, is_view }
}

async fn release(tx: &mut Tx, deployment: Option<DeploymentId>) -> Result<Option<String>, Error> {
    let Some(deployment) = deployment else { return Ok(None) };
    Ok(message::commit(tx, deployment).await?.map(|commit| commit.short))
}

fn nothing_kept() -> Result<Content, (&'static str, String)> {
    Err(("MP-RPL-07", "what it carried was not kept; give a body of your own".to_owned()))
}

fn content(start: Payload, left_out: &mut Vec<String>) -> Result<Content, (&'static str, String)> {
    match judged(&start).judge() {
        Ok(()) | Err(Refused::Masked) => Ok(carried(start, left_out)),
        Err(refused) => Err(("MP-RPL-07", format!("{refused}; give a body of your own"))),
    }
}

fn masked(start: &Payload) -> Masked {
    let is_named = |(_, value): &(String, HeaderValue)| matches!(value, HeaderValue::Masked(_));
    match judged(start) {
        Recorded { is_masked: true, .. } => Masked::Content,
        _ if start.headers.iter().any(is_named) => Masked::Headers,
        _ => Masked::Nothing,
    }
}

fn judged(payload: &Payload) -> Recorded<'static> {
    let flags = PayloadFlags(payload.flags);
    let reason = usize::try_from(payload.kind - 2).ok().and_then(|at| Unavailable::ALL.get(at));
    let is_hidden = reason == Some(&Unavailable::Redaction);
    Recorded {
        is_masked: is_hidden || flags.has(PayloadFlags::MASKED) && has_mask(payload),
        is_cut: flags.has(PayloadFlags::TRUNCATED),
        is_view: flags.has(PayloadFlags::JSON_VIEW),
        unavailable: reason.filter(|_| !is_hidden).map(|why| why.name()),
    }
}

fn carried(payload: Payload, left_out: &mut Vec<String>) -> Content {
    let headers = payload.headers.into_iter().filter_map(|(name, value)| {
        header(name, value).map_err(|why| left_out.push(why)).ok().flatten()
    });
    let headers = headers.collect();
    let body = payload.body.map(|bytes| match String::from_utf8(bytes) {
        Ok(text) => Body::Text(text),
        Err(err) => Body::Bytes(err.into_bytes()),
    });
    Content { body, headers }
}

/// The flag is set for headers that were masked by their names as well, which are left out by themselves.
fn has_mask(start: &Payload) -> bool {
    let holds = |bytes: &[u8]| bytes.windows(MASK.len()).any(|part| part == MASK.as_bytes());
    let mut is_named = false;
    for (_, value) in &start.headers {
        match value {
            HeaderValue::Masked(_) => is_named = true,
            HeaderValue::Text(text) if text.contains(MASK) => return true,
            HeaderValue::Bytes(bytes) if holds(bytes) => return true,
            _ => {}
        }
    }
    !is_named || start.body.as_deref().is_some_and(holds)
}

/// Whether somebody left a mask where it stood.
pub(super) fn has_masks(content: &Content) -> bool {
    let in_body = match &content.body {
        Some(Body::Text(text)) => text.contains(MASK),
        Some(Body::Bytes(bytes)) => bytes.windows(MASK.len()).any(|part| part == MASK.as_bytes()),
        None => false,
    };
    in_body || content.headers.iter().any(|header| header.value.contains(MASK))
}

/// How a mask begins (`telemetry::redact`).
const MASK: &str = "[masked";

/// `Ok(None)`: the caller sets it anew. `Err`: why it is left out.
fn header(name: String, value: HeaderValue) -> Result<Option<Header>, String> {
    if OF_THE_CALL.iter().any(|one| one.eq_ignore_ascii_case(&name)) {
        return Ok(None);
    }
    let (kind, value) = match value {
        HeaderValue::Null => ("null", String::new()),
        HeaderValue::Text(text) => ("text", text),
        HeaderValue::Long(number) => ("long", number.to_string()),
        HeaderValue::Double(number) => ("double", number.to_string()),
        HeaderValue::Bool(is) => ("bool", is.to_string()),
        HeaderValue::Bytes(bytes) => ("bytes", to_base64(&bytes)),
        HeaderValue::Instant(ms) => ("instant", ms.to_string()),
        HeaderValue::Masked(_) => return Err(format!("{name} (masked)")),
        HeaderValue::Opaque(_) => return Err(format!("{name} (an object)")),
    };
    Ok(Some(Header { name, kind: kind.to_owned(), value }))
}

/// As `StubResolver.Address` of the launcher writes it: without options, and without the name of a user.
pub(super) fn address(uri: &str) -> String {
    let bare = uri.split('?').next().unwrap_or_default();
    let Some((scheme, rest)) = bare.split_once(':') else { return bare.to_owned() };
    let rest = rest.strip_prefix("//").map_or(rest, |rest| match rest.split_once('@') {
        Some((user, after)) if !user.contains('/') => after,
        _ => rest,
    });
    format!("{scheme}:{rest}")
}

/// Whether a step is one that sends or asks.
pub(super) fn sends(step: &Step) -> bool {
    step.kind.as_deref().is_some_and(|kind| SENDS.contains(&kind))
}

/// A label as the launcher cuts it (`Sandbox.place`), so that a node of the sandbox is known again.
pub(super) fn place(label: &str) -> String {
    let bare = label.split('?').next().unwrap_or_default();
    let bare = match (bare.find("//"), bare.find('@')) {
        (Some(slashes), Some(at)) if at > slashes => {
            format!("{}{}", &bare[..slashes + 2], &bare[at + 1..])
        }
        (None, Some(at)) => bare[..at].to_owned(),
        _ => bare.to_owned(),
    };
    bare.chars().take(LONGEST_PLACE).collect()
}

/// As `LABEL_MAX` of the launcher.
const LONGEST_PLACE: usize = 200;

/// Where a step sent to, as far as that is known.
pub(super) fn whole_address(step: &Step) -> Option<&str> {
    let (_, called) = split_detail(step.detail.as_deref().unwrap_or_default());
    let uri = called.or(step.label.as_deref())?;
    // Camel writes `wireTap[jms:queue:a]` where the address is not all of the node.
    let inner = step.kind.as_deref().and_then(|kind| uri.strip_prefix(kind)?.strip_prefix('['));
    Some(inner.and_then(|inner| inner.strip_suffix(']')).unwrap_or(uri))
}

/// A send that went well and reached another system, unless it only read there.
fn effect(step: &Step, reply: Option<&Recording>) -> Option<Effect> {
    let kind = step.kind.as_deref()?;
    if step.is_failed || !sends(step) {
        return None;
    }
    let uri = whole_address(step)?;
    let scheme = uri.split([':', '?']).next().unwrap_or_default();
    let is_remote = camel::catalogue::Catalogue::bundled()
        .component(scheme)
        .is_none_or(camel::catalogue::component::Component::remote);
    let method = reply.and_then(|reply| reply.method.as_deref());
    let reads = kind == "pollEnrich"
        || kind == "poll"
        || matches!(method, Some("GET" | "HEAD"))
        || uri.strip_prefix("sql:").is_some_and(|text| {
            text.trim_start_matches('/').trim_start().to_ascii_lowercase().starts_with("select")
        });
    let said = step.title.strip_prefix(kind).map_or(step.title.as_str(), str::trim_start);
    let what = if said.is_empty() { uri } else { said };
    (is_remote && !reads).then(|| Effect {
        step: step.sequence,
        what: what.chars().take(120).collect(),
        at_us: step.start_us,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(kind: &str, label: &str, is_failed: bool) -> Step {
        Step {
            sequence: 4,
            kind: Some(kind.to_owned()),
            label: Some(label.to_owned()),
            is_failed,
            ..Step::default()
        }
    }

    #[track_caller]
    fn check(kind: &str, label: &str, is_failed: bool, want: bool) {
        assert_eq!(effect(&step(kind, label, is_failed), None).is_some(), want, "{kind} {label}");
    }

    #[test]
    fn what_reached_another_system_is_an_effect() {
        check("to", "sql:INSERT INTO orders VALUES (1)", false, true);
        check("to", "sql:INSERT INTO orders VALUES (1)", true, false);
        check("to", "sql:SELECT 1", false, false);
        check("to", "direct:next", false, false);
        check("wireTap", "jms:queue:a", false, true);
        check("wireTap", "wireTap[direct:audit]", false, false);
        check("log", "jms:queue:a", false, false);
        check("to", "own-component:x", false, true);
    }

    #[test]
    fn a_read_over_http_is_no_effect_and_a_dynamic_address_is_the_one_that_was_called() {
        let mut asked = step("toD", "{{prices}}/${body}?throwExceptionOnFailure=false", false);
        asked.detail = Some("404 http://127.0.0.1:20081".to_owned());
        assert_eq!(whole_address(&asked), Some("http://127.0.0.1:20081"));
        let get = |method: &str| Recording {
            status: Some(404),
            method: Some(method.to_owned()),
            content: Ok(Content::default()),
            is_view: false,
        };
        assert_eq!(effect(&asked, Some(&get("GET"))), None);
        assert!(effect(&asked, Some(&get("POST"))).is_some());
        assert!(effect(&asked, None).is_some(), "unknown: said rather than left out");
        assert_eq!(place("http://u:p@h/a?b=c"), "http://h/a");
        assert_eq!(place("bean[a.B@1f]"), "bean[a.B");
    }

    #[test]
    fn what_was_masked_is_told_apart_from_what_can_be_left_out() {
        let payload = |body: &str, headers: Vec<(&str, HeaderValue)>| Payload {
            step: 0,
            point: Point::Start as i16,
            content_type: None,
            class: None,
            headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            kind: 1,
            body: Some(body.as_bytes().to_vec()),
            full_size: 1,
            flags: PayloadFlags::default().with(PayloadFlags::MASKED).0,
        };
        let named = || ("Authorization", HeaderValue::Masked("[masked header]".to_owned()));
        let mail = || ("from", HeaderValue::Text("[masked email]".to_owned()));
        let mut left_out = Vec::new();
        assert_eq!(masked(&payload("{}", vec![named()])), Masked::Headers);
        assert_eq!(masked(&payload("{}", vec![named(), mail()])), Masked::Content);
        assert_eq!(masked(&payload("[masked card]", vec![named()])), Masked::Content);
        let kept = content(payload("[masked card]", vec![mail()]), &mut left_out).unwrap();
        assert!(has_masks(&kept) && !has_masks(&Content::default()));
        let mut reasons = Unavailable::ALL.iter();
        let redaction = reasons.position(|why| *why == Unavailable::Redaction).unwrap();
        let hidden = Payload {
            kind: 2 + i16::try_from(redaction).unwrap(),
            body: None,
            flags: 0,
            ..payload("", Vec::new())
        };
        assert_eq!(masked(&hidden), Masked::Content);
        assert_eq!(content(hidden, &mut left_out), Ok(Content::default()));
        let cut = PayloadFlags::default().with(PayloadFlags::MASKED).with(PayloadFlags::TRUNCATED);
        let cut = Payload { flags: cut.0, ..payload("[masked card]", Vec::new()) };
        assert_eq!(content(cut, &mut left_out).unwrap_err().0, "MP-RPL-07");
    }

    #[test]
    fn headers_that_cannot_go_back_are_named() {
        let masked = header("Authorization".to_owned(), HeaderValue::Masked("[masked]".to_owned()));
        assert_eq!(masked, Err("Authorization (masked)".to_owned()));
        assert_eq!(header("traceparent".to_owned(), HeaderValue::Text("00-".to_owned())), Ok(None));
        let number = header("n".to_owned(), HeaderValue::Long(5)).unwrap().unwrap();
        assert_eq!((number.kind.as_str(), number.value.as_str()), ("long", "5"));
    }
}
