//! A `DeferredResource`: one object that is created later.
//!
//! ```text
//! no waitFor             a delay of `timeout` seconds since its creation
//! waitFor, allOrTimeout    as soon as all exist, and at the latest after the timeout (the default)
//! waitFor, delayThenAll   all must exist, and the timeout must have passed (what the Go operator did)
//! ```
//! Once `Resolved` is true nothing is done any more, not even when the object is deleted: it was deferred, not owned.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::core::condition::{self, Condition, Standing};
use crate::core::flow::{Flow, Run, refusal};
use crate::core::notice;
use crate::core::object::{Account, Identity, ObjectRef};
use crate::core::request::{Private, Request, Response};
use crate::core::trouble::{Kind, Trouble};

pub(crate) fn decide(flow: &mut Flow<'_>, deferred: &Value) -> Run<()> {
    let Some(identity) = Identity::of(deferred) else { return Ok(()) };
    let going = !deferred["metadata"]["deletionTimestamp"].is_null();
    if going || is_resolved(deferred) || crate::core::alone::is_paused(deferred) {
        return Ok(());
    }
    let object = &identity.object;
    let account = Account::service(
        object.namespace(),
        deferred["spec"]["serviceAccountName"].as_str().unwrap_or_default(),
    );
    let wanted = match wanted(deferred, object) {
        Ok(wanted) => wanted,
        Err(trouble) => return report(flow, deferred, &identity, &trouble),
    };
    let wait_for = match wait_for(deferred, object) {
        Ok(wait_for) => wait_for,
        Err(trouble) => return report(flow, deferred, &identity, &trouble),
    };
    flow.outcome.watches.extend(wait_for.iter().cloned());
    let reads = wait_for
        .iter()
        .map(|target| Request::Read { account: account.clone(), object: target.clone() })
        .collect();
    let mut missing = Vec::new();
    for (target, response) in wait_for.iter().zip(flow.ask_all(reads)?) {
        match response {
            Response::Object(Some(_)) => {}
            Response::Object(None) => missing.push(target),
            other => {
                let refusal = refusal(other);
                let field = "spec.waitFor";
                let trouble = Trouble::refused(object, field, "get", target, &account, &refusal);
                return report(flow, deferred, &identity, &trouble);
            }
        }
    }
    let left = time_left(deferred, flow.now);
    let both = deferred["spec"]["mode"] == "delayThenAll";
    let due = left.is_none();
    let all = missing.is_empty();
    let go = if wait_for.is_empty() {
        due
    } else if both {
        due && all
    } else {
        due || all
    };
    if !go {
        if let Some(left) = left {
            flow.look_again_after(left);
        }
        let message = match missing.first() {
            Some(first) => format!(
                "waiting for resource: {object} spec.waitFor: {first} is not there. Next: create it, or wait for the timeout"
            ),
            None => format!("waiting for timeout: {object} spec.timeout. Next: nothing; wait"),
        };
        return pending(flow, deferred, &identity, &message);
    }
    let target = ObjectRef::of(&wanted).unwrap_or_else(|| object.clone());
    let written =
        flow.write(Request::Apply { account: account.clone(), object: Private(Arc::new(wanted)) })?;
    match written {
        Ok(written) => succeed(flow, deferred, &identity, &target, &written.uid),
        Err(refusal) => {
            let trouble =
                Trouble::refused(object, "spec.resource", "apply", &target, &account, &refusal);
            report(flow, deferred, &identity, &trouble)
        }
    }
}

fn is_resolved(deferred: &Value) -> bool {
    deferred["status"]["conditions"].as_array().is_some_and(|conditions| {
        conditions
            .iter()
            .any(|condition| condition["type"] == "Resolved" && condition["status"] == "True")
    })
}

/// The object to make, its namespace forced to that of the deferred resource.
fn wanted(deferred: &Value, object: &ObjectRef) -> Result<Value, Trouble> {
    let mut wanted = deferred["spec"]["resource"].clone();
    if let Some(metadata) = wanted.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("namespace".to_owned(), json!(object.namespace()));
    }
    if ObjectRef::of(&wanted).is_none() {
        return Err(Trouble::new(
            Kind::SpecUnreadable,
            object,
            "spec.resource",
            "it has no apiVersion, kind or metadata.name",
            "give it all three",
        ));
    }
    Ok(wanted)
}

