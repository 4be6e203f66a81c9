//! What the stubs of a dry run are told. Pure.
//!
//! A node of the sandbox is the same as a recorded step when route, kind and label are, and it is the same visit of it; attempts of
//! one call count as one. In order: what the caller chose, then that the call failed in the original, then its recorded reply. The
//! last answer of 400 or more before a failure is the failure, although no step failed of it: Camel leaves it to the route.

use std::collections::HashMap;

use serde_json::{Value, json};
use telemetry::id::MessageId;
use telemetry::query::OutcomeIs;

use super::super::plan::{self, Recording, address};
use super::super::{Body, Content, Header, to_base64};
use crate::app::Error;
use crate::app::message::Step;

/// What the caller decided about a step, or about an address.
pub(super) struct Chosen {
    pub(super) step: Option<u32>,
    pub(super) uri: Option<String>,
    pub(super) how: How,
}

pub(super) enum How {
    Given(Content),
    From { id: MessageId, steps: Vec<Step>, replies: HashMap<u32, Recording> },
    Really,
}

/// As the launcher and the runner read it.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) told: Vec<Value>,
    /// `host:port` of what may really be asked.
    pub(super) hosts: Vec<String>,
}

/// A node, and which visit of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Call {
    route: String,
    kind: String,
    label: String,
    nth: u32,
}

impl Call {
    fn to_json(&self, step: u32) -> Value {
        json!({"route": self.route, "kind": self.kind, "label": self.label, "nth": self.nth, "step": step})
    }
}

/// Everything that stubs are told. `known`: hosts that messages of the route asked before; an address, which anybody can make up, may
/// really be asked there alone.
pub(super) fn of(
    steps: &[Step],
    replies: &HashMap<u32, Recording>,
    outcome: OutcomeIs,
    chosen: Vec<Chosen>,
    known: &[String],
) -> Result<Answers, Error> {
    let calls = calls(steps);
    let mut answers = Answers::default();
    let mut decided: Vec<u32> = Vec::new();
    for Chosen { step, uri, how } in chosen {
        let (mut answer, at) = match (step, &uri) {
            (Some(number), _) => {
                let call = calls.iter().find(|(_, step)| step.sequence == number);
                let Some((call, at)) = call else {
                    let text = format!("step {number} of the original sends nothing");
                    return Err(Error::invalid("MP-RPL-11", text));
                };
                decided.push(number);
                (call.to_json(number), At::Step(at))
            }
            (None, Some(uri)) => (json!({"uri": address(uri)}), At::Address(uri, known)),
            (None, None) => {
                return Err(Error::invalid("MP-RPL-11", "a reply is for a step or an address"));
            }
        };
        decide(&mut answer, at, how, &mut answers.hosts)?;
        answers.told.push(answer);
    }
    let failure = failure(&calls, replies, outcome);
    for (call, step) in calls.iter().filter(|(_, step)| !decided.contains(&step.sequence)) {
        let number = step.sequence;
        let mut answer = call.to_json(number);
        match replies.get(&number) {
            _ if step.is_failed => answer["failure"] = true.into(),
            Some(reply) if failure == Some(number) => {
                answer["failure"] = true.into();
                let status = reply.status.unwrap_or_default();
                answer["from"] = format!("its recorded reply was the failure ({status})").into();
            }
            Some(Recording { content: Ok(content), is_view, .. }) => {
                answer["from"] = format!("reply of step {number}").into();
                put(&mut answer, content.clone(), *is_view);
            }
            Some(Recording { content: Err(why), .. }) => {
                answer["failure"] = true.into();
                answer["from"] = why.as_str().into();
            }
            // Its answer is not known; what it is called is, and its kind says whether that matters.
            None => answer["unknown"] = true.into(),
        }
        answers.told.push(answer);
    }
    Ok(answers)
}

/// What is decided about.
#[derive(Clone, Copy)]
enum At<'a> {
    Step(&'a Step),
    Address(&'a str, &'a [String]),
}

