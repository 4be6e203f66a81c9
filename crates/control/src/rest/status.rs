//! `/`: one page without script that shows what runs.
//!
//! For browsers that are signed in; it reads through the same use cases as the API and shows only what the viewer may
//! see. It asks again by itself every few seconds.

use std::fmt::Write as _;

use axum::extract::State;
use axum::response::Response;
use http::header::HeaderMap;
use http::{Method, StatusCode};

use super::access::to_http;
use super::html::{escape, page as frame};
use super::{App, login};
use crate::app::{Error, environment, project};
use crate::ctx::Ctx;

/// Often enough to follow a deployment, seldom enough to read.
const REFRESH_S: u32 = 5;

pub(super) async fn page(State(app): State<App>, headers: HeaderMap) -> Response {
    let ctx = match app.caller(&Method::GET, &headers).await {
        Ok(ctx) => ctx,
        Err(refused) if refused.status() == StatusCode::UNAUTHORIZED => {
            return login::how_to_sign_in(StatusCode::UNAUTHORIZED);
        }
        Err(refused) => return refused,
    };
    match body(&ctx).await {
        Ok(body) => frame(StatusCode::OK, "Status", Some(REFRESH_S), &body),
        Err(err) => to_http(&err),
    }
}

async fn body(ctx: &Ctx) -> Result<String, Error> {
    let mut html = String::new();
    let _ = write!(
        html,
        "<header><span>Signed in as {}</span><form method=\"post\" action=\"/logout\">\
         <button class=\"quiet\">Sign out</button></form></header>",
        escape(&ctx.actor.label)
    );
    html.push_str("<h2>Environments</h2>");
    let environments = environment::list(ctx).await?;
    list(&mut html, environments.iter().map(|row| row.name.as_str()), "No environment yet.");
    html.push_str("<h2>Projects</h2>");
    let projects = project::list(ctx).await?;
    list(&mut html, projects.iter().map(|row| row.name.as_str()), "No project yet.");
    Ok(html)
}

fn list<'a>(html: &mut String, names: impl Iterator<Item = &'a str>, empty: &str) {
    let items: String = names.fold(String::new(), |mut text, name| {
        let _ = write!(text, "<li>{}</li>", escape(name));
        text
    });
    if items.is_empty() {
        let _ = write!(html, "<p class=\"empty\">{}</p>", escape(empty));
    } else {
        let _ = write!(html, "<ul>{items}</ul>");
    }
}
