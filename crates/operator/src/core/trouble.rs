//! What keeps a plug or socket from being done: which object, which field, what is wrong, what to do next.
//!
//! Every False condition and every Warning event is made from one of these, so none can lack a part. A trouble never carries a
//! value of a configuration, only names.

use std::fmt;

use crate::core::object::ObjectRef;
use crate::core::request::{Cause, Refusal};

macro_rules! kinds {
    ($($kind:ident $code:literal),+ $(,)?) => {
        /// Stable: the reason of the Warning event, and a code with a page.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($kind),+ }

        impl Kind {
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            pub fn reason(self) -> &'static str {
                match self { $(Self::$kind => stringify!($kind)),+ }
            }

            pub fn code(self) -> &'static str {
                match self { $(Self::$kind => $code),+ }
            }
        }
    };
}

kinds! {
    SpecUnreadable "MP-OP-01",
    AccountRefused "MP-OP-02",
    ObjectMissing "MP-OP-03",
    ObjectForbidden "MP-OP-04",
    ObjectRefused "MP-OP-05",
    ClusterUnavailable "MP-OP-06",
    ValueNotText "MP-OP-07",
    TemplateRefused "MP-OP-08",
    FieldMissing "MP-OP-09",
    KeyMissing "MP-OP-10",
    KeysDropped "MP-OP-11",
    SocketMissing "MP-OP-12",
    LimitReached "MP-OP-13",
    ExpressionBad "MP-OP-14",
    ApparatusFailed "MP-OP-15",
    ResultLate "MP-OP-16",
    JournalLost "MP-OP-17",
    DecoupleStuck "MP-OP-18",
    DeletionForced "MP-OP-19",
    ResultUnknown "MP-OP-20",
    NamespaceGoing "MP-OP-21",
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub kind: Kind,
    /// Where the field is.
    pub object: ObjectRef,
    pub field: String,
    pub what: String,
    pub next: String,
    /// It may pass without an edit of the objects involved.
    pub passes: bool,
    /// The object that is missing or refused.
    pub target: Option<ObjectRef>,
}

impl Trouble {
    pub fn new(
        kind: Kind,
        object: &ObjectRef,
        field: &str,
        what: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            object: object.clone(),
            field: field.to_owned(),
            what: what.into(),
            next: next.into(),
            passes: false,
            target: None,
        }
    }

    pub fn about(mut self, target: &ObjectRef) -> Self {
        self.target = Some(target.clone());
        self
    }

    pub fn passing(mut self) -> Self {
        self.passes = true;
        self
    }

    /// A refusal of the API server to touch `target`, asked for by `field` of `object`.
    pub fn refused(
        object: &ObjectRef,
        field: &str,
        doing: &str,
        target: &ObjectRef,
        account: &crate::core::object::Account,
        refusal: &Refusal,
    ) -> Self {
        let (kind, next) = match refusal.cause {
            Cause::Forbidden => (
                Kind::ObjectForbidden,
                format!("give {account} the right to {doing} {} in its namespace", target.kind),
            ),
            Cause::NotFound => (Kind::ObjectMissing, format!("create {target}")),
            Cause::UnknownKind => (
                Kind::ObjectRefused,
                format!("install the definition of {} {}", target.api_version, target.kind),
            ),
            Cause::Conflict | Cause::Exists | Cause::Unavailable => {
                (Kind::ClusterUnavailable, "nothing; it is tried again".to_owned())
            }
            Cause::Terminating => (
                Kind::NamespaceGoing,
                format!("wait until namespace {} is gone, or use another", target.namespace()),
            ),
            Cause::Invalid | Cause::TooLarge => (Kind::ObjectRefused, format!("correct {field}")),
        };
        let mut trouble = Self::new(
            kind,
            object,
            field,
            format!("cannot {doing} {target} as {account}: {}", refusal.message),
            next,
        );
        trouble.target = Some(target.clone());
        trouble.passes = refusal.cause.passes() || refusal.cause == Cause::Forbidden;
        trouble
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}: {}. Next: {} ({})",
            self.object,
            self.field,
            self.what,
            self.next,
            self.kind.code()
        )
    }
}