fn decide(answer: &mut Value, at: At<'_>, how: How, hosts: &mut Vec<String>) -> Result<(), Error> {
    match how {
        How::Given(content) => {
            answer["from"] = "reply of the caller".into();
            put(answer, content, false);
        }
        How::Really => {
            let host = match at {
                At::Step(step) => plan::whole_address(step).and_then(host_of),
                At::Address(uri, known) => host_of(uri).filter(|host| known.contains(host)),
            };
            let Some(host) = host else {
                let text = match at {
                    At::Step(_) => {
                        "only reads over HTTP can really be asked, and this step is not known to be one; say what it answers"
                    }
                    At::Address(..) => {
                        "only reads over HTTP can really be asked, of hosts that messages of this route asked in the last days; say what it answers"
                    }
                };
                return Err(Error::conflict("MP-RPL-23", text));
            };
            answer["allow"] = true.into();
            hosts.push(host);
        }
        How::From { id, steps, replies } => {
            let same = match at {
                At::Step(at) => same(at, &steps, &replies),
                At::Address(uri, _) => like(uri, &steps, &replies),
            };
            let Some(Recording { content, is_view, .. }) = same else {
                let text = format!("the message `{id}` has no recorded reply of this step");
                return Err(Error::conflict("MP-RPL-23", text));
            };
            let content = content.clone().map_err(|why| Error::conflict("MP-RPL-23", why))?;
            answer["from"] = format!("reply from {}", short(id)).into();
            put(answer, content, *is_view);
        }
    }
    Ok(())
}

fn short(id: MessageId) -> String {
    let text = id.to_string();
    text.get(text.len().saturating_sub(4)..).unwrap_or_default().to_owned()
}

fn host_of(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once(':')?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let host = rest.split(['/', '?']).next()?;
    let is_plain = !host.is_empty() && !host.contains(['@', '$', '{']);
    (matches!(scheme, "http" | "https") && is_plain).then(|| host.to_owned())
}

/// The reply that another message has of the same node: the last one that went well.
pub(super) fn same<'a>(
    at: &Step,
    steps: &[Step],
    replies: &'a HashMap<u32, Recording>,
) -> Option<&'a Recording> {
    let is_same = |step: &&Step| {
        step.route == at.route && step.kind == at.kind && step.label == at.label && !step.is_failed
    };
    let usable = |step: &Step| {
        let reply = replies.get(&step.sequence)?;
        (reply.content.is_ok() && reply.status.is_none_or(|status| status < 400)).then_some(reply)
    };
    steps.iter().filter(is_same).filter_map(usable).next_back()
}

/// Hosts that these steps asked over HTTP.
pub(super) fn hosts(steps: &[Step]) -> impl Iterator<Item = String> {
    steps
        .iter()
        .filter(|step| plan::sends(step))
        .filter_map(plan::whole_address)
        .filter_map(host_of)
}

/// The reply that a message has of the call most like an address: of the same host, and the longest of it the same.
pub(super) fn like<'a>(
    uri: &str,
    steps: &[Step],
    replies: &'a HashMap<u32, Recording>,
) -> Option<&'a Recording> {
    let (wanted, host) = (address(uri), host_of(uri)?);
    let alike = |step: &Step| {
        let reply = replies.get(&step.sequence)?;
        let is_usable = reply.content.is_ok() && reply.status.is_none_or(|status| status < 400);
        let called = plan::whole_address(step)?;
        let is_there = is_usable && !step.is_failed && host_of(called).as_ref() == Some(&host);
        let same = address(called).bytes().zip(wanted.bytes()).take_while(|(a, b)| a == b).count();
        is_there.then_some((same, reply))
    };
    steps.iter().filter_map(alike).max_by_key(|(same, _)| *same).map(|(_, reply)| reply)
}

