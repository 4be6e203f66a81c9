//! Who may talk to us, and as whom: Host, Origin, bearer token, cookie.
//!
//! The Host must be one of ours, or a page of another site could reach a loopback server through a name of its own (DNS
//! rebinding). A request with the cookie must come from our own origin: the cookie is `SameSite=Strict` already, and
//! browsers say `Sec-Fetch-Site` or `Origin`. A program shows a bearer token and needs neither.
//!
//! The cookie is `midplane-<instance>`, `HttpOnly`, and on loopback without `Secure`, because there is no TLS there; with
//! an `https` public URL it is `__Host-midplane-<instance>`.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use tracing::Instrument as _;

use super::App;
use crate::app::{Error, Kind, session};
use crate::ctx::Ctx;
use crate::lifecycle::chain;
use crate::settings::Settings;

/// Names under which we may be called, without ports, lower case.
#[derive(Debug)]
pub(crate) struct Hosts(BTreeSet<String>);

impl Hosts {
    pub(crate) fn of(settings: &Settings) -> Self {
        let mut known: BTreeSet<String> =
            ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).into();
        if !settings.http.ip().is_unspecified() {
            known.insert(host_of(&settings.http.to_string()));
        }
        let url = settings.base_url();
        if let Some(rest) = url.split_once("://").map(|(_, rest)| rest) {
            known.insert(host_of(rest.split('/').next().unwrap_or(rest)));
        }
        known.extend(settings.allowed_hosts.iter().map(|host| host_of(host)));
        Self(known)
    }

    pub(crate) fn knows(&self, authority: &str) -> bool {
        self.0.contains(&host_of(authority))
    }

    /// Whether an `Origin` is the very host that was called.
    fn same_origin(&self, origin: &str, authority: &str) -> bool {
        let host = origin.split_once("://").map(|(_, rest)| rest);
        host.is_some_and(|host| host.eq_ignore_ascii_case(authority) && self.knows(host))
    }
}

