//! From a TCP connection to a served one.
//!
//! Admission comes before the handshake, because the handshake is what costs. After it the peer is judged; a refused
//! one still gets an answer to its first call, so that it hears the code, and is closed a moment later.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ServerConfig;
use rustls::server::Acceptor;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tower::Service;

use super::peer::Peer;
use super::services::{Connection, routes};
use super::{Handler, Server};
use crate::refused::Refused;
use crate::tls::{ALPN_DATA, ALPN_REPLICA, is_link};

/// Long enough for a refusal to be read, far below the second that a revocation may take.
const LAST_WORDS: Duration = Duration::from_millis(300);
/// A session, a renewal and some artifacts at a time.
const STREAMS: u32 = 64;
/// Sessions need little; artifacts are read with our own window.
const WINDOW: u32 = 64 << 10;
/// Out of file descriptors: others must end first.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// What sessions get to say goodbye in.
const DRAIN: Duration = Duration::from_secs(3);

/// What a caller of the console comes as.
pub type ConsoleStream = TlsStream<TcpStream>;
pub type Arrival = (ConsoleStream, SocketAddr);

/// The console, when it shares the link's port: its TLS, and where its callers go after the handshake.
#[derive(Clone)]
pub struct Beside {
    pub config: Arc<ServerConfig>,
    pub arrivals: mpsc::Sender<Arrival>,
}

impl<H: Handler> Server<H> {
    /// Serves until `shutdown`, then lets every session say goodbye.
    pub async fn run(self: Arc<Self>, listener: TcpListener, shutdown: CancellationToken) {
        self.run_beside(listener, shutdown, None).await;
    }

    /// The same on a port that is shared with the console. Which of the two a caller means is told by the protocols it
    /// offers, before the handshake goes on.
    pub async fn run_beside(
        self: Arc<Self>,
        listener: TcpListener,
        shutdown: CancellationToken,
        beside: Option<Beside>,
    ) {
        let handshakes = Arc::new(Semaphore::new(self.limits.handshakes));
        let routes = routes(&self);
        let mut connections = JoinSet::new();
        loop {
            let accepted = async {
                // The semaphore is never closed.
                let permit = Arc::clone(&handshakes).acquire_owned().await.ok();
                (permit, listener.accept().await)
            };
            tokio::select! {
                () = shutdown.cancelled() => break,
                (permit, accepted) = accepted => match accepted {
                    Ok((tcp, address)) => {
                        let server = Arc::clone(&self);
                        let routes = routes.clone();
                        let beside = beside.clone();
                        connections.spawn(server.connection(tcp, address, permit, routes, beside));
                    }
                    Err(err) => {
                        tracing::warn!(error = &err as &dyn std::error::Error, "accept on the link");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
        drop(listener);
        self.stop.cancel();
        let _ = timeout(DRAIN, async { while connections.join_next().await.is_some() {} }).await;
        connections.shutdown().await;
        self.tasks.close();
        let _ = timeout(DRAIN, self.tasks.wait()).await;
    }

    async fn connection(
        self: Arc<Self>,
        tcp: TcpStream,
        address: SocketAddr,
        permit: Option<OwnedSemaphorePermit>,
        routes: Routes,
        beside: Option<Beside>,
    ) {
        let _ = tcp.set_nodelay(true);
        let shaken = self.handshake(tcp, beside.as_ref());
        let (tls, for_console) = match timeout(self.limits.handshake, shaken).await {
            Ok(Ok(shaken)) => shaken,
            Ok(Err(err)) => {
                tracing::debug!(%address, error = &err as &dyn std::error::Error, "handshake on the link");
                return;
            }
            Err(_) => return,
        };
        drop(permit);
        if let Some(beside) = beside.filter(|_| for_console) {
            // A console that is full or gone takes no more: the connection is closed.
            let _ = beside.arrivals.try_send((tls, address));
            return;
        }
        let session = tls.get_ref().1;
        if session.alpn_protocol() == Some(ALPN_REPLICA) {
            let shown = session.peer_certificates().and_then(<[_]>::first).cloned();
            return self.replica_connection(tls, shown.as_ref()).await;
        }
        let data = session.alpn_protocol() == Some(ALPN_DATA);
        let certificate = session.peer_certificates().and_then(<[_]>::first);
        let peer = match certificate.map(|certificate| Peer::of(certificate, address)).transpose() {
            Ok(peer) => peer,
            Err(err) => {
                tracing::warn!(%address, error = &err as &dyn std::error::Error, "certificate on the link");
                return;
            }
        };
        match (data, peer) {
            (true, Some(peer)) => self.data_connection(tls, peer).await,
            (true, None) => {}
            (false, peer) => self.link_connection(tls, peer, routes).await,
        }
    }

    /// The handshake, and whether the console is meant.
    async fn handshake(
        &self,
        tcp: TcpStream,
        beside: Option<&Beside>,
    ) -> std::io::Result<(TlsStream<TcpStream>, bool)> {
        let begun = LazyConfigAcceptor::new(Acceptor::default(), tcp).await?;
        let offered = begun.client_hello().alpn().map(Iterator::collect::<Vec<_>>);
        let console = beside.filter(|_| !is_link(&offered.unwrap_or_default()));
        let config = console.map_or(&self.tls.config, |beside| &beside.config);
        Ok((begun.into_stream(Arc::clone(config)).await?, console.is_some()))
    }

    async fn link_connection(
        self: Arc<Self>,
        tls: TlsStream<TcpStream>,
        peer: Option<Peer>,
        routes: Routes,
    ) {
        let place = peer.as_ref().map(|peer| self.registry.connected(peer.runtime));
        let refused = watch::Sender::new(self.judge(peer.as_ref()).await);
        let aged = CancellationToken::new();
        let shared =
            Connection { peer: peer.clone(), refused: refused.subscribe(), aged: aged.clone() };
        let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
            let mut request = request.map(tonic::body::Body::new);
            request.extensions_mut().insert(shared.clone());
            routes.clone().call(request)
        });
        let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW * 2);
        let mut served = pin!(builder.serve_connection(TokioIo::new(tls), service));
        let mut end: Option<Instant> =
            refused.borrow().is_some().then(|| Instant::now() + LAST_WORDS * 2);
        let mut draining = false;
        loop {
            let woken = async {
                match &place {
                    Some(place) => place.wake.notified().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                result = served.as_mut() => {
                    if let Err(err) = result {
                        tracing::debug!(error = &err as &dyn std::error::Error, "a connection on the link ended");
                    }
                    break;
                }
                () = woken, if end.is_none() => {
                    if let Some(no) = self.judge(peer.as_ref()).await {
                        refused.send_replace(Some(no));
                        served.as_mut().graceful_shutdown();
                        end = Some(Instant::now() + LAST_WORDS);
                    }
                }
                () = async { tokio::select! { () = aged.cancelled() => {}, () = self.stop.cancelled() => {} } }, if !draining => {
                    draining = true;
                    served.as_mut().graceful_shutdown();
                }
                () = sleep_until(end.unwrap_or_else(Instant::now)), if end.is_some() => break,
            }
        }
    }

    /// Why this peer may not be connected.
    pub(super) async fn judge(&self, peer: Option<&Peer>) -> Option<Refused> {
        match peer {
            Some(peer) => match self.handler.admit(peer).await {
                Ok(()) => None,
                // A database that is away for a moment must not cut every link.
                Err(refused) if refused.code == "MP-LINK-08" => None,
                Err(refused) => Some(refused),
            },
            None => None,
        }
    }
}
