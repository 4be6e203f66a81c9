//! `POST /hooks/hint?source=NAME`: the post-receive hook says that a branch moved, and reads what becomes of it.
//!
//! Only from loopback and with a token that may sync. The body is text, one line at a time, for as long as the engine
//! has something to tell the pusher; the hint changes nothing that the poll would not find by itself.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::{ConnectInfo, Query, State};
use axum::response::Response;
use bytes::Bytes;
use futures::StreamExt as _;
use http::header::HeaderMap;
use http::{Method, StatusCode};
use serde::Deserialize;

use super::App;
use super::access::refuse;
use crate::app::push;

#[derive(Deserialize)]
pub(super) struct Hint {
    source: String,
    /// What the branch was moved to, when the hook knows.
    new: Option<String>,
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
    match push::answer(&ctx, &hint.source, hint.new).await {
        Ok(lines) => {
            let lines = lines.map(|line| Ok::<_, Infallible>(Bytes::from(line + "\n")));
            Response::new(Body::from_stream(lines))
        }
        Err(err) => refuse(StatusCode::NOT_FOUND, err.code(), &err.to_string()),
    }
}
