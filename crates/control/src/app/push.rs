//! The answer to a push: what became of the commit, in the pusher's terminal, for up to ten seconds.
//!
//! ```text
//! hook -> hint -> engine reads and applies -> lines: refusals at once, deployments as they end
//! remote: orders 4f2c -> 9ab1 ready in 1.2 s http://127.0.0.1:20080/orders
//! remote: 17 open failures on take; try one: midplane replay 8A1F --dry-run
//! remote: orders/orders.camel.yaml:14:9 unknown component `htpp`, did you mean `http`? 4f2c keeps running
//! ```
//! Nothing here is needed for the deployment: the hint only makes the poll earlier, and whoever stops reading stops
//! nothing. It looks at rows when the bus wakes it and by a timer, so a replica that applied the commit elsewhere is seen too.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use domain::deployment::Phase;
use domain::failure;
use domain::id::{DeploymentId, ReleaseId, SourceId};
use domain::permission::Permission;
use domain::source::Condition;
use futures::Stream;
use jiff::Timestamp;
use store::bus::Subscription;
use store::deployment::Deployment;
use store::release::{Release, State};
use store::source::Source;
use store::{Tx, bus};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::Error;
use super::deployment::open_failures::{self, OpenFailures};
use super::source::{HINT, TOPIC};
use crate::ctx::Ctx;

/// A push is never held up for longer; the deployment goes on without us.
const FOLLOW: Duration = Duration::from_secs(10);
/// Looks anyway, in case a wake-up was lost.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A terminal reads faster than deployments end.
const LINES: usize = 64;
/// Routes whose open failures are spoken of; `midplane failures` lists all.
const MOST_HINTS: usize = 3;

/// What `sync` came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synced {
    pub commit: Option<String>,
    pub changed: bool,
    pub messages: Vec<String>,
}

/// Looks at a source now and waits until it was looked at; deployments are not waited for.
pub async fn sync(ctx: &Ctx, name: &str) -> Result<Synced, Error> {
    let mut changes = ctx.bus().subscribe(TOPIC);
    let began_at = ctx.now();
    let before = super::source::sync(ctx, name).await?;
    let until = Instant::now() + FOLLOW;
    loop {
        let now = super::source::find(ctx, Permission::SyncSource, name).await?;
        let looked = now.checked_at.is_some_and(|at| at >= began_at);
        let left = until.saturating_duration_since(Instant::now());
        if looked || left.is_zero() {
            let mut messages = Vec::new();
            if !looked {
                messages.push("the source was not looked at within 10 s".to_owned());
            }
            if let Condition::Failing { message, code, .. } = &now.condition {
                messages.push(format!("{message} ({code})"));
            }
            let id = |source: &Source| source.commit.as_ref().map(|commit| commit.id.clone());
            return Ok(Synced { changed: id(&before) != id(&now), commit: id(&now), messages });
        }
        tokio::select! {
            _ = changes.next() => {}
            () = tokio::time::sleep(LOOK_EVERY.min(left)) => {}
        }
    }
}

/// Gives the hint and follows `new`, the id that the branch was moved to; without it, whatever comes next.
pub async fn answer(
    ctx: &Ctx,
    name: &str,
    new: Option<String>,
) -> Result<impl Stream<Item = String> + use<>, Error> {
    let changes = ctx.bus().subscribe(TOPIC);
    let deployments = ctx.bus().subscribe(super::deployment::TOPIC);
    let source = super::source::find(ctx, Permission::SyncSource, name).await?;
    let mut tx = ctx.begin().await?;
    bus::publish(&mut tx, HINT, source.id.0).await?;
    ctx.commit(tx).await?;
    let (lines, stream) = mpsc::channel(LINES);
    let follower = Follower {
        ctx: ctx.clone(),
        source: source.id,
        known: source.commit.map(|commit| commit.id),
        new,
        began_at: ctx.now(),
        lines,
        said: BTreeSet::new(),
        ready: BTreeMap::new(),
    };
    let life = ctx.server.life.clone();
    crate::lifecycle::spawn("push.answer", &life, follower.run(changes, deployments));
    Ok(ReceiverStream::new(stream))
}

