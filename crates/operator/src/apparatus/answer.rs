//! What an answer means.
//!
//! | status | meaning |
//! |---|---|
//! | 2xx | done; `/config` gives a flat object, an event may give `{"result": {...}}` for its side |
//! | 202 with `{"retryAfterSeconds": n}` | not yet: the same call again after n seconds |
//! | 3xx | refused: we do not follow |
//! | 408, 425, 429, 5xx | tried again |
//! | other 4xx | an edit is needed |
//!
//! A value is made a string as people would write it (`template::scalar`); a null is absent. The text of an answer never reaches a
//! message, because it may repeat what it was sent; its `message` field does, cut short, because it is meant for people.

use serde_json::{Map, Value};
use template::scalar;

use crate::core::request::{Action, Reply, Values};

/// An apparatus that asks for more time than this is asked again after this: an hour is the longest call.
const LONGEST_WAIT_SECONDS: u64 = 3_600;
/// As many keys as a `ConfigMap` of 1 MiB could hold with short values, by far.
const MOST_KEYS: usize = 1_000;
/// As much as a condition and an Event keep beside what we say around it.
const LONGEST_MESSAGE: usize = 800;

pub fn reply(action: Action, status: u16, body: &[u8]) -> Reply {
    match status {
        200..=299 => done(action, status, body),
        300..=399 => failed(
            format!(
                "/{} answered {status}, a redirect, which is not followed: give the final address",
                action.as_str()
            ),
            false,
        ),
        _ => {
            let passes = matches!(status, 408 | 425 | 429) || status >= 500;
            let said = said(body).map(|said| format!(": {said}")).unwrap_or_default();
            failed(format!("/{} answered {status}{said}", action.as_str()), passes)
        }
    }
}

fn done(action: Action, status: u16, body: &[u8]) -> Reply {
    let parsed: Option<Value> = serde_json::from_slice(body).ok();
    let object = parsed.as_ref().and_then(Value::as_object);
    if status == 202
        && let Some(seconds) = object.and_then(|object| object.get("retryAfterSeconds"))
    {
        let seconds = seconds.as_f64().filter(|seconds| *seconds >= 0.0).unwrap_or(1.0);
        #[expect(clippy::cast_possible_truncation, reason = "a float past the range saturates")]
        #[expect(clippy::cast_sign_loss, reason = "checked above")]
        let seconds = (seconds.ceil() as u64).clamp(1, LONGEST_WAIT_SECONDS);
        return Reply::Later { seconds };
    }
    if action == Action::Config {
        return match object {
            Some(object) => values(object).map_or_else(too_many, Reply::Config),
            None => {
                failed("/config did not answer a JSON object of keys and values".to_owned(), false)
            }
        };
    }
    match object.and_then(|object| object.get("result")) {
        Some(Value::Object(result)) => {
            values(result).map_or_else(too_many, |result| Reply::Done { result: Some(result) })
        }
        _ => Reply::Done { result: None },
    }
}

fn values(object: &Map<String, Value>) -> Option<Values> {
    if object.len() > MOST_KEYS {
        return None;
    }
    Some(scalar::to_strings(object).into_iter().collect())
}

fn too_many() -> Reply {
    failed(format!("the answer has more than {MOST_KEYS} keys"), false)
}

fn said(body: &[u8]) -> Option<String> {
    let parsed: Value = serde_json::from_slice(body).ok()?;
    let message = match parsed.get("message")? {
        Value::String(message) => message.clone(),
        // A validation of a common framework lists its complaints.
        Value::Array(messages) => {
            let texts: Vec<_> = messages.iter().filter_map(Value::as_str).collect();
            texts.join("; ")
        }
        _ => return None,
    };
    let line: String = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = line.chars().take(LONGEST_MESSAGE).collect();
    Some(cut).filter(|cut| !cut.is_empty())
}

pub(super) fn failed(message: String, passes: bool) -> Reply {
    Reply::Failed { message, passes }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(entries: &[(&str, &str)]) -> Values {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        entries.iter().map(owned).collect()
    }

    #[track_caller]
    fn check(action: Action, status: u16, body: &str, expected: Reply) {
        assert_eq!(reply(action, status, body.as_bytes()), expected, "{status} {body}");
    }

    #[test]
    fn configuration_is_a_flat_object_of_what_people_would_write() {
        let body = r#"{"port":1000000,"none":null,"tls":true,"list":[1,{"a":"b"}],"ratio":1.5}"#;
        let expected = config(&[
            ("list", r#"[1,{"a":"b"}]"#),
            ("port", "1000000"),
            ("ratio", "1.5"),
            ("tls", "true"),
        ]);
        check(Action::Config, 201, body, Reply::Config(expected));
        check(Action::Config, 200, "{}", Reply::Config(Values::new()));
        for body in ["", "[]", "\"x\"", "<html>"] {
            let reply = reply(Action::Config, 200, body.as_bytes());
            assert!(matches!(reply, Reply::Failed { passes: false, .. }), "{body}");
        }
    }

    #[test]
    fn an_event_is_done_whatever_it_says_and_may_give_a_result() {
        check(Action::Coupled, 201, "", Reply::Done { result: None });
        check(Action::Coupled, 204, "OK", Reply::Done { result: None });
        check(Action::Coupled, 202, "accepted", Reply::Done { result: None });
        let result = Some(config(&[("url", "x")]));
        check(Action::Coupled, 200, r#"{"result":{"url":"x"}}"#, Reply::Done { result });
    }

    #[test]
    fn not_yet_means_the_same_call_later() {
        let later = |seconds| Reply::Later { seconds };
        check(Action::Coupled, 202, r#"{"retryAfterSeconds":7}"#, later(7));
        check(Action::Config, 202, r#"{"retryAfterSeconds":0}"#, later(1));
        check(Action::Coupled, 202, r#"{"retryAfterSeconds":1e300}"#, later(3_600));
        check(Action::Coupled, 202, r#"{"retryAfterSeconds":-5}"#, later(1));
    }

    #[test]
    fn what_passes_is_told_from_what_needs_an_edit() {
        for (status, expected) in [
            (400, false),
            (404, false),
            (408, true),
            (429, true),
            (500, true),
            (503, true),
            (302, false),
        ] {
            let Reply::Failed { passes, .. } = reply(Action::Coupled, status, b"secret") else {
                unreachable!("{status}");
            };
            assert_eq!(passes, expected, "{status}");
        }
        let message = "/coupled answered 500: no such realm".to_owned();
        let body = "{\"message\":\"no such\\n  realm\",\"password\":\"x\"}";
        check(Action::Coupled, 500, body, Reply::Failed { message, passes: true });
        let message = "/coupled answered 500".to_owned();
        check(Action::Coupled, 500, "secret", Reply::Failed { message, passes: true });
    }
}
