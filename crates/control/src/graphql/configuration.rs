//! Configuration set on an environment, in the API.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use domain::permission::Permission as P;
use store::configuration::Target;

use super::permission::{Fields, fields, whole};
use super::to_gql;
use crate::app::configuration::{self, For};
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    fields("Query", &["configuration"], P::ReadConfiguration),
    fields("Mutation", &["setConfiguration", "unsetConfiguration"], P::WriteConfiguration),
    whole("ConfigurationEntry", P::ReadConfiguration),
];

/// A value set on an environment. Without a project it is for everything there, without an integration for all of the
/// project's.
#[derive(SimpleObject)]
pub struct ConfigurationEntry {
    pub key: String,
    pub value: String,
    pub project_id: Option<async_graphql::ID>,
    pub integration: Option<String>,
    pub changed_at: String,
    pub changed_by: async_graphql::ID,
}

impl From<store::configuration::Entry> for ConfigurationEntry {
    fn from(row: store::configuration::Entry) -> Self {
        let store::configuration::Entry { target, key, value, changed_at, changed_by } = row;
        let (project, integration) = match target {
            Target::Everything => (None, None),
            Target::Project(project) => (Some(project), None),
            Target::Integration(project, integration) => (Some(project), Some(integration)),
        };
        Self {
            key,
            value,
            project_id: project.map(|id| async_graphql::ID(id.to_string())),
            integration,
            changed_at: changed_at.to_string(),
            changed_by: async_graphql::ID(changed_by.to_string()),
        }
    }
}

#[derive(InputObject)]
pub struct ConfigurationInput {
    pub key: String,
    pub value: String,
}

#[derive(Default)]
pub struct ConfigurationQuery;

#[Object]
impl ConfigurationQuery {
    /// What is set on the environment; with a project or an integration, what reaches it.
    async fn configuration(
        &self,
        gql: &Context<'_>,
        environment: String,
        project: Option<String>,
        integration: Option<String>,
    ) -> async_graphql::Result<Vec<ConfigurationEntry>> {
        let ctx = gql.data::<Ctx>()?;
        let wanted = For { project, integration };
        let all = configuration::list(ctx, &environment, &wanted).await.map_err(to_gql)?;
        Ok(all.into_iter().map(ConfigurationEntry::from).collect())
    }
}

#[derive(Default)]
pub struct ConfigurationMutation;

#[Object]
impl ConfigurationMutation {
    /// Sets values and deploys what is affected again.
    async fn set_configuration(
        &self,
        gql: &Context<'_>,
        environment: String,
        project: Option<String>,
        integration: Option<String>,
        entries: Vec<ConfigurationInput>,
    ) -> async_graphql::Result<bool> {
        let ctx = gql.data::<Ctx>()?;
        let entries: Vec<_> = entries.into_iter().map(|entry| (entry.key, entry.value)).collect();
        let wanted = For { project, integration };
        configuration::set(ctx, &environment, &wanted, &entries).await.map_err(to_gql)?;
        Ok(true)
    }

    async fn unset_configuration(
        &self,
        gql: &Context<'_>,
        environment: String,
        project: Option<String>,
        integration: Option<String>,
        keys: Vec<String>,
    ) -> async_graphql::Result<bool> {
        let ctx = gql.data::<Ctx>()?;
        let wanted = For { project, integration };
        configuration::unset(ctx, &environment, &wanted, &keys).await.map_err(to_gql)?;
        Ok(true)
    }
}
