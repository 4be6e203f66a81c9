//! From an address to a TLS stream and an HTTP/2 connection, naming the hop that failed.
//!
//! `DNS -> (proxy: CONNECT) -> TLS -> ALPN`. `doctor` shows exactly this.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::network::{Network, Proxy};

/// All hops together.
const DIAL: Duration = Duration::from_secs(20);
/// An answer to CONNECT is a few lines.
const LONGEST_ANSWER: usize = 8 << 10;
/// Our own reading of artifacts; sessions need little.
const WINDOW: u32 = 256 << 10;

#[derive(Debug, thiserror::Error)]
pub enum DialError {
    #[error("`{0}` is not `host:port`")]
    Address(String),
    #[error("connect to `{address}`")]
    Connect { address: String, source: std::io::Error },
    #[error("the proxy `{proxy}` answered `{answer}` to CONNECT")]
    Proxy { proxy: String, answer: String },
    #[error("TLS with `{address}`")]
    Tls { address: String, source: std::io::Error },
    #[error("`{0}` does not speak the link: something else answers there")]
    Alpn(String),
    #[error("set up TLS")]
    Setup(#[source] crate::tls::Unusable),
    #[error("`{0}` did not answer within 20 s")]
    Silent(String),
    #[error("speak HTTP/2 with `{address}`")]
    Http { address: String, source: hyper::Error },
}

impl DialError {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Address(_) | Self::Connect { .. } | Self::Silent(_) => "MP-LINK-15",
            Self::Proxy { .. } => "MP-LINK-16",
            Self::Tls { .. } | Self::Setup(_) => "MP-LINK-17",
            Self::Alpn(_) | Self::Http { .. } => "MP-LINK-18",
        }
    }
}

pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

pub(crate) type Tls = TlsStream<Box<dyn Stream>>;

pub(crate) async fn tls(
    address: &str,
    network: &Network,
    config: Arc<ClientConfig>,
) -> Result<Tls, DialError> {
    let silent = |_| DialError::Silent(address.to_owned());
    tokio::time::timeout(DIAL, dial(address, network, config)).await.map_err(silent)?
}

async fn dial(
    address: &str,
    network: &Network,
    config: Arc<ClientConfig>,
) -> Result<Tls, DialError> {
    let bad = || DialError::Address(address.to_owned());
    let (host, _) = address.rsplit_once(':').ok_or_else(bad)?;
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).map_err(|_| bad())?;
    let stream: Box<dyn Stream> = match network.proxy_for(host) {
        Some(proxy) => through(proxy, address, network).await?,
        None => Box::new(tcp(address).await?),
    };
    let failed = |source| DialError::Tls { address: address.to_owned(), source };
    let wanted = config.alpn_protocols.first().cloned();
    let tls = TlsConnector::from(config).connect(name, stream).await.map_err(failed)?;
    if tls.get_ref().1.alpn_protocol() != wanted.as_deref() {
        return Err(DialError::Alpn(address.to_owned()));
    }
    Ok(tls)
}

async fn tcp(address: &str) -> Result<TcpStream, DialError> {
    let failed = |source| DialError::Connect { address: address.to_owned(), source };
    let stream = TcpStream::connect(address).await.map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    Ok(stream)
}

async fn through(
    proxy: &Proxy,
    address: &str,
    network: &Network,
) -> Result<Box<dyn Stream>, DialError> {
    let at = format!("{}:{}", proxy.host, proxy.port);
    let plain = tcp(&at).await?;
    let mut stream: Box<dyn Stream> = if proxy.secure {
        let failed = |source| DialError::Tls { address: at.clone(), source };
        let name =
            ServerName::try_from(proxy.host.clone()).map_err(|_| DialError::Address(at.clone()))?;
        let connector = TlsConnector::from(proxy_config(network)?);
        Box::new(connector.connect(name, plain).await.map_err(failed)?)
    } else {
        Box::new(plain)
    };
    let mut request = format!("CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n");
    if let Some(authorization) = &proxy.authorization {
        request.push_str("Proxy-Authorization: ");
        request.push_str(authorization);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    let failed = |source| DialError::Connect { address: at.clone(), source };
    stream.write_all(request.as_bytes()).await.map_err(failed)?;
    let answer = answer(&mut stream).await.map_err(failed)?;
    let line = answer.lines().next().unwrap_or_default();
    if line.split(' ').nth(1) == Some("200") {
        return Ok(stream);
    }
    let shown = line.chars().filter(|c| !c.is_control()).take(100).collect();
    Err(DialError::Proxy { proxy: at, answer: shown })
}

/// Byte by byte: what follows the empty line is already the server's.
async fn answer(stream: &mut Box<dyn Stream>) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") && bytes.len() < LONGEST_ANSWER {
        bytes.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn proxy_config(network: &Network) -> Result<Arc<ClientConfig>, DialError> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(network.extra_ca.iter().cloned());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|source| DialError::Setup(crate::tls::Unusable::of(source)))?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

/// An HTTP/2 connection to the server, as tonic's clients want it. Clones share it; it closes with the last.
#[derive(Clone)]
pub(super) struct Link {
    sender: SendRequest<tonic::body::Body>,
    _driver: Arc<AbortOnDropHandle<()>>,
}

impl Link {
    pub(super) async fn open(
        address: &str,
        network: &Network,
        config: Arc<ClientConfig>,
        tasks: &TaskTracker,
    ) -> Result<Self, DialError> {
        let tls = tls(address, network, config).await?;
        let (sender, connection) = Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW * 2)
            .handshake(TokioIo::new(tls))
            .await
            .map_err(|source| DialError::Http { address: address.to_owned(), source })?;
        let driver = tasks.spawn(async move {
            if let Err(err) = connection.await {
                tracing::debug!(
                    error = &err as &dyn std::error::Error,
                    "the link's connection ended"
                );
            }
        });
        Ok(Self { sender, _driver: Arc::new(AbortOnDropHandle::new(driver)) })
    }

    /// The name that requests carry; trust does not depend on it.
    pub(super) fn origin() -> http::Uri {
        http::Uri::from_static("https://link.midplane.internal")
    }
}

impl tower::Service<http::Request<tonic::body::Body>> for Link {
    type Response = http::Response<hyper::body::Incoming>;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.sender.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<tonic::body::Body>) -> Self::Future {
        Box::pin(self.sender.send_request(request))
    }
}
