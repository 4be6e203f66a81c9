//! Why a plug or socket is as it is: where each key came from, what keeps it from coupling, what would change.
//!
//! The same questions as a reconcile, asked on behalf of whoever wants to know: nothing is written, and what the caller may not see
//! reads like what is not there. The caller performs `Find` and `Read` with his own rights and ignores accounts. Values are never
//! shown, only names, because a configuration may hold secrets that the reader of a plug may not read.

mod calls;
mod made;
mod places;
mod plug;
mod results;
mod socket;
mod text;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::core::flow::{Answer, Flow, Look};
use crate::core::layers::{Layered, Origin};
use crate::core::object::ObjectRef;
use crate::core::settings::Settings;
use crate::core::status;
use crate::core::trouble::{Told, Trouble};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// `plug orders/reports`.
    pub subject: String,
    pub coupled: bool,
    /// The socket that is meant, or coupled to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub socket: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// What the operator waits for, when nothing is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits: Option<String>,
    /// What keeps it from being done, first cause only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    pub config: Vec<Key>,
    pub results: Vec<Key>,
    /// `config.debug: not declared by the interface`.
    pub dropped: Vec<String>,
    /// What the operator would do at its next look.
    pub would_change: Vec<String>,
    pub tree: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    pub code: &'static str,
    pub reason: &'static str,
    pub object: String,
    pub field: String,
    pub message: String,
    pub next: String,
}

/// One key of a configuration or result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    /// The side that gives it.
    pub side: &'static str,
    pub key: String,
    pub origin: String,
    /// Where that stands in what `kubectl get -o yaml` prints of this side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Places that give it as well and lost.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub over: Vec<String>,
    /// Required, described, or where it goes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// An object, a call or a plug, with what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    pub what: String,
    pub state: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub below: Vec<Self>,
}

/// The next questions, or the explanation of `object` (a plug or a socket).
pub fn explain(
    object: &Value,
    settings: &Settings,
    now: Timestamp,
    answers: &[Answer],
) -> Look<Explanation> {
    let base = base(object);
    let fallback = base.clone();
    let otherwise = |trouble: Option<Trouble>| Explanation {
        cause: trouble.as_ref().map(Cause::from),
        ..fallback
    };
    Flow::new(answers, now).look(
        |flow| match object["kind"].as_str() {
            Some("Socket") => socket::explain(flow, settings, object, base),
            _ => plug::explain(flow, settings, object, base),
        },
        otherwise,
    )
}

/// What the status says.
fn base(object: &Value) -> Explanation {
    let reference = ObjectRef::of(object)
        .map_or_else(|| "an object without a name".to_owned(), |reference| reference.to_string());
    let coupled = status::is_coupled(object);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let since = status::condition(object, "Coupled")
        .filter(|_| coupled)
        .and_then(|condition| text(&condition["lastTransitionTime"]));
    let waits = status::condition(object, "Coupled")
        .filter(|one| one["status"] == "False" && one["reason"] != "SocketNotCreated")
        .and_then(|condition| text(&condition["message"]));
    Explanation {
        subject: reference,
        coupled,
        waits: waits.filter(|_| object["kind"] == "Plug"),
        socket: text(&object["status"]["socket"]),
        since,
        hash: text(&object["status"]["hash"]),
        ..Explanation::default()
    }
}

/// What the operator told of the newest spec.
fn recorded(object: &Value) -> Option<Cause> {
    if object["status"]["observedGeneration"] != object["metadata"]["generation"] {
        return None;
    }
    let ready = status::condition(object, "Ready")?;
    if ready["status"] == "True" {
        return None;
    }
    Told::parse(ready["message"].as_str()?).map(Cause::from)
}

impl From<&Trouble> for Cause {
    fn from(trouble: &Trouble) -> Self {
        Self {
            code: trouble.kind.code(),
            reason: trouble.kind.reason(),
            object: trouble.object.to_string(),
            field: trouble.field.clone(),
            message: trouble.what.clone(),
            next: trouble.next.clone(),
        }
    }
}

impl From<Told> for Cause {
    fn from(told: Told) -> Self {
        Self {
            code: told.kind.code(),
            reason: told.kind.reason(),
            object: told.object,
            field: told.field,
            message: told.what,
            next: told.next,
        }
    }
}

/// `owner` is the object that gives them, as it is stored.
fn keys(
    side: &'static str,
    owner: &Value,
    layered: &Layered,
    note: &dyn Fn(&str) -> Vec<String>,
) -> Vec<Key> {
    let line = |origin: &Origin, key: &str| {
        let named = origin.object.is_some();
        places::line(owner, &origin.field, Some(key).filter(|_| !named))
    };
    layered
        .0
        .iter()
        .map(|(key, sourced)| Key {
            side,
            key: key.clone(),
            origin: sourced.origin.to_string(),
            line: line(&sourced.origin, key),
            over: sourced.over.iter().map(ToString::to_string).collect(),
            notes: note(key),
        })
        .collect()
}
