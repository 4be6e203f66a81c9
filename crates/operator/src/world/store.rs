//! What the API server would do.

use super::{
    Account, Arc, Cause, Found, Map, ObjectRef, Refusal, Reply, Request, Response, Value, World,
    json,
};
use crate::core::condition::second;
use crate::core::object::Identity;
use crate::core::request::Action;

impl World {
    /// Performs one request that is not a `Find`.
    pub fn perform(&mut self, request: &Request) -> Response {
        self.requests.push(request.clone());
        match request {
            Request::Find(find) => self.find(find),
            Request::Read { account, object } => {
                if let Some(refused) = self.refused(account, object) {
                    return refused;
                }
                Response::Object(self.objects.get(object).cloned())
            }
            Request::List { api_version, kind, namespace, selector, .. } => {
                let fits = |(reference, object): &(&ObjectRef, &Arc<Value>)| {
                    reference.api_version == *api_version
                        && reference.kind == *kind
                        && reference.namespace() == namespace
                        && selector.fits(&super::find::labels(object))
                };
                let found = self.objects.iter().filter(fits);
                Response::Objects(found.map(|(_, object)| object.clone()).collect())
            }
            Request::Apply { account, object } => self.apply(account, &object.0, None),
            Request::Project { account, manager, object } => {
                self.apply(account, &object.0, Some(manager))
            }
            Request::Create { account, object } => {
                let Some(reference) = ObjectRef::of(&object.0) else {
                    return refuse(Cause::Invalid, "no name");
                };
                if self.objects.contains_key(&reference) {
                    return refuse(Cause::Exists, "it exists");
                }
                self.apply(account, &object.0, None)
            }
            Request::Delete { account, object, uid } => {
                self.remove(account, object, uid.as_deref())
            }
            Request::ReadJournal { name } => Response::Journal(match self.journals.get(name) {
                None => Found::Absent,
                Some((version, _)) if self.unreadable.contains(name) => Found::Unreadable {
                    resource_version: version.to_string(),
                    why: "no key opens it".to_owned(),
                },
                Some((version, journal)) => Found::Open {
                    resource_version: version.to_string(),
                    journal: Box::new(journal.clone()),
                },
            }),
            Request::WriteJournal { name, over, journal } => {
                let there = self.journals.get(name).map(|(version, _)| version.to_string());
                match (over, there) {
                    (None, Some(_)) => return refuse(Cause::Exists, "it exists"),
                    (Some(_), None) => return refuse(Cause::NotFound, "it is gone"),
                    (Some(over), Some(there)) if *over != there => {
                        return refuse(Cause::Conflict, "it changed");
                    }
                    _ => {}
                }
                self.unreadable.remove(name);
                let version = self.next();
                self.journals.insert(name.clone(), (version, (**journal).clone()));
                written("", version)
            }
            Request::DeleteJournal { name } => match self.journals.remove(name) {
                Some(_) => Response::Gone,
                None => refuse(Cause::NotFound, "it is gone"),
            },
            Request::SetFinalizers { subject, resource_version, finalizers } => {
                self.set_finalizers(subject, resource_version, finalizers)
            }
            Request::PatchStatus { subject, status } => self.patch_status(subject, status),
            Request::Emit(notice) => {
                self.events.insert(notice.name.clone(), notice.clone());
                written("", self.counter)
            }
            Request::Call(call) => {
                self.calls.push((call.event_id.clone(), (**call).clone()));
                let reply = self.replies.get(&(call.owner.object.clone(), call.action));
                Response::Reply(reply.cloned().unwrap_or_else(|| {
                    if call.action == Action::Config {
                        Reply::Config(std::collections::BTreeMap::new())
                    } else {
                        Reply::Done { result: None }
                    }
                }))
            }
        }
    }

    pub(super) fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    fn refused(&self, account: &Account, object: &ObjectRef) -> Option<Response> {
        let rule = self
            .refusals
            .iter()
            .find(|(who, what, _)| who == account && what == object)
            .map(|(_, _, cause)| *cause);
        let going = self.going.contains(object.namespace()) && !self.objects.contains_key(object);
        match (rule, going) {
            (Some(cause), _) => Some(refuse(cause, "refused for this test")),
            _ => None,
        }
    }

    fn apply(&mut self, account: &Account, object: &Value, manager: Option<&str>) -> Response {
        let Some(reference) = ObjectRef::of(object) else {
            return refuse(Cause::Invalid, "it has no name");
        };
        if let Some(refused) = self.refused(account, &reference) {
            return refused;
        }
        let before = self.objects.get(&reference).cloned();
        if before.is_none() && self.going.contains(reference.namespace()) {
            return refuse(Cause::Terminating, "the namespace is being deleted");
        }
        if let Some(manager) = manager {
            let Some(before) = before else { return refuse(Cause::Invalid, "not whole") };
            let mut after = (*before).clone();
            let patch = if object["spec"].is_null() { Value::Null } else { object.clone() };
            let projections = &mut after["projections"];
            if projections.is_null() {
                *projections = json!({});
            }
            if let Some(projections) = projections.as_object_mut() {
                projections.remove(manager);
                if !patch.is_null() {
                    projections.insert(manager.to_owned(), patch);
                }
            }
            return self.put(&reference, after);
        }
        let mut after = object.clone();
        if let (Some(before), Some(fields)) = (&before, after.as_object_mut()) {
            for (key, value) in before.as_object().into_iter().flatten() {
                if !fields.contains_key(key) {
                    fields.insert(key.clone(), value.clone());
                }
            }
            let kept = before["metadata"].clone();
            merge(&mut fields["metadata"], &kept);
        }
        self.put(&reference, after)
    }

