//! What one reconcile is about, by name: the key of the queue and of the index.

use std::fmt;
use std::sync::Arc;

use crate::core::object::ObjectRef;

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) namespace: Arc<str>,
    pub(crate) name: Arc<str>,
}

impl Name {
    pub(crate) fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// The three kinds whose objects are kept whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Own {
    Plug,
    Socket,
    Deferred,
}

impl Own {
    pub(crate) const ALL: [Self; 3] = [Self::Plug, Self::Socket, Self::Deferred];

    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Plug => "Plug",
            Self::Socket => "Socket",
            Self::Deferred => "DeferredResource",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Key {
    Own(Own, Name),
    /// A journal whose plug or socket is gone.
    Orphan(Arc<str>),
}

impl Key {
    pub(crate) fn plug(name: &Name) -> Self {
        Self::Own(Own::Plug, name.clone())
    }

    pub(crate) fn socket(name: &Name) -> Self {
        Self::Own(Own::Socket, name.clone())
    }

    /// The key of an object of ours; other kinds have none.
    pub(crate) fn of(object: &ObjectRef) -> Option<Self> {
        let own = Own::ALL.into_iter().find(|own| own.kind() == object.kind)?;
        (object.api_version == k8s::names::API_VERSION)
            .then(|| Self::Own(own, Name::new(object.namespace(), &object.name)))
    }
}
