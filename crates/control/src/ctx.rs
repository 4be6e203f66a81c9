//! What every use case receives: who acts, and the world as arguments.
//!
//! A `Ctx` is made for each request (or for each turn of an engine) from the one `Platform` of the process and the
//! actor that was authenticated. Clock, ids and randomness are functions held by the platform, so that a test or a
//! simulation decides them; `System::real` is the only place of the control plane that reads the machine's.
//!
//! Authorisation has two steps. The schema gate (`graphql::permission`) refuses a field when its permission is held
//! nowhere; the use case then asks here for the very scope: `require` says so openly, `require_visible` pretends that
//! the thing does not exist. A use case without one of the two is a bug.

use std::fmt;
use std::sync::Arc;

use domain::id::{ActorId, EnvironmentId, OrganizationId, ProjectId};
use domain::permission::{Permission, Role, Scope};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::app::Error;

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
            id: ActorId(Uuid::nil()),
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

    /// Whether the permission is held on any scope at all: what the schema gate asks.
    pub fn may_somewhere(&self, permission: Permission) -> bool {
        self.grants.iter().any(|grant| grant.permissions.contains(&permission))
    }
}

type Now = dyn Fn() -> Timestamp + Send + Sync;
type NewId = dyn Fn() -> Uuid + Send + Sync;
type Fill = dyn Fn(&mut [u8]) + Send + Sync;

/// Clock, ids and randomness.
#[derive(Clone)]
pub struct System {
    now: Arc<Now>,
    new_id: Arc<NewId>,
    fill: Arc<Fill>,
}

impl System {
    pub fn new(
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        new_id: impl Fn() -> Uuid + Send + Sync + 'static,
        fill: impl Fn(&mut [u8]) + Send + Sync + 'static,
    ) -> Self {
        Self { now: Arc::new(now), new_id: Arc::new(new_id), fill: Arc::new(fill) }
    }

    /// The machine's clock, `UUIDv7` and the operating system's random source.
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine is read")]
    #[expect(
        clippy::expect_used,
        reason = "without randomness nothing safe can be done; ends the process"
    )]
    pub fn real() -> Self {
        Self::new(Timestamp::now, Uuid::now_v7, |bytes| {
            aws_lc_rs::rand::fill(bytes).expect("the operating system has randomness");
        })
    }

    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// A fresh `UUIDv7`; wrap it in the noun's newtype.
    pub fn new_id(&self) -> Uuid {
        (self.new_id)()
    }

    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.fill)(&mut bytes);
        bytes
    }

    /// 256 random bits as 43 characters of base64url: tokens, login links, sessions.
    pub fn new_secret(&self) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.random::<32>())
    }
}

impl fmt::Debug for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("System")
    }
}

/// SHA-256 of a secret: all that is ever kept of one.
pub fn digest(secret: &str) -> domain::digest::Digest {
    domain::digest::Digest(Sha256::digest(secret.as_bytes()).into())
}

#[derive(Clone, Debug)]
pub struct Ctx {
    pub actor: Actor,
    pub system: System,
}

impl Ctx {
    pub fn now(&self) -> Timestamp {
        self.system.now()
    }

    pub fn new_id(&self) -> Uuid {
        self.system.new_id()
    }

    pub fn new_secret(&self) -> String {
        self.system.new_secret()
    }

    pub fn organization(&self) -> OrganizationId {
        self.actor.organization
    }

    /// The whole organization as a scope.
    pub fn everywhere(&self) -> Scope {
        Scope::Organization(self.actor.organization)
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
        self.may(permission, self.project(project))
            && self.may(permission, self.environment(environment))
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

    fn ctx(grants: Vec<Grant>) -> Ctx {
        let actor =
            Actor { id: ActorId(Uuid::nil()), organization: ORG, label: "test".into(), grants };
        let system = System::new(|| Timestamp::UNIX_EPOCH, Uuid::nil, |bytes| bytes.fill(7));
        Ctx { actor, system }
    }

    #[test]
    fn a_role_on_a_project_reaches_nothing_beside_it() {
        let ctx = ctx(vec![Grant::role(Role::Owner, Scope::Project(ORG, SHOP))]);
        assert!(ctx.require(Permission::Deploy, ctx.project(SHOP)).is_ok());
        assert!(ctx.require(Permission::Deploy, ctx.everywhere()).is_err());
        assert!(ctx.require(Permission::Deploy, Scope::Project(OTHER, SHOP)).is_err());
    }

    #[test]
    fn to_deploy_takes_both_the_project_and_the_environment() {
        let project = Grant::role(Role::Developer, Scope::Project(ORG, SHOP));
        let environment = Grant::role(Role::Developer, Scope::Environment(ORG, DEV));
        let all = Grant::role(Role::Developer, Scope::Organization(ORG));
        assert!(!ctx(vec![project.clone()]).may_in(Permission::Deploy, SHOP, DEV));
        assert!(ctx(vec![project, environment]).may_in(Permission::Deploy, SHOP, DEV));
        assert!(ctx(vec![all]).may_in(Permission::Deploy, SHOP, DEV));
    }

    #[test]
    fn a_secret_has_256_bits_and_no_padding() {
        assert_eq!(ctx(vec![]).new_secret().len(), 43);
    }
}