/// The host of `host:port`, lower case; an IPv6 address keeps its brackets.
fn host_of(authority: &str) -> String {
    let end = match authority.rfind(']') {
        Some(bracket) => bracket + 1,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    authority[..end].to_ascii_lowercase()
}

fn authority(request: &Request) -> Option<&str> {
    request
        .headers()
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .or_else(|| request.uri().authority().map(http::uri::Authority::as_str))
}

pub(crate) async fn known_host(State(app): State<App>, request: Request, next: Next) -> Response {
    if authority(&request).is_some_and(|host| app.hosts.knows(host)) {
        return next.run(request).await;
    }
    refuse(
        StatusCode::MISDIRECTED_REQUEST,
        "MP-API-07",
        "this host name is not on the list of names that the server answers to",
    )
}

/// An id for the request, its line in the log and in the metrics, and headers that every answer carries.
pub(crate) async fn around(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = app.server.system.new_id().simple().to_string();
    let route = request
        .extensions()
        .get::<axum::extract::MatchedPath>()
        .map_or("unknown", axum::extract::MatchedPath::as_str)
        .to_owned();
    let method = request.method().clone();
    let begun = app.server.system.now();
    let span = tracing::info_span!("request", id, %method, route);
    let mut response = next.run(request).instrument(span).await;
    let took = app.server.system.now().duration_since(begun);
    app.server.metrics.request(&method, &route, response.status());
    tracing::debug!(
        id, %method, route,
        status = response.status().as_u16(),
        took_ms = took.as_millis(),
        "answered"
    );
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    for (name, value) in HEADERS {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    response
}

const HEADERS: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // Not `no-referrer`: browsers then send `Origin: null` with our own forms, too.
    ("referrer-policy", "same-origin"),
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// How the caller showed who it is.
pub(crate) enum Credential {
    Bearer(String),
    Cookie(String),
}

impl Credential {
    pub(crate) fn secret(&self) -> &str {
        match self {
            Self::Bearer(secret) | Self::Cookie(secret) => secret,
        }
    }
}

pub(crate) fn bearer(value: &str) -> Option<String> {
    let (scheme, secret) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !secret.is_empty()).then(|| secret.trim().to_owned())
}

impl App {
    pub(crate) fn is_secure(&self) -> bool {
        self.server.settings.base_url().starts_with("https://")
    }

    pub(crate) fn cookie_name(&self) -> String {
        let prefix = if self.is_secure() { "__Host-" } else { "" };
        format!("{prefix}midplane-{}", self.server.settings.instance)
    }

    pub(crate) fn credential(&self, headers: &HeaderMap) -> Option<Credential> {
        if let Some(value) = headers.get(header::AUTHORIZATION) {
            return bearer(value.to_str().ok()?).map(Credential::Bearer);
        }
        cookie(headers, &self.cookie_name()).map(Credential::Cookie)
    }

    /// The context of the caller, or the answer that refuses it.
    pub(crate) async fn caller(
        &self,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<Ctx, Response> {
        let Some(credential) = self.credential(headers) else { return Err(unauthenticated()) };
        if let Credential::Cookie(_) = credential {
            self.require_own_origin(method, headers)?;
        }
        self.ctx_of(credential.secret()).await
    }

    pub(crate) async fn ctx_of(&self, secret: &str) -> Result<Ctx, Response> {
        match session::authenticate(&self.server, secret).await {
            Ok(Some(actor)) => Ok(Ctx { actor, server: self.server.clone() }),
            Ok(None) => Err(unauthenticated()),
            Err(err) => Err(to_http(&err)),
        }
    }

    /// What a browser sends with our cookie must come from a page of ours; reading a page may come from anywhere.
    pub(crate) fn require_own_origin(
        &self,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<(), Response> {
        let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let upgrade = headers.contains_key(header::UPGRADE);
        if *method == Method::GET && !upgrade {
            return Ok(());
        }
        let site = text(&HeaderName::from_static("sec-fetch-site"));
        let own = match (text(&header::ORIGIN), text(&header::HOST)) {
            // What a form of ours sends when its page says not to tell where it comes from; the browser says it apart.
            (None | Some("null"), _) => site == Some("same-origin"),
            (Some(origin), Some(host)) => self.hosts.same_origin(origin, host),
            (Some(_), None) => false,
        };
        if own {
            return Ok(());
        }
        let message = "a request with the browser's session must come from a page of this server";
        Err(refuse(StatusCode::FORBIDDEN, "MP-API-07", message))
    }
}

pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

pub(crate) fn unauthenticated() -> Response {
    let mut response = refuse(
        StatusCode::UNAUTHORIZED,
        "MP-API-01",
        "sign in first: an API token, or `midplane login` for a browser",
    );
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"midplane\""));
    response
}

/// A refusal in the shape of a GraphQL answer, which is what clients of ours read.
pub(crate) fn refuse(status: StatusCode, code: &str, message: &str) -> Response {
    let kind = match status {
        StatusCode::UNAUTHORIZED => "unauthenticated",
        StatusCode::FORBIDDEN | StatusCode::MISDIRECTED_REQUEST => "forbidden",
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::INTERNAL_SERVER_ERROR => "internal",
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => "unavailable",
        _ => "invalid",
    };
    let body = serde_json::json!({
        "errors": [{ "message": message, "extensions": { "code": code, "kind": kind } }],
    });
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The one place where a use case's error becomes an HTTP answer outside of GraphQL.
pub(crate) fn to_http(err: &Error) -> Response {
    let status = match err.kind() {
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => {
            tracing::error!(code = err.code(), error = chain(err), "a request failed");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    };
    refuse(status, err.code(), &err.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> Hosts {
        Hosts(["localhost", "127.0.0.1", "[::1]", "midplane.example"].map(str::to_owned).into())
    }

    #[test]
    fn a_foreign_host_name_is_not_ours_whatever_it_resolves_to() {
        for ours in ["localhost", "LOCALHOST:7080", "127.0.0.1:1", "[::1]:80", "midplane.example"] {
            assert!(hosts().knows(ours), "{ours}");
        }
        for foreign in ["evil.example", "localhost.evil.example", "127.0.0.2", "", "[::2]", "a]"] {
            assert!(!hosts().knows(foreign), "{foreign}");
        }
    }

    #[test]
    fn an_origin_is_ours_only_with_the_same_host_and_port() {
        let same = |origin| hosts().same_origin(origin, "127.0.0.1:7080");
        assert!(same("http://127.0.0.1:7080"));
        for foreign in ["http://127.0.0.1:7081", "http://localhost:7080", "null", "http://evil"] {
            assert!(!same(foreign), "{foreign}");
        }
    }
}
