//! Doing what was rendered, with the journal beside it.
//!
//! Every function here assumes that the journal already holds what it is about to make. Objects that are made anew carry the pass
//! that made them, so a repetition after a crash does not delete them a second time. What was only ever refused is marked as such
//! (`settle`): otherwise an account without rights could not even be let go again, because it may not delete what it never made.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use k8s::resource::Do;
use serde_json::{Value, json};

use crate::core::flow::{Flow, Run, Stop, Written};
use crate::core::journal::{Journal, Made, Side};
use crate::core::names;
use crate::core::object::{Account, ObjectRef};
use crate::core::party::Party;
use crate::core::request::{Action, Call, Cause, Private, Reply, Request, Response, Values};
use crate::core::resources::Rendered;
use crate::core::seal;
use crate::core::trouble::{Kind, Trouble};

/// How soon an object that is being deleted is looked at again, to be made anew.
const DELETED_SOON: Duration = Duration::from_secs(1);

/// A journal and the resource version it was last seen at.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) name: String,
    pub(crate) resource_version: Option<String>,
    pub(crate) journal: Journal,
    /// Entries of the inventory that are certainly not there because of us.
    absent: BTreeSet<(ObjectRef, Option<String>)>,
}

impl Held {
    pub(crate) fn new(name: &str, resource_version: Option<String>, journal: Journal) -> Self {
        let absent = journal.inventory.iter().filter(|made| made.untouched);
        let absent = absent.map(|made| (made.object.clone(), made.manager.clone())).collect();
        Self { name: name.to_owned(), resource_version, journal, absent }
    }

    /// Stores the journal. A conflict means that somebody was faster or the view is old: look again from the start.
    pub(crate) fn save(&mut self, flow: &mut Flow<'_>, owner: &ObjectRef) -> Run<()> {
        let request = Request::WriteJournal {
            name: self.name.clone(),
            over: self.resource_version.clone(),
            journal: Box::new(self.journal.clone()),
        };
        match flow.write(request)? {
            Ok(Written { resource_version, .. }) => {
                self.resource_version = Some(resource_version);
                Ok(())
            }
            Err(refusal) => match refusal.cause {
                Cause::Conflict | Cause::Exists | Cause::NotFound => flow.back_off(),
                cause => {
                    let secret = ObjectRef::new("v1", "Secret", "", &self.name);
                    let mut trouble = Trouble::refused(
                        owner,
                        "status",
                        "write",
                        &secret,
                        &Account::Operator,
                        &refusal,
                    );
                    if cause == Cause::TooLarge {
                        trouble.next = format!(
                            "make configuration and results smaller: a journal holds {} KiB",
                            seal::LARGEST / 1024
                        );
                    }
                    Err(trouble.into())
                }
            },
        }
    }

    /// The same for everything that was rendered.
    pub(crate) fn plan(&mut self, side: Side, account: &Account, rendered: &[Rendered]) -> bool {
        let mut grown = false;
        for rendered in rendered.iter().filter(|rendered| rendered.what != Do::Delete) {
            grown |= self.remember(Made {
                object: rendered.reference.clone(),
                side,
                account: account.clone(),
                retain: rendered.retain,
                uid: None,
                manager: None,
                untouched: false,
            });
        }
        grown
    }

    /// Puts an object that is about to be made into the inventory; true when the journal has to be written first.
    pub(crate) fn remember(&mut self, made: Made) -> bool {
        let inventory = &mut self.journal.inventory;
        let known = inventory
            .iter_mut()
            .find(|known| known.object == made.object && known.manager == made.manager);
        if let Some(known) = known {
            known.retain = made.retain;
            known.side = made.side;
            // The account stays the one that made it until another one did.
            // What is about to be made again may get another uid; until that is known, the name has to do.
            return known.uid.take().is_some();
        }
        self.absent.insert((made.object.clone(), made.manager.clone()));
        inventory.push(made);
        true
    }

