//! The GraphQL API: the schema put together from one file for each noun, and the one mapping of errors.
//!
//! A noun's file has `XQuery`, `XMutation`, `XSubscription` (those it needs), its object types, and `FIELDS`: the
//! permission of each of its fields. Three lists below name the files; nothing else knows them all.
//!
//! A resolver parses its arguments, calls one use case of `app` and converts the answer. It holds no rule. The
//! permission of a field is checked before anything runs, by `permission`, from the table that the files' `FIELDS` make
//! together; a field that no table names cannot be called by anybody.

pub mod guard;
pub mod permission;
pub mod viewer;

use std::sync::Arc;

use async_graphql::{EmptySubscription, ErrorExtensions, MergedObject, Schema};

use crate::app;
use crate::lifecycle::chain;

#[derive(MergedObject, Default)]
pub struct Query(viewer::ViewerQuery);

/// The permission of every field, in the order of the nouns.
pub(crate) const FIELDS: &[&[permission::Fields]] = &[viewer::FIELDS];

type Root = Schema<Query, async_graphql::EmptyMutation, EmptySubscription>;

/// The schema and the gate in front of it; made once for a process.
#[derive(Clone)]
pub struct Api {
    schema: Root,
    gate: Arc<permission::Gate>,
}

impl Api {
    pub fn new() -> Result<Self, permission::Unreadable> {
        let schema =
            Schema::build(Query::default(), async_graphql::EmptyMutation, EmptySubscription)
                .finish();
        let gate = Arc::new(permission::Gate::new(&schema.sdl(), FIELDS)?);
        Ok(Self { schema, gate })
    }

    pub fn gate(&self) -> &permission::Gate {
        &self.gate
    }

    pub fn sdl(&self) -> String {
        self.schema.sdl()
    }
}

/// The only place where an error of a use case becomes text for a client.
pub fn to_gql(err: app::Error) -> async_graphql::Error {
    if err.kind() == app::Kind::Internal {
        tracing::error!(code = err.code(), error = chain(&err), "a request failed");
    }
    let code = err.code();
    async_graphql::Error::new(err.to_string()).extend_with(|_, extensions| {
        extensions.set("code", code);
    })
}
