//! Which role an actor holds on what. Whether that is enough is `domain::permission`'s question.

use domain::id::{ActorId, EnvironmentId, ProjectId};
use domain::permission::{Role, Scope};
use jiff::Timestamp;
use uuid::Uuid;

use crate::time::Time;
use crate::{Error, Tx};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleBinding {
    pub actor: ActorId,
    pub role: Role,
    pub scope: Scope,
}

/// Grants the role; granting it again changes nothing.
pub async fn insert(tx: &mut Tx, binding: RoleBinding, now: Timestamp) -> Result<(), Error> {
    let (scope, id) = columns(binding.scope);
    sqlx::query!(
        "INSERT INTO role_binding (org_id, actor_id, role, scope, scope_id, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT ON CONSTRAINT role_binding_pkey DO NOTHING",
        tx.organization().0,
        binding.actor.0,
        binding.role.as_str(),
        scope,
        id,
        Time::from(now) as _
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("grant the role"))
}

pub async fn delete(tx: &mut Tx, binding: RoleBinding) -> Result<bool, Error> {
    let (scope, id) = columns(binding.scope);
    sqlx::query!(
        "DELETE FROM role_binding
        WHERE actor_id = $1 AND role = $2 AND scope = $3 AND scope_id = $4",
        binding.actor.0,
        binding.role.as_str(),
        scope,
        id
    )
    .execute(tx.connection())
    .await
    .map(|done| done.rows_affected() == 1)
    .map_err(Error::doing("take the role away"))
}

/// What one actor holds.
pub async fn list_of(tx: &mut Tx, actor: ActorId) -> Result<Vec<RoleBinding>, Error> {
    let organization = tx.organization();
    let rows = sqlx::query!(
        "SELECT role, scope, scope_id FROM role_binding WHERE actor_id = $1
        ORDER BY scope, scope_id, role",
        actor.0
    )
    .fetch_all(tx.connection())
    .await
    .map_err(Error::doing("list the roles of the actor"))?;
    rows.into_iter()
        .map(|row| {
            let role = Role::parse(&row.role)
                .ok_or(Error::Unreadable { what: "role", value: row.role })?;
            let scope = match row.scope.as_str() {
                "organization" => Scope::Organization(organization),
                "project" => Scope::Project(organization, ProjectId(row.scope_id)),
                "environment" => Scope::Environment(organization, EnvironmentId(row.scope_id)),
                _ => return Err(Error::Unreadable { what: "scope", value: row.scope }),
            };
            Ok(RoleBinding { actor, role, scope })
        })
        .collect()
}

fn columns(scope: Scope) -> (&'static str, Uuid) {
    match scope {
        Scope::Organization(id) => ("organization", id.0),
        Scope::Project(_, id) => ("project", id.0),
        Scope::Environment(_, id) => ("environment", id.0),
    }
}
