//! Use cases: one function each, called by GraphQL, REST, engines and webhooks alike.
//!
//! `authorise -> load -> decide (domain) -> store -> enqueue`, in one transaction. A use case takes a `Ctx` and plain
//! values, and returns plain values or an `Error` whose code is stable and has a page in `docs/errors/`.
//!
//! What a client may read of an error is its code and message. `Internal` carries a source that only the log sees.

pub mod alert;
pub mod audit;
pub mod bootstrap;
pub mod bulk_replay;
pub mod capture;
pub mod command;
pub mod configuration;
pub mod deployment;
pub mod enrolment;
pub mod environment;
pub mod failure_group;
pub mod integration;
pub mod log;
pub mod message;
pub mod next;
pub mod organization;
pub mod project;
pub mod push;
pub mod release;
pub mod replay;
pub mod route_hold;
pub mod runtime;
pub mod secret;
pub mod session;
pub mod source;
pub mod token;
pub mod workload;

use std::error::Error as StdError;

use domain::permission::Permission;

/// How an error is answered; every surface (GraphQL, REST, the hook) has one mapping from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is not there, or the actor may not know that it is.
    NotFound,
    /// It clashes with what is there: a name taken, a state that does not allow it.
    Conflict,
    /// The input itself is wrong.
    Invalid,
    /// The actor lacks a permission.
    Forbidden,
    /// Not now: a runtime is away, a queue is full.
    Unavailable,
    /// Our fault; the client reads only "internal error".
    Internal,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Invalid => "invalid",
            Self::Forbidden => "forbidden",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: Kind,
    code: &'static str,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub fn new(kind: Kind, code: &'static str, message: impl Into<String>) -> Self {
        Self { kind, code, message: message.into(), source: None }
    }

    /// `what` as in "no project `tea`": the message reads "there is no project `tea`".
    pub fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, "MP-API-03", format!("there is no {what}"))
    }

    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, code, message)
    }

    pub fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, code, message)
    }

    pub fn unavailable(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Unavailable, code, message)
    }

    pub fn forbidden(permission: Permission) -> Self {
        let message = format!("this needs the permission `{}`", permission.as_str());
        Self::new(Kind::Forbidden, "MP-API-02", message)
    }

    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let message = "internal error".to_owned();
        Self { kind: Kind::Internal, code: "MP-API-04", message, source: Some(source.into()) }
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn code(&self) -> &'static str {
        self.code
    }
}

impl From<domain::name::NotAName> for Error {
    fn from(err: domain::name::NotAName) -> Self {
        Self::invalid("MP-API-10", err.to_string())
    }
}

impl From<store::Error> for Error {
    fn from(err: store::Error) -> Self {
        Self::internal(err)
    }
}
