//! HTTP: the console and the status page, sign-in, health, metrics, the hook's hint, and the way into GraphQL.
//!
//! ```text
//! request -> id, metrics, security headers -> Host on the list? -> who is it? -> route
//! ```
//! `/healthz`, `/readyz`, the console's own files, the stylesheet and the schema of `midplane.yaml` are for everybody; every
//! other route asks for somebody who is signed in, and its use case for a permission. A browser is a cookie and must come from our own
//! origin; a program is a bearer token.

pub mod access;
pub mod console;
pub mod metrics;

mod graphql;
mod hint;
mod html;
mod login;
mod status;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tokio::net::TcpListener;

use crate::graphql::Api;
use crate::one_port::{self, Arrivals, Remote};
use crate::server::Server;

#[derive(Clone)]
pub(crate) struct App {
    pub(crate) server: Server,
    pub(crate) api: Api,
    pub(crate) hosts: Arc<access::Hosts>,
}

/// Where callers come from.
#[derive(Debug)]
pub enum Front {
    Plain(TcpListener),
    /// Over TLS, from a port that the link listens on.
    Shared(Arrivals),
}

/// Serves until the soft signal; requests in flight finish.
pub async fn serve(server: Server, api: Api, front: Front) -> Result<(), std::io::Error> {
    let soft = server.life.soft().clone().cancelled_owned();
    let router = router(server, api);
    match front {
        Front::Plain(listener) => {
            let service = router.into_make_service_with_connect_info::<SocketAddr>();
            axum::serve(listener, service).with_graceful_shutdown(soft).await
        }
        Front::Shared(arrivals) => {
            let service = router
                .layer(axum::middleware::map_request(one_port::plain))
                .into_make_service_with_connect_info::<Remote>();
            axum::serve(arrivals, service).with_graceful_shutdown(soft).await
        }
    }
}

pub fn router(server: Server, api: Api) -> Router {
    let hosts = Arc::new(access::Hosts::of(&server.settings));
    let app = App { server, api, hosts };
    let mut screens = Router::new().route("/", get(console::page));
    for screen in console::SCREENS {
        screens = screens
            .route(screen, get(console::page))
            .route(&format!("{screen}/{{*rest}}"), get(console::page));
    }
    screens
        .route("/status", get(status::page))
        .route("/login", get(login::page).post(login::sign_in))
        .route("/login/{secret}", get(login::arrive))
        .route("/logout", post(login::sign_out))
        .route("/graphql", post(graphql::post).get(graphql::upgrade))
        .route("/graphql/ws", get(graphql::upgrade))
        .route("/metrics", get(metrics::page))
        .route("/hooks/hint", post(hint::hint))
        .layer(axum::middleware::from_fn_with_state(app.clone(), access::known_host))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readiness))
        .route("/style.css", get(html::style))
        .route("/icon.svg", get(console::icon))
        .route("/assets/{name}", get(console::asset))
        .route("/schema/midplane.json", get(descriptor_schema))
        .fallback(console::nothing_here)
        .layer(axum::middleware::from_fn_with_state(app.clone(), access::around))
        .with_state(app)
}

async fn readiness(axum::extract::State(app): axum::extract::State<App>) -> impl IntoResponse {
    match app.server.db.ping().await {
        Ok(()) if !app.server.life.soft().is_cancelled() => (http::StatusCode::OK, "ready\n"),
        Ok(()) => (http::StatusCode::SERVICE_UNAVAILABLE, "shutting down\n"),
        Err(_) => (http::StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}

async fn descriptor_schema() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/schema+json")], camel::descriptor::json_schema())
}
