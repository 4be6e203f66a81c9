//! The data connection: a second connection that the runner opens when asked, reversed, so that we are its client.
//!
//! Bulk bytes (log tails, later proxied requests) never share a TCP stream with commands: a reader that stalls here
//! stalls only itself. One connection for each runtime, opened with the first request, closed after a minute without
//! one. The nonce ties the connection to the request for it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::id::RuntimeId;
use http::{Request, Response};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::peer::Peer;
use super::registry::{DataSlot, Nonce};
use super::{Handler, Server};
use crate::client::DialError;
use crate::wire::{self, server_frame};

pub(super) type RequestBody = Empty<Bytes>;

/// A dial and a handshake, over a bad network.
const OPEN: Duration = Duration::from_secs(10);
/// Enough for a log tail at full speed, little enough that a stalled one holds no memory.
const WINDOW: u32 = 256 << 10;

#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("the runtime has no session on this server")]
    NotConnected,
    #[error("the runtime did not open its data connection within 10 s")]
    NotOpened,
    #[error("ask the runtime over its data connection")]
    Request(#[source] hyper::Error),
    #[error("reach the server that the runtime is connected to")]
    Hop(#[source] DialError),
}

impl DataError {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Hop(_) => "MP-LINK-23",
            Self::NotConnected | Self::NotOpened | Self::Request(_) => "MP-LINK-07",
        }
    }
}

impl<H: Handler> Server<H> {
    /// Sends a request to the runner of `runtime`; opens the data connection when there is none.
    pub async fn data(
        &self,
        runtime: RuntimeId,
        request: Request<RequestBody>,
    ) -> Result<Response<Incoming>, DataError> {
        let slot = self.registry.data_slot(runtime);
        let mut sender = {
            // Held while opening: the others that ask meanwhile share what is opened.
            let mut slot = slot.lock().await;
            if let Some(open) = slot.as_mut().filter(|open| !open.sender.is_closed()) {
                open.used = Instant::now();
                open.sender.clone()
            } else {
                let sender = self.open_data(runtime).await?;
                *slot = Some(DataSlot { sender: sender.clone(), used: Instant::now() });
                sender
            }
        };
        sender.send_request(request).await.map_err(DataError::Request)
    }

    /// Whether a data connection is open now.
    pub fn has_data(&self, runtime: RuntimeId) -> bool {
        let slot = self.registry.data_slot(runtime);
        // Locked: somebody is opening one.
        slot.try_lock()
            .map_or(true, |slot| slot.as_ref().is_some_and(|open| !open.sender.is_closed()))
    }

    async fn open_data(
        &self,
        runtime: RuntimeId,
    ) -> Result<hyper::client::conn::http2::SendRequest<RequestBody>, DataError> {
        let session = self.registry.session(runtime).ok_or(DataError::NotConnected)?;
        let mut nonce: Nonce = [0; 32];
        aws_lc_rs::rand::fill(&mut nonce).map_err(|_| DataError::NotOpened)?;
        let opened = self.registry.await_data(runtime, nonce);
        let ask = server_frame::Frame::OpenData(wire::OpenData { nonce: nonce.to_vec() });
        let ask = async {
            session.out.send(Ok(wire::ServerFrame { frame: Some(ask) })).await.ok()?;
            opened.await.ok()
        };
        let sender = tokio::time::timeout(OPEN, ask).await;
        self.registry.take_awaited(runtime, &nonce);
        sender.ok().flatten().ok_or(DataError::NotOpened)
    }

    pub(super) async fn data_connection(
        self: Arc<Self>,
        mut tls: TlsStream<TcpStream>,
        peer: Peer,
    ) {
        let place = self.registry.connected(peer.runtime);
        if self.judge(Some(&peer)).await.is_some() || peer.fresh(self.seams.now()).is_err() {
            return;
        }
        let mut nonce: Nonce = [0; 32];
        match tokio::time::timeout(self.limits.handshake, tls.read_exact(&mut nonce)).await {
            Ok(Ok(_)) => {}
            Ok(Err(_)) | Err(_) => return,
        }
        let Some(awaited) = self.registry.take_awaited(peer.runtime, &nonce) else {
            tracing::warn!(runtime = %peer.runtime, "a data connection that nobody asked for");
            return;
        };
        let handshake = hyper::client::conn::http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW * 4)
            .handshake::<_, RequestBody>(TokioIo::new(tls))
            .await;
        let Ok((sender, mut connection)) = handshake else { return };
        if awaited.send(sender).is_err() {
            return;
        }
        let mut tick = tokio::time::interval(self.limits.data_idle / 4);
        loop {
            tokio::select! {
                _ = &mut connection => break,
                () = place.wake.notified() => {
                    if self.judge(Some(&peer)).await.is_some() {
                        break;
                    }
                }
                () = self.stop.cancelled() => break,
                _ = tick.tick() => self.close_idle(peer.runtime).await,
            }
        }
    }

    /// Lets go of a connection that was not asked for a while; streams that still run keep it open.
    async fn close_idle(&self, runtime: RuntimeId) {
        let slot = self.registry.data_slot(runtime);
        let mut slot = slot.lock().await;
        if slot.as_ref().is_some_and(|open| open.used.elapsed() >= self.limits.data_idle) {
            *slot = None;
        }
    }
}
