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
            // Not the account lacks a right, but the operator the one to act as it.
            Cause::Forbidden if refusal.message.contains("cannot impersonate") => (
                Kind::ObjectForbidden,
                format!(
                    "let the operator act as accounts of namespace {}: `midplane operator --print-rbac --namespaces {}` prints the role",
                    object.namespace(),
                    object.namespace()
                ),
            ),
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
        // A right may be given, a definition installed; neither tells us.
        trouble.passes = refusal.cause.passes()
            || matches!(refusal.cause, Cause::Forbidden | Cause::UnknownKind);
        trouble
    }
}

/// A trouble read back from a condition, where it stands as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) kind: Kind,
    pub(crate) object: String,
    pub(crate) field: String,
    pub(crate) what: String,
    pub(crate) next: String,
}

impl Told {
    /// None when the text is none of ours. What stands before it (`waiting for socket to be created: `) is passed over.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (front, code) = text.strip_suffix(')')?.rsplit_once(" (")?;
        let kind = *Kind::ALL.iter().find(|kind| kind.code() == code)?;
        let (front, next) = front.rsplit_once(". Next: ")?;
        let mut rest = front;
        while let Some((place, what)) = rest.split_once(": ") {
            let words: Vec<&str> = place.split(' ').collect();
            if let [object, name, field] = words[..]
                && matches!(object, "plug" | "socket" | "DeferredResource")
            {
                return Some(Self {
                    kind,
                    object: format!("{object} {name}"),
                    field: field.to_owned(),
                    what: what.to_owned(),
                    next: next.to_owned(),
                });
            }
            rest = what;
        }
        None
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_is_read_back_whatever_stands_before() {
        for kind in Kind::ALL {
            let owner = ObjectRef::plug("app", "orders");
            let what = "its call /coupled did not work: 500: no (such) realm. Next: door";
            let trouble = Trouble::new(*kind, &owner, "spec.apparatus", what, "look (twice)");
            for front in ["", "coupling failed: ", "waiting for socket to be created: "] {
                let told = Told::parse(&format!("{front}{trouble}"));
                let told = told.unwrap_or_else(|| panic!("{front}{trouble}"));
                assert_eq!((told.kind, told.what.as_str()), (*kind, what));
                assert_eq!(
                    (told.object.as_str(), told.next.as_str()),
                    ("plug app/orders", "look (twice)")
                );
                assert_eq!(told.field, "spec.apparatus");
            }
        }
        assert_eq!(Told::parse("coupling succeeded"), None);
        assert_eq!(Told::parse("a: b. Next: c (MP-XX-01)"), None);
    }

    #[test]
    fn an_operator_without_the_right_to_act_as_somebody_names_that_right() {
        let refusal = Refusal {
            cause: Cause::Forbidden,
            message:
                "serviceaccounts \"default\" is forbidden: User \"x\" cannot impersonate resource"
                    .to_owned(),
        };
        let (owner, target) = (ObjectRef::plug("app", "orders"), ObjectRef::config_map("app", "x"));
        let account = crate::core::object::Account::service("app", "default");
        let trouble =
            Trouble::refused(&owner, "spec.resources[0]", "apply", &target, &account, &refusal);
        assert!(trouble.next.contains("--print-rbac --namespaces app"), "{trouble}");
    }
}
