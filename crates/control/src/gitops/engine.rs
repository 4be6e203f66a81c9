//! The engine: which source is looked at when, and the way of one commit.
//!
//! ```text
//! timer (jittered 5 s, back-off while failing) ┐
//! bus `hint` (hook, sync, new source)          ┴-> due -> read (blocking thread, 8 at once) -> app::source::apply
//! ```
//! Sources are found in the database at every turn, so several processes may run this: a commit is applied once, because
//! `apply` holds the source's row. Nothing kept in memory is needed after a restart. A commit that was refused or that the
//! guard asks about is remembered by id, only so that it is not read again every five seconds.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use domain::id::{OrganizationId, SourceId};
use domain::source::{self as rules, Address, Condition};
use gix::ObjectId;
use store::Door;
use store::bus::{Subscription, Wake};
use store::source::{Commit, Source};
use tokio::sync::{Semaphore, mpsc};
use zeroize::Zeroizing;

use super::fetch::{self, Fetched, Reach, Wanted};
use super::limits::Limits;
use super::plan;
use super::refusal::Refusal;
use super::walk;
use crate::app::source::{self as app, Applied, Read};
use crate::app::{Error, release};
use crate::ctx::Ctx;
use crate::server::Server;

/// Reading is mostly waiting for a Git host; more at once only competes for the same two cores.
const AT_ONCE: usize = 8;
/// The resolution of the schedule.
const TURN: Duration = Duration::from_secs(1);
/// A worker reports once and ends, so this is never full for long.
const REPORTS: usize = 64;
/// What a blocking thread gets beyond the limit before it is left to itself.
const LAST_CALL: Duration = Duration::from_secs(10);

/// What the engine needs beyond the server.
#[derive(Clone)]
pub struct Settings {
    /// Where the mirrors are.
    pub mirrors: PathBuf,
    pub reach: Reach,
    pub limits: Limits,
}

/// Runs until the soft shutdown.
pub async fn run(server: Server, settings: Settings) -> Result<(), Error> {
    let hints = server.bus.subscribe(app::HINT);
    let (reports, reported) = mpsc::channel(REPORTS);
    let engine = Engine {
        permits: Arc::new(Semaphore::new(AT_ONCE)),
        settings: Arc::new(settings),
        schedule: HashMap::new(),
        server,
        reports,
    };
    engine.run(hints, reported).await;
    Ok(())
}

struct Engine {
    server: Server,
    settings: Arc<Settings>,
    permits: Arc<Semaphore>,
    schedule: HashMap<SourceId, Entry>,
    reports: mpsc::Sender<Report>,
}

struct Entry {
    organization: OrganizationId,
    due: Instant,
    busy: bool,
    /// A hint came while it was busy.
    again: bool,
    /// Somebody waits for an answer, even for "nothing new".
    asked: bool,
    /// Read, and not applied: refused, or waiting for an answer.
    handled: Option<ObjectId>,
}

struct Report {
    source: SourceId,
    attempts: u32,
    handled: Option<ObjectId>,
}

