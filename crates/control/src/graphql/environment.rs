//! Environments in the API.

use async_graphql::{Context, ID, Object, SimpleObject};
use domain::permission::Permission as P;

use super::permission::{Fields, fields, whole};
use super::to_gql;
use crate::app::environment::{self, Change};
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    fields("Query", &["environments", "environment"], P::ReadEnvironment),
    fields("Mutation", &["createEnvironment", "updateEnvironment"], P::ManageEnvironment),
    whole("Environment", P::ReadEnvironment),
];

/// A target: runtime, configuration, secrets and policy under a name.
#[derive(SimpleObject)]
pub struct Environment {
    pub id: ID,
    pub name: String,
    /// The order of promotion, lowest first.
    pub rank: i32,
    /// The branch that it follows; null: that of each source.
    pub branch: Option<String>,
    pub runtime_id: Option<ID>,
    /// Counts the changes of configuration and secrets.
    pub revision: i64,
    pub created_at: String,
}

impl From<store::environment::Environment> for Environment {
    fn from(row: store::environment::Environment) -> Self {
        let store::environment::Environment {
            id,
            name,
            rank,
            branch,
            runtime,
            revision,
            created_at,
        } = row;
        Self {
            id: ID(id.to_string()),
            name,
            rank,
            branch,
            runtime_id: runtime.map(|runtime| ID(runtime.to_string())),
            revision,
            created_at: created_at.to_string(),
        }
    }
}

#[derive(Default)]
pub struct EnvironmentQuery;

#[Object]
impl EnvironmentQuery {
    /// The environments that the caller may see, in the order of promotion.
    async fn environments(&self, gql: &Context<'_>) -> async_graphql::Result<Vec<Environment>> {
        let ctx = gql.data::<Ctx>()?;
        let all = environment::list(ctx).await.map_err(to_gql)?;
        Ok(all.into_iter().map(Environment::from).collect())
    }

    async fn environment(
        &self,
        gql: &Context<'_>,
        name: String,
    ) -> async_graphql::Result<Option<Environment>> {
        let ctx = gql.data::<Ctx>()?;
        environment::find(ctx, &name).await.map(|row| row.map(Environment::from)).map_err(to_gql)
    }
}

#[derive(Default)]
pub struct EnvironmentMutation;

#[Object]
impl EnvironmentMutation {
    /// `runtime` by name; an environment without one deploys nothing yet.
    async fn create_environment(
        &self,
        gql: &Context<'_>,
        name: String,
        runtime: Option<String>,
        rank: Option<i32>,
        branch: Option<String>,
    ) -> async_graphql::Result<Environment> {
        let ctx = gql.data::<Ctx>()?;
        let change = Change { runtime, rank, branch };
        environment::create(ctx, &name, change).await.map(Environment::from).map_err(to_gql)
    }

    /// What is not given stays as it is; an empty `branch` follows that of each source.
    async fn update_environment(
        &self,
        gql: &Context<'_>,
        name: String,
        runtime: Option<String>,
        rank: Option<i32>,
        branch: Option<String>,
    ) -> async_graphql::Result<Environment> {
        let ctx = gql.data::<Ctx>()?;
        let change = Change { runtime, rank, branch };
        environment::update(ctx, &name, change).await.map(Environment::from).map_err(to_gql)
    }
}