fn wait_for(deferred: &Value, object: &ObjectRef) -> Result<Vec<ObjectRef>, Trouble> {
    let empty = Vec::new();
    let list = deferred["spec"]["waitFor"].as_array().unwrap_or(&empty);
    let mut targets = Vec::new();
    for (index, entry) in list.iter().enumerate() {
        let text = |key: &str| entry[key].as_str().unwrap_or_default();
        let api_version = match (text("apiVersion"), text("group"), text("version")) {
            ("", "", version) => version.to_owned(),
            ("", group, version) => format!("{group}/{version}"),
            (api_version, _, _) => api_version.to_owned(),
        };
        if api_version.is_empty() || text("kind").is_empty() || text("name").is_empty() {
            return Err(Trouble::new(
                Kind::SpecUnreadable,
                object,
                &format!("spec.waitFor[{index}]"),
                "it has no apiVersion (or group and version), kind or name",
                "give it all three",
            ));
        }
        targets.push(ObjectRef::new(&api_version, text("kind"), object.namespace(), text("name")));
    }
    Ok(targets)
}

/// How long until the timeout has passed; none when it has.
fn time_left(deferred: &Value, now: Timestamp) -> Option<Duration> {
    let timeout = deferred["spec"]["timeout"].as_i64().unwrap_or(0).max(0);
    let created: Timestamp = deferred["metadata"]["creationTimestamp"].as_str()?.parse().ok()?;
    let due = created.checked_add(SignedDuration::from_secs(timeout)).ok()?;
    let left = due.duration_since(now);
    Duration::try_from(left).ok().filter(|left| !left.is_zero())
}

fn pending(flow: &mut Flow<'_>, deferred: &Value, identity: &Identity, message: &str) -> Run<()> {
    let mut conditions = vec![Condition::new("Resolved", false, "Pending", message)];
    conditions.extend(condition::standard(Standing::Working, "Pending", message));
    patch(flow, deferred, identity, &conditions, None)
}

fn succeed(
    flow: &mut Flow<'_>,
    deferred: &Value,
    identity: &Identity,
    target: &ObjectRef,
    uid: &str,
) -> Run<()> {
    let message = format!("created {target}");
    let mut conditions = vec![Condition::new("Resolved", true, "Success", &message)];
    conditions.extend(condition::standard(Standing::Ready, "Success", &message));
    let owner = json!({
        "apiVersion": target.api_version, "kind": target.kind, "name": target.name, "uid": uid,
    });
    patch(flow, deferred, identity, &conditions, Some(owner))
}

fn report(
    flow: &mut Flow<'_>,
    deferred: &Value,
    identity: &Identity,
    trouble: &Trouble,
) -> Run<()> {
    let message = trouble.to_string();
    let standing = if trouble.passes { Standing::Working } else { Standing::Stuck };
    let mut conditions = vec![
        Condition::new("Resolved", false, "Error", &message),
        Condition::new("Failed", true, "Error", &message),
    ];
    conditions.extend(condition::standard(standing, trouble.kind.reason(), &message));
    flow.ask(Request::Emit(notice::warning(identity, 0, trouble)))?;
    patch(flow, deferred, identity, &conditions, None)?;
    flow.outcome.back_off = trouble.passes;
    Ok(())
}

fn patch(
    flow: &mut Flow<'_>,
    deferred: &Value,
    identity: &Identity,
    conditions: &[Condition],
    owner: Option<Value>,
) -> Run<()> {
    let generation = deferred["metadata"]["generation"].as_i64().unwrap_or(0);
    let before = &deferred["status"];
    let mut status = json!({
        "conditions": condition::merge(&before["conditions"], conditions, generation, flow.now),
        "observedGeneration": generation,
    });
    if let Some(owner) = owner {
        status["ownerReferences"] = owner;
    }
    if status.as_object().is_some_and(|keys| keys.iter().all(|(key, value)| before[key] == *value))
    {
        return Ok(());
    }
    let written = flow.write(Request::PatchStatus { subject: identity.clone(), status })?;
    if written.is_err() {
        return flow.back_off();
    }
    Ok(())
}

#[cfg(test)]
mod tests;