/// The last reply, when it is one of 400 or more and the message did not go well.
fn failure(
    calls: &[(Call, &Step)],
    replies: &HashMap<u32, Recording>,
    outcome: OutcomeIs,
) -> Option<u32> {
    if outcome == OutcomeIs::Completed {
        return None;
    }
    let replied = calls.iter().filter_map(|(_, step)| {
        let reply = replies.get(&step.sequence)?;
        Some((step.sequence, reply.status))
    });
    let (last, status) = replied.max_by_key(|(number, _)| *number)?;
    (status? >= 400).then_some(last)
}

/// Every send of the original with the step of its last attempt.
fn calls(steps: &[Step]) -> Vec<(Call, &Step)> {
    let mut counts: HashMap<(String, String, String), u32> = HashMap::new();
    let mut calls: Vec<(Call, &Step)> = Vec::new();
    for step in steps.iter().filter(|step| plan::sends(step)) {
        let (Some(kind), Some(label)) = (&step.kind, &step.label) else { continue };
        let key = (step.route.clone(), kind.clone(), plan::place(label));
        let is_same =
            |call: &Call| (&call.route, &call.kind, &call.label) == (&key.0, &key.1, &key.2);
        if step.redelivery > 0
            && let Some(before) = calls.iter_mut().rev().find(|(call, _)| is_same(call))
        {
            before.1 = step;
            continue;
        }
        let count = counts.entry(key.clone()).or_default();
        let (route, kind, label) = key;
        calls.push((Call { route, kind, label, nth: *count }, step));
        *count += 1;
    }
    calls
}

