//! Roles and permissions: one table, read by every use case.
//!
//! A role is held on a scope (organization, project, environment) and covers everything below it. A permission is named
//! by each GraphQL field and REST route. The table is `allows`; nothing else decides. Runners are not here: what a
//! runner may do follows from its certificate alone.

use crate::id::{EnvironmentId, OrganizationId, ProjectId};

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission { $($(#[$doc])* $name,)* }

        impl Permission {
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

permissions! {
    ReadOrganization = "organization:read",
    ManageOrganization = "organization:manage",
    ReadProject = "project:read",
    ManageProject = "project:manage",
    /// Reads Git sources; their credentials are never shown to anyone.
    ReadSource = "source:read",
    ManageSource = "source:manage",
    /// Asks for a fetch now.
    SyncSource = "source:sync",
    ReadIntegration = "integration:read",
    ReadEnvironment = "environment:read",
    ManageEnvironment = "environment:manage",
    ReadConfiguration = "configuration:read",
    WriteConfiguration = "configuration:write",
    /// Sets or removes a secret; nobody reads one.
    WriteSecret = "secret:write",
    ReadRuntime = "runtime:read",
    /// Adds, locks, revokes.
    ManageRuntime = "runtime:manage",
    ReadRelease = "release:read",
    ReadDeployment = "deployment:read",
    /// Deploys, rolls back, resumes.
    Deploy = "deployment:write",
    /// Restarts, stops, starts.
    OperateWorkload = "workload:operate",
    ReadLog = "log:read",
    /// Reads messages: steps, timings, attributes, errors.
    ReadMessage = "message:read",
    /// Reads what messages carried; every look leaves an entry in the audit.
    ReadPayload = "payload:read",
    /// Resolves, mutes, reopens and assigns failures, and leaves notes.
    ManageFailure = "failure:manage",
    ReadCapture = "capture:read",
    /// Says what is recorded of messages.
    ManageCapture = "capture:write",
    ReadAlert = "alert:read",
    /// Says which alerts there are and where they are sent; mutes them.
    ManageAlert = "alert:write",
    ReadToken = "token:read",
    ManageToken = "token:manage",
    ReadAudit = "audit:read",
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Owner,
    Administrator,
    Developer,
    Operator,
    Viewer,
    Auditor,
}

impl Role {
    pub const ALL: &[Self] = &[
        Self::Owner,
        Self::Administrator,
        Self::Developer,
        Self::Operator,
        Self::Viewer,
        Self::Auditor,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Administrator => "administrator",
            Self::Developer => "developer",
            Self::Operator => "operator",
            Self::Viewer => "viewer",
            Self::Auditor => "auditor",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.as_str() == text)
    }

    pub fn allows(self, permission: Permission) -> bool {
        use Permission as P;
        let reads = matches!(
            permission,
            P::ReadOrganization
                | P::ReadProject
                | P::ReadSource
                | P::ReadIntegration
                | P::ReadEnvironment
                | P::ReadConfiguration
                | P::ReadRuntime
                | P::ReadRelease
                | P::ReadDeployment
                | P::ReadLog
                | P::ReadMessage
                | P::ReadCapture
                | P::ReadAlert
        );
        match self {
            Self::Owner => true,
            Self::Administrator => permission != P::ManageOrganization,
            Self::Developer => {
                reads
                    || matches!(
                        permission,
                        P::SyncSource
                            | P::WriteConfiguration
                            | P::WriteSecret
                            | P::Deploy
                            | P::OperateWorkload
                            | P::ReadPayload
                            | P::ManageFailure
                            | P::ManageCapture
                            | P::ManageAlert
                    )
            }
            Self::Operator => {
                reads
                    || matches!(
                        permission,
                        P::SyncSource
                            | P::OperateWorkload
                            | P::ReadPayload
                            | P::ManageFailure
                            | P::ManageCapture
                            | P::ManageAlert
                    )
            }
            Self::Viewer => reads,
            Self::Auditor => {
                (reads && !matches!(permission, P::ReadLog | P::ReadMessage | P::ReadAlert))
                    || matches!(permission, P::ReadAudit | P::ReadToken)
            }
        }
    }
}

/// Where a role is held, or where a permission is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    Organization(OrganizationId),
    Project(OrganizationId, ProjectId),
    Environment(OrganizationId, EnvironmentId),
}

impl Scope {
    /// A role held on `self` reaches `asked` when it is the same place or one below.
    pub fn covers(self, asked: Self) -> bool {
        match (self, asked) {
            (
                Self::Organization(held),
                Self::Organization(org) | Self::Project(org, _) | Self::Environment(org, _),
            ) => held == org,
            (held, asked) => held == asked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_may_everything_and_a_viewer_changes_nothing() {
        assert!(Permission::ALL.iter().all(|&permission| Role::Owner.allows(permission)));
        let changes: Vec<_> = Permission::ALL
            .iter()
            .filter(|p| Role::Viewer.allows(**p) && !p.as_str().ends_with(":read"))
            .collect();
        assert!(changes.is_empty(), "{changes:?}");
    }

    #[test]
    fn only_owner_and_auditor_or_administrator_read_the_audit() {
        let readers: Vec<_> =
            Role::ALL.iter().copied().filter(|role| role.allows(Permission::ReadAudit)).collect();
        assert_eq!(readers, [Role::Owner, Role::Administrator, Role::Auditor]);
    }
}