struct Follower {
    ctx: Ctx,
    source: SourceId,
    known: Option<String>,
    new: Option<String>,
    began_at: Timestamp,
    lines: mpsc::Sender<String>,
    said: BTreeSet<String>,
    /// Deployments that are ready, with their integration until their open failures were looked for.
    ready: BTreeMap<DeploymentId, Option<(String, Deployment)>>,
}

fn hint(deployed: &str, open: &OpenFailures) -> String {
    let place = if open.integration == deployed {
        open.route.clone()
    } else {
        format!("{}/{}", open.integration, open.route)
    };
    failure::hint(open.count, &place, &open.short)
}

enum Progress {
    More,
    Done,
}

impl Follower {
    async fn run(mut self, mut changes: Subscription, mut deployments: Subscription) {
        let until = Instant::now() + FOLLOW;
        loop {
            match self.look().await {
                Ok(Progress::Done) => return,
                Ok(Progress::More) => {}
                Err(err) => {
                    tracing::warn!(error = %crate::lifecycle::chain(&err), "answer a push");
                    self.say("the control plane cannot say what became of it".to_owned()).await;
                    return;
                }
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.lines.is_closed() {
                self.say("still working; see `midplane status`".to_owned()).await;
                return;
            }
            tokio::select! {
                _ = changes.next() => {}
                _ = deployments.next() => {}
                () = tokio::time::sleep(LOOK_EVERY.min(left)) => {}
                () = self.lines.closed() => return,
            }
        }
    }

    /// Each line once.
    async fn say(&mut self, line: String) {
        if self.said.insert(line.clone()) {
            self.lines.send(line).await.ok();
        }
    }

    async fn look(&mut self) -> Result<Progress, Error> {
        let mut tx = self.ctx.begin().await?;
        let Some(source) = store::source::find(&mut tx, self.source).await? else {
            return Ok(Progress::Done);
        };
        let applied = source.commit.as_ref().map(|commit| commit.id.clone());
        let arrived = match &self.new {
            Some(new) => applied.as_ref() == Some(new),
            None => applied != self.known,
        };
        if !arrived {
            return Ok(self.not_applied(&source).await);
        }
        let commit = applied.unwrap_or_default();
        let progress = self.releases(&mut tx, &commit).await;
        // What is held of the workloads is let go before anything else is looked for.
        drop(tx);
        self.hints().await;
        progress
    }

    /// The commit is not in force: because it was not read yet, or because it cannot be.
    async fn not_applied(&mut self, source: &Source) -> Progress {
        match &source.condition {
            Condition::Failing { code, message, .. }
                if source.checked_at.is_some_and(|at| at >= self.began_at) =>
            {
                self.say(format!("{message} ({code}); what runs keeps running")).await;
                Progress::Done
            }
            Condition::Good
                if self.new.is_none()
                    && source.checked_at.is_some_and(|at| at >= self.began_at) =>
            {
                self.say(format!("nothing new on `{}`", source.branch)).await;
                Progress::Done
            }
            Condition::Failing { .. } | Condition::Good => Progress::More,
        }
    }

    async fn releases(&mut self, tx: &mut Tx, commit: &str) -> Result<Progress, Error> {
        let names: BTreeMap<_, _> = store::integration::list_of_source(tx, self.source)
            .await?
            .into_iter()
            .map(|integration| (integration.id, integration.name))
            .collect();
        let newest = store::release::list_newest(tx, self.source).await?;
        let releases: Vec<Release> =
            newest.into_iter().filter(|release| release.commit.id == commit).collect();
        if releases.is_empty() {
            self.say("no integration changed".to_owned()).await;
            return Ok(Progress::Done);
        }
        let mut open = false;
        for release in &releases {
            let name = names.get(&release.integration).cloned().unwrap_or_default();
            open |= self.one(tx, &name, release).await?;
        }
        Ok(if open { Progress::More } else { Progress::Done })
    }

    /// Says what is known of one release; `true` while something is still to come.
    async fn one(&mut self, tx: &mut Tx, name: &str, release: &Release) -> Result<bool, Error> {
        let workloads = store::workload::list_of_integration(tx, release.integration).await?;
        match release.state {
            State::Drafted => return Ok(true),
            State::Resolving => {
                let asked = release.resolving.as_ref().is_some_and(|it| it.command.is_some());
                let what = if asked {
                    "resolves its dependencies"
                } else {
                    "waits for a runtime of purpose build to resolve its dependencies"
                };
                self.say(format!("{name} {} {what}", release.short())).await;
                return Ok(true);
            }
            State::Refused => {
                let mut keeps = "nothing ran before".to_owned();
                if let Some(workload) = workloads.first() {
                    let ready = store::deployment::list_ready_releases(tx, workload.id).await?;
                    keeps = self.keeps(tx, ready.first().copied()).await?;
                }
                for problem in &release.problems {
                    self.say(format!("{}; {keeps}", problem.message)).await;
                }
                return Ok(false);
            }
            State::Released => {}
        }
        if workloads.is_empty() {
            self.say(format!("{name} {} is released; no environment follows it", release.short()))
                .await;
        }
        let mut open = false;
        for workload in workloads {
            let Some(id) = workload.deployment else { continue };
            if workload.held.is_some() {
                let behind = store::release::count_newer(tx, release.integration, release.id);
                let more = behind.await? + 1;
                self.say(format!("{name} is held, {more} behind; `midplane resume {name}`")).await;
                continue;
            }
            open |= self.deployment(tx, name, release, id).await?;
        }
        Ok(open)
    }

    async fn deployment(
        &mut self,
        tx: &mut Tx,
        name: &str,
        release: &Release,
        id: DeploymentId,
    ) -> Result<bool, Error> {
        let Some(deployment) = store::deployment::find(tx, id).await? else { return Ok(false) };
        if deployment.release != release.id || !deployment.phase.is_final() {
            return Ok(deployment.release == release.id);
        }
        let ready = store::deployment::list_ready_releases(tx, deployment.workload).await?;
        let before = ready.iter().copied().find(|one| *one != release.id);
        let ended_at = deployment.ended_at.unwrap_or(self.began_at);
        let took = ended_at.duration_since(self.began_at).as_secs_f64().max(0.0);
        let line = match deployment.phase {
            Phase::Ready => {
                let from = match self.short(tx, before).await? {
                    Some(short) => format!("{short} -> "),
                    None => String::new(),
                };
                let url = deployment.url.as_ref().map(|url| format!(" {url}")).unwrap_or_default();
                format!("{name} {from}{} ready in {took:.1} s{url}", release.short())
            }
            Phase::Failed | Phase::RolledBack => {
                let reason = deployment.reason.as_deref().unwrap_or("it did not start");
                let keeps = self.keeps(tx, before).await?;
                format!("{name} {}: {reason}; {keeps}", release.short())
            }
            _ => format!("{name} {} was overtaken by a later one", release.short()),
        };
        self.say(line).await;
        for line in &deployment.log {
            self.say(format!("  {line}")).await;
        }
        if deployment.phase == Phase::Ready {
            self.ready.entry(id).or_insert_with(|| Some((name.to_owned(), deployment)));
        }
        Ok(false)
    }

    /// Failures that the deployments which became ready may have dealt with. Not worth an end of the answer if they are not found.
    async fn hints(&mut self) {
        for (name, deployment) in self.ready.values_mut().filter_map(Option::take) {
            match open_failures::list(&self.ctx, &deployment).await {
                Ok(open) => {
                    for one in open.iter().take(MOST_HINTS) {
                        let line = hint(&name, one);
                        if self.said.insert(line.clone()) {
                            self.lines.send(line).await.ok();
                        }
                    }
                }
                Err(err) => {
                    tracing::warn!(error = %crate::lifecycle::chain(&err), "look for open failures");
                }
            }
        }
    }

    async fn short(&self, tx: &mut Tx, id: Option<ReleaseId>) -> Result<Option<String>, Error> {
        let Some(id) = id else { return Ok(None) };
        let release = store::release::find(tx, id).await?;
        Ok(release.map(|release| release.short().to_owned()))
    }

    async fn keeps(&self, tx: &mut Tx, id: Option<ReleaseId>) -> Result<String, Error> {
        Ok(match self.short(tx, id).await? {
            Some(short) => format!("{short} keeps running"),
            None => "nothing ran before".to_owned(),
        })
    }
}
