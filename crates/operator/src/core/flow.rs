//! Asking, written as a straight line: a question that was answered before returns its answer, a new one stops the run.
//!
//! A decision is run again from its start with every batch of answers. That is cheap (a coupling asks a dozen questions) and it
//! makes the decision a plain function of its answers, without a hand-written state for every point at which it may wait. The
//! price is determinism: a run must ask the same questions in the same order. One that does not is stopped (`Diverged`).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::core::object::ObjectRef;
use crate::core::request::{Find, Found, Refusal, Request, Response};
use crate::core::trouble::Trouble;

/// A question and what came back.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub request: Request,
    pub response: Response,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Perform these, in order or at the same time if they are reads or Events, append the answers in this order, and call again.
    Ask(Vec<Request>),
    Done(Outcome),
}

/// As `Step`, for questions that end in something to show.
#[derive(Clone, Debug, PartialEq)]
pub enum Look<T> {
    Ask(Vec<Request>),
    Seen(T),
}

/// The end of one reconcile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Look again after this time even if nothing changes.
    pub after: Option<Duration>,
    /// It went wrong in a way that may pass: look again with the back-off of the queue.
    pub back_off: bool,
    /// Objects whose change must wake this subject, beside itself, its plugs and its socket.
    pub watches: BTreeSet<ObjectRef>,
    /// Other subjects to look at now.
    pub wakes: BTreeSet<ObjectRef>,
}

/// Why a run stops before its end.
#[derive(Debug, PartialEq)]
pub(crate) enum Stop {
    Ask(Vec<Request>),
    /// The end of the reconcile, reached early.
    Done,
    /// Something is wrong with what a person wrote, or with the cluster: `decide` of each kind reports it.
    Trouble(Box<Trouble>),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(Box::new(trouble))
    }
}

pub(crate) type Run<T> = Result<T, Stop>;

pub(crate) struct Flow<'a> {
    answers: &'a [Answer],
    cursor: usize,
    pub(crate) now: Timestamp,
    pub(crate) outcome: Outcome,
}

impl<'a> Flow<'a> {
    pub(crate) fn new(answers: &'a [Answer], now: Timestamp) -> Self {
        Self { answers, cursor: 0, now, outcome: Outcome::default() }
    }

    /// Runs `decide` with the answers so far.
    pub(crate) fn run(mut self, decide: impl FnOnce(&mut Self) -> Run<()>) -> Step {
        match decide(&mut self) {
            Err(Stop::Ask(requests)) => Step::Ask(requests),
            Ok(()) | Err(Stop::Done) => Step::Done(self.outcome),
            Err(Stop::Trouble(trouble)) => {
                // Reporting it failed as well; the next look reports it again.
                self.outcome.back_off = trouble.passes;
                Step::Done(self.outcome)
            }
        }
    }

    /// Runs something that only looks; `otherwise` makes an end of a run that stopped early.
    pub(crate) fn look<T>(
        mut self,
        look: impl FnOnce(&mut Self) -> Run<T>,
        otherwise: impl FnOnce(Option<Trouble>) -> T,
    ) -> Look<T> {
        match look(&mut self) {
            Ok(seen) => Look::Seen(seen),
            Err(Stop::Ask(requests)) => Look::Ask(requests),
            Err(Stop::Done) => Look::Seen(otherwise(None)),
            Err(Stop::Trouble(trouble)) => Look::Seen(otherwise(Some(*trouble))),
        }
    }

    pub(crate) fn ask(&mut self, request: Request) -> Run<&'a Response> {
        let Some(answer) = self.answers.get(self.cursor) else {
            return Err(Stop::Ask(vec![request]));
        };
        self.take(&request, answer)
    }

    /// Asks all of them at once; they must not depend on each other.
    pub(crate) fn ask_all(&mut self, requests: Vec<Request>) -> Run<Vec<&'a Response>> {
        let known = &self.answers[self.cursor.min(self.answers.len())..];
        if known.len() < requests.len() {
            let unanswered = requests.into_iter().skip(known.len()).collect();
            return Err(Stop::Ask(unanswered));
        }
        requests.iter().zip(known).map(|(request, answer)| self.take(request, answer)).collect()
    }

    fn take(&mut self, request: &Request, answer: &'a Answer) -> Run<&'a Response> {
        if answer.request != *request {
            // Never expected; looking again from the start is always right.
            self.outcome.back_off = true;
            return Err(Stop::Done);
        }
        self.cursor += 1;
        Ok(&answer.response)
    }

    pub(crate) fn find(&mut self, find: Find) -> Run<Option<Arc<Value>>> {
        Ok(match self.ask(Request::Find(find))? {
            Response::Object(object) => object.clone(),
            _ => None,
        })
    }

    pub(crate) fn find_all(&mut self, find: Find) -> Run<Vec<Arc<Value>>> {
        Ok(match self.ask(Request::Find(find))? {
            Response::Objects(objects) => objects.clone(),
            _ => Vec::new(),
        })
    }

    pub(crate) fn journal(&mut self, name: &str) -> Run<Result<Found, Refusal>> {
        Ok(match self.ask(Request::ReadJournal { name: name.to_owned() })? {
            Response::Journal(found) => Ok(found.clone()),
            other => Err(refusal(other)),
        })
    }

    /// Performs a write; `Ok` carries uid and resource version where there are any.
    pub(crate) fn write(&mut self, request: Request) -> Run<Result<Written, Refusal>> {
        Ok(match self.ask(request)? {
            Response::Written { uid, resource_version } => {
                Ok(Written { uid: uid.clone(), resource_version: resource_version.clone() })
            }
            Response::Gone => Ok(Written::default()),
            other => Err(refusal(other)),
        })
    }

    /// Ends the reconcile; the queue looks again with its back-off.
    pub(crate) fn back_off<T>(&mut self) -> Run<T> {
        self.outcome.back_off = true;
        Err(Stop::Done)
    }

    pub(crate) fn look_again_after(&mut self, after: Duration) {
        self.outcome.after = Some(self.outcome.after.map_or(after, |earlier| earlier.min(after)));
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) uid: String,
    pub(crate) resource_version: String,
}

/// A response of another form than asked for is a fault of the performer; it is treated as one that may pass.
pub(crate) fn refusal(response: &Response) -> Refusal {
    match response {
        Response::Refused(refusal) => refusal.clone(),
        _ => Refusal {
            cause: crate::core::request::Cause::Unavailable,
            message: "the answer has another form than the question".to_owned(),
        },
    }
}
