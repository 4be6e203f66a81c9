use serde_json::{Value, json};

use super::*;
use crate::core::flow::{Answer, Step};
use crate::core::request::Cause;
use crate::core::request::Refusal;

fn deferred(spec: Value) -> Value {
    json!({
        "apiVersion": "integration.rock8s.com/v1beta1", "kind": "DeferredResource",
        "metadata": {
            "name": "later", "namespace": "app", "uid": "u1", "generation": 1,
            "creationTimestamp": "1970-01-01T00:00:00Z"
        },
        "spec": spec,
    })
}

fn spec(mode: Option<&str>) -> Value {
    json!({
        "timeout": 60, "mode": mode,
        "waitFor": [{"group": "apps", "version": "v1", "kind": "Deployment", "name": "db"}],
        "resource": {
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "made", "namespace": "elsewhere"}, "data": {"a": "b"}
        },
    })
}

/// Runs to the end against a cluster where `exists` says whether `waitFor` is there; returns the writes and the outcome.
fn run(object: &Value, second: i64, exists: bool) -> (Vec<Request>, Outcome) {
    let now = Timestamp::from_second(second).unwrap();
    let mut answers: Vec<Answer> = Vec::new();
    loop {
        match Flow::new(&answers, now).run(|flow| decide(flow, object)) {
            Step::Done(outcome) => {
                let writes = answers.into_iter().map(|answer| answer.request);
                return (writes.filter(Request::is_write).collect(), outcome);
            }
            Step::Ask(requests) => answers.extend(requests.into_iter().map(|request| {
                let response = match &request {
                    Request::Read { .. } => Response::Object(exists.then(|| Arc::new(json!({})))),
                    _ => Response::Written {
                        uid: "made-uid".to_owned(),
                        resource_version: "2".to_owned(),
                    },
                };
                Answer { request, response }
            })),
        }
    }
}

use crate::core::flow::Outcome;

fn is_created(writes: &[Request]) -> bool {
    writes.iter().any(|write| matches!(write, Request::Apply { .. }))
}

#[test]
fn it_waits_for_all_or_for_the_timeout_unless_both_are_asked_for() {
    let check = |mode, second, exists, want| {
        let (writes, _) = run(&deferred(spec(mode)), second, exists);
        assert_eq!(is_created(&writes), want, "{mode:?} at {second} s, exists {exists}");
    };
    check(None, 1, false, false);
    check(None, 1, true, true);
    check(None, 60, false, true);
    check(Some("delayThenAll"), 1, true, false);
    check(Some("delayThenAll"), 60, false, false);
    check(Some("delayThenAll"), 60, true, true);
}

#[test]
fn without_anything_to_wait_for_the_timeout_is_a_delay() {
    let mut object = deferred(spec(None));
    object["spec"]["waitFor"] = json!([]);
    let (writes, outcome) = run(&object, 20, false);
    assert!(!is_created(&writes));
    assert_eq!(outcome.after, Some(Duration::from_secs(40)));
    assert!(is_created(&run(&object, 60, false).0));
}

#[test]
fn the_object_is_made_in_the_own_namespace_and_named_in_the_status() {
    let (writes, _) = run(&deferred(spec(None)), 60, false);
    let [Request::Apply { account, object }, Request::PatchStatus { status, .. }] = &writes[..]
    else {
        panic!("{writes:?}");
    };
    assert_eq!(*account, Account::service("app", "default"));
    assert_eq!(object.0["metadata"]["namespace"], "app");
    assert_eq!(status["ownerReferences"]["uid"], "made-uid");
    assert_eq!(status["conditions"][0]["reason"], "Success");
}

#[test]
fn a_resolved_one_is_left_alone_and_waiting_writes_once() {
    let mut object = deferred(spec(None));
    let (writes, _) = run(&object, 1, false);
    let [Request::PatchStatus { status, .. }] = &writes[..] else { panic!("{writes:?}") };
    assert_eq!(status["conditions"][0]["reason"], "Pending");
    object["status"] = status.clone();
    assert!(run(&object, 2, false).0.is_empty());
    object["status"] = json!({"conditions": [{"type": "Resolved", "status": "True"}]});
    assert!(run(&object, 100, true).0.is_empty());
}

#[test]
fn a_refusal_is_a_condition_and_a_warning() {
    let object = deferred(spec(None));
    let now = Timestamp::from_second(60).unwrap();
    let mut answers: Vec<Answer> = Vec::new();
    let outcome = loop {
        match Flow::new(&answers, now).run(|flow| decide(flow, &object)) {
            Step::Done(outcome) => break outcome,
            Step::Ask(requests) => answers.extend(requests.into_iter().map(|request| {
                let response = match &request {
                    Request::Read { .. } => Response::Refused(Refusal {
                        cause: Cause::Forbidden,
                        message: "deployments \"db\" is forbidden".to_owned(),
                    }),
                    _ => Response::Gone,
                };
                Answer { request, response }
            })),
        }
    };
    assert!(outcome.back_off);
    let told: Vec<_> = answers.iter().filter(|answer| answer.request.is_write()).collect();
    let Request::Emit(notice) = &told[0].request else { panic!("{told:?}") };
    assert_eq!(notice.reason, "ObjectForbidden");
    assert!(notice.message.contains("app/later spec.waitFor"), "{}", notice.message);
    assert!(notice.message.contains("give service account app/default the right"));
}
