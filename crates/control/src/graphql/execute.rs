//! One request through guard, parser, gate and schema.
//!
//! Refusals have the shape of any other GraphQL error: `extensions.code` and `extensions.kind`; the gate adds
//! `extensions.fields` with what to drop. A query has ten seconds, a mutation a minute, since some wait for what a runtime says. A
//! subscription has no limit, but a socket may hold only so many, and each value that it yields was made by a use case that asked for the permission.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_graphql::parser::types::{ExecutableDocument, OperationType};
use async_graphql::{Data, Executor, Request, Response, ServerError, Value, Variables};
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};

use super::permission::Refusal;
use super::{Api, guard};
use crate::ctx::Ctx;

/// management-api.md: "10 s deadline".
const DEADLINE: Duration = Duration::from_secs(10);
/// Longer than a dry run waits for a sandbox that has to be started first.
const MUTATION_DEADLINE: Duration = Duration::from_secs(60);
/// One screen follows a handful of things; a script that follows every workload uses one subscription for it.
const STREAMS: usize = 32;

fn refused(message: impl Into<String>, code: &'static str, kind: &'static str) -> ServerError {
    let mut error = ServerError::new(message, None);
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", code);
    extensions.set("kind", kind);
    error
}

fn answer(error: ServerError) -> Response {
    Response::from_errors(vec![error])
}

impl Api {
    /// Guards, parses and authorises; what comes back may run.
    fn admit(&self, ctx: &Ctx, request: &Request) -> Result<ExecutableDocument, ServerError> {
        guard::check(&request.query, &guard::Limits::PUBLIC)
            .map_err(|err| refused(err.to_string(), "MP-API-05", "invalid"))?;
        let document = async_graphql::parser::parse_query(&request.query)
            .map_err(|err| refused(err.to_string(), "MP-API-06", "invalid"))?;
        let refusals = self.gate.refusals(&document, &ctx.actor);
        if refusals.is_empty() { Ok(document) } else { Err(forbidden(&refusals)) }
    }

    /// Runs one query or mutation for this caller.
    pub async fn execute(&self, ctx: Ctx, mut request: Request) -> Response {
        let document = match self.admit(&ctx, &request) {
            Ok(document) => document,
            Err(error) => return answer(error),
        };
        let mut operations = document.operations.iter();
        let deadline = if operations.any(|(_, one)| one.node.ty == OperationType::Mutation) {
            MUTATION_DEADLINE
        } else {
            DEADLINE
        };
        request.set_parsed_query(document);
        match tokio::time::timeout(deadline, self.schema.execute(request.data(ctx))).await {
            Ok(response) => response,
            Err(_) => answer(refused(
                format!("not done within {} s", deadline.as_secs()),
                "MP-API-09",
                "unavailable",
            )),
        }
    }

    /// As `execute`, by text and without variables or with those given; for tests and for our own pages.
    pub async fn ask(&self, ctx: Ctx, document: &str, variables: serde_json::Value) -> Response {
        let request = Request::new(document).variables(Variables::from_json(variables));
        self.execute(ctx, request).await
    }
}

fn forbidden(refusals: &[Refusal]) -> ServerError {
    let described: Vec<String> = refusals
        .iter()
        .map(|refusal| match refusal.needs {
            Some(needs) => format!("`{}.{}` needs `{}`", refusal.of, refusal.field, needs.as_str()),
            None => format!("`{}.{}` is closed to everybody", refusal.of, refusal.field),
        })
        .collect();
    let mut error = refused(described.join(", "), "MP-API-02", "forbidden");
    let fields = refusals
        .iter()
        .map(|refusal| Value::from(format!("{}.{}", refusal.of, refusal.field)))
        .collect();
    error.extensions.get_or_insert_default().set("fields", Value::List(fields));
    error
}

/// The executor of one socket, which counts the subscriptions that it holds open.
#[derive(Clone)]
pub struct ForOne {
    api: Api,
    open: Arc<AtomicUsize>,
}

/// Counts itself out when the stream that holds it is dropped.
struct Held(Arc<AtomicUsize>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl ForOne {
    pub fn new(api: Api) -> Self {
        Self { api, open: Arc::default() }
    }
}

impl Executor for ForOne {
    async fn execute(&self, _: Request) -> Response {
        // A socket's messages all go through `execute_stream`, which knows the session.
        answer(refused("sign in first", "MP-API-01", "unauthenticated"))
    }

    fn execute_stream(
        &self,
        mut request: Request,
        session: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        let one = |response| stream::once(std::future::ready(response)).boxed();
        let found = session.as_ref().and_then(|data| data.get(&std::any::TypeId::of::<Ctx>()));
        let Some(ctx) = found.and_then(|ctx| ctx.downcast_ref::<Ctx>()).cloned() else {
            return one(answer(refused("sign in first", "MP-API-01", "unauthenticated")));
        };
        let document = match self.api.admit(&ctx, &request) {
            Ok(document) => document,
            Err(error) => return one(answer(error)),
        };
        let is_stream = document
            .operations
            .iter()
            .any(|(_, operation)| operation.node.ty == OperationType::Subscription);
        let api = self.api.clone();
        if !is_stream {
            return stream::once(async move { api.execute(ctx, request).await }).boxed();
        }
        let held = Held(Arc::clone(&self.open));
        if self.open.fetch_add(1, Ordering::Relaxed) >= STREAMS {
            let message = format!("a connection holds at most {STREAMS} subscriptions");
            return one(answer(refused(message, "MP-API-05", "invalid")));
        }
        request.set_parsed_query(document);
        let responses = api.schema.execute_stream(request.data(ctx));
        responses
            .map(move |response| {
                let _ = &held;
                response
            })
            .boxed()
    }
}
