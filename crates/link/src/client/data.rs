//! The runner's side of the data connection: dials when asked, then serves HTTP/2 on what it dialled.
//!
//! It outlives the session that asked for it, so that a log tail survives a connection that is only aged out; the
//! server closes it when it is idle or the runner is revoked.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio_util::sync::CancellationToken;

use super::dial::{self, DialError};
use super::{Client, Handler};
use crate::tls::{ALPN_DATA, Trust, client_config};

/// What a runner answers with; an error ends the stream.
pub type DataBody = BoxBody<Bytes, std::io::Error>;

/// Log tails and proxied requests at a time.
const STREAMS: u32 = 256;
/// What we buffer for one reader that stalls.
const SEND_BUFFER: usize = 64 << 10;

impl Client {
    pub(super) async fn serve_data<H: Handler>(
        self: Arc<Self>,
        handler: Arc<H>,
        nonce: Vec<u8>,
        shutdown: CancellationToken,
    ) {
        tokio::select! {
            () = shutdown.cancelled() => {}
            served = self.data_connection(handler, nonce) => {
                if let Err(err) = served {
                    let code = err.code();
                    tracing::warn!(code, error = &err as &dyn std::error::Error, "the data connection");
                }
            }
        }
    }

    async fn data_connection<H: Handler>(
        &self,
        handler: Arc<H>,
        nonce: Vec<u8>,
    ) -> Result<(), DialError> {
        let identity = self.identity();
        let config = client_config(
            Trust::Roots(identity.roots.clone()),
            Some((identity.chain.clone(), &identity.key)),
            ALPN_DATA,
            &self.settings.seams,
        )
        .map_err(DialError::Setup)?;
        let address = self.address();
        let mut tls = dial::tls(&address, &self.settings.network, config).await?;
        tls.write_all(&nonce).await.map_err(|source| DialError::Tls { address, source })?;
        let service = service_fn(move |request| {
            let handler = Arc::clone(&handler);
            async move { Ok::<_, std::convert::Infallible>(handler.data(request).await) }
        });
        let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_send_buf_size(SEND_BUFFER);
        if let Err(err) = builder.serve_connection(TokioIo::new(tls), service).await {
            tracing::debug!(error = &err as &dyn std::error::Error, "the data connection ended");
        }
        Ok(())
    }
}
