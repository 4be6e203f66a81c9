//! The closed list of what a decision may ask for, and of what can come back.
//!
//! `Find` is answered from the index of the watches and costs no API request; everything else is performed. A performer answers
//! each request with one response and does not interpret it; it retries nothing except a connection that was never made, because
//! the core decides what a conflict or a refusal means. Values that may be secret live in `Private` and journals, whose `Debug`
//! shows names only.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::core::journal::{Head, Journal};
use crate::core::object::{Account, Identity, ObjectRef};

/// What the index of the watches knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Find {
    /// The socket as last seen -> `Object`.
    Socket { namespace: String, name: String },
    /// The plug as last seen -> `Object`.
    Plug { namespace: String, name: String },
    /// Sockets of the namespace whose labels satisfy the selector -> `Objects`.
    SocketsSelected { namespace: String, selector: k8s::workload::LabelSelector },
    /// Plugs whose status names this socket as coupled, sorted by namespace and name -> `Coupled`.
    CoupledPlugs { socket: Identity },
    /// Plugs that name this socket in their spec, coupled or not: the ones to nudge -> `Refs`.
    PlugsNaming { namespace: String, name: String },
    /// Journals that carry this uid as plug or as socket, by name -> `Journals`. Must show what was written or deleted through the
    /// same performer, watch or not: two workers find each other here.
    Journals { uid: String },
    /// The journal of this name, under the same promise -> `Journals`, of one or none.
    Journal { name: String },
    /// `ReferenceGrant`s of the namespace; empty when the cluster does not know the kind -> `Objects`.
    Grants { namespace: String },
    /// The namespace: `Object` with at least its `metadata`, or absent.
    Namespace { name: String },
    /// Objects of this coupling's inventory that were deleted or changed by somebody else since they were applied -> `Refs`.
    Drifted { journal: String },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    Find(Find),
    /// GET on behalf of `account` -> `Object`, or `Refused`. The object is watched from now on for this subject.
    Read {
        account: Account,
        object: ObjectRef,
    },
    /// The objects of one kind and namespace whose labels fit -> `Objects`; all of them are watched from now on.
    List {
        account: Account,
        api_version: String,
        kind: String,
        namespace: String,
        selector: k8s::workload::LabelSelector,
    },
    /// Server-side apply, forced, with the one field manager -> `Written`. The namespace in the object is a default: it is dropped
    /// for kinds of the cluster.
    Apply {
        account: Account,
        object: Private,
    },
    /// As `Apply`, with a field manager of its own (`manager`), so that an empty apply takes back what it set -> `Written`.
    Project {
        account: Account,
        manager: String,
        object: Private,
    },
    /// POST; `Refused(Exists)` when it is there, also while it is being deleted -> `Written`.
    Create {
        account: Account,
        object: Private,
    },
    /// DELETE with propagation in the background; `uid` is a precondition -> `Gone` also when it was not there.
    Delete {
        account: Account,
        object: ObjectRef,
        uid: Option<String>,
    },
    /// The Secret `name` of the operator's namespace, opened -> `Journal`. Never from a cache.
    ReadJournal {
        name: String,
    },
    /// Creates it (`over` is none: `Refused(Exists)` if it is there) or replaces that resource version (`Refused(Conflict)`)
    /// -> `Written`. The performer seals, and labels the Secret with kind, uids and phase, which is what `Head` is read from.
    WriteJournal {
        name: String,
        over: Option<String>,
        journal: Box<Journal>,
    },
    DeleteJournal {
        name: String,
    },
    /// Adds or removes our finalizer by a patch of `metadata.finalizers` to this list, under `resource_version` -> `Written`.
    SetFinalizers {
        subject: Identity,
        resource_version: String,
        finalizers: Vec<String>,
    },
    /// Merge patch of the status subresource, with the uid as precondition -> `Written`. A socket's may be held back and merged
    /// with later ones, to one a second; that is answered at once.
    PatchStatus {
        subject: Identity,
        status: Value,
    },
    /// A Kubernetes Event under the name it carries -> `Written`; one that is there already is as good.
    Emit(Notice),
    /// One call of an apparatus -> `Reply`.
    Call(Box<Call>),
}

