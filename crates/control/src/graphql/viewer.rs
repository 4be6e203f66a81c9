//! Who is asking, and what they may do: the first thing that a client reads.
//!
//! Anybody who is signed in may read this about themselves and sign in a browser of their own, so these fields need no
//! permission.

use async_graphql::{Context, ID, Object, SimpleObject};

use super::permission::{Fields, free};
use super::to_gql;
use crate::app::{next, session};
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    free("Query", &["viewer", "next"]),
    free("Viewer", &["id", "label", "organization", "permissions"]),
    free("Mutation", &["createLoginLink", "signOutEverywhere"]),
    free("LoginLink", &["url", "expiresAt"]),
];

#[derive(SimpleObject)]
pub struct Viewer {
    pub id: ID,
    /// As the audit names this actor.
    pub label: String,
    /// The id of the organization that the actor belongs to.
    pub organization: ID,
    /// What the actor may do on the organization or somewhere below it.
    pub permissions: Vec<&'static str>,
}

/// A link that signs in one browser, once, within ten minutes.
#[derive(SimpleObject)]
pub struct LoginLink {
    pub url: String,
    pub expires_at: String,
}

#[derive(Default)]
pub struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// Who is asking.
    async fn viewer(&self, gql: &Context<'_>) -> async_graphql::Result<Viewer> {
        let ctx = gql.data::<Ctx>()?;
        let actor = &ctx.actor;
        let permissions = domain::permission::Permission::ALL
            .iter()
            .filter(|permission| actor.may_somewhere(**permission))
            .map(|permission| permission.as_str())
            .collect();
        Ok(Viewer {
            id: ID(actor.id.to_string()),
            label: actor.label.clone(),
            organization: ID(actor.organization.to_string()),
            permissions,
        })
    }

    /// What to do next, as commands; it names only what the caller may see.
    async fn next(&self, gql: &Context<'_>) -> async_graphql::Result<Vec<String>> {
        next::lines(gql.data::<Ctx>()?).await.map_err(to_gql)
    }
}

#[derive(Default)]
pub struct ViewerMutation;

#[Object]
impl ViewerMutation {
    /// A one-time link that signs a browser in as the caller.
    async fn create_login_link(&self, gql: &Context<'_>) -> async_graphql::Result<LoginLink> {
        let ctx = gql.data::<Ctx>()?;
        let issued = session::offer_link(ctx).await.map_err(to_gql)?;
        let url = format!("{}/login/{}", ctx.settings().base_url(), issued.secret);
        Ok(LoginLink { url, expires_at: issued.expires_at.to_string() })
    }

    /// Ends every browser's session of the caller and every login link that waits, this browser's too; how many sessions.
    /// API tokens stay.
    async fn sign_out_everywhere(&self, gql: &Context<'_>) -> async_graphql::Result<u32> {
        session::sign_out_everywhere(gql.data::<Ctx>()?).await.map_err(to_gql)
    }
}
