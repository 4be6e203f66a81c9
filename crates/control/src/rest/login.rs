//! Signing a browser in and out.
//!
//! ```text
//! GET /login/<secret>   puts the secret in a short-lived cookie and moves to /login: nothing of it stays in history
//! GET /login            a page with one button; a prefetch gets here and burns nothing
//! POST /login           burns the link, begins a session, moves to /
//! POST /logout          ends the session
//! ```
//! A cookie without `Secure` is given only by a server that is bound to loopback: over a network anybody on the way could
//! read it. The short-lived cookie is `Lax`, because the browser arrives from elsewhere (a terminal, a chat); the session's is
//! `Strict`.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, StatusCode};

use super::access::{cookie, to_http};
use super::{App, html};
use crate::app::session;

/// As long as the link itself.
const ARRIVAL_S: u32 = 600;
/// A session's longest life (12 h).
const SESSION_S: u32 = 12 * 3600;

impl App {
    fn arrival_cookie(&self) -> String {
        format!("midplane-login-{}", self.server.settings.instance)
    }

    fn set_cookie(&self, name: &str, value: &str, same_site: &str, seconds: u32) -> HeaderValue {
        let secure = if self.is_secure() { "; Secure" } else { "" };
        let text = format!(
            "{name}={value}; Path=/; HttpOnly; SameSite={same_site}; Max-Age={seconds}{secure}"
        );
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
    }
}

fn moved(to: &'static str, cookies: impl IntoIterator<Item = HeaderValue>) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static(to));
    for value in cookies {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// A secret is base64url; anything else never was one, and must not reach a header.
fn is_plausible(secret: &str) -> bool {
    (20..=128).contains(&secret.len())
        && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

pub(super) async fn arrive(State(app): State<App>, Path(secret): Path<String>) -> Response {
    if !is_plausible(&secret) {
        return html::message(StatusCode::NOT_FOUND, "Sign in", "This is not a sign-in link.");
    }
    moved("/login", [app.set_cookie(&app.arrival_cookie(), &secret, "Lax", ARRIVAL_S)])
}

pub(super) async fn page(State(app): State<App>, headers: HeaderMap) -> Response {
    if cookie(&headers, &app.arrival_cookie()).is_none() {
        return how_to_sign_in(StatusCode::OK);
    }
    html::card(
        StatusCode::OK,
        "Sign in to Midplane",
        "<form method=\"post\" action=\"/login\"><p>This link signs this browser in, once.</p>\
         <button>Sign in</button></form>",
    )
}

pub(super) fn how_to_sign_in(status: StatusCode) -> Response {
    html::card(
        status,
        "Sign in to Midplane",
        "<p>A one-time link signs this browser in. Make one in a terminal:</p>\
         <pre>midplane login</pre>",
    )
}

fn over_plain_network() -> Response {
    html::message(
        StatusCode::FORBIDDEN,
        "Sign in",
        "This server is reached without TLS from other machines, where a session could be read on the way (MP-API-12). \
         Open it under its https address, or bind it to 127.0.0.1.",
    )
}

pub(super) async fn sign_in(State(app): State<App>, headers: HeaderMap) -> Response {
    if !app.is_secure() && !app.server.settings.http.ip().is_loopback() {
        return over_plain_network();
    }
    if let Err(refused) = app.require_own_origin(&Method::POST, &headers) {
        return refused;
    }
    let Some(link) = cookie(&headers, &app.arrival_cookie()) else {
        return how_to_sign_in(StatusCode::BAD_REQUEST);
    };
    let gone = app.set_cookie(&app.arrival_cookie(), "", "Lax", 0);
    match session::redeem_link(&app.server, &link).await {
        Ok(Some(issued)) => {
            let name = app.cookie_name();
            moved("/", [gone, app.set_cookie(&name, &issued.secret, "Strict", SESSION_S)])
        }
        Ok(None) => {
            let mut response = html::message(
                StatusCode::GONE,
                "Sign in",
                "This link was used already or is older than ten minutes (MP-API-08). \
                 Make another one with `midplane login`.",
            );
            response.headers_mut().append(header::SET_COOKIE, gone);
            response
        }
        Err(err) => to_http(&err),
    }
}

pub(super) async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Response {
    if let Err(refused) = app.require_own_origin(&Method::POST, &headers) {
        return refused;
    }
    let name = app.cookie_name();
    if let Some(secret) = cookie(&headers, &name)
        && let Err(err) = session::sign_out(&app.server, &secret).await
    {
        return to_http(&err);
    }
    moved("/login", [app.set_cookie(&name, "", "Strict", 0)])
}
