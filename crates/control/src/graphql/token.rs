//! API tokens in the API. The secret is in the answer of `createToken` and nowhere else.

use async_graphql::{Context, ID, Object, SimpleObject};
use domain::permission::{Permission as P, Role};

use super::permission::{Fields, fields, whole};
use super::to_gql;
use crate::app::Error;
use crate::app::token::{self, On};
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    fields("Query", &["tokens"], P::ReadToken),
    whole("Token", P::ReadToken),
    fields("Mutation", &["createToken", "revokeToken"], P::ManageToken),
    whole("CreateTokenPayload", P::ManageToken),
];

/// What a program or a browser signs in with.
#[derive(SimpleObject)]
pub struct Token {
    pub id: ID,
    pub name: String,
    /// `api`, or `session` for a browser's.
    pub kind: &'static str,
    pub actor: ID,
    pub created_at: String,
    pub expires_at: Option<String>,
    pub last_used_at: Option<String>,
}

impl From<store::api_token::ApiToken> for Token {
    fn from(row: store::api_token::ApiToken) -> Self {
        let store::api_token::ApiToken {
            id,
            actor,
            kind,
            label,
            created_at,
            expires_at,
            last_used_at,
        } = row;
        Self {
            id: ID(id.to_string()),
            name: label,
            kind: kind.as_str(),
            actor: ID(actor.to_string()),
            created_at: created_at.to_string(),
            expires_at: expires_at.map(|at| at.to_string()),
            last_used_at: last_used_at.map(|at| at.to_string()),
        }
    }
}

#[derive(SimpleObject)]
pub struct CreateTokenPayload {
    pub token: Token,
    /// Shown this once.
    pub secret: String,
}

#[derive(Default)]
pub struct TokenQuery;

#[Object]
impl TokenQuery {
    /// Tokens and sessions that are not revoked, the newest first.
    async fn tokens(&self, gql: &Context<'_>) -> async_graphql::Result<Vec<Token>> {
        let ctx = gql.data::<Ctx>()?;
        let all = token::list(ctx).await.map_err(to_gql)?;
        Ok(all.into_iter().map(Token::from).collect())
    }
}

#[derive(Default)]
pub struct TokenMutation;

#[Object]
impl TokenMutation {
    /// `role` on the project, on the environment, or without either on the organization; `expires` as RFC 3339.
    async fn create_token(
        &self,
        gql: &Context<'_>,
        name: String,
        role: String,
        project: Option<String>,
        environment: Option<String>,
        expires: Option<String>,
    ) -> async_graphql::Result<CreateTokenPayload> {
        let ctx = gql.data::<Ctx>()?;
        let role = Role::parse(&role)
            .ok_or_else(|| Error::invalid("MP-API-10", "there is no such role"))
            .map_err(to_gql)?;
        let expires_at = expires
            .map(|text| text.parse::<jiff::Timestamp>())
            .transpose()
            .map_err(|_| Error::invalid("MP-API-10", "`expires` is no RFC 3339 time"))
            .map_err(to_gql)?;
        let on = On { project, environment };
        let (made, secret) =
            token::create(ctx, &name, role, &on, expires_at).await.map_err(to_gql)?;
        Ok(CreateTokenPayload { token: Token::from(made), secret })
    }

    async fn revoke_token(&self, gql: &Context<'_>, id: ID) -> async_graphql::Result<bool> {
        let ctx = gql.data::<Ctx>()?;
        let id = id.parse().map_err(|_| Error::not_found("token of that id")).map_err(to_gql)?;
        token::revoke(ctx, id).await.map_err(to_gql)?;
        Ok(true)
    }
}