impl Request {
    /// Whether performing it can change anything outside.
    pub fn is_write(&self) -> bool {
        !matches!(
            self,
            Self::Find(_) | Self::Read { .. } | Self::List { .. } | Self::ReadJournal { .. }
        )
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    Object(Option<Arc<Value>>),
    Objects(Vec<Arc<Value>>),
    Refs(Vec<ObjectRef>),
    Coupled(Vec<Identity>),
    Journals(Vec<Head>),
    Journal(Found),
    Written { uid: String, resource_version: String },
    Gone,
    Reply(Reply),
    Refused(Refusal),
}

/// What reading a journal found.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    Absent,
    /// It is there, and no key of ours opens it (or its format is not ours).
    Unreadable {
        resource_version: String,
        why: String,
    },
    Open {
        resource_version: String,
        journal: Box<Journal>,
    },
}

/// Why a request was not done. The message is the API server's own, without values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub cause: Cause,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// 401, 403.
    Forbidden,
    /// 404 of something that should be there, on a write.
    NotFound,
    /// 409 on a resource version or uid.
    Conflict,
    /// 409 `AlreadyExists`.
    Exists,
    /// 403 with the cause `NamespaceTerminating`.
    Terminating,
    /// 400, 422: no repetition will help.
    Invalid,
    /// The cluster does not know this kind.
    UnknownKind,
    /// More bytes than we read.
    TooLarge,
    /// 429, 5xx, time-outs, lost connections: later.
    Unavailable,
}

impl Cause {
    /// Whether the same request may work later without an edit.
    pub fn passes(self) -> bool {
        matches!(self, Self::Conflict | Self::Exists | Self::Unavailable | Self::NotFound)
    }
}

/// An object whose values may be secret: `Debug` shows what it is, not what it holds.
#[derive(Clone, PartialEq)]
pub struct Private(pub Arc<Value>);

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match ObjectRef::of(&self.0) {
            Some(object) => write!(f, "Private({object})"),
            None => f.write_str("Private"),
        }
    }
}

/// A Kubernetes Event. The name is derived from what it tells, so that telling it twice makes one Event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub name: String,
    pub regarding: Identity,
    pub severity: Severity,
    pub reason: &'static str,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Normal,
    Warning,
}

/// What an apparatus is called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    Config,
    Created,
    Coupled,
    Updated,
    Decoupled,
    Deleted,
}

impl Action {
    /// The last part of the path.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Created => "created",
            Self::Coupled => "coupled",
            Self::Updated => "updated",
            Self::Decoupled => "decoupled",
            Self::Deleted => "deleted",
        }
    }
}

pub type Values = BTreeMap<String, String>;

/// One call of the apparatus that `owner` (a plug or a socket) declares. Absent parts are absent from the body.
#[derive(Clone, PartialEq)]
pub struct Call {
    pub owner: Identity,
    /// `spec.apparatus` of the owner.
    pub apparatus: Arc<Value>,
    pub service_account: String,
    pub action: Action,
    /// The same for every repetition of one event.
    pub event_id: String,
    pub plug: Option<Arc<Value>>,
    pub socket: Option<Arc<Value>>,
    pub plug_config: Option<Values>,
    pub socket_config: Option<Values>,
    pub plug_data: Option<Values>,
    pub socket_data: Option<Values>,
    pub vars: Option<Values>,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Call({} {} {})", self.action.as_str(), self.owner.object, self.event_id)
    }
}

/// What an apparatus answered.
#[derive(Clone, PartialEq)]
pub enum Reply {
    /// `/config`: keys and values, already made text.
    Config(Values),
    /// An event was taken; some give a result for their side.
    Done { result: Option<Values> },
    /// 202: ask again with the same event id.
    Later { seconds: u64 },
    /// The pod is being started; its watch nudges the owner.
    Starting,
    /// `passes`: worth another try (5xx, time-outs, lost connections); otherwise an edit is needed. The message has no values.
    Failed { message: String, passes: bool },
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(values) => write!(f, "Config({:?})", values.keys()),
            Self::Done { result } => {
                write!(f, "Done({:?})", result.as_ref().map(BTreeMap::len))
            }
            Self::Later { seconds } => write!(f, "Later({seconds} s)"),
            Self::Starting => f.write_str("Starting"),
            Self::Failed { message, passes } => write!(f, "Failed({message}, passes: {passes})"),
        }
    }
}
