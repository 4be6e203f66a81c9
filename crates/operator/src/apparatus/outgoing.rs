//! One call as an HTTP request, before anything is sent.
//!
//! | header | meaning |
//! |---|---|
//! | `X-Integration-Event-Id` | the same for every repetition of one event: an apparatus that saw it answers as before |
//! | `X-Integration-Deadline` | when we stop waiting |
//! | `X-Integration-Signature` | `t=SECONDS,v1=HEX`, when the apparatus names a signing Secret |

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s::apparatus::{Apparatus, DEFAULT_TIMEOUT_SECONDS};

use super::address::{self, Address, Wrong};
use super::{body, signature};
use crate::core::request::Call;

/// What the schema of the resource allows.
const LONGEST_SECONDS: i64 = 3_600;

pub struct Outgoing {
    pub address: Address,
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    pub timeout: Duration,
}

/// The body holds configurations, which may be secret.
impl fmt::Debug for Outgoing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Outgoing({}, {} bytes)", address::without_user(&self.url), self.body.len())
    }
}

/// `key` is the value of the signing Secret, `now` the time of this attempt.
pub fn outgoing(
    call: &Call,
    apparatus: &Apparatus,
    key: Option<&[u8]>,
    now: Timestamp,
) -> Result<Outgoing, Wrong> {
    let address = address::address(apparatus, &call.owner.object)?;
    let action = call.action.as_str();
    let body = body::body(call).to_string().into_bytes();
    let seconds = apparatus.timeout_seconds.unwrap_or(DEFAULT_TIMEOUT_SECONDS);
    let seconds = seconds.clamp(1, LONGEST_SECONDS);
    let deadline = now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(now);
    let mut headers = vec![
        ("content-type", "application/json".to_owned()),
        ("accept", "application/json".to_owned()),
        ("x-integration-event-id", call.event_id.clone()),
        ("x-integration-deadline", deadline.to_string()),
    ];
    if let Some(key) = key {
        let signed = signature::signature(key, now.as_second(), &call.event_id, action, &body);
        headers.push(("x-integration-signature", signed));
    }
    let timeout = Duration::from_secs(u64::try_from(seconds).unwrap_or(1));
    Ok(Outgoing { url: format!("{}/{action}", address.base), address, headers, body, timeout })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::core::object::{Identity, ObjectRef};
    use crate::core::request::Action;

    fn call(action: Action) -> Call {
        let strings = |key: &str| Some(BTreeMap::from([(key.to_owned(), "v".to_owned())]));
        let is_config = action == Action::Config;
        Call {
            owner: Identity { object: ObjectRef::socket("infra", "pg"), uid: "u".to_owned() },
            apparatus: Arc::new(json!({})),
            service_account: "default".to_owned(),
            action,
            event_id: "u.3.coupled".to_owned(),
            plug: Some(Arc::new(json!({
                "metadata": {"name": "orders", "managedFields": [{"manager": "kubectl"}]},
                "spec": {"config": {"a": "b"}},
            }))),
            socket: Some(Arc::new(json!({
                "metadata": {"name": "pg"},
                "status": {"coupledPlugs": [{"name": "x"}], "coupledPlugsTotal": 1},
            }))),
            plug_config: if is_config { None } else { strings("plug") },
            socket_config: if is_config { None } else { strings("socket") },
            plug_data: if is_config { strings("data") } else { None },
            socket_data: if is_config { Some(BTreeMap::new()) } else { None },
            vars: if is_config { strings("var") } else { None },
        }
    }

    fn sent(action: Action, key: Option<&[u8]>) -> (Outgoing, Value) {
        let apparatus = Apparatus {
            endpoint: Some("https://a.example/socket/".to_owned()),
            timeout_seconds: Some(10),
            ..Apparatus::default()
        };
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let outgoing = outgoing(&call(action), &apparatus, key, now).unwrap();
        let body = serde_json::from_slice(&outgoing.body).unwrap();
        (outgoing, body)
    }

    #[test]
    fn an_event_carries_objects_and_configurations() {
        let (outgoing, body) = sent(Action::Coupled, None);
        assert_eq!(outgoing.url, "https://a.example/socket/coupled");
        assert_eq!(outgoing.timeout, Duration::from_secs(10));
        let expected = json!({
            "version": "1",
            "plug": {"metadata": {"name": "orders"}, "spec": {"config": {"a": "b"}}},
            "socket": {"metadata": {"name": "pg"}, "status": {"coupledPlugsTotal": 1}},
            "plugConfig": {"plug": "v"},
            "socketConfig": {"socket": "v"},
        });
        assert_eq!(body, expected);
        let header = |name| outgoing.headers.iter().find(|(key, _)| *key == name);
        assert_eq!(header("x-integration-event-id").unwrap().1, "u.3.coupled");
        assert_eq!(header("x-integration-deadline").unwrap().1, "2023-11-14T22:13:30Z");
        assert!(header("x-integration-signature").is_none());
    }

    #[test]
    fn a_question_for_configuration_carries_data_and_vars() {
        let (_, body) = sent(Action::Config, None);
        assert_eq!(body["version"], json!(1));
        assert_eq!(body["plugData"], json!({"data": "v"}));
        assert_eq!(body["socketData"], json!({}));
        assert_eq!(body["vars"], json!({"var": "v"}));
        assert!(body.get("plugConfig").is_none());
    }

    #[test]
    fn a_signature_is_made_where_there_is_a_key_and_nothing_is_shown() {
        let (outgoing, _) = sent(Action::Deleted, Some(b"key"));
        let signed = outgoing.headers.iter().any(|(name, value)| {
            *name == "x-integration-signature" && value.starts_with("t=1700000000,v1=")
        });
        assert!(signed);
        let shown = format!("{outgoing:?}");
        assert!(shown.starts_with("Outgoing(https://a.example/socket/deleted, "), "{shown}");
    }
}
