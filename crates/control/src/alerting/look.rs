//! What each rule sees now, and what follows from it.

use domain::alert::{Action, Rule, Seen, decide};
use domain::failure::State;
use domain::runtime;
use jiff::{SignedDuration, Timestamp};
use store::Tx;
use store::alert::{self, Alert};
use store::telemetry::failure;

use crate::app::Error;
use crate::app::alert::{Told, enqueue};
use crate::ctx::Ctx;

/// A kind of failure that was not seen for so long is over.
const QUIET: SignedDuration = SignedDuration::from_hours(24);
const MOST_GROUPS: i64 = 200;
/// Of an error's text: enough to know it again.
const DETAIL: usize = 300;

pub(super) async fn look(ctx: &Ctx) -> Result<(), Error> {
    let now = ctx.now();
    let mut tx = ctx.begin().await?;
    let since = alert::watched_since(&mut tx, now).await?;
    let off = alert::list_off(&mut tx).await?;
    let mut seen = Vec::new();
    for rule in Rule::ALL.iter().filter(|rule| !off.contains(rule)) {
        seen.extend(match rule {
            Rule::RuntimeLost => lost_runtimes(&mut tx, now).await?,
            Rule::DeploymentFailed => {
                let mut failed = failed_deployments(&mut tx, since).await?;
                failed.extend(refused_commits(&mut tx, since).await?);
                failed
            }
            Rule::NewFailures => new_failures(&mut tx, since, now).await?,
        });
    }
    let open = alert::list_open(&mut tx).await?;
    for action in decide(&open, &seen) {
        match action {
            Action::Raise(seen) => {
                if let Some(raised) = alert::raise(&mut tx, ctx.new_id(), &seen, now).await? {
                    tell(ctx, &mut tx, &raised, "alert.raised", now).await?;
                }
            }
            Action::End(id) => {
                // Of a rule that was turned off nobody wants to hear that it is over.
                if let Some(ended) = alert::end(&mut tx, id, now).await?
                    && !off.contains(&ended.rule)
                {
                    tell(ctx, &mut tx, &ended, "alert.ended", now).await?;
                }
            }
        }
    }
    ctx.commit(tx).await
}

async fn tell(
    ctx: &Ctx,
    tx: &mut Tx,
    alert: &Alert,
    event: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let muted = alert.muted_until.is_some_and(|until| until > now);
    if muted || store::alert::channel(tx).await?.is_none() {
        return Ok(());
    }
    let told = Told {
        event: event.to_owned(),
        rule: Some(alert.rule.as_str().to_owned()),
        title: alert.title.clone(),
        detail: alert.detail.clone(),
        path: alert.path.clone(),
        at: now.to_string(),
    };
    let key = format!("{}|{event}|{now}", alert.id);
    enqueue(ctx, tx, &told, &key).await.map(drop)
}

async fn lost_runtimes(tx: &mut Tx, now: Timestamp) -> Result<Vec<Seen>, Error> {
    let runtimes = store::runtime::list(tx).await?;
    let lost = runtimes.into_iter().filter(|runtime| runtime.state(now) == runtime::State::Lost);
    Ok(lost
        .map(|runtime| Seen {
            rule: Rule::RuntimeLost,
            subject: runtime.id.to_string(),
            title: format!("Runtime {} is lost", runtime.name),
            detail: format!(
                "it was last heard of at {}; its workloads may go on, but nothing reaches them from here",
                runtime.last_seen_at.map(|at| at.to_string()).unwrap_or_default()
            ),
            path: format!("/runtimes/{}", runtime.name),
        })
        .collect())
}

async fn failed_deployments(tx: &mut Tx, since: Timestamp) -> Result<Vec<Seen>, Error> {
    let failed = store::deployment::list_failed(tx, since).await?;
    Ok(failed
        .into_iter()
        .map(|one| Seen {
            rule: Rule::DeploymentFailed,
            subject: one.id.to_string(),
            title: format!("Deployment of {} in {} failed", one.integration, one.environment),
            detail: format!(
                "{} by {}: {}",
                one.subject,
                one.author,
                one.reason.unwrap_or_else(|| "no reason was given".to_owned())
            ),
            path: format!("/deployments?id={}", one.id),
        })
        .collect())
}

/// Commits that became no deployment at all; over with the next commit that does.
async fn refused_commits(tx: &mut Tx, since: Timestamp) -> Result<Vec<Seen>, Error> {
    let refused = store::release::list_refused(tx, since).await?;
    Ok(refused
        .into_iter()
        .map(|(integration, release)| {
            let why = release.problems.first().map_or("", |problem| problem.message.as_str());
            let (subject, author) = (&release.commit.subject, &release.commit.author);
            Seen {
                rule: Rule::DeploymentFailed,
                subject: release.id.to_string(),
                title: format!("Commit {} of {integration} was refused", release.short()),
                detail: format!("{subject} by {author}: {why}"),
                path: format!("/integrations/{integration}"),
            }
        })
        .collect())
}

/// Kinds of failures that are new, and those that came back after somebody had dealt with them.
async fn new_failures(tx: &mut Tx, since: Timestamp, now: Timestamp) -> Result<Vec<Seen>, Error> {
    let since_us = u64::try_from(since.as_microsecond()).unwrap_or(0);
    let recent = since.max(now - QUIET);
    let groups = failure::list(tx, recent, None, MOST_GROUPS).await?;
    let news = groups.into_iter().filter(|group| group.count > group.handled);
    Ok(news
        .filter_map(|group| {
            let how = match group.state(now) {
                State::Open if group.first.started_us >= since_us => "fails in a new way",
                State::Returned => "fails again after it was resolved",
                State::Resolved if group.goes_on(now) => "goes on failing though it was resolved",
                State::Open | State::Muted | State::Resolved => return None,
            };
            let fingerprint = format!("{:016x}", group.key.fingerprint);
            let (integration, route) = (&group.key.integration, &group.route);
            let line = group.message.lines().next().unwrap_or_default();
            Some(Seen {
                rule: Rule::NewFailures,
                subject: format!("{}/{integration}/{route}/{fingerprint}", group.key.environment),
                title: format!("{integration}/{route} {how}"),
                detail: format!("{}: {}", group.class, &line[..line.floor_char_boundary(DETAIL)]),
                path: format!("/messages?q=fingerprint:{fingerprint}+integration:{integration}"),
            })
        })
        .collect())
}
