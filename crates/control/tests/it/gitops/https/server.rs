//! `git http-backend` behind TLS: one connection, one request at a time, as CGI says.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};

pub(super) const TOKEN: &str = "tea-token";

pub(super) struct GitServer {
    /// PEM of who certified it.
    pub(super) authority: String,
    port: u16,
    shared: Arc<Shared>,
    _stop: DropGuard,
}

#[derive(Default)]
struct Shared {
    folder: Mutex<PathBuf>,
    redirect: Mutex<Option<String>>,
    connected: AtomicUsize,
    asked: AtomicUsize,
}

impl GitServer {
    pub(super) async fn start() -> Self {
        let (acceptor, authority) = certified();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let stop = CancellationToken::new();
        spawn(accept(listener, acceptor, Arc::clone(&shared), stop.clone()));
        Self { authority, port, shared, _stop: stop.drop_guard() }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}/{path}", self.port)
    }

    /// As a proxy is asked for it.
    pub(super) fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// Serves the folder that holds this repository.
    pub(super) fn serve(&self, repository: &Path) {
        repository.parent().unwrap().clone_into(&mut self.shared.folder.lock().unwrap());
    }

    /// Answers everything with a redirect below this address.
    pub(super) fn redirect_to(&self, url: &str) {
        *self.shared.redirect.lock().unwrap() = Some(url.to_owned());
    }

    pub(super) fn connected(&self) -> usize {
        self.shared.connected.load(Ordering::SeqCst)
    }

    pub(super) fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::SeqCst)
    }
}

#[expect(clippy::disallowed_methods, reason = "a test has no lifecycle")]
pub(super) fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

/// A certificate for `localhost`, by an authority that nobody knows.
fn certified() -> (TlsAcceptor, String) {
    let root_key = KeyPair::generate().unwrap();
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_certificate = root.self_signed(&root_key).unwrap();
    let issuer = Issuer::new(root, root_key);
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), root_certificate.pem())
}

async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    shared: Arc<Shared>,
    stop: CancellationToken,
) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((tcp, _)) = accepted else { continue };
        shared.connected.fetch_add(1, Ordering::SeqCst);
        spawn(connection(tcp, acceptor.clone(), Arc::clone(&shared)));
    }
}

async fn connection(tcp: TcpStream, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    let Ok(tls) = acceptor.accept(tcp).await else { return };
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(answer(request, &shared).await) }
    });
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(tls), service)
        .await;
}

fn plain(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

async fn answer(request: Request<Incoming>, shared: &Shared) -> Response<Full<Bytes>> {
    shared.asked.fetch_add(1, Ordering::SeqCst);
    let redirect = shared.redirect.lock().unwrap().clone();
    if let Some(to) = redirect {
        let mut response = plain(StatusCode::FOUND);
        let to = to.trim_end_matches('/').to_owned() + &request.uri().to_string();
        response.headers_mut().insert(header::LOCATION, to.parse().unwrap());
        return response;
    }
    let expected = base64::engine::general_purpose::STANDARD.encode(format!("oauth2:{TOKEN}"));
    let shown = request.headers().get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    if shown != Some(format!("Basic {expected}").as_str()) {
        let mut response = plain(StatusCode::UNAUTHORIZED);
        let how = "Basic realm=\"git\"".parse().unwrap();
        response.headers_mut().insert(header::WWW_AUTHENTICATE, how);
        return response;
    }
    let folder = shared.folder.lock().unwrap().clone();
    backend(request, &folder).await
}

async fn backend(request: Request<Incoming>, folder: &Path) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let text = |name: &str| {
        parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned()
    };
    let mut child = tokio::process::Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", folder)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_PROTOCOL", text("git-protocol"))
        .env("REQUEST_METHOD", parts.method.as_str())
        .env("PATH_INFO", parts.uri.path())
        .env("QUERY_STRING", parts.uri.query().unwrap_or(""))
        .env("CONTENT_TYPE", text("content-type"))
        .env("HTTP_CONTENT_ENCODING", text("content-encoding"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("REMOTE_USER", "oauth2")
        .env("REMOTE_ADDR", "127.0.0.1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&body).await.unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap().stdout;
    let end = output.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap_or(output.len());
    let head = String::from_utf8_lossy(&output[..end]).into_owned();
    let mut response =
        Response::new(Full::new(Bytes::copy_from_slice(output.get(end + 4..).unwrap_or_default())));
    for line in head.lines() {
        let Some((name, value)) = line.split_once(": ") else { continue };
        if name.eq_ignore_ascii_case("status") {
            *response.status_mut() = value[..3].parse().unwrap();
        } else {
            let name: header::HeaderName = name.parse().unwrap();
            response.headers_mut().insert(name, value.parse().unwrap());
        }
    }
    response
}
