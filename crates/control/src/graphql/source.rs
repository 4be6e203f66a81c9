//! Git sources in the API. A token goes in and never comes out.

use async_graphql::{Context, ID, Object, SimpleObject};
use domain::permission::Permission as P;
use domain::source::Condition;

use super::permission::{Fields, fields, whole};
use super::to_gql;
use crate::app::{Error, push, source};
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    fields("Query", &["sources", "source"], P::ReadSource),
    fields(
        "Mutation",
        &["addSource", "updateSource", "removeSource", "confirmPrune"],
        P::ManageSource,
    ),
    fields("Mutation", &["syncSource"], P::SyncSource),
    whole("Source", P::ReadSource),
    whole("SyncResult", P::SyncSource),
];

/// A repository, branch and folder that a project's integrations are read from.
#[derive(SimpleObject)]
pub struct Source {
    pub id: ID,
    pub name: String,
    pub project: String,
    pub url: String,
    pub branch: String,
    /// The folder in the repository; empty for all of it.
    pub path: String,
    /// The commit that was applied last.
    pub commit: Option<String>,
    pub author: Option<String>,
    pub subject: Option<String>,
    /// `good`, `new` (nothing was applied yet) or `failing`.
    pub state: String,
    /// Why it fails, and since when.
    pub reason: Option<String>,
    pub code: Option<String>,
    pub since: Option<String>,
    pub checked_at: Option<String>,
    /// The commit whose removals wait for `confirmPrune`.
    pub prune_commit: Option<String>,
    pub prune_integrations: Vec<String>,
}

impl Source {
    fn of(row: store::source::Source, project: String) -> Self {
        let (state, reason, code, since) = match row.condition {
            Condition::Failing { code, message, since, .. } => {
                ("failing", Some(message), Some(code), Some(since.to_string()))
            }
            Condition::Good if row.commit.is_none() => ("new", None, None, None),
            Condition::Good => ("good", None, None, None),
        };
        let prune = row.prune.unwrap_or_default();
        Self {
            id: ID(row.id.to_string()),
            name: row.name,
            project,
            url: row.url,
            branch: row.branch,
            path: row.path,
            author: row.commit.as_ref().map(|commit| commit.author.clone()),
            subject: row.commit.as_ref().map(|commit| commit.subject.clone()),
            commit: row.commit.map(|commit| commit.id),
            state: state.to_owned(),
            reason,
            code,
            since,
            checked_at: row.checked_at.map(|at| at.to_string()),
            prune_commit: prune["commit"].as_str().map(ToOwned::to_owned),
            prune_integrations: serde_json::from_value(prune["gone"].clone()).unwrap_or_default(),
        }
    }
}

/// What looking at a source came to.
#[derive(SimpleObject)]
pub struct SyncResult {
    pub commit: Option<String>,
    pub changed: bool,
    pub messages: Vec<String>,
}

async fn named(ctx: &Ctx, row: store::source::Source) -> async_graphql::Result<Source> {
    let name = source::project_name(ctx, &row).await.map_err(to_gql)?;
    Ok(Source::of(row, name))
}

#[derive(Default)]
pub struct SourceQuery;

#[Object]
impl SourceQuery {
    async fn sources(
        &self,
        gql: &Context<'_>,
        project: Option<String>,
    ) -> async_graphql::Result<Vec<Source>> {
        let ctx = gql.data::<Ctx>()?;
        let mut out = Vec::new();
        for row in source::list(ctx, project.as_deref()).await.map_err(to_gql)? {
            out.push(named(ctx, row).await?);
        }
        Ok(out)
    }

    /// By name or id.
    async fn source(&self, gql: &Context<'_>, name: String) -> async_graphql::Result<Source> {
        let ctx = gql.data::<Ctx>()?;
        let row = source::find(ctx, P::ReadSource, &name).await.map_err(to_gql)?;
        named(ctx, row).await
    }
}

#[derive(Default)]
pub struct SourceMutation;

#[Object]
impl SourceMutation {
    /// `url` is `https://…` or `file:///…`; a token is for `https` and is never shown again.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the API")]
    async fn add_source(
        &self,
        gql: &Context<'_>,
        project: String,
        name: String,
        url: String,
        #[graphql(default_with = "\"main\".to_owned()")] branch: String,
        #[graphql(default)] path: String,
        token: Option<String>,
    ) -> async_graphql::Result<Source> {
        let ctx = gql.data::<Ctx>()?;
        let new = source::New {
            project: &project,
            name: &name,
            url: &url,
            branch: &branch,
            path: &path,
            token: token.as_deref(),
        };
        let row = source::add(ctx, new).await.map_err(to_gql)?;
        named(ctx, row).await
    }

    /// What is not given stays as it is; a new address forgets the old one's token.
    async fn update_source(
        &self,
        gql: &Context<'_>,
        name: String,
        url: Option<String>,
        branch: Option<String>,
        path: Option<String>,
        token: Option<String>,
    ) -> async_graphql::Result<Source> {
        let ctx = gql.data::<Ctx>()?;
        let update = source::Update {
            url: url.as_deref(),
            branch: branch.as_deref(),
            path: path.as_deref(),
            token: token.as_deref(),
        };
        let row = source::update(ctx, &name, update).await.map_err(to_gql)?;
        named(ctx, row).await
    }

    /// Stops and removes every integration that came from it; returns their names.
    async fn remove_source(
        &self,
        gql: &Context<'_>,
        name: String,
    ) -> async_graphql::Result<Vec<String>> {
        source::remove(gql.data::<Ctx>()?, &name).await.map_err(to_gql)
    }

    /// Looks at the source now, and waits until it was looked at.
    async fn sync_source(
        &self,
        gql: &Context<'_>,
        name: Option<String>,
        id: Option<ID>,
    ) -> async_graphql::Result<SyncResult> {
        let ctx = gql.data::<Ctx>()?;
        let wanted = id.map(|id| id.0).or(name).ok_or_else(|| {
            to_gql(Error::invalid("MP-API-10", "say which source: `name` or `id`"))
        })?;
        let push::Synced { commit, changed, messages } =
            push::sync(ctx, &wanted).await.map_err(to_gql)?;
        Ok(SyncResult { commit, changed, messages })
    }

    /// Lets go what `commit` removes, after the guard asked; returns the names.
    async fn confirm_prune(
        &self,
        gql: &Context<'_>,
        name: String,
        commit: String,
    ) -> async_graphql::Result<Vec<String>> {
        source::confirm_prune(gql.data::<Ctx>()?, &name, &commit).await.map_err(to_gql)
    }
}
