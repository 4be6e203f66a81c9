//! A whole control plane for one test: its own database, its own folder, ports of its own.

use axum::body::Body;
use axum::extract::ConnectInfo;
use control::ctx::{Actor, Ctx, Grant};
use control::graphql::Api;
use control::server::{Running, Server, start};
use control::settings::{Settings, Sources};
use control::system::System;
use domain::permission::{Permission, Scope};
use http::{Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

pub(crate) struct Stand {
    pub running: Running,
    pub api: Api,
    /// The administrator's.
    pub token: String,
    router: axum::Router,
    shutdown: CancellationToken,
    folder: tempfile::TempDir,
    pub(crate) postgres: testkit::Postgres,
}

pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: http::HeaderMap,
    pub text: String,
}

impl Answer {
    #[track_caller]
    #[expect(clippy::panic, reason = "a test that got no JSON must say what it got")]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }
}

pub(crate) async fn stand() -> Stand {
    stand_with(|_| {}).await
}

pub(crate) async fn stand_with(change: impl FnOnce(&mut Settings)) -> Stand {
    let postgres = testkit::postgres().await;
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(&postgres, folder.path());
    change(&mut settings);
    let shutdown = CancellationToken::new();
    let running = start(settings, System::real(), shutdown.clone()).await.unwrap();
    let token = std::fs::read_to_string(folder.path().join("admin-token")).unwrap();
    let api = Api::new().unwrap();
    let router = control::rest::router(running.server.clone(), api.clone());
    let token = token.trim().to_owned();
    Stand { running, api, token, router, shutdown, folder, postgres }
}

fn settings(postgres: &testkit::Postgres, data: &std::path::Path) -> Settings {
    Settings {
        owner_url: postgres.url("midplane_owner"),
        application_url: postgres.url("midplane_app"),
        data: data.to_owned(),
        http: "127.0.0.1:0".parse().unwrap(),
        link: "127.0.0.1:0".parse().unwrap(),
        public_url: None,
        link_address: None,
        instance: "test".to_owned(),
        bootstrap_token_file: None,
        allowed_hosts: vec![],
        one_port: None,
        replica_address: None,
        sources: Sources::default(),
    }
}

/// A second server process on the same database and folder, as far as one process can be two.
pub(crate) struct Another {
    pub running: Running,
    shutdown: CancellationToken,
}

impl Drop for Another {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl Stand {
    pub(crate) fn server(&self) -> &Server {
        &self.running.server
    }

    pub(crate) async fn another(&self) -> Another {
        let shutdown = CancellationToken::new();
        let settings = settings(&self.postgres, self.folder.path());
        let running = start(settings, System::real(), shutdown.clone()).await.unwrap();
        Another { running, shutdown }
    }

    /// The owner that the first start made.
    pub(crate) async fn owner(&self) -> Ctx {
        let actor = control::app::session::authenticate(self.server(), &self.token).await;
        self.ctx(actor.unwrap().unwrap())
    }

    pub(crate) fn ctx(&self, actor: Actor) -> Ctx {
        Ctx { actor, server: self.server().clone() }
    }

    /// The owner, but with these permissions on this scope alone.
    pub(crate) async fn with(&self, permissions: &[Permission], scope: Option<Scope>) -> Ctx {
        let mut ctx = self.owner().await;
        let scope = scope.unwrap_or_else(|| ctx.everywhere());
        ctx.actor.grants = vec![Grant { scope, permissions: permissions.to_vec() }];
        ctx
    }

    /// Asks the API and expects no error.
    #[track_caller]
    pub(crate) fn ask<'a>(
        &'a self,
        ctx: &'a Ctx,
        document: &'a str,
    ) -> impl Future<Output = Value> + 'a {
        let place = std::panic::Location::caller();
        async move {
            let response = self.api.ask(ctx.clone(), document, json!({})).await;
            assert!(response.errors.is_empty(), "{place}: {:?}", response.errors);
            response.data.into_json().unwrap()
        }
    }

    /// Asks the API and returns the code of the first error.
    pub(crate) async fn refused(&self, ctx: &Ctx, document: &str) -> Option<String> {
        let response = self.api.ask(ctx.clone(), document, json!({})).await;
        let response = serde_json::to_value(&response).unwrap();
        response["errors"][0]["extensions"]["code"].as_str().map(str::to_owned)
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let mut request = request;
        let address: std::net::SocketAddr = "127.0.0.1:9".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(address));
        if !request.headers().contains_key(header::HOST) {
            let host = self.running.http.to_string();
            request.headers_mut().insert(header::HOST, host.parse().unwrap());
        }
        let response: Response<Body> = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.request(Method::GET, path, headers, Body::empty()).await
    }

    pub(crate) async fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body).unwrap()).await
    }

    /// A POST to `/graphql` with the administrator's token.
    pub(crate) async fn post(&self, body: impl Into<Body>) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        self.request(Method::POST, "/graphql", &headers, body.into()).await
    }
}
