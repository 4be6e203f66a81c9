//! The console: one page for every address of its screens, and the files that it loads.
//!
//! ```text
//! /, /messages/..., /runtimes/...  -> index.html, never kept by a browser
//! /assets/app-<hash>.js            -> immutable: another content has another name
//! ```
//! The page is for everybody: it holds nothing, and what it shows it asks of the API with the browser's session. That way
//! a link from a chat works too, where the `Strict` cookie does not come along with the first request. Everything comes
//! from this server; the policy lets a browser load nothing from anywhere else and run no script that is not a file.
//!
//! The files are built and compressed before the binary is (`console/tools/pack.mjs`); a binary that was built without
//! them moves to `/status`.

use std::io::Read as _;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderValue};

use super::{App, html};

/// A file of the console as it was packed: text under `NAME.br` and `NAME.gz`, anything else under its name.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    pub path: &'static str,
    pub bytes: &'static [u8],
}

/// The screens, by the first part of their addresses; `/` is the first.
pub(super) const SCREENS: &[&str] = &[
    "/integrations",
    "/deployments",
    "/messages",
    "/failures",
    "/replays",
    "/logs",
    "/runtimes",
    "/settings",
];

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

const PERMISSIONS: HeaderValue =
    HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()");

pub(super) async fn page(State(app): State<App>, headers: HeaderMap) -> Response {
    let Some(mut response) = find(app.server.settings.console, "index.html", &headers) else {
        return not_built();
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert("permissions-policy", PERMISSIONS);
    response
}

fn not_built() -> Response {
    html::page(
        StatusCode::OK,
        "Midplane",
        None,
        "<p>This binary was built without the console: <code>cargo xtask up</code> builds both, <code>cargo build</code> \
         alone does not.</p><p><a href=\"/status\">The status page</a> shows what runs.</p>",
    )
}

pub(super) async fn asset(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    match find(app.server.settings.console, &format!("assets/{name}"), &headers) {
        Some(mut response) => {
            let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
            response.headers_mut().insert(header::CACHE_CONTROL, forever);
            response
        }
        None => html::message(StatusCode::NOT_FOUND, "Not found", "There is no such file."),
    }
}

/// For addresses that nobody knows: a page for browsers, an error for programs.
pub(super) async fn nothing_here(headers: HeaderMap) -> Response {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if accepted.is_some_and(|kinds| kinds.contains("text/html")) {
        return html::page(
            StatusCode::NOT_FOUND,
            "Not found",
            None,
            "<p>There is nothing at this address.</p><p><a href=\"/\">Go to the console</a></p>",
        );
    }
    let text = "there is nothing at this address; the API is POST /graphql";
    super::access::refuse(StatusCode::NOT_FOUND, "MP-API-13", text)
}

pub(super) async fn icon(State(app): State<App>, headers: HeaderMap) -> Response {
    match find(app.server.settings.console, "icon.svg", &headers) {
        Some(mut response) => {
            let a_day = HeaderValue::from_static("public, max-age=86400");
            response.headers_mut().insert(header::CACHE_CONTROL, a_day);
            response
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The file in the best form that the browser takes.
fn find(assets: &'static [Asset], name: &str, headers: &HeaderMap) -> Option<Response> {
    let kind = content_type(name)?;
    let packed = |end: &str| {
        let is = |asset: &&Asset| asset.path.strip_prefix(name).is_some_and(|rest| rest == end);
        assets.iter().find(is).map(|asset| asset.bytes)
    };
    let takes = |coding| accepts(headers, coding);
    let (bytes, coding) = if let Some(plain) = packed("") {
        (Body::from(plain), None)
    } else if let Some(brotli) = packed(".br").filter(|_| takes("br")) {
        (Body::from(brotli), Some("br"))
    } else if takes("gzip") {
        (Body::from(packed(".gz")?), Some("gzip"))
    } else {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(packed(".gz")?).read_to_end(&mut plain).ok()?;
        (Body::from(plain), None)
    };
    let mut response = Response::new(bytes);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    Some(response)
}

/// Only names that end in what the console is made of are looked for at all.
fn content_type(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "png" => "image/png",
        _ => return None,
    })
}

fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(|one| one.split_once(';').map_or((one, ""), |(name, weight)| (name, weight)))
        .any(|(name, weight)| {
            name.trim().eq_ignore_ascii_case(coding) && weight.replace(' ', "") != "q=0"
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_is_used_only_when_the_browser_takes_it() {
        let takes = |line: &'static str, coding| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(line));
            accepts(&headers, coding)
        };
        assert!(takes("gzip, deflate, BR", "br"));
        assert!(takes("br;q=0.5", "br"));
        assert!(!takes("br; q=0, gzip", "br"));
        assert!(!takes("brotli", "br"));
        assert!(!accepts(&HeaderMap::new(), "gzip"));
    }

    #[test]
    fn what_the_console_is_not_made_of_has_no_type() {
        assert_eq!(content_type("assets/a.js.br"), None);
        assert_eq!(content_type("Cargo"), None);
        assert!(content_type("assets/a-x1.js").is_some());
    }
}
