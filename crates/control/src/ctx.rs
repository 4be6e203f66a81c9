//! What every use case receives: who acts, and the world as arguments.
//!
//! A `Ctx` is made for each request (or for each turn of an engine) from the one `Server` of the process and the
//! actor that was authenticated. It hands out time, ids and secrets from `system`, and transactions in the actor's name.
//!
//! Authorisation has two steps. The schema gate (`graphql::permission`) refuses a field when its permission is held
//! nowhere; the use case then asks here for the very scope: `require` says so openly, `require_visible` pretends that
//! the thing does not exist. A use case without one of the two is a bug.

use domain::id::{ActorId, EnvironmentId, OrganizationId, ProjectId};
use domain::permission::{Permission, Role, Scope};
use jiff::Timestamp;
use store::Tx;
use uuid::Uuid;

use crate::app::Error;
use crate::server::Server;
use crate::settings::Settings;

/// One thing that an actor may do somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub scope: Scope,
    pub permissions: Vec<Permission>,
}

impl Grant {
    pub fn role(role: Role, scope: Scope) -> Self {
        let permissions = Permission::ALL.iter().copied().filter(|p| role.allows(*p)).collect();
        Self { scope, permissions }
    }
}

/// Who acts, in which organization, and what it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub id: ActorId,
    pub organization: OrganizationId,
    /// As people read it in the audit: `admin@up`, `token ci`, `gitops`.
    pub label: String,
    pub grants: Vec<Grant>,
}

impl Actor {
    /// The control plane's own engines: they may everything inside one organization, and are named in its audit.
    pub fn engine(label: &'static str, organization: OrganizationId) -> Self {
        let grant = Grant::role(Role::Owner, Scope::Organization(organization));
        Self {
            id: store::tx::system_actor(organization),
            organization,
            label: label.to_owned(),
            grants: vec![grant],
        }
    }

    pub fn may(&self, permission: Permission, scope: Scope) -> bool {
        self.grants
            .iter()
            .any(|grant| grant.scope.covers(scope) && grant.permissions.contains(&permission))
    }

    pub fn everywhere(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    pub fn may_in(
        &self,
        permission: Permission,
        project: ProjectId,
        environment: EnvironmentId,
    ) -> bool {
        self.may(permission, Scope::Project(self.organization, project))
            && self.may(permission, Scope::Environment(self.organization, environment))
    }

    /// Whether the permission is held on any scope at all: what the schema gate asks.
    pub fn may_somewhere(&self, permission: Permission) -> bool {
        self.grants.iter().any(|grant| grant.permissions.contains(&permission))
    }
}

#[derive(Clone)]
pub struct Ctx {
    pub actor: Actor,
    pub server: Server,
}

impl Ctx {
    pub fn now(&self) -> Timestamp {
        self.server.system.now()
    }

    pub fn new_id(&self) -> Uuid {
        self.server.system.new_id()
    }

    pub fn new_secret(&self) -> String {
        self.server.system.new_secret()
    }

    pub fn organization(&self) -> OrganizationId {
        self.actor.organization
    }

    pub fn db(&self) -> &store::Db {
        &self.server.db
    }

    pub fn bus(&self) -> &store::bus::Bus {
        &self.server.bus
    }

    pub fn settings(&self) -> &Settings {
        &self.server.settings
    }

    /// A transaction of the actor's organization, in the actor's name.
    pub async fn begin(&self) -> Result<Tx, Error> {
        Tx::begin(&self.server.db, self.actor.organization, self.actor.id)
            .await
            .map_err(Error::internal)
    }

    pub async fn commit(&self, tx: Tx) -> Result<(), Error> {
        tx.commit().await.map_err(Error::internal)
    }

    /// Writes the audit row of a change. Do it last: writers of one organization queue up behind it.
    pub async fn audit(
        &self,
        tx: &mut Tx,
        action: &str,
        target_kind: &str,
        target: &str,
        detail: serde_json::Value,
    ) -> Result<(), Error> {
        store::audit::append(tx, self.now(), action, target_kind, target, &detail)
            .await
            .map(drop)
            .map_err(Error::internal)
    }

    /// The whole organization as a scope.
    pub fn everywhere(&self) -> Scope {
        self.actor.everywhere()
    }

    pub fn project(&self, project: ProjectId) -> Scope {
        Scope::Project(self.actor.organization, project)
    }

    pub fn environment(&self, environment: EnvironmentId) -> Scope {
        Scope::Environment(self.actor.organization, environment)
    }

    /// For lists: what the actor may not see is left out.
    pub fn may(&self, permission: Permission, scope: Scope) -> bool {
        self.actor.may(permission, scope)
    }

    pub fn require(&self, permission: Permission, scope: Scope) -> Result<(), Error> {
        if self.may(permission, scope) { Ok(()) } else { Err(Error::forbidden(permission)) }
    }

    /// As `require`, where the existence of the thing is itself a secret: the refusal reads as `what` not being there.
    pub fn require_visible(
        &self,
        permission: Permission,
        scope: Scope,
        what: &str,
    ) -> Result<(), Error> {
        if self.may(permission, scope) { Ok(()) } else { Err(Error::not_found(what)) }
    }

    /// What concerns a project *in* an environment (a deployment, a restart) needs the permission on both, or on the
    /// whole organization.
    pub fn may_in(
        &self,
        permission: Permission,
        project: ProjectId,
        environment: EnvironmentId,
    ) -> bool {
        self.actor.may_in(permission, project, environment)
    }

    pub fn require_in(
        &self,
        permission: Permission,
        project: ProjectId,
        environment: EnvironmentId,
    ) -> Result<(), Error> {
        if self.may_in(permission, project, environment) {
            Ok(())
        } else {
            Err(Error::forbidden(permission))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORG: OrganizationId = OrganizationId(Uuid::from_u128(1));
    const OTHER: OrganizationId = OrganizationId(Uuid::from_u128(2));
    const SHOP: ProjectId = ProjectId(Uuid::from_u128(3));
    const DEV: EnvironmentId = EnvironmentId(Uuid::from_u128(4));

    fn actor(grants: Vec<Grant>) -> Actor {
        Actor { id: ActorId(Uuid::nil()), organization: ORG, label: "test".into(), grants }
    }

    #[test]
    fn a_role_on_a_project_reaches_nothing_beside_it() {
        let actor = actor(vec![Grant::role(Role::Owner, Scope::Project(ORG, SHOP))]);
        assert!(actor.may(Permission::Deploy, Scope::Project(ORG, SHOP)));
        assert!(actor.may_somewhere(Permission::Deploy));
        assert!(!actor.may(Permission::Deploy, actor.everywhere()));
        assert!(!actor.may(Permission::Deploy, Scope::Project(OTHER, SHOP)));
    }

    #[test]
    fn to_deploy_takes_both_the_project_and_the_environment() {
        let project = Grant::role(Role::Developer, Scope::Project(ORG, SHOP));
        let environment = Grant::role(Role::Developer, Scope::Environment(ORG, DEV));
        let all = Grant::role(Role::Developer, Scope::Organization(ORG));
        assert!(!actor(vec![project.clone()]).may_in(Permission::Deploy, SHOP, DEV));
        assert!(actor(vec![project, environment]).may_in(Permission::Deploy, SHOP, DEV));
        assert!(actor(vec![all]).may_in(Permission::Deploy, SHOP, DEV));
    }
}