    /// It is there, made by `account`.
    pub(crate) fn made(
        &mut self,
        object: &ObjectRef,
        manager: Option<&str>,
        account: &Account,
        uid: &str,
    ) {
        self.doubt(object, manager);
        for known in &mut self.journal.inventory {
            if known.object != *object || known.manager.as_deref() != manager {
                continue;
            }
            known.untouched = false;
            known.account = account.clone();
            if !uid.is_empty() {
                known.uid = Some(uid.to_owned());
            }
        }
    }

    /// It may be there from now on.
    pub(crate) fn doubt(&mut self, object: &ObjectRef, manager: Option<&str>) {
        self.absent.remove(&(object.clone(), manager.map(str::to_owned)));
    }

    /// Writes down what a pass that stops here has certainly not made.
    pub(crate) fn settle(&mut self, flow: &mut Flow<'_>, owner: &ObjectRef) -> Run<()> {
        let mut is_new = false;
        for made in &mut self.journal.inventory {
            let untouched = self.absent.contains(&(made.object.clone(), made.manager.clone()));
            is_new |= made.untouched != untouched;
            made.untouched = untouched;
        }
        if is_new { self.save(flow, owner) } else { Ok(()) }
    }

    fn unmade(&mut self, object: &ObjectRef) {
        self.journal.inventory.retain(|known| known.object != *object || known.manager.is_some());
    }

    /// Does the entries of one side in their order.
    pub(crate) fn perform(
        &mut self,
        flow: &mut Flow<'_>,
        party: &Party,
        entries: &[Rendered],
    ) -> Run<()> {
        for entry in entries {
            let done = match entry.what {
                Do::Apply | Do::Unknown => apply(flow, party, entry).map(Some),
                Do::Delete => delete(flow, party, entry).map(|()| None),
                Do::Recreate => recreate(flow, party, entry, self.journal.pass).map(Some),
            };
            match done {
                Ok(Some(uid)) => self.made(&entry.reference, None, &party.account, &uid),
                Ok(None) => self.unmade(&entry.reference),
                Err(stop) => {
                    // Only a refusal says for certain that nothing was made.
                    let refused = matches!(&stop, Stop::Trouble(trouble) if trouble.kind != Kind::ClusterUnavailable);
                    if !refused {
                        self.doubt(&entry.reference, None);
                    }
                    return Err(stop);
                }
            }
        }
        Ok(())
    }
}

fn apply(flow: &mut Flow<'_>, party: &Party, entry: &Rendered) -> Run<String> {
    let object = Private(Arc::new(entry.object.clone()));
    let request = Request::Apply { account: party.account.clone(), object };
    match flow.write(request)? {
        Ok(written) => Ok(written.uid),
        Err(refusal) => Err(refused(party, entry, "apply", &refusal).into()),
    }
}

fn delete(flow: &mut Flow<'_>, party: &Party, entry: &Rendered) -> Run<()> {
    let request = Request::Delete {
        account: party.account.clone(),
        object: entry.reference.clone(),
        uid: None,
    };
    match flow.write(request)? {
        Ok(_) => Ok(()),
        Err(refusal) if refusal.cause == Cause::NotFound => Ok(()),
        Err(refusal) => Err(refused(party, entry, "delete", &refusal).into()),
    }
}

