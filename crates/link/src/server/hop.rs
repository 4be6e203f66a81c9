//! From one server to another: a request for a runtime whose session is there.
//!
//! `server A, asked for a log -> TLS with its replica certificate -> server B, which holds the session -> data connection`
//!
//! One hop and never more: B looks only among its own sessions and says `AWAY` when the runtime is not there any more. Both
//! ends are certified by the one authority, A by a certificate that no runner can have; what A asks for was authorised
//! by A. A connection serves one request and ends with it, so that nothing is pooled that a moved session would leave behind.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use domain::id::RuntimeId;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::data::{DataError, RequestBody};
use super::{Handler, Server};
use crate::authority;
use crate::client::{DialError, Network, dial};

/// The header that names the runtime.
const RUNTIME: &str = "midplane-runtime";
/// The header of an answer that says: its session is not here.
pub const AWAY: &str = "midplane-away";
/// A log and a few beside it.
const STREAMS: u32 = 16;
/// As the data connection behind it.
const WINDOW: u32 = 256 << 10;

impl<H: Handler> Server<H> {
    /// Sends a request to the runner of `runtime` by way of the server at `address`. `config` shows this server's
    /// replica certificate and speaks `ALPN_REPLICA`.
    pub async fn hop(
        &self,
        address: &str,
        config: Arc<ClientConfig>,
        runtime: RuntimeId,
        request: Request<RequestBody>,
    ) -> Result<Response<Incoming>, DataError> {
        // Servers reach each other directly: a proxy is for the way out.
        let tls = dial::tls(address, &Network::default(), config).await.map_err(DataError::Hop)?;
        let (mut sender, connection) =
            hyper::client::conn::http2::Builder::new(TokioExecutor::new())
                .timer(TokioTimer::new())
                .initial_stream_window_size(WINDOW)
                .initial_connection_window_size(WINDOW * 2)
                .handshake::<_, RequestBody>(TokioIo::new(tls))
                .await
                .map_err(|source| {
                    DataError::Hop(DialError::Http { address: address.to_owned(), source })
                })?;
        let stop = self.stop.clone();
        // Ends when the answer was read or let go, because the sender is dropped below.
        self.tasks.spawn(async move {
            tokio::select! {
                _ = connection => {}
                () = stop.cancelled() => {}
            }
        });
        let mut request = request;
        let name = HeaderValue::from_str(&runtime.to_string());
        // An id is hexadecimal digits and dashes.
        request.headers_mut().insert(RUNTIME, name.unwrap_or(HeaderValue::from_static("")));
        sender.send_request(request).await.map_err(DataError::Request)
    }

    /// Serves another server, if that is who it is.
    pub(super) async fn replica_connection(
        self: Arc<Self>,
        tls: TlsStream<TcpStream>,
        certificate: Option<&CertificateDer<'static>>,
    ) {
        // The handshake tolerates an expired certificate, for runners; here it does not help.
        let fresh = |shown: &&CertificateDer<'_>| {
            authority::not_after(shown).is_some_and(|end| self.seams.now() < end)
        };
        let Some(replica) = certificate.filter(fresh).and_then(authority::replica) else {
            tracing::warn!("a stranger spoke to this server as if it were another one of ours");
            return;
        };
        tracing::debug!(%replica, "another server asks");
        let server = Arc::clone(&self);
        let service = service_fn(move |request| {
            let server = Arc::clone(&server);
            async move { Ok::<_, Infallible>(server.forward(request).await) }
        });
        let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW * 2);
        let mut served = pin!(builder.serve_connection(TokioIo::new(tls), service));
        tokio::select! {
            _ = served.as_mut() => {}
            () = self.stop.cancelled() => served.as_mut().graceful_shutdown(),
        }
    }

    async fn forward(&self, request: Request<Incoming>) -> Response<BoxBody<Bytes, hyper::Error>> {
        let name = request.headers().get(RUNTIME).and_then(|value| value.to_str().ok());
        let runtime = name.and_then(|name| name.parse::<RuntimeId>().ok());
        let Some(runtime) = runtime else { return empty(StatusCode::BAD_REQUEST) };
        let asked = Request::builder().method(request.method()).uri(request.uri());
        let Ok(asked) = asked.body(Empty::new()) else { return empty(StatusCode::BAD_REQUEST) };
        match self.data(runtime, asked).await {
            Ok(answer) => answer.map(BodyExt::boxed),
            Err(err) => {
                tracing::debug!(%runtime, error = &err as &dyn std::error::Error, "asked by another server");
                let mut away = empty(StatusCode::SERVICE_UNAVAILABLE);
                away.headers_mut().insert(AWAY, HeaderValue::from_static("1"));
                away
            }
        }
    }
}

fn empty(status: StatusCode) -> Response<BoxBody<Bytes, hyper::Error>> {
    let mut response = Response::new(Empty::new().map_err(|never| match never {}).boxed());
    *response.status_mut() = status;
    response
}
