//! The kinds of group `integration.rock8s.com/v1beta1`: what people write, what the operator answers, and the schema that an API
//! server checks.
//!
//! ```text
//! Plug    what an application needs        spec: side + socket, workload, publishSecret    status: plug
//! Socket  what a provider offers           spec: side + interface, limit, validation       status: socket
//! DeferredResource                         an object that is created later
//! ```
//! The doc comments of the types are the descriptions of `kubectl explain`, so they speak to its reader. The schema is a superset of
//! the one of the Go integration-operator 1.2.0: every object it stored stays valid, new fields are optional. What a schema cannot
//! say (a regular expression that does not parse, a template with an error) is checked where it is used.
//!
//! No IO, no client, no rule of coupling: those are in `operator`.

#![expect(clippy::doc_markdown, reason = "the doc comments are what `kubectl explain` shows")]

pub mod apparatus;
pub mod condition;
pub mod crd;
pub mod deferred_resource;
pub mod names;
pub mod plug;
pub mod reference;
pub mod resource;
pub mod scalar;
pub mod side;
pub mod socket;
pub mod workload;

mod schema;

pub use deferred_resource::DeferredResource;
pub use plug::Plug;
pub use socket::Socket;
