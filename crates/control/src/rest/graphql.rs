//! The two ways into GraphQL: `POST` with JSON, and a WebSocket that speaks `graphql-transport-ws`.
//!
//! Everything is refused here that must not reach the library: another content type, a body over 256 KiB, a batch over
//! five, JSON that is no request. A socket is authenticated by its headers or by `connection_init` with
//! `{"authorization": "Bearer ..."}`; each of its messages passes the same guard as a POST. Whoever signs out loses the
//! sockets too, within seconds.

use std::time::Duration;

use async_graphql::http::{WebSocket, WebSocketProtocols, WsMessage};
use async_graphql::{BatchResponse, Data, Request as GqlRequest};
use axum::body::{Body, to_bytes};
use axum::extract::ws::{CloseFrame, Message, WebSocketUpgrade};
use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use futures::{SinkExt as _, StreamExt as _};
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use serde::Deserialize;

use super::App;
use super::access::{Credential, bearer, refuse, unauthenticated};
use crate::app::session;
use crate::ctx::Ctx;
use crate::graphql::guard::Limits;
use crate::graphql::{Api, ForOne};
use crate::server::Server;

/// The document's own limit and room for variables within it (management-api.md: "body <= 256 KiB").
const BODY: usize = Limits::PUBLIC.bytes;
/// management-api.md: "batch <= 5".
const BATCH: usize = 5;
/// How long a socket may stay without `connection_init` or an answer to a ping.
const KEEP_ALIVE: Duration = Duration::from_secs(60);
/// How soon after signing out a socket ends. An open console counts as use of its session.
const STILL_SIGNED_IN: Duration = Duration::from_secs(10);
const PROTOCOL: &str = "graphql-transport-ws";

#[derive(Deserialize)]
#[serde(untagged)]
enum Batch {
    Many(Vec<GqlRequest>),
    One(Box<GqlRequest>),
}

pub(super) async fn post(State(app): State<App>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let ctx = match app.caller(&Method::POST, &parts.headers).await {
        Ok(ctx) => ctx,
        Err(refused) => return refused,
    };
    if !is_json(&parts.headers) {
        let message = "a GraphQL request is sent as `application/json`";
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "MP-API-06", message);
    }
    let Ok(bytes) = to_bytes(body, BODY).await else {
        let message = format!("a GraphQL request has at most {BODY} bytes");
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, "MP-API-05", &message);
    };
    let batch = match serde_json::from_slice(&bytes) {
        Ok(batch) => batch,
        Err(err) => {
            let message = format!("the body is no GraphQL request: {err}");
            return refuse(StatusCode::BAD_REQUEST, "MP-API-06", &message);
        }
    };
    drop(bytes);
    let response = match batch {
        Batch::One(request) => BatchResponse::Single(app.api.execute(ctx, *request).await),
        Batch::Many(requests) if requests.len() > BATCH => {
            let message = format!("a batch has at most {BATCH} requests");
            return refuse(StatusCode::BAD_REQUEST, "MP-API-05", &message);
        }
        Batch::Many(requests) => {
            let mut responses = Vec::with_capacity(requests.len());
            for request in requests {
                responses.push(app.api.execute(ctx.clone(), request).await);
            }
            BatchResponse::Batch(responses)
        }
    };
    match serde_json::to_vec(&response) {
        Ok(json) => {
            let mut response = Response::new(Body::from(json));
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        }
        Err(err) => super::access::to_http(&crate::app::Error::internal(err)),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = value.and_then(|value| value.split(';').next()).map(str::trim);
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"))
}

