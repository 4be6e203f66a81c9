//! Pages without script: a frame, escaping, one stylesheet.
//!
//! Text reaches a page only through `escape`. The stylesheet is a route of its own, so that the content security policy
//! needs no exception for inline styles.

use std::fmt::Write as _;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{self, HeaderValue};

pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// `body` is HTML already; `refresh_s` makes the browser ask again.
pub(super) fn page(
    status: StatusCode,
    title: &str,
    refresh_s: Option<u32>,
    body: &str,
) -> Response {
    let main = format!("<main><h1>{}</h1>{body}</main>", escape(title));
    framed(status, title, refresh_s, &main)
}

/// A page that says or asks one thing, in the middle and under the logo; `body` is HTML already.
pub(super) fn card(status: StatusCode, title: &str, body: &str) -> Response {
    let main = format!("<main class=\"card\">{LOGO}<h1>{}</h1>{body}</main>", escape(title));
    framed(status, title, None, &main)
}

fn framed(status: StatusCode, title: &str, refresh_s: Option<u32>, main: &str) -> Response {
    let title = escape(title);
    let mut html = String::with_capacity(main.len() + 512);
    html.push_str("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">");
    html.push_str("<meta name=\"viewport\" content=\"width=device-width\">");
    html.push_str("<meta name=\"color-scheme\" content=\"light dark\">");
    if let Some(seconds) = refresh_s {
        let _ = write!(html, "<meta http-equiv=\"refresh\" content=\"{seconds}\">");
    }
    let _ = write!(html, "<title>{title} - Midplane</title>");
    html.push_str("<link rel=\"stylesheet\" href=\"/style.css\"></head><body>");
    html.push_str(main);
    html.push_str("</body></html>");
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

pub(super) fn message(status: StatusCode, title: &str, text: &str) -> Response {
    card(status, title, &format!("<p>{}</p>", escape(text)))
}

pub(super) async fn style() -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, "text/css; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=300"),
        ],
        STYLE,
    )
}

/// The icon of the console (`console/public/icon.svg`), in the page itself: the content security policy loads no image.
const LOGO: &str = "<svg class=\"logo\" viewBox=\"0 0 32 32\" aria-hidden=\"true\">\
     <rect x=\"3\" y=\"4\" width=\"5\" height=\"24\" rx=\"2\" fill=\"#0066cc\"/>\
     <rect x=\"11\" y=\"7\" width=\"18\" height=\"4\" rx=\"2\" fill=\"#0066cc\"/>\
     <rect x=\"11\" y=\"14\" width=\"18\" height=\"4\" rx=\"2\" fill=\"#4394e5\"/>\
     <rect x=\"11\" y=\"21\" width=\"18\" height=\"4\" rx=\"2\" fill=\"#92c5f9\"/></svg>";

const STYLE: &str = "
:root { color-scheme: light dark; --line: #d2d2d2; --dim: #6a6e73; --good: #3e8635; --bad: #c9190b; --busy: #0066cc; --held: #795600; }
@media (prefers-color-scheme: dark) { :root { --line: #444548; --dim: #a0a3a8; --good: #7cc674; --bad: #ff7468; --busy: #73bcf7; --held: #f0ab00; } }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
.card { max-width: 26rem; margin-top: 15vh; padding: 2rem; border: 1px solid var(--line); border-radius: 16px; text-align: center; }
.card pre { text-align: left; } .logo { width: 48px; height: 48px; } .card button { border-radius: 999px; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
table { width: 100%; border-collapse: collapse; } .wide { overflow-x: auto; }
th { text-align: left; font-weight: 600; color: var(--dim); font-size: .85rem; }
th, td { padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td small { color: var(--dim); display: block; }
.state { font-weight: 600; } .running, .connected, .ready { color: var(--good); }
.failed, .runtime_lost, .lost, .locked, .revoked, .rolled_back { color: var(--bad); }
.updating, .late, .awaited { color: var(--busy); } .held, .stopped, .superseded { color: var(--held); }
pre { padding: .8rem 1rem; border: 1px solid var(--line); border-radius: 4px; overflow-x: auto; font-size: .9rem; }
button { font: inherit; padding: .4rem 1.2rem; border-radius: 4px; border: 1px solid var(--busy); background: var(--busy); color: Canvas; cursor: pointer; }
.quiet { background: none; color: var(--dim); border-color: var(--line); } header { display: flex; justify-content: space-between; align-items: baseline; }
.empty { color: var(--dim); }
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_markup() {
        assert_eq!(
            escape("<a href='x'>&\"</a>"),
            "&lt;a href=&#39;x&#39;&gt;&amp;&quot;&lt;/a&gt;"
        );
    }
}
