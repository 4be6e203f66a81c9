//! Organizations and actors for tests, made as the product makes them.

use domain::id::{ActorId, OrganizationId};
use domain::permission::{Role, Scope};
use jiff::Timestamp;
use store::role_binding::{self, RoleBinding};
use store::{Db, Tx, actor, organization};
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    pub organization: OrganizationId,
    pub actor: ActorId,
}

/// A fresh id; tests have no `Ctx`.
#[expect(clippy::disallowed_methods, reason = "a test may be random")]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// Now, in microseconds as the database keeps it.
#[expect(clippy::disallowed_methods, reason = "a test may read the clock")]
pub fn now() -> Timestamp {
    let micros = Timestamp::now().as_microsecond();
    Timestamp::from_microsecond(micros).unwrap_or_default()
}

/// An organization with its owner.
pub async fn organization(db: &Db, name: &str) -> Member {
    let id = OrganizationId(new_id());
    let mut tx = Tx::system(db, id).await.expect("begin");
    organization::insert(&mut tx, name, now()).await.expect("insert the organization");
    tx.commit().await.expect("commit");
    member(db, id, "owner", Role::Owner, Scope::Organization(id)).await
}

/// One more user, with one role.
pub async fn member(
    db: &Db,
    organization: OrganizationId,
    name: &str,
    role: Role,
    scope: Scope,
) -> Member {
    let actor = ActorId(new_id());
    let mut tx = Tx::system(db, organization).await.expect("begin");
    actor::insert(&mut tx, actor, actor::Kind::User, name, now()).await.expect("insert the actor");
    role_binding::insert(&mut tx, RoleBinding { actor, role, scope }, now())
        .await
        .expect("grant the role");
    tx.commit().await.expect("commit");
    Member { organization, actor }
}