impl Engine {
    async fn run(mut self, mut hints: Subscription, mut reported: mpsc::Receiver<Report>) {
        let soft = self.server.life.soft().clone();
        let mut turn = tokio::time::interval(TURN);
        turn.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = soft.cancelled() => return,
                _ = turn.tick() => self.turn().await,
                hint = hints.next() => match hint {
                    Some(Wake::Changed { organization, id }) => self.hint(organization, SourceId(id)),
                    Some(Wake::Everything) => self.everything_due(),
                    None => return,
                },
                Some(report) = reported.recv() => self.report(report),
            }
            self.start_due();
        }
    }

    /// Learns of new and removed sources, and asks again for what was not resolved.
    async fn turn(&mut self) {
        if let Err(err) = self.refresh().await {
            tracing::warn!(error = %crate::lifecycle::chain(&err), "look for sources");
        }
    }

    async fn refresh(&mut self) -> Result<(), Error> {
        let mut door = Door::begin(&self.server.db).await?;
        let organizations = store::organization::list_ids(&mut door).await?;
        door.commit().await?;
        let mut seen = Vec::new();
        for organization in organizations {
            let ctx = self.server.engine("gitops", organization);
            let mut tx = ctx.begin().await?;
            let sources = store::source::list(&mut tx).await?;
            let resolving = store::release::list_resolving(&mut tx).await?;
            drop(tx);
            if !resolving.is_empty() {
                release::sweep(&ctx).await?;
            }
            for source in sources {
                seen.push(source.id);
                self.entry(organization, source.id);
            }
        }
        self.schedule.retain(|id, entry| entry.busy || seen.contains(id));
        Ok(())
    }

    fn entry(&mut self, organization: OrganizationId, id: SourceId) -> &mut Entry {
        self.schedule.entry(id).or_insert_with(|| Entry {
            organization,
            due: Instant::now(),
            busy: false,
            again: false,
            asked: false,
            handled: None,
        })
    }

    fn hint(&mut self, organization: OrganizationId, id: SourceId) {
        let entry = self.entry(organization, id);
        entry.due = Instant::now();
        entry.again = entry.busy;
        entry.asked = true;
        // Somebody may have answered the guard, or changed the source.
        entry.handled = None;
    }

    fn everything_due(&mut self) {
        let now = Instant::now();
        for entry in self.schedule.values_mut() {
            entry.due = now;
        }
    }

    fn report(&mut self, report: Report) {
        let jitter = u16::from_be_bytes(self.server.system.random::<2>()) % 1001;
        let Some(entry) = self.schedule.get_mut(&report.source) else { return };
        entry.busy = false;
        let wait = rules::wait(report.attempts, jitter);
        entry.due = Instant::now() + Duration::try_from(wait).unwrap_or(TURN);
        if entry.again {
            entry.again = false;
            entry.due = Instant::now();
        } else {
            entry.handled = report.handled;
        }
    }

    fn start_due(&mut self) {
        let now = Instant::now();
        for (id, entry) in &mut self.schedule {
            if entry.busy || entry.due > now {
                continue;
            }
            let Ok(permit) = self.permits.clone().try_acquire_owned() else { return };
            entry.busy = true;
            let worker = Worker {
                ctx: self.server.engine("gitops", entry.organization),
                settings: self.settings.clone(),
                source: *id,
                asked: std::mem::take(&mut entry.asked),
                handled: entry.handled,
            };
            let reports = self.reports.clone();
            crate::lifecycle::spawn("gitops.source", &self.server.life, async move {
                let report = worker.run().await;
                drop(permit);
                reports.send(report).await.ok();
            });
        }
    }
}

/// One look at one source.
struct Worker {
    ctx: Ctx,
    settings: Arc<Settings>,
    source: SourceId,
    asked: bool,
    handled: Option<ObjectId>,
}

impl Worker {
    async fn run(self) -> Report {
        let (attempts, handled) = match self.look().await {
            Ok(outcome) => outcome,
            Err(err) => {
                tracing::warn!(
                    source = %self.source,
                    error = %crate::lifecycle::chain(&err),
                    "look at a source"
                );
                (1, self.handled)
            }
        };
        Report { source: self.source, attempts, handled }
    }

    async fn look(&self) -> Result<(u32, Option<ObjectId>), Error> {
        let mut tx = self.ctx.begin().await?;
        let Some(source) = store::source::find(&mut tx, self.source).await? else {
            return Ok((0, None));
        };
        let known = app::known_inputs(&mut tx, source.id).await?;
        let token = app::token(&self.ctx, &mut tx, &source).await?;
        drop(tx);
        let applied = source.commit.as_ref().and_then(|commit| commit.id.parse().ok());
        match self.read(&source, token, self.handled.or(applied), known).await {
            Err(refusal) => {
                tracing::info!(source = source.name, code = refusal.code(), "{refusal}");
                Ok((app::fail(&self.ctx, source.id, &refusal).await?, None))
            }
            Ok(None) => {
                if self.handled.is_none() && source.condition != Condition::Good {
                    app::heal(&self.ctx, source.id).await?;
                } else if self.asked {
                    app::touch(&self.ctx, source.id).await?;
                }
                Ok((0, self.handled))
            }
            Ok(Some((id, _))) if Some(id) == applied => {
                // A refused commit was taken back.
                app::heal(&self.ctx, source.id).await?;
                Ok((0, None))
            }
            Ok(Some((id, read))) => {
                let began = Instant::now();
                let applied = app::apply(&self.ctx, &read).await?;
                report_applied(&source, &read.commit, &applied, began);
                Ok((0, (!matches!(applied, Applied::Done { .. })).then_some(id)))
            }
        }
    }

