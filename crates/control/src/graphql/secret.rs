//! Secrets in the API: which are set, never what they are.

use async_graphql::{Context, ID, Object, SimpleObject};
use domain::permission::Permission as P;

use super::permission::{Fields, fields, whole};
use super::to_gql;
use crate::app::secret;
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    fields("Query", &["secrets"], P::ReadConfiguration),
    fields("Mutation", &["setSecret", "unsetSecret"], P::WriteSecret),
    whole("SecretKey", P::ReadConfiguration),
];

/// One key of a secret. Its value is never shown.
#[derive(SimpleObject)]
pub struct SecretKey {
    pub secret: String,
    pub key: String,
    /// The environment's revision that set it.
    pub version: i64,
    pub changed_at: String,
    pub changed_by: ID,
}

impl From<store::secret::Described> for SecretKey {
    fn from(row: store::secret::Described) -> Self {
        let store::secret::Described { secret, key, version, changed_at, changed_by } = row;
        Self {
            secret,
            key,
            version,
            changed_at: changed_at.to_string(),
            changed_by: ID(changed_by.to_string()),
        }
    }
}

#[derive(Default)]
pub struct SecretQuery;

#[Object]
impl SecretQuery {
    /// Which secrets are set in the environment.
    async fn secrets(
        &self,
        gql: &Context<'_>,
        environment: String,
    ) -> async_graphql::Result<Vec<SecretKey>> {
        let ctx = gql.data::<Ctx>()?;
        let all = secret::describe(ctx, &environment).await.map_err(to_gql)?;
        Ok(all.into_iter().map(SecretKey::from).collect())
    }
}

#[derive(Default)]
pub struct SecretMutation;

#[Object]
impl SecretMutation {
    async fn set_secret(
        &self,
        gql: &Context<'_>,
        environment: String,
        name: String,
        key: String,
        value: String,
    ) -> async_graphql::Result<bool> {
        let ctx = gql.data::<Ctx>()?;
        secret::set(ctx, &environment, &name, &key, &value).await.map_err(to_gql)?;
        Ok(true)
    }

    async fn unset_secret(
        &self,
        gql: &Context<'_>,
        environment: String,
        name: String,
        key: String,
    ) -> async_graphql::Result<bool> {
        let ctx = gql.data::<Ctx>()?;
        secret::unset(ctx, &environment, &name, &key).await.map_err(to_gql)?;
        Ok(true)
    }
}