pub(super) async fn upgrade(State(app): State<App>, request: axum::extract::Request) -> Response {
    let (mut parts, _) = request.into_parts();
    // A page of another site may open sockets; it names itself in `Origin`, whatever credential follows.
    if parts.headers.contains_key(header::ORIGIN)
        && let Err(refused) = app.require_own_origin(&Method::GET, &parts.headers)
    {
        return refused;
    }
    let credential = app.credential(&parts.headers);
    let secret = credential.as_ref().map(|it| it.secret().to_owned());
    let ctx = match credential {
        None => None,
        Some(credential) => {
            if let Credential::Cookie(_) = credential
                && let Err(refused) = app.require_own_origin(&Method::GET, &parts.headers)
            {
                return refused;
            }
            match app.ctx_of(credential.secret()).await {
                Ok(ctx) => Some(ctx),
                Err(refused) => return refused,
            }
        }
    };
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &app).await {
        Ok(upgrade) => upgrade,
        Err(_) if ctx.is_none() => return unauthenticated(),
        Err(_) => {
            let message = "queries are sent by POST; GET only opens a WebSocket";
            return refuse(StatusCode::METHOD_NOT_ALLOWED, "MP-API-06", message);
        }
    };
    let (api, server) = (app.api.clone(), app.server.clone());
    upgrade
        .protocols([PROTOCOL])
        .max_message_size(BODY)
        .max_frame_size(BODY)
        .on_upgrade(move |socket| serve(socket, api, server, ctx, secret))
        .into_response()
}

async fn serve(
    socket: axum::extract::ws::WebSocket,
    api: Api,
    server: Server,
    ctx: Option<Ctx>,
    secret: Option<String>,
) {
    let (mut sink, stream) = socket.split();
    let incoming =
        stream.take_while(|message| std::future::ready(message.is_ok())).filter_map(|message| {
            std::future::ready(match message {
                Ok(message @ (Message::Text(_) | Message::Binary(_))) => Some(message.into_data()),
                _ => None,
            })
        });
    let soft = server.life.soft().clone();
    let mut signed_out = std::pin::pin!(signed_out(server.clone(), secret));
    let begin = move |payload: serde_json::Value| async move {
        let mut data = Data::default();
        data.insert(first(&server, ctx, &payload).await?);
        Ok(data)
    };
    let mut outgoing = std::pin::pin!(
        WebSocket::new(ForOne::new(api), incoming, WebSocketProtocols::GraphQLWS)
            .on_connection_init(begin)
            .keepalive_timeout(KEEP_ALIVE)
    );
    loop {
        let next = tokio::select! {
            () = soft.cancelled() => Some(WsMessage::Close(1001, "the server ends".to_owned())),
            () = &mut signed_out => Some(WsMessage::Close(4401, "signed out".to_owned())),
            next = outgoing.next() => next,
        };
        let Some(next) = next else { return };
        let is_last = matches!(next, WsMessage::Close(..));
        let message = match next {
            WsMessage::Text(text) => Message::Text(text.into()),
            WsMessage::Close(code, reason) => {
                Message::Close(Some(CloseFrame { code, reason: reason.into() }))
            }
        };
        if sink.send(message).await.is_err() || is_last {
            return;
        }
    }
}

/// Ends when the secret that opened the socket is good no more; never for one that came with the first message only.
async fn signed_out(server: Server, secret: Option<String>) {
    let Some(secret) = secret else { return std::future::pending().await };
    loop {
        tokio::time::sleep(STILL_SIGNED_IN).await;
        if let Ok(None) = session::authenticate(&server, &secret).await {
            return;
        }
    }
}

/// The context of a socket: of its headers, else of its first message.
async fn first(
    server: &Server,
    ctx: Option<Ctx>,
    payload: &serde_json::Value,
) -> async_graphql::Result<Ctx> {
    if let Some(ctx) = ctx {
        return Ok(ctx);
    }
    let refused = || async_graphql::Error::new("sign in first (MP-API-01)");
    let value = payload.get("authorization").or_else(|| payload.get("Authorization"));
    let secret = value.and_then(|value| value.as_str()).and_then(bearer).ok_or_else(refused)?;
    let actor = session::authenticate(server, &secret).await.map_err(crate::graphql::to_gql)?;
    Ok(Ctx { actor: actor.ok_or_else(refused)?, server: server.clone() })
}
