//! `/metrics`, `/readyz` and `/healthz`.
//!
//! Not ready names what is missing, so that `kubectl describe pod` shows it. A standby is ready: it is there to take over.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::metrics::Sizes;
use super::{Error, Health, Stage};

/// A probe and a scraper; more is somebody else's load.
const MOST_CONNECTIONS: usize = 32;
const HEAD_WITHIN: Duration = Duration::from_secs(5);

pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address).await.map_err(|source| Error::Listen { address, source })
}

pub(super) async fn run(listener: TcpListener, health: Arc<Health>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        if connections.len() >= MOST_CONNECTIONS {
            connections.join_next().await;
        }
        let health = health.clone();
        connections.spawn(async move {
            let service = service_fn(|request| {
                let answer = answer(&health, &request);
                async move { Ok::<_, Infallible>(answer) }
            });
            // The end of a connection is nobody's error.
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_WITHIN)
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

fn answer(health: &Health, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let stage = health.stage.lock().map_or(Stage::Stopping, |stage| stage.clone());
    let (status, text) = match request.uri().path() {
        "/healthz" => (StatusCode::OK, "ok\n".to_owned()),
        "/readyz" => match &stage {
            Stage::Leading => (StatusCode::OK, "leading\n".to_owned()),
            Stage::Standby => (StatusCode::OK, "standby\n".to_owned()),
            Stage::Starting(what) => (StatusCode::SERVICE_UNAVAILABLE, format!("{what}\n")),
            Stage::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n".to_owned()),
        },
        "/metrics" => (StatusCode::OK, health.metrics.render(&sizes(health, &stage))),
        _ => (StatusCode::NOT_FOUND, "there is /metrics, /readyz and /healthz\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let plain = http::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, plain);
    response
}

fn sizes(health: &Health, stage: &Stage) -> Sizes {
    let (plugs, sockets, journals) =
        health.index.lock().map(|index| index.sizes()).unwrap_or_default();
    let (ready, delayed, running) = health.queue.lengths();
    Sizes {
        plugs,
        sockets,
        journals,
        ready: ready + running,
        delayed,
        leader: *stage == Stage::Leading,
    }
}
