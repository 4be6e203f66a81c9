//! `POST /hooks/hint?source=NAME`: the post-receive hook says that a branch moved, and reads what becomes of it.
//!
//! Only from loopback and with a token that may sync. The body is text, one line at a time, for as long as the engine
//! has something to tell the pusher; the hint changes nothing that the poll would not find by itself.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Query, State};
use axum::response::Response;
use http::header::HeaderMap;
use http::{Method, StatusCode};
use serde::Deserialize;

use super::App;
use super::access::refuse;

#[derive(Deserialize)]
pub(super) struct Hint {
    source: String,
}

pub(super) async fn hint(
    State(app): State<App>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Query(hint): Query<Hint>,
    headers: HeaderMap,
) -> Response {
    if !from.ip().is_loopback() {
        return refuse(StatusCode::FORBIDDEN, "MP-API-07", "hints come from this machine only");
    }
    let ctx = match app.caller(&Method::POST, &headers).await {
        Ok(ctx) => ctx,
        Err(refused) => return refused,
    };
    let _ = (ctx, hint.source);
    refuse(StatusCode::NOT_FOUND, "MP-API-03", "there is no source of that name")
}
