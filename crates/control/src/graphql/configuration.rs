//! Configuration set on an environment, in the API.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use camel::descriptor::SecretTarget;
use domain::permission::Permission as P;
use store::configuration::Target;

use super::permission::{Fields, fields, whole};
use super::to_gql;
use crate::app::configuration::{self, For, Value};
use crate::app::deployment::operate::Wanted;
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    fields("Query", &["configuration", "effectiveConfiguration"], P::ReadConfiguration),
    fields("Mutation", &["setConfiguration", "unsetConfiguration"], P::WriteConfiguration),
    whole("ConfigurationEntry", P::ReadConfiguration),
    whole("EffectiveEntry", P::ReadConfiguration),
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

/// One key as an integration gets it in an environment, and which layer it comes from.
#[derive(SimpleObject)]
pub struct EffectiveEntry {
    pub key: String,
    /// `property`, `setting` or `secret`.
    pub kind: String,
    /// Null for a secret.
    pub value: Option<String>,
    /// What won: `root midplane.yaml`, `midplane.yaml`, `application.properties`, `midplane.yaml environments` or
    /// `environment`; for a secret, what mounts it.
    pub layer: String,
    /// Layers that set it too and lost, the lowest first.
    pub hidden: Vec<String>,
    /// Where a secret is mounted: a variable's name or a file's.
    pub target: Option<String>,
    /// Whether the environment has a value for it; always true unless it is a secret.
    pub is_set: bool,
}

impl From<configuration::Won> for EffectiveEntry {
    fn from(won: configuration::Won) -> Self {
        let configuration::Won { key, value, layer, hidden } = won;
        let (kind, value, target, is_set) = match value {
            Value::Property(value) => ("property", Some(value), None, true),
            Value::Setting(value) => ("setting", Some(value), None, true),
            Value::Secret {
                target: SecretTarget::Env(name) | SecretTarget::File(name),
                is_set,
            } => ("secret", None, Some(name), is_set),
        };
        Self {
            key,
            kind: kind.to_owned(),
            value,
            layer: layer.as_str().to_owned(),
            hidden: hidden.into_iter().map(|layer| layer.as_str().to_owned()).collect(),
            target,
            is_set,
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

    /// What an integration gets in an environment, each key with the layer that won: the files of its newest deployment's
    /// release, and what is set on the environment now.
    async fn effective_configuration(
        &self,
        gql: &Context<'_>,
        integration: String,
        project: Option<String>,
        environment: Option<String>,
    ) -> async_graphql::Result<Vec<EffectiveEntry>> {
        let ctx = gql.data::<Ctx>()?;
        let wanted = Wanted {
            project: project.as_deref(),
            integration: &integration,
            environment: environment.as_deref(),
        };
        let all = configuration::effective(ctx, &wanted).await.map_err(to_gql)?;
        Ok(all.into_iter().map(EffectiveEntry::from).collect())
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
