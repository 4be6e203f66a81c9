//! The public GraphQL API, as the client verbs use it: one request over HTTP, subscriptions over a WebSocket.
//!
//! No verb has another way in: what the CLI can do, anybody with a token can. Errors keep the code that the control plane
//! gave; a control plane that does not answer is told apart from one that refuses. Requests have a deadline; a
//! subscription lives as long as its reader wants it.

pub mod select;
pub mod subscription;
pub mod tls;

use std::time::Duration;

use serde_json::{Value, json};

use crate::arguments::ClientArguments;
use crate::context::{Context, Contexts};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

/// Longer than any single use case takes; a fetch of a large repository is a job, not a request.
const REQUEST_DEADLINE: Duration = Duration::from_mins(1);
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    pub server: String,
    token: Option<String>,
    /// From the flags or the context.
    pub project: Option<String>,
    pub environment: Option<String>,
}

impl Client {
    pub fn new(server: &str, token: Option<String>) -> Outcome<Self> {
        tls::install();
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_DEADLINE)
            .user_agent(concat!("midplane/", env!("CARGO_PKG_VERSION")))
            .tls_backend_preconfigured(tls::configuration()?)
            .build()
            .map_err(|err| Failure::internal("prepare the HTTP client", &err))?;
        let server = server.trim_end_matches('/').to_owned();
        Ok(Self { http, server, token, project: None, environment: None })
    }

    /// The one the arguments, variables and the contexts file lead to.
    pub fn of(arguments: &ClientArguments, environment: &Environment) -> Outcome<Self> {
        let token = crate::environment::variable("MIDPLANE_TOKEN");
        let mut client = if let Some(server) = &arguments.server {
            Self::new(server, token)?
        } else {
            let context = context_of(arguments, environment)?;
            let token = match token {
                Some(token) => Some(token),
                None => context.token()?,
            };
            let mut client = Self::new(&context.server, token)?;
            client.project = context.project;
            client.environment = context.environment;
            client
        };
        if let Some(project) = &arguments.project {
            client.project = Some(project.clone());
        }
        if let Some(environment) = &arguments.environment {
            client.environment = Some(environment.clone());
        }
        Ok(client)
    }

    /// Runs one query or mutation and returns its `data`.
    pub async fn request(&self, query: &str, variables: Value) -> Outcome<Value> {
        let url = format!("{}/graphql", self.server);
        let mut request = self
            .http
            .post(&url)
            .timeout(REQUEST_DEADLINE)
            .json(&json!({"query": query, "variables": variables}));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.map_err(|err| self.unreachable(&err))?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(|err| self.unreachable(&err))?;
        let Ok(mut answer) = serde_json::from_slice::<Value>(&bytes) else {
            return Err(match status.as_u16() {
                401 | 403 => refused(&self.server),
                _ => Failure::new(
                    "MP-CLI-02",
                    Exit::Unreachable,
                    format!("{url} answered {status}, which is not an answer of the GraphQL API"),
                )
                .next("check that --server or the context names a Midplane control plane"),
            });
        };
        if let Some(error) = answer.get("errors").and_then(|errors| errors.get(0)) {
            return Err(of_graphql(error));
        }
        if status.as_u16() == 401 {
            return Err(refused(&self.server));
        }
        Ok(answer.get_mut("data").map(Value::take).unwrap_or_default())
    }

    /// Whether the control plane says that it is ready.
    pub async fn is_ready(&self) -> bool {
        let answer = self
            .http
            .get(format!("{}/readyz", self.server))
            .timeout(Duration::from_secs(2))
            .send()
            .await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    pub(crate) fn unreachable(&self, err: &(dyn std::error::Error + 'static)) -> Failure {
        let timeout = err.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_timeout);
        let what = if timeout { "did not answer in time" } else { "does not answer" };
        let failure = Failure::new(
            "MP-CLI-01",
            Exit::Unreachable,
            format!("the control plane {} {what}", self.server),
        );
        let cause = innermost(err);
        if cause.to_string().contains("certificate") {
            return failure.because(cause).next(
                "name a file with the authority that it should have: MIDPLANE_EXTRA_CA=root.pem",
            );
        }
        failure
            .because(cause)
            .next("start it with `midplane up`, or choose another with --context or --server")
    }
}

fn innermost<'a>(
    err: &'a (dyn std::error::Error + 'static),
) -> &'a (dyn std::error::Error + 'static) {
    let mut inner = err;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner
}

fn refused(server: &str) -> Failure {
    Failure::new(
        "MP-CLI-03",
        Exit::Refused,
        format!("{server} does not know this token, or there is none"),
    )
    .next("set MIDPLANE_TOKEN, or use a context that has a token: `midplane up` writes one")
}

/// Makes a failure of one entry of `errors`.
pub(crate) fn of_graphql(error: &Value) -> Failure {
    let extensions = &error["extensions"];
    let code = extensions["code"].as_str().unwrap_or("MP-CLI-04");
    let message = error["message"].as_str().unwrap_or("the control plane refused without a reason");
    let exit = match extensions["kind"].as_str() {
        Some("not_found") => Exit::NotFound,
        Some("forbidden" | "unauthenticated") => Exit::Refused,
        Some("invalid") => Exit::Usage,
        Some("internal") => Exit::Internal,
        Some(_) => Exit::Conflict,
        None => Exit::Fault,
    };
    let failure = Failure::new(code, exit, message);
    match extensions["next"].as_str() {
        Some(next) => failure.next(next),
        None => failure,
    }
}

fn context_of(arguments: &ClientArguments, environment: &Environment) -> Outcome<Context> {
    let path = crate::context::file(&environment.config_home());
    let contexts = Contexts::load(&path)?;
    let wanted = arguments.context.clone().or_else(|| contexts.current.clone());
    let Some(name) = wanted else {
        return Err(Failure::new("MP-CLI-05", Exit::Unreachable, "no control plane is known here")
            .next(
                "start one with `midplane up`, or name one with --server URL and MIDPLANE_TOKEN",
            ));
    };
    contexts.known(&name).cloned()
}