fn recreate(flow: &mut Flow<'_>, party: &Party, entry: &Rendered, pass: u64) -> Run<String> {
    let account = party.account.clone();
    let object = entry.reference.clone();
    let there =
        match flow.ask(Request::Read { account: account.clone(), object: object.clone() })? {
            Response::Object(there) => there.clone(),
            other => {
                let refusal = crate::core::flow::refusal(other);
                return Err(refused(party, entry, "get", &refusal).into());
            }
        };
    let pass = pass.to_string();
    if let Some(there) = there {
        let metadata = &there["metadata"];
        if metadata["annotations"][names::PASS_ANNOTATION] == pass.as_str()
            && metadata["deletionTimestamp"].is_null()
        {
            return Ok(metadata["uid"].as_str().unwrap_or_default().to_owned());
        }
        let uid = metadata["uid"].as_str().map(str::to_owned);
        let request = Request::Delete { account: account.clone(), object: object.clone(), uid };
        if let Err(refusal) = flow.write(request)?
            && refusal.cause != Cause::NotFound
        {
            return Err(refused(party, entry, "delete", &refusal).into());
        }
    }
    let mut wanted = entry.object.clone();
    annotate(&mut wanted, names::PASS_ANNOTATION, &pass);
    match flow.write(Request::Create { account, object: Private(Arc::new(wanted)) })? {
        Ok(written) => Ok(written.uid),
        Err(refusal) if refusal.cause == Cause::Exists => {
            flow.look_again_after(DELETED_SOON);
            Err(Stop::Done)
        }
        Err(refusal) => Err(refused(party, entry, "create", &refusal).into()),
    }
}

pub(crate) fn annotate(object: &mut Value, key: &str, value: &str) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
        if let Some(annotations) = annotations.as_object_mut() {
            annotations.insert(key.to_owned(), json!(value));
        }
    }
}

fn refused(
    party: &Party,
    entry: &Rendered,
    doing: &str,
    refusal: &crate::core::request::Refusal,
) -> Trouble {
    Trouble::refused(
        party.reference(),
        &entry.field,
        doing,
        &entry.reference,
        &party.account,
        refusal,
    )
}

/// How a call of an apparatus ended.
pub(crate) enum Called {
    /// Nothing to call.
    Nobody,
    Done(Option<Values>),
    /// Ask again: after this time, or when the pod's watch nudges.
    Later(Option<Duration>),
}

/// Whether `party` has anything to call.
pub(crate) fn has_apparatus(party: &Party) -> bool {
    party.spec.apparatus.as_ref().is_some_and(|apparatus| {
        !apparatus.containers.is_empty()
            || apparatus.pod_template.is_some()
            || !apparatus.endpoint.as_deref().unwrap_or_default().is_empty()
    })
}

/// The front of what is said of a call that failed; `explain` reads it back.
pub(crate) fn failed_call(action: Action) -> String {
    format!("its call /{} did not work: ", action.as_str())
}

/// Calls the apparatus of `party`.
pub(crate) fn call(
    flow: &mut Flow<'_>,
    party: &Party,
    fill: impl FnOnce(Call) -> Call,
    action: Action,
    event_id: String,
) -> Run<Called> {
    if !has_apparatus(party) {
        return Ok(Called::Nobody);
    }
    let call = fill(Call {
        owner: party.identity.clone(),
        apparatus: Arc::new(party.object["spec"]["apparatus"].clone()),
        service_account: party.spec.service_account().to_owned(),
        action,
        event_id,
        plug: None,
        socket: None,
        plug_config: None,
        socket_config: None,
        plug_data: None,
        socket_data: None,
        vars: None,
    });
    let failed = |message: &str, passes: bool| {
        let mut trouble = Trouble::new(
            Kind::ApparatusFailed,
            party.reference(),
            "spec.apparatus",
            format!("{}{message}", failed_call(action)),
            "look at the apparatus; it is called again with the same event id",
        );
        trouble.passes = passes;
        trouble
    };
    match flow.ask(Request::Call(Box::new(call)))? {
        Response::Reply(Reply::Config(values)) => Ok(Called::Done(Some(values.clone()))),
        Response::Reply(Reply::Done { result }) => Ok(Called::Done(result.clone())),
        Response::Reply(Reply::Later { seconds }) => {
            Ok(Called::Later(Some(Duration::from_secs((*seconds).clamp(1, 3_600)))))
        }
        Response::Reply(Reply::Starting) => Ok(Called::Later(None)),
        Response::Reply(Reply::Failed { message, passes }) => Err(failed(message, *passes).into()),
        other => Err(failed(&crate::core::flow::refusal(other).message, true).into()),
    }
}