    /// Stores an object as a person or the API server would, new uid and versions included.
    pub fn put(&mut self, reference: &ObjectRef, mut object: Value) -> Response {
        let before = self.objects.get(reference).cloned();
        if before.as_ref().is_some_and(|before| **before == object) {
            let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
            return written(uid, self.counter);
        }
        let version = self.next();
        let created = second(self.now);
        let metadata = &mut object["metadata"];
        if metadata["uid"].is_null() {
            metadata["uid"] = json!(format!("uid-{version}"));
            metadata["creationTimestamp"] = json!(created);
            metadata["generation"] = json!(1);
        }
        metadata["resourceVersion"] = json!(version.to_string());
        if let Some(before) = before
            && before["spec"] != object["spec"]
        {
            let generation = before["metadata"]["generation"].as_i64().unwrap_or(0);
            object["metadata"]["generation"] = json!(generation + 1);
        }
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        self.objects.insert(reference.clone(), Arc::new(object));
        written(&uid, version)
    }

    /// Applies what a person wrote; labels, finalizers and status stay.
    pub fn write(&mut self, object: Value) -> ObjectRef {
        let reference =
            ObjectRef::of(&object).unwrap_or_else(|| ObjectRef::new("", "", "", "unnamed"));
        self.apply(&Account::Operator, &object, None);
        reference
    }

    /// Changes a stored object in place.
    pub fn edit(&mut self, reference: &ObjectRef, change: impl FnOnce(&mut Value)) {
        let Some(object) = self.objects.get(reference) else { return };
        let mut object = (**object).clone();
        change(&mut object);
        self.put(reference, object);
    }

    /// `kubectl delete`.
    pub fn delete(&mut self, reference: &ObjectRef) {
        self.remove(&Account::Operator, reference, None);
    }

    fn remove(&mut self, account: &Account, object: &ObjectRef, uid: Option<&str>) -> Response {
        if let Some(refused) = self.refused(account, object) {
            return refused;
        }
        let Some(there) = self.objects.get(object).cloned() else {
            return refuse(Cause::NotFound, "it is gone");
        };
        if uid.is_some_and(|uid| there["metadata"]["uid"] != uid) {
            return refuse(Cause::Conflict, "another uid");
        }
        let finalizers = there["metadata"]["finalizers"].as_array().is_some_and(|f| !f.is_empty());
        if !finalizers {
            self.next();
            self.objects.remove(object);
            return Response::Gone;
        }
        let mut after = (*there).clone();
        if after["metadata"]["deletionTimestamp"].is_null() {
            after["metadata"]["deletionTimestamp"] = json!(second(self.now));
        }
        self.put(object, after);
        Response::Gone
    }

    fn set_finalizers(
        &mut self,
        subject: &Identity,
        resource_version: &str,
        finalizers: &[String],
    ) -> Response {
        let Some(there) = self.objects.get(&subject.object).cloned() else {
            return refuse(Cause::NotFound, "it is gone");
        };
        if there["metadata"]["resourceVersion"] != resource_version
            || there["metadata"]["uid"] != subject.uid.as_str()
        {
            return refuse(Cause::Conflict, "it changed");
        }
        if finalizers.is_empty() && !there["metadata"]["deletionTimestamp"].is_null() {
            self.next();
            self.objects.remove(&subject.object);
            return Response::Gone;
        }
        let mut after = (*there).clone();
        after["metadata"]["finalizers"] = json!(finalizers);
        self.put(&subject.object, after)
    }

    fn patch_status(&mut self, subject: &Identity, status: &Value) -> Response {
        let Some(there) = self.objects.get(&subject.object).cloned() else {
            return refuse(Cause::NotFound, "it is gone");
        };
        if there["metadata"]["uid"] != subject.uid.as_str() {
            return refuse(Cause::Conflict, "another uid");
        }
        let mut after = (*there).clone();
        if after["status"].is_null() {
            after["status"] = json!({});
        }
        merge_patch(&mut after["status"], status);
        self.put(&subject.object, after)
    }

    /// Objects in namespaces that are being deleted go once nothing holds them.
    pub fn collect(&mut self) {
        let doomed: Vec<ObjectRef> = self
            .objects
            .keys()
            .filter(|reference| self.going.contains(reference.namespace()))
            .cloned()
            .collect();
        for reference in doomed {
            self.delete(&reference);
        }
    }
}

fn merge(into: &mut Value, from: &Value) {
    let (Some(into), Some(from)) = (into.as_object_mut(), from.as_object()) else { return };
    for (key, value) in from {
        match into.get_mut(key) {
            Some(there) => merge(there, value),
            None => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}

fn merge_patch(into: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *into = patch.clone();
        return;
    };
    if !into.is_object() {
        *into = Value::Object(Map::new());
    }
    let Some(into) = into.as_object_mut() else { return };
    for (key, value) in patch {
        if value.is_null() {
            into.remove(key);
        } else {
            merge_patch(into.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

fn refuse(cause: Cause, message: &str) -> Response {
    Response::Refused(Refusal { cause, message: message.to_owned() })
}

fn written(uid: &str, version: u64) -> Response {
    Response::Written { uid: uid.to_owned(), resource_version: version.to_string() }
}