fn put(answer: &mut Value, content: Content, is_view: bool) {
    let header = |one: &Header| json!({"name": one.name, "kind": one.kind, "value": one.value});
    answer["headers"] = content.headers.iter().map(header).collect();
    answer["json"] = is_view.into();
    match content.body {
        Some(Body::Text(text)) => answer["body"] = text.into(),
        Some(Body::Bytes(bytes)) => answer["body_base64"] = to_base64(&bytes).into(),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(sequence: u32, kind: &str, label: &str, is_failed: bool) -> Step {
        Step {
            sequence,
            route: "line".to_owned(),
            kind: Some(kind.to_owned()),
            label: Some(label.to_owned()),
            is_failed,
            ..Step::default()
        }
    }

    fn reply(status: i64, body: &str) -> Recording {
        let content = Content { body: Some(Body::Text(body.to_owned())), headers: Vec::new() };
        Recording::new(Some(status), Ok(content))
    }

    fn one(told: &[Value], number: u32) -> &Value {
        told.iter().find(|one| one["step"] == number).unwrap()
    }

    #[test]
    fn a_failed_send_has_no_reply_unless_one_is_given() {
        let mut again = step(4, "to", "http://localhost/a", true);
        again.redelivery = 1;
        let steps = [
            step(1, "from", "direct:in", false),
            step(2, "to", "http://localhost/a?x=1", false),
            step(3, "to", "http://localhost/a", true),
            again,
        ];
        let replies = HashMap::from([(2, reply(200, "one"))]);
        let told = of(&steps, &replies, OutcomeIs::Failed, Vec::new(), &[]).unwrap().told;
        assert_eq!(told.len(), 2);
        assert_eq!((&one(&told, 2)["body"], &one(&told, 2)["nth"]), (&json!("one"), &json!(0)));
        assert_eq!((&one(&told, 4)["failure"], &one(&told, 4)["nth"]), (&json!(true), &json!(1)));
        let given = || Content { body: Some(Body::Text("{}".to_owned())), headers: Vec::new() };
        let choose = |step| vec![Chosen { step: Some(step), uri: None, how: How::Given(given()) }];
        let told = of(&steps, &replies, OutcomeIs::Failed, choose(4), &[]).unwrap().told;
        assert_eq!((told.len(), &one(&told, 4)["body"]), (2, &json!("{}")));
        let none = of(&steps, &replies, OutcomeIs::Failed, choose(1), &[]).unwrap_err();
        assert_eq!(none.code(), "MP-RPL-11");
    }

    #[test]
    fn the_answer_that_made_it_fail_is_not_pretended() {
        let asked = step(2, "toD", "{{prices}}/${body}", false);
        let steps = [asked, step(3, "throwException", "", true)];
        let replies = HashMap::from([(2, reply(404, "none"))]);
        let told = of(&steps, &replies, OutcomeIs::Failed, Vec::new(), &[]).unwrap().told;
        assert_eq!(one(&told, 2)["from"], "its recorded reply was the failure (404)");
        let told = of(&steps, &replies, OutcomeIs::Completed, Vec::new(), &[]).unwrap().told;
        assert_eq!(one(&told, 2)["body"], "none", "one that went on with it may do so again");
    }

    #[test]
    fn a_reply_of_another_message_is_that_of_the_same_node() {
        let label = "{{prices}}/${body}";
        let steps = [step(2, "toD", label, false)];
        let other = vec![step(5, "toD", label, false), step(9, "toD", "http://x", false)];
        let of_other = HashMap::from([(5, reply(200, "3.90")), (9, reply(200, "no"))]);
        let id = MessageId::from_u128(7);
        let how = How::From { id, steps: other, replies: of_other };
        let chosen = vec![Chosen { step: Some(2), uri: None, how }];
        let told = of(&steps, &HashMap::new(), OutcomeIs::Failed, chosen, &[]).unwrap().told;
        assert_eq!(one(&told, 2)["body"], "3.90");
    }

    #[test]
    fn only_a_known_host_is_really_asked() {
        let mut asked = step(2, "toD", "{{prices}}/${body}", false);
        let really = || vec![Chosen { step: Some(2), uri: None, how: How::Really }];
        let none = of(&[asked.clone()], &HashMap::new(), OutcomeIs::Failed, really(), &[]);
        assert_eq!(none.unwrap_err().code(), "MP-RPL-23");
        asked.detail = Some("404 http://127.0.0.1:20081/prices".to_owned());
        let answers = of(&[asked], &HashMap::new(), OutcomeIs::Failed, really(), &[]).unwrap();
        assert_eq!(answers.hosts, ["127.0.0.1:20081"]);
        assert_eq!(answers.told[0]["allow"], true);
    }

    #[test]
    fn an_address_is_answered_as_the_call_most_like_it_was_and_asked_at_known_hosts_only() {
        let called = |sequence, uri: &str| {
            let mut step = step(sequence, "toD", "{{prices}}/${body}", false);
            step.detail = Some(format!("200 {uri}"));
            step
        };
        let steps = vec![called(2, "http://h:1/stock/A"), called(3, "http://h:1/prices/B")];
        let replies = || HashMap::from([(2, reply(200, "9")), (3, reply(200, "4.50"))]);
        let of = |how, known: &[String]| {
            let uri = Some("http:h:1/prices/C".to_owned());
            of(
                &[],
                &HashMap::new(),
                OutcomeIs::Completed,
                vec![Chosen { step: None, uri, how }],
                known,
            )
        };
        let from =
            How::From { id: MessageId::from_u128(7), steps: steps.clone(), replies: replies() };
        assert_eq!(of(from, &[]).unwrap().told[0]["body"], "4.50");
        let from = How::From { id: MessageId::from_u128(7), steps: Vec::new(), replies: replies() };
        assert_eq!(of(from, &[]).unwrap_err().code(), "MP-RPL-23");
        let known: Vec<String> = hosts(&steps).collect();
        assert_eq!(known, ["h:1", "h:1"]);
        assert_eq!(of(How::Really, &known).unwrap().hosts, ["h:1"]);
        assert_eq!(of(How::Really, &["other".to_owned()]).unwrap_err().code(), "MP-RPL-23");
    }
}
