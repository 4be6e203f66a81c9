//! `/status`: one page without script that shows what runs; the console shows more.
//!
//! For browsers that are signed in; it reads through the same use cases as the API and shows only what the viewer may
//! see. It asks again by itself every few seconds.

use std::fmt::Write as _;

use axum::extract::State;
use axum::response::Response;
use domain::permission::Permission;
use http::header::HeaderMap;
use http::{Method, StatusCode};

use super::access::to_http;
use super::html::{escape, page as frame};
use super::{App, login};
use crate::app::{Error, deployment, integration, next, runtime};
use crate::ctx::Ctx;

/// Often enough to follow a deployment, seldom enough to read.
const REFRESH_S: u32 = 5;
/// What fits below the fold.
const LAST_DEPLOYMENTS: u32 = 12;

pub(super) async fn page(State(app): State<App>, headers: HeaderMap) -> Response {
    let ctx = match app.caller(&Method::GET, &headers).await {
        Ok(ctx) => ctx,
        Err(refused) if refused.status() == StatusCode::UNAUTHORIZED => {
            return login::how_to_sign_in(StatusCode::UNAUTHORIZED);
        }
        Err(refused) => return refused,
    };
    match body(&ctx).await {
        Ok(body) => frame(StatusCode::OK, "Midplane", Some(REFRESH_S), &body),
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
    integrations(ctx, &mut html).await?;
    if ctx.may(Permission::ReadRuntime, ctx.everywhere()) {
        runtimes(ctx, &mut html).await?;
    }
    if ctx.actor.may_somewhere(Permission::ReadDeployment) {
        deployments(ctx, &mut html).await?;
    }
    let lines = next::lines(ctx).await?;
    let _ = write!(html, "<h2>Next</h2><pre>{}</pre>", escape(&lines.join("\n")));
    Ok(html)
}

/// A table, or a sentence when it has no rows. Cells are HTML already.
fn table(html: &mut String, title: &str, heads: &[&str], rows: &[Vec<String>], empty: &str) {
    let _ = write!(html, "<h2>{}</h2>", escape(title));
    if rows.is_empty() {
        let _ = write!(html, "<p class=\"empty\">{}</p>", escape(empty));
        return;
    }
    html.push_str("<div class=\"wide\"><table><thead><tr>");
    for head in heads {
        let _ = write!(html, "<th>{}</th>", escape(head));
    }
    html.push_str("</tr></thead><tbody>");
    for row in rows {
        html.push_str("<tr>");
        for cell in row {
            let _ = write!(html, "<td>{cell}</td>");
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table></div>");
}

/// A state in its colour, as people read it, with what is behind it below.
fn state(name: &str, below: &[Option<&str>]) -> String {
    let mut cell =
        format!("<span class=\"state {}\">{}</span>", escape(name), escape(&spoken(name)));
    for line in below.iter().copied().flatten() {
        let _ = write!(cell, "<small>{}</small>", escape(line));
    }
    cell
}

/// `rolled_back` -> `Rolled back`
fn spoken(name: &str) -> String {
    let text = name.replace('_', " ");
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + characters.as_str()
    })
}

/// Links only to what a browser may follow safely.
fn link(url: &str) -> String {
    let text = escape(url);
    if url.starts_with("http://") || url.starts_with("https://") {
        format!("<a href=\"{text}\" rel=\"noreferrer\">{text}</a>")
    } else {
        text
    }
}

fn release(release: &store::release::Release) -> String {
    format!(
        "<code>{}</code> {}<small>{}</small>",
        escape(release.short()),
        escape(&release.commit.subject),
        escape(&release.commit.author)
    )
}

async fn integrations(ctx: &Ctx, html: &mut String) -> Result<(), Error> {
    let mut rows = Vec::new();
    for shown in integration::list(ctx, None, None).await? {
        for one in &shown.workloads {
            rows.push(vec![
                format!("{}<small>{}</small>", escape(&one.integration), escape(&one.project)),
                escape(&one.environment.name),
                state(one.state.as_str(), &[one.reason.as_deref(), one.next_action.as_deref()]),
                one.release.as_ref().map_or_else(String::new, release),
                one.url.as_deref().map_or_else(String::new, link),
            ]);
        }
        if shown.workloads.is_empty() {
            let name = format!(
                "{}<small>{}</small>",
                escape(&shown.integration.name),
                escape(&shown.project)
            );
            let newest = shown.newest.as_ref().map_or_else(String::new, release);
            rows.push(vec![name, String::new(), "not deployed yet".into(), newest, String::new()]);
        }
    }
    let heads = ["Integration", "Environment", "State", "Release", "URL"];
    table(html, "Integrations", &heads, &rows, "Nothing yet: push routes to a source.");
    Ok(())
}

async fn runtimes(ctx: &Ctx, html: &mut String) -> Result<(), Error> {
    let rows: Vec<_> = runtime::list(ctx)
        .await?
        .iter()
        .map(|row| {
            let seen = row.last_seen_at.map(|at| format!("last seen {at:.0}"));
            vec![
                escape(&row.name),
                state(
                    row.state(ctx.now()).as_str(),
                    &[row.standing_reason.as_deref(), seen.as_deref()],
                ),
                escape(&row.purposes.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ")),
                escape(row.version.as_deref().unwrap_or_default()),
            ]
        })
        .collect();
    let heads = ["Runtime", "State", "Purpose", "Version"];
    table(html, "Runtimes", &heads, &rows, "No runtime yet.");
    Ok(())
}

async fn deployments(ctx: &Ctx, html: &mut String) -> Result<(), Error> {
    let rows: Vec<_> = deployment::read::list(ctx, None, None, None, LAST_DEPLOYMENTS)
        .await?
        .iter()
        .map(|shown| {
            let row = &shown.deployment;
            vec![
                format!("{:.0}", row.created_at),
                escape(&shown.integration),
                escape(&shown.environment),
                release(&shown.release),
                state(row.phase.as_str(), &[row.reason.as_deref()]),
            ]
        })
        .collect();
    let heads = ["Asked at", "Integration", "Environment", "Release", "Phase"];
    table(html, "Last deployments", &heads, &rows, "None yet.");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_become_links() {
        assert!(link("http://127.0.0.1:20080/orders").starts_with("<a href=\"http://"));
        assert_eq!(link("javascript:alert(1)"), "javascript:alert(1)");
    }

    #[test]
    fn a_state_reads_as_people_say_it() {
        assert_eq!(spoken("rolled_back"), "Rolled back");
        assert!(state("failed", &[Some("<b>")]).ends_with("<small>&lt;b&gt;</small>"));
    }
}