    /// Fetches, walks and plans on a blocking thread; `None` when the branch did not move.
    async fn read(
        &self,
        source: &Source,
        token: Option<Zeroizing<String>>,
        known_commit: Option<ObjectId>,
        known: std::collections::BTreeMap<String, String>,
    ) -> Result<Option<(ObjectId, Read)>, Refusal> {
        let address =
            Address::parse(&source.url).map_err(|err| Refusal::Address(err.to_string()))?;
        let wanted = Wanted {
            address,
            url: source.url.clone(),
            branch: source.branch.clone(),
            token: token.map(Arc::new),
            known: known_commit,
        };
        let interrupt = Arc::new(AtomicBool::new(false));
        let (settings, flag) = (self.settings.clone(), interrupt.clone());
        let (name, path, id) = (source.name.clone(), source.path.clone(), source.id);
        let after = source.commit.as_ref().map(|commit| commit.id.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let mirror = settings.mirrors.join(format!("{id}.git"));
            let limits = &settings.limits;
            let until = Instant::now() + limits.time;
            match fetch::fetch(&wanted, &mirror, &settings.reach, limits, &flag)? {
                Fetched::Unchanged => Ok(None),
                Fetched::Commit { repository, id: commit } => {
                    let listing = walk::list(&repository, commit, &path, limits, until)?;
                    let plan = read_plan(&listing, &name, &known)?;
                    let about = Commit {
                        id: listing.commit.id.clone(),
                        author: listing.commit.author.clone(),
                        subject: listing.commit.subject.clone(),
                        at: listing.commit.at,
                    };
                    let path_exists = listing.path_exists;
                    Ok(Some((commit, Read { source: id, after, commit: about, path_exists, plan })))
                }
            }
        });
        tokio::pin!(reading);
        let limit = self.settings.limits.time;
        let too_slow = || Refusal::TooSlow(limit.as_secs());
        let outcome = if let Ok(outcome) = tokio::time::timeout(limit, &mut reading).await {
            outcome
        } else {
            interrupt.store(true, Ordering::Relaxed);
            tokio::time::timeout(LAST_CALL, reading).await.map_err(|_| too_slow())?
        };
        outcome.unwrap_or_else(|err| Err(Refusal::Damaged(format!("the reader ended: {err}"))))
    }
}

/// Reads first what discovery looks at, then the files of the integrations that were found.
fn read_plan(
    listing: &walk::Listing<'_>,
    source: &str,
    known: &std::collections::BTreeMap<String, String>,
) -> Result<plan::Plan, Refusal> {
    let mut files = std::collections::BTreeMap::new();
    for path in listing.paths() {
        let content = if plan::wanted_first(path) {
            listing.read(path)?
        } else {
            walk::Content { path: path.to_owned(), bytes: Vec::new(), executable: false }
        };
        files.insert(path.to_owned(), content);
    }
    let discovery = plan::discover(&files, source);
    for found in &discovery.integrations {
        for file in &found.files {
            let path = found.path_of(file);
            if !plan::wanted_first(&path) {
                let content = listing.read(&path)?;
                files.insert(path, content);
            }
        }
    }
    Ok(plan::plan(&files, &discovery, known))
}

fn report_applied(source: &Source, commit: &Commit, applied: &Applied, began: Instant) {
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    match applied {
        Applied::Done { made, pruned } => tracing::info!(
            source = source.name,
            commit = commit.id,
            releases = made.len(),
            pruned = pruned.len(),
            took_ms,
            "applied a commit"
        ),
        Applied::Asked { gone, why } => tracing::info!(
            source = source.name,
            commit = commit.id,
            gone = gone.len(),
            why = why.as_str(),
            "asks before it prunes"
        ),
        Applied::Refused(reasons) => tracing::info!(
            source = source.name,
            commit = commit.id,
            problems = reasons.len(),
            "refused a commit"
        ),
        Applied::Overtaken => tracing::debug!(source = source.name, "another engine was faster"),
    }
}
