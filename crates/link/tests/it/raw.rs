//! A peer that is not our client: any certificate, any call, any order.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use link::tls::{ALPN_LINK, Trust, client_config};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::world::{World, seams, spawn};

/// TLS as the identity in `dir`, or without a certificate.
pub(crate) fn config(world: &World, dir: Option<&Path>) -> Arc<ClientConfig> {
    let identity = dir.map(|dir| {
        let read = |name| std::fs::read(dir.join(name)).unwrap();
        let chain = link::pem::certificates(&read("cert.pem")).unwrap();
        (chain, link::pem::private_key(&read("key.pem")).unwrap())
    });
    let identity = identity.as_ref().map(|(chain, key)| (chain.clone(), &key[..]));
    let roots = Trust::Roots(vec![world.memory.root.certificate.clone()]);
    client_config(roots, identity, ALPN_LINK, &seams(&world.memory)).unwrap()
}

pub(crate) async fn tls(
    world: &World,
    config: Arc<ClientConfig>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let tcp = TcpStream::connect(&world.address).await?;
    let name = ServerName::try_from("127.0.0.1").unwrap();
    TlsConnector::from(config).connect(name, tcp).await
}

#[derive(Clone)]
pub(crate) struct Raw(SendRequest<tonic::body::Body>);

pub(crate) fn origin() -> http::Uri {
    http::Uri::from_static("https://link.midplane.internal")
}

impl Raw {
    pub(crate) async fn open(world: &World, dir: Option<&Path>) -> Self {
        let tls = tls(world, config(world, dir)).await.unwrap();
        let (sender, connection) =
            handshake(TokioExecutor::new(), TokioIo::new(tls)).await.unwrap();
        spawn(async { drop(connection.await) });
        Self(sender)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}

impl tower::Service<http::Request<tonic::body::Body>> for Raw {
    type Response = http::Response<hyper::body::Incoming>;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<tonic::body::Body>) -> Self::Future {
        Box::pin(self.0.send_request(request))
    }
}

/// The code of a refusal.
pub(crate) fn code<T: std::fmt::Debug>(answer: Result<T, tonic::Status>) -> String {
    let status = answer.unwrap_err();
    let code = status.metadata().get("midplane-code").map(|code| code.to_str().unwrap().to_owned());
    code.unwrap_or_else(|| format!("{status:?}"))
}
