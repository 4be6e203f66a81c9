//! Projects in the API. What is in one is found through the nouns that name it.

use async_graphql::{Context, ID, Object, SimpleObject};
use domain::permission::Permission as P;

use super::permission::{Fields, fields, whole};
use super::to_gql;
use crate::app::project;
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    fields("Query", &["projects", "project"], P::ReadProject),
    fields("Mutation", &["createProject"], P::ManageProject),
    whole("Project", P::ReadProject),
];

/// A set of integrations with one Git source and its own roles.
#[derive(SimpleObject)]
pub struct Project {
    pub id: ID,
    pub name: String,
    pub created_at: String,
}

impl From<store::project::Project> for Project {
    fn from(row: store::project::Project) -> Self {
        let store::project::Project { id, name, created_at } = row;
        Self { id: ID(id.to_string()), name, created_at: created_at.to_string() }
    }
}

#[derive(Default)]
pub struct ProjectQuery;

#[Object]
impl ProjectQuery {
    /// The projects that the caller may see, by name.
    async fn projects(&self, gql: &Context<'_>) -> async_graphql::Result<Vec<Project>> {
        let ctx = gql.data::<Ctx>()?;
        let all = project::list(ctx).await.map_err(to_gql)?;
        Ok(all.into_iter().map(Project::from).collect())
    }

    async fn project(
        &self,
        gql: &Context<'_>,
        name: String,
    ) -> async_graphql::Result<Option<Project>> {
        let ctx = gql.data::<Ctx>()?;
        project::find(ctx, &name).await.map(|row| row.map(Project::from)).map_err(to_gql)
    }
}

#[derive(Default)]
pub struct ProjectMutation;

#[Object]
impl ProjectMutation {
    async fn create_project(
        &self,
        gql: &Context<'_>,
        name: String,
    ) -> async_graphql::Result<Project> {
        let ctx = gql.data::<Ctx>()?;
        project::create(ctx, &name).await.map(Project::from).map_err(to_gql)
    }
}
