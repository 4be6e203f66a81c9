//! What a replay would be: what goes in, what the original has done already, and what runs now.
//!
//! Nothing is changed. A body that cannot go in again as it was recorded is named here, before anybody decides anything;
//! headers that cannot are left out and listed. Loading it is a look at what the message carried, with its own permission;
//! the replay that follows leaves the entry in the audit.

use std::fmt;

use domain::id::{DeploymentId, WorkloadId};
use domain::permission::Permission;
use domain::replay::Recorded;
use store::Tx;
use store::telemetry::payload::{self, Payload};
use telemetry::model::{HeaderValue, PayloadFlags, Point, Unavailable};

use super::{Body, Content, Header, to_base64};
use crate::app::Error;
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
    /// Headers that cannot be given back, and why.
    pub left_out: Vec<String>,
    /// The release it ran on, and the one that runs now.
    pub then: Option<String>,
    pub now: Option<String>,
}

pub(super) struct Loaded {
    pub(super) plan: Plan,
    pub(super) workload: WorkloadId,
    pub(super) content: Result<Content, Error>,
    pub(super) steps: Vec<Step>,
}

/// What a replay of this message would be.
pub async fn plan(ctx: &Ctx, text: &str) -> Result<Plan, Error> {
    let mut tx = ctx.begin().await?;
    Ok(load(ctx, &mut tx, text).await?.plan)
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
    let payloads = payload::of_message(tx, found.id).await?;
    let start = payloads.into_iter().find(|one| one.point == Point::Start as i16);
    let mut left_out = Vec::new();
    let content = start.map_or_else(nothing_kept, |start| content(start, &mut left_out));
    let refusal = content.as_ref().err().map(|err| (err.code(), err.to_string()));
    let then = release(tx, origin.and_then(|one| one.deployment)).await?;
    let now = store::workload::find(tx, workload).await?.and_then(|found| found.deployment);
    let now = release(tx, now).await?;
    let plan = Plan {
        effects: detail.steps.iter().filter_map(effect).collect(),
        row: detail.row.clone(),
        refusal,
        content: content.as_ref().ok().cloned(),
        left_out,
        then,
        now,
    };
    Ok(Loaded { plan, workload, content, steps: detail.steps })
}

async fn release(tx: &mut Tx, deployment: Option<DeploymentId>) -> Result<Option<String>, Error> {
    let Some(deployment) = deployment else { return Ok(None) };
    Ok(message::commit(tx, deployment).await?.map(|commit| commit.short))
}

fn nothing_kept() -> Result<Content, Error> {
    let text = "what it carried was not kept; give a body of your own";
    Err(Error::conflict("MP-RPL-07", text))
}

fn content(start: Payload, left_out: &mut Vec<String>) -> Result<Content, Error> {
    let flags = PayloadFlags(start.flags);
    let unavailable = usize::try_from(start.kind - 2).ok().and_then(|at| Unavailable::ALL.get(at));
    let recorded = Recorded {
        is_masked: flags.has(PayloadFlags::MASKED) && has_mask(&start),
        is_cut: flags.has(PayloadFlags::TRUNCATED),
        is_view: flags.has(PayloadFlags::JSON_VIEW),
        unavailable: unavailable.map(|why| why.name()),
    };
    recorded.judge().map_err(|refused| {
        let code = if recorded.is_masked { "MP-RPL-08" } else { "MP-RPL-07" };
        Error::conflict(code, format!("{refused}; give a body of your own"))
    })?;
    let headers = start.headers.into_iter().filter_map(|(name, value)| {
        header(name, value).map_err(|why| left_out.push(why)).ok().flatten()
    });
    let headers = headers.collect();
    let body = start.body.map(|bytes| match String::from_utf8(bytes) {
        Ok(text) => Body::Text(text),
        Err(err) => Body::Bytes(err.into_bytes()),
    });
    Ok(Content { body, headers })
}

/// The flag is set for masked headers as well, which are left out by themselves.
fn has_mask(start: &Payload) -> bool {
    let in_headers = start.headers.iter().any(|(_, value)| matches!(value, HeaderValue::Masked(_)));
    let text = start.body.as_deref().map(String::from_utf8_lossy);
    !in_headers || text.is_some_and(|text| text.contains(MASK))
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

/// The address that a step sent to, as a stub names it: without options, and without the name of a user.
pub(super) fn sent_to(step: &Step) -> Option<String> {
    if !SENDS.contains(&step.kind.as_deref()?) {
        return None;
    }
    whole_address(step).map(address)
}

/// As `StubResolver.Address` of the launcher writes it.
pub(super) fn address(uri: &str) -> String {
    let bare = uri.split('?').next().unwrap_or_default();
    let Some((scheme, rest)) = bare.split_once(':') else { return bare.to_owned() };
    let rest = rest.strip_prefix("//").map_or(rest, |rest| match rest.split_once('@') {
        Some((user, after)) if !user.contains('/') => after,
        _ => rest,
    });
    format!("{scheme}:{rest}")
}

fn whole_address(step: &Step) -> Option<&str> {
    let detail = step.detail.as_deref().filter(|detail| detail.contains(':'));
    let uri = detail.or(step.label.as_deref())?;
    // Camel writes `wireTap[jms:queue:a]` where the address is not all of the node.
    Some(uri.split_once('[').map_or(uri, |(_, inner)| inner.trim_end_matches(']')))
}

/// A send that went well and reached another system, unless it only read there.
fn effect(step: &Step) -> Option<Effect> {
    let kind = step.kind.as_deref()?;
    if step.is_failed || !SENDS.contains(&kind) {
        return None;
    }
    let uri = whole_address(step)?;
    let scheme = uri.split([':', '?']).next().unwrap_or_default();
    let is_remote = camel::catalogue::Catalogue::bundled()
        .component(scheme)
        .is_none_or(camel::catalogue::component::Component::remote);
    let reads = uri.to_ascii_lowercase().contains("sql:select") || kind == "pollEnrich";
    (is_remote && !reads).then(|| Effect {
        step: step.sequence,
        what: uri.chars().take(120).collect(),
        at_us: step.start_us,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(kind: &str, label: &str, is_failed: bool) -> Step {
        Step {
            sequence: 4,
            parent: 0,
            iteration: 0,
            node: "to1".to_owned(),
            kind: Some(kind.to_owned()),
            label: Some(label.to_owned()),
            start_us: 10,
            duration_us: 5,
            is_failed,
            flags: 0,
            redelivery: 0,
            detail: None,
        }
    }

    #[track_caller]
    fn check(kind: &str, label: &str, is_failed: bool, want: bool) {
        assert_eq!(effect(&step(kind, label, is_failed)).is_some(), want, "{kind} {label}");
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
    fn headers_that_cannot_go_back_are_named() {
        let masked = header("Authorization".to_owned(), HeaderValue::Masked("[masked]".to_owned()));
        assert_eq!(masked, Err("Authorization (masked)".to_owned()));
        assert_eq!(header("traceparent".to_owned(), HeaderValue::Text("00-".to_owned())), Ok(None));
        let number = header("n".to_owned(), HeaderValue::Long(5)).unwrap().unwrap();
        assert_eq!((number.kind.as_str(), number.value.as_str()), ("long", "5"));
    }
}
