//! The decisions of the operator, without IO.
//!
//! ```text
//! step(subject, settings, now, answers so far) -> Ask(requests) | Done(outcome)
//! ```
//! One reconcile is a straight line, `fetch -> validate -> build -> apply -> update_status`, written as if asking were free:
//! `flow` answers a question that was asked before from the answers, and stops at the first one that is new. The caller performs
//! what was asked, appends the answers and calls again. So the only state between two steps is the list of answers, and between
//! two reconciles the journal of the coupling (`journal`) and the status of the resource.
//!
//! Rules that hold everywhere: a journal is written before the first effect it covers; every effect is idempotent or carries an
//! id that the journal holds; nothing is written that is already so; a reconcile takes no hint about what changed.

mod alone;
pub mod condition;
pub mod consent;
pub(crate) mod context;
mod couple;
mod decouple;
mod deferred;
mod effect;
pub mod explain;
pub mod flow;
pub(crate) mod gather;
mod hash;
pub mod interface;
pub mod journal;
pub mod layers;
pub mod names;
mod notice;
pub mod object;
mod outcome;
mod parsed;
pub(crate) mod party;
mod plug;
pub mod preview;
mod projection;
mod render;
pub mod request;
pub(crate) mod resources;
pub mod seal;
pub mod settings;
mod socket;
pub(crate) mod status;
mod target;
pub mod trouble;
mod undo;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

pub use flow::{Answer, Outcome, Step};
pub use object::{Account, Identity, ObjectRef};
pub use request::{Find, Refusal, Request, Response};
pub use settings::Settings;

use crate::core::flow::Flow;

/// What one reconcile is about: the object as the index last saw it.
#[derive(Clone, Debug)]
pub enum Subject {
    Plug(Arc<Value>),
    Socket(Arc<Value>),
    Deferred(Arc<Value>),
    /// A journal whose plug (or socket, for one of its own) the index does not know: look at start, and whenever a plug or socket
    /// is gone while a journal names its uid.
    Orphan(journal::Head),
}

/// The next step of a reconcile of `subject`, given what was asked and answered so far. `now` is the start of the reconcile and
/// stays the same through all its steps.
pub fn step(subject: &Subject, settings: &Settings, now: Timestamp, answers: &[Answer]) -> Step {
    Flow::new(answers, now).run(|flow| match subject {
        Subject::Plug(object) => plug::decide(flow, settings, object),
        Subject::Socket(object) => socket::decide(flow, settings, object),
        Subject::Orphan(head) => decouple::orphan(flow, settings, head),
        Subject::Deferred(object) => deferred::decide(flow, object),
    })
}
