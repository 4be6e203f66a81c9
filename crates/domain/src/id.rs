//! Ids: one newtype for each noun, all `UUIDv7`.
//!
//! An id sorts by the time it was minted. Ids are minted by the control plane's `Ctx` and passed in; nothing in this
//! crate makes one. The text form is the plain hyphenated UUID.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// The tenant.
    OrganizationId
    /// A set of integrations with one Git source.
    ProjectId
    /// A Git repository that a project is read from.
    SourceId
    /// One deployable Camel workload.
    IntegrationId
    /// A target: runtime, configuration, secrets, policy.
    EnvironmentId
    /// Where workloads run.
    RuntimeId
    /// An immutable set of digests.
    ReleaseId
    /// One release asked to run in one environment.
    DeploymentId
    /// An integration in an environment: what a runner keeps running, whatever the release.
    WorkloadId
    /// An imperative verb sent to a runner.
    CommandId
    /// Many messages replayed.
    BulkReplayId
    /// Someone or something that acts: a user, a machine token, a runner.
    ActorId
    /// A one-time enrolment token or an API token.
    TokenId
}
