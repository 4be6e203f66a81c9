//! The caller's organization; there is no way to name another.

use async_graphql::{Context, ID, Object, SimpleObject};
use domain::permission::Permission as P;

use super::permission::{Fields, fields, whole};
use super::to_gql;
use crate::app::{organization, secret};
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    fields("Query", &["organization"], P::ReadOrganization),
    whole("Organization", P::ReadOrganization),
    fields("Mutation", &["renameOrganization", "rotateSecrets"], P::ManageOrganization),
];

/// The tenant: everything belongs to exactly one.
#[derive(SimpleObject)]
pub struct Organization {
    pub id: ID,
    pub name: String,
    pub created_at: String,
}

impl From<store::organization::Organization> for Organization {
    fn from(row: store::organization::Organization) -> Self {
        let store::organization::Organization { id, name, created_at } = row;
        Self { id: ID(id.to_string()), name, created_at: created_at.to_string() }
    }
}

#[derive(Default)]
pub struct OrganizationQuery;

#[Object]
impl OrganizationQuery {
    /// The caller's organization.
    async fn organization(&self, gql: &Context<'_>) -> async_graphql::Result<Organization> {
        let ctx = gql.data::<Ctx>()?;
        organization::find(ctx).await.map(Organization::from).map_err(to_gql)
    }
}

#[derive(Default)]
pub struct OrganizationMutation;

#[Object]
impl OrganizationMutation {
    async fn rename_organization(
        &self,
        gql: &Context<'_>,
        name: String,
    ) -> async_graphql::Result<Organization> {
        let ctx = gql.data::<Ctx>()?;
        organization::rename(ctx, &name).await.map(Organization::from).map_err(to_gql)
    }

    /// Gives the organization a new data key and seals every secret again; the number of secrets.
    async fn rotate_secrets(&self, gql: &Context<'_>) -> async_graphql::Result<u64> {
        secret::rotate(gql.data::<Ctx>()?).await.map_err(to_gql)
    }
}
