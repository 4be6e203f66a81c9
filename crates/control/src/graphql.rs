//! The GraphQL API: the schema put together from one file for each noun, and the one mapping of errors.
//!
//! A noun's file has `XQuery`, `XMutation`, `XSubscription` (those it needs), its object types, and `FIELDS`: the
//! permission of each of its fields. Three lists below name the files; nothing else knows them all.
//!
//! ```text
//! document -> guard (bytes, tokens, nesting, fragments) -> parser -> gate (permissions) -> validation -> resolvers
//! ```
//! A resolver parses its arguments, calls one use case of `app` and converts the answer. It holds no rule. The
//! permission of a field is checked before anything runs, by `permission`, from the table that the files' `FIELDS` make
//! together; a field that no table names cannot be called by anybody.

pub mod guard;
pub mod permission;

mod changes;
mod execute;

pub mod alert;
pub mod audit;
pub mod bulk_replay;
pub mod capture;
pub mod configuration;
pub mod deployment;
pub mod environment;
pub mod failure_group;
pub mod integration;
pub mod log;
pub mod message;
pub mod organization;
pub mod project;
pub mod release;
pub mod replay;
pub mod route;
pub mod route_hold;
pub mod runtime;
pub mod secret;
pub mod series;
pub mod source;
pub mod token;
pub mod viewer;

use std::sync::Arc;

use async_graphql::{ErrorExtensions as _, MergedObject, MergedSubscription, Schema};

pub use execute::ForOne;

use crate::app;
use crate::ingest::Ingest;
use crate::lifecycle::chain;
use crate::link_server::LinkServer;

#[derive(MergedObject, Default)]
pub struct Query(
    viewer::ViewerQuery,
    organization::OrganizationQuery,
    project::ProjectQuery,
    environment::EnvironmentQuery,
    configuration::ConfigurationQuery,
    secret::SecretQuery,
    token::TokenQuery,
    audit::AuditQuery,
    runtime::RuntimeQuery,
    source::SourceQuery,
    integration::IntegrationQuery,
    release::ReleaseQuery,
    deployment::DeploymentQuery,
    message::MessageQuery,
    failure_group::FailureGroupQuery,
    series::SeriesQuery,
    route::RouteQuery,
    replay::ReplayQuery,
    bulk_replay::BulkReplayQuery,
    capture::CaptureQuery,
    alert::AlertQuery,
);

#[derive(MergedObject, Default)]
pub struct Mutation(
    viewer::ViewerMutation,
    organization::OrganizationMutation,
    project::ProjectMutation,
    environment::EnvironmentMutation,
    configuration::ConfigurationMutation,
    secret::SecretMutation,
    token::TokenMutation,
    runtime::RuntimeMutation,
    source::SourceMutation,
    deployment::DeploymentMutation,
    failure_group::FailureGroupMutation,
    route_hold::RouteHoldMutation,
    replay::ReplayMutation,
    bulk_replay::BulkReplayMutation,
    capture::CaptureMutation,
    alert::AlertMutation,
);

#[derive(MergedSubscription, Default)]
pub struct Subscription(
    runtime::RuntimeSubscription,
    deployment::DeploymentSubscription,
    integration::IntegrationSubscription,
    log::LogSubscription,
    message::MessageSubscription,
);

/// The permission of every field, in the order of the nouns.
pub(crate) const FIELDS: &[&[permission::Fields]] = &[
    viewer::FIELDS,
    organization::FIELDS,
    project::FIELDS,
    environment::FIELDS,
    configuration::FIELDS,
    secret::FIELDS,
    token::FIELDS,
    audit::FIELDS,
    runtime::FIELDS,
    source::FIELDS,
    integration::FIELDS,
    release::FIELDS,
    deployment::FIELDS,
    route_hold::FIELDS,
    replay::FIELDS,
    bulk_replay::FIELDS,
    log::FIELDS,
    message::FIELDS,
    failure_group::FIELDS,
    series::FIELDS,
    route::FIELDS,
    capture::FIELDS,
    alert::FIELDS,
];

type Root = Schema<Query, Mutation, Subscription>;

/// management-api.md: `limit_recursive_depth(16)`.
const RECURSION: usize = 16;

/// The schema and the gate in front of it; made once for a process.
#[derive(Clone)]
pub struct Api {
    schema: Root,
    gate: Arc<permission::Gate>,
}

impl Api {
    /// Without a link: for the schema's text and for tests.
    pub fn new() -> Result<Self, permission::Unreadable> {
        Self::of(Schema::build(Query::default(), Mutation::default(), Subscription::default()))
    }

    /// With the link, over which logs are read, and with what arrives, for the live tail.
    pub fn serving(link: Arc<LinkServer>, ingest: Ingest) -> Result<Self, permission::Unreadable> {
        let root = Schema::build(Query::default(), Mutation::default(), Subscription::default());
        Self::of(root.data(link).data(ingest))
    }

    fn of(
        builder: async_graphql::SchemaBuilder<Query, Mutation, Subscription>,
    ) -> Result<Self, permission::Unreadable> {
        let schema = builder
            .limit_recursive_depth(RECURSION)
            .limit_directives(guard::Limits::PUBLIC.directives)
            .finish();
        let gate = Arc::new(permission::Gate::new(&schema.sdl(), FIELDS)?);
        Ok(Self { schema, gate })
    }

    pub fn gate(&self) -> &permission::Gate {
        &self.gate
    }

    /// The schema as text, each field with the permission that it needs.
    pub fn sdl(&self) -> String {
        self.gate.annotate(&self.schema.sdl())
    }
}

/// The only place where an error of a use case becomes text for a client.
pub fn to_gql(err: app::Error) -> async_graphql::Error {
    if err.kind() == app::Kind::Internal {
        tracing::error!(code = err.code(), error = chain(&err), "a request failed");
    }
    let (code, kind) = (err.code(), err.kind().as_str());
    async_graphql::Error::new(err.to_string()).extend_with(|_, extensions| {
        extensions.set("code", code);
        extensions.set("kind", kind);
    })
}
