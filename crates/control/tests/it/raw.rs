//! A machine without a certificate that only enrols, many times over one connection.

use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use link::Seams;
use link::authority::csr;
use link::seal::SealingKey;
use link::tls::{ALPN_LINK, Pinned, Trust, client_config};
use link::token::JoinToken;
use link::wire::{self, enroll_client::EnrollClient};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::stand::Stand;

#[derive(Clone)]
pub(crate) struct Raw(SendRequest<tonic::body::Body>);

impl Raw {
    #[expect(clippy::disallowed_methods, reason = "a test has no lifecycle")]
    pub(crate) async fn open(stand: &Stand, token: &JoinToken) -> Self {
        let clock = stand.server().system.clone();
        let seams = Seams::new(move || clock.now(), || 0);
        let config =
            client_config(Trust::Pin(Pinned::new(token.pin)), None, ALPN_LINK, &seams).unwrap();
        let tcp = TcpStream::connect(stand.running.link).await.unwrap();
        let name = "127.0.0.1".try_into().unwrap();
        let tls = TlsConnector::from(config).connect(name, tcp).await.unwrap();
        let (sender, connection) =
            handshake(TokioExecutor::new(), TokioIo::new(tls)).await.unwrap();
        tokio::spawn(async { drop(connection.await) });
        Self(sender)
    }

    /// With keys of its own.
    pub(crate) async fn enroll(self, token: Vec<u8>) -> Result<wire::EnrollReply, tonic::Status> {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let request = wire::EnrollRequest {
            hello: Some(wire::Hello::ours("0.1.0", &[])),
            token,
            csr_der: csr::request(&key).unwrap(),
            sealing_key: SealingKey::generate().unwrap().public().to_vec(),
        };
        let origin = http::Uri::from_static("https://link.midplane.internal");
        EnrollClient::with_origin(self, origin)
            .enroll(request)
            .await
            .map(tonic::Response::into_inner)
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
