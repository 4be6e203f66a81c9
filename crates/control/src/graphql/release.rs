//! Releases in the API: what commits became, and why some were refused.

use async_graphql::{Context, ID, Object, SimpleObject};
use domain::permission::Permission as P;

use super::permission::{Fields, fields, whole};
use super::to_gql;
use crate::app::{Error, release};
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    fields("Query", &["releases", "release", "releaseFiles"], P::ReadRelease),
    whole("Release", P::ReadRelease),
    whole("ReleaseConnection", P::ReadRelease),
    whole("ReleaseFile", P::ReadRelease),
    whole("Problem", P::ReadRelease),
];

/// One reason why a release was refused.
#[derive(SimpleObject)]
pub struct Problem {
    /// Stable; `docs/errors/CODE.md` says what to do.
    pub code: String,
    /// Starts with `file:line:column` where there is one.
    pub message: String,
}

/// An immutable set of digests, made from one commit.
#[derive(SimpleObject)]
pub struct Release {
    pub id: ID,
    /// The beginning of the commit's id, as people type it.
    pub short: String,
    pub integration: String,
    pub commit: String,
    pub author: String,
    pub subject: String,
    pub committed_at: String,
    pub created_at: String,
    /// `drafted`, `resolving`, `released` or `refused`.
    pub state: String,
    pub problems: Vec<Problem>,
    pub warnings: Vec<String>,
    pub bundle: Option<String>,
    pub lock: Option<String>,
    pub base: String,
    pub camel: String,
    /// What is resolved beyond the base library.
    pub dependencies: Vec<String>,
}

impl From<release::Shown> for Release {
    fn from(shown: release::Shown) -> Self {
        let release::Shown { release: row, integration, dependencies, warnings } = shown;
        let problem =
            |one: domain::release::Refusal| Problem { code: one.code, message: one.message };
        Self {
            id: ID(row.id.to_string()),
            short: row.short().to_owned(),
            integration,
            author: row.commit.author,
            subject: row.commit.subject,
            committed_at: row.commit.at.to_string(),
            commit: row.commit.id,
            created_at: row.created_at.to_string(),
            state: row.state.as_str().to_owned(),
            problems: row.problems.into_iter().map(problem).collect(),
            warnings,
            bundle: row.bundle.map(|digest| digest.to_string()),
            lock: row.lock.map(|digest| digest.to_string()),
            base: row.base.to_string(),
            camel: row.camel,
            dependencies,
        }
    }
}

#[derive(SimpleObject)]
pub struct ReleaseConnection {
    pub nodes: Vec<Release>,
    /// Give it as `after` for older ones; null at the end.
    pub next: Option<String>,
}

/// A file of a release, as it is in the repository.
#[derive(SimpleObject)]
pub struct ReleaseFile {
    pub path: String,
    pub size: u64,
    /// Null when it is no text, or too long to be shown.
    pub text: Option<String>,
}

/// A page that a person would read, and a bound for one that a program asks for.
pub(crate) const MOST: u32 = 200;

#[derive(Default)]
pub struct ReleaseQuery;

#[Object]
impl ReleaseQuery {
    /// The newest first.
    async fn releases(
        &self,
        gql: &Context<'_>,
        integration: Option<ID>,
        project: Option<String>,
        #[graphql(default = 50)] first: u32,
        after: Option<String>,
    ) -> async_graphql::Result<ReleaseConnection> {
        let ctx = gql.data::<Ctx>()?;
        let integration = integration.map(|id| id.parse()).transpose().map_err(|_| bad_id())?;
        let before = after.map(|cursor| cursor.parse()).transpose().map_err(|_| bad_id())?;
        let first = first.min(MOST);
        let rows = release::list(ctx, integration, project.as_deref(), before, first);
        let rows = rows.await.map_err(to_gql)?;
        let next = rows.last().map(|row| row.release.id.to_string());
        let full = rows.len() == usize::try_from(first).unwrap_or(usize::MAX);
        let nodes = rows.into_iter().map(Release::from).collect();
        Ok(ReleaseConnection { nodes, next: next.filter(|_| full) })
    }

    async fn release(&self, gql: &Context<'_>, id: ID) -> async_graphql::Result<Release> {
        let ctx = gql.data::<Ctx>()?;
        let id = id.parse().map_err(|_| bad_id())?;
        release::find(ctx, id).await.map(Release::from).map_err(to_gql)
    }

    /// What a release is made of: every file by path, text as text. It never changes.
    async fn release_files(
        &self,
        gql: &Context<'_>,
        id: ID,
    ) -> async_graphql::Result<Vec<ReleaseFile>> {
        let ctx = gql.data::<Ctx>()?;
        let id = id.parse().map_err(|_| bad_id())?;
        let files = release::files::list(ctx, id).await.map_err(to_gql)?;
        let shown = |release::files::File { path, size, text }| ReleaseFile { path, size, text };
        Ok(files.into_iter().map(shown).collect())
    }
}

pub(crate) fn bad_id() -> async_graphql::Error {
    to_gql(Error::invalid("MP-API-10", "that is not an id of ours"))
}
