//! The proxy's connections: one request, one fault or none, one answer.
//!
//! A connection is ended without an answer by returning an error from the service, which makes hyper close it.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Weak};

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::fault::Fault;
use super::{Shared, Write};

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

pub(super) fn is_write(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PUT | Method::PATCH | Method::DELETE)
}

pub(super) fn is_watch(path: &str) -> bool {
    path.contains("watch=true") || path.contains("watch=1")
}

pub(super) async fn start(shared: &Arc<Shared>) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let shared = Arc::downgrade(shared);
    spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if shared.strong_count() == 0 {
                return;
            }
            let shared = shared.clone();
            spawn(async move {
                let service = service_fn(|request| answer(shared.clone(), request));
                // The end of a connection, on purpose or not, is nobody's error.
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    address
}

#[expect(clippy::disallowed_methods, reason = "a test's proxy ends with the runtime of its test")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

fn cut() -> std::io::Error {
    std::io::Error::other("the proxy ends this connection on purpose")
}

async fn answer(
    shared: Weak<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Body>, std::io::Error> {
    let shared = shared.upgrade().ok_or_else(cut)?;
    let method = request.method().clone();
    let path =
        request.uri().path_and_query().map_or_else(String::new, |path| path.as_str().to_owned());
    let fault = {
        let mut state = shared.state();
        if state.dead {
            return Err(cut());
        }
        let rule = state.rules.iter_mut().find(|rule| rule.left > 0 && (rule.fits)(&method, &path));
        let fault = rule.map(|rule| {
            rule.left -= 1;
            rule.fault
        });
        state.injected += u64::from(fault.is_some());
        fault
    };
    match fault {
        Some(Fault::Conflict) => return Ok(status(StatusCode::CONFLICT, "Conflict")),
        Some(Fault::TooManyRequests) => {
            return Ok(status(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests"));
        }
        Some(Fault::Internal) => {
            return Ok(status(StatusCode::INTERNAL_SERVER_ERROR, "InternalError"));
        }
        Some(Fault::Gone) => return Ok(status(StatusCode::GONE, "Expired")),
        Some(Fault::Refuse) => return Err(cut()),
        Some(Fault::Delay(time)) => tokio::time::sleep(time).await,
        Some(Fault::LoseReply | Fault::HalfReply) | None => (),
    }
    let answer = forward(&shared, &method, &path, request).await?;
    if is_write(&method) {
        let mut state = shared.state();
        let status = answer.status().as_u16();
        state.writes.push(Write { method: method.to_string(), path: path.clone(), status });
        state.counted += 1;
        if state.kill_after.is_some_and(|limit| state.counted >= limit) {
            state.dead = true;
            state.died = true;
            drop(state);
            shared.cuts.send_modify(|count| *count += 1);
            return Err(cut());
        }
    }
    match fault {
        Some(Fault::LoseReply) => Err(cut()),
        Some(Fault::HalfReply) => Ok(half(answer).await),
        _ => Ok(stream(&shared, answer, is_watch(&path))),
    }
}

async fn forward(
    shared: &Shared,
    method: &Method,
    path: &str,
    request: Request<Incoming>,
) -> Result<reqwest::Response, std::io::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
    let mut headers = parts.headers;
    for name in [header::HOST, header::CONTENT_LENGTH, header::CONNECTION] {
        headers.remove(name);
    }
    shared
        .client
        .request(method.clone(), format!("{}{path}", shared.upstream))
        .headers(headers)
        .body(body)
        .send()
        .await
        .map_err(std::io::Error::other)
}

fn head(status: StatusCode, headers: &HeaderMap) -> http::response::Builder {
    let mut builder = Response::builder().status(status);
    for (name, value) in headers {
        if !matches!(*name, header::TRANSFER_ENCODING | header::CONTENT_LENGTH | header::CONNECTION)
        {
            builder = builder.header(name, value);
        }
    }
    builder
}

/// The answer as it comes; a watch ends at a cut.
fn stream(shared: &Shared, answer: reqwest::Response, is_watch: bool) -> Response<Body> {
    let builder = head(answer.status(), answer.headers());
    let mut cuts = shared.cuts.subscribe();
    let bytes = answer.bytes_stream().map_ok(Frame::data).map_err(std::io::Error::other);
    let body = if is_watch {
        let cut = async move {
            let _ = cuts.changed().await;
        };
        StreamBody::new(bytes.take_until(Box::pin(cut)).boxed()).boxed_unsync()
    } else {
        StreamBody::new(bytes.boxed()).boxed_unsync()
    };
    builder.body(body).expect("an answer")
}

/// The first half of the answer, then the end of the connection.
async fn half(answer: reqwest::Response) -> Response<Body> {
    let builder = head(answer.status(), answer.headers());
    let bytes = answer.bytes().await.unwrap_or_default();
    let first = bytes.slice(..bytes.len() / 2);
    let frames = futures::stream::iter([Ok(Frame::data(first)), Err(cut())]);
    builder.body(StreamBody::new(frames.boxed()).boxed_unsync()).expect("an answer")
}

fn status(code: StatusCode, reason: &str) -> Response<Body> {
    let body = serde_json::json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "metadata": {},
        "code": code.as_u16(), "reason": reason, "message": format!("injected: {reason}"),
    });
    let mut builder =
        Response::builder().status(code).header(header::CONTENT_TYPE, "application/json");
    if code == StatusCode::TOO_MANY_REQUESTS {
        builder = builder.header(header::RETRY_AFTER, "1");
    }
    let body = Full::new(Bytes::from(body.to_string())).map_err(|never: Infallible| match never {});
    builder.body(body.boxed_unsync()).expect("an answer")
}
