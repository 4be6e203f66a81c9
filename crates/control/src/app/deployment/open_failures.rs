//! Open failures of what a deployment changed: what whoever deployed may want to try now.
//!
//! ```text
//! ready deployment -> its release and the one that ran before -> routes that are others now (camel::change)
//!                  -> routes of other integrations that call this one          (a price list answers for the orders)
//!                  -> their groups that are Open or Returned, with something open in them
//! ```
//! Groups are read first, because most deployments have none and need nothing more. It is a hint: what an expression decides when
//! a message comes is not seen, and what was never told (a route's shared beans) is taken to change every route.

use std::collections::{BTreeMap, BTreeSet};

use camel::SourceFile;
use camel::catalogue::Catalogue;
use domain::deployment::Phase;
use domain::digest::Digest;
use domain::permission::Permission;
use jiff::SignedDuration;
use link::bundle;
use store::Tx;
use store::deployment::Deployment;
use store::environment::Environment;
use store::integration::Integration;
use store::release::Release;
use store::telemetry::OriginId;
use store::telemetry::failure::{self, Group, newest};
use store::telemetry::search::Scene;
use telemetry::id::MessageId;

use super::read;
use crate::app::{Error, failure_group, message};
use crate::ctx::Ctx;
use crate::gitops::plan::Recipe;

/// Failures that somebody still knows of; ids are looked up by their end as far back.
const REACH: SignedDuration = SignedDuration::from_hours(24 * 7);
/// A place with more kinds of failures than this has another problem.
const MOST_GROUPS: i64 = 1_000;

/// The open failures of one route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenFailures {
    /// Another one than was deployed, where its route calls that.
    pub integration: String,
    pub route: String,
    pub count: u64,
    /// The newest one that can be tried.
    pub last: MessageId,
    /// The end of its id, as long as it takes to be the only one.
    pub short: String,
}

/// Those of the routes that `deployment` changed, the most first; empty while it is not ready.
pub async fn list(ctx: &Ctx, deployment: &Deployment) -> Result<Vec<OpenFailures>, Error> {
    let tx = &mut ctx.begin().await?;
    let Some(place) = Place::of(tx, deployment).await? else { return Ok(Vec::new()) };
    let groups = place.groups(ctx, tx).await?;
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let changed = place.changed(tx).await?;
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let mut routes = BTreeMap::from([(place.integration.name.clone(), changed)]);
    let others: BTreeSet<&String> = groups.keys().map(|(integration, _)| integration).collect();
    for name in others.into_iter().filter(|name| **name != place.integration.name) {
        routes.insert(name.clone(), place.callers(tx, name).await?);
    }
    let scene = message::scene(ctx, tx).await?;
    let mut open = Vec::new();
    for ((integration, route), groups) in groups {
        if routes.get(&integration).is_none_or(|routes| !routes.contains(&route)) {
            continue;
        }
        let Some(last) = newest_of(ctx, tx, &scene, &groups).await? else { continue };
        let short = message::short(ctx, tx, &scene, last).await?;
        let count = groups.iter().map(Group::open).sum();
        open.push(OpenFailures { integration, route, count, last, short });
    }
    open.sort_by_key(|one| std::cmp::Reverse(one.count));
    Ok(open)
}

/// Where it was deployed, and what ran there before.
struct Place {
    integration: Integration,
    environment: Environment,
    now: Release,
    before: Release,
}

impl Place {
    /// `None`: nothing came of it, nothing ran before, or the same did.
    async fn of(tx: &mut Tx, deployment: &Deployment) -> Result<Option<Self>, Error> {
        if deployment.phase != Phase::Ready {
            return Ok(None);
        }
        let (workload, generation) = (deployment.workload, deployment.generation);
        let before = store::deployment::find_ready_before(tx, workload, generation).await?;
        let Some(before) = before.filter(|id| *id != deployment.release) else { return Ok(None) };
        let Some(workload) = store::workload::find(tx, workload).await? else { return Ok(None) };
        let integration = store::integration::find(tx, workload.integration).await?;
        let environment = store::environment::find(tx, workload.environment).await?;
        let Some((integration, environment)) = integration.zip(environment) else {
            return Ok(None);
        };
        let now = read::release_of(tx, deployment.release).await?;
        let before = read::release_of(tx, before).await?;
        Ok(Some(Self { integration, environment, now, before }))
    }

    /// What is open in the environment, by integration and route, as far as the actor may see it.
    async fn groups(
        &self,
        ctx: &Ctx,
        tx: &mut Tx,
    ) -> Result<BTreeMap<(String, String), Vec<Group>>, Error> {
        let now = ctx.now();
        let mut groups: BTreeMap<_, Vec<Group>> = BTreeMap::new();
        for group in failure::list(tx, now - REACH, None, MOST_GROUPS).await? {
            // An integration is known by its name within its project alone.
            let is_here = group.environment_id == Some(self.environment.id)
                && group.project == Some(self.integration.project);
            if is_here
                && group.state(now).is_work()
                && group.open() > 0
                && failure_group::may(ctx, Permission::ReadMessage, &group)
            {
                let place = (group.key.integration.clone(), group.route.clone());
                groups.entry(place).or_default().push(group);
            }
        }
        Ok(groups)
    }

    /// Routes of the integration that are others than before.
    async fn changed(&self, tx: &mut Tx) -> Result<BTreeSet<String>, Error> {
        let (before, after) = (Files::of(tx, &self.before).await?, Files::of(tx, &self.now).await?);
        let Some((before, after)) = before.zip(after) else { return Ok(BTreeSet::new()) };
        aside(move || {
            let (before, after) = (before.unpack()?, after.unpack()?);
            let catalogue = Catalogue::bundled();
            Ok(camel::change::changed(&sources(&before), &sources(&after), catalogue))
        })
        .await
    }

    /// Routes of another integration of the project that call this one.
    async fn callers(&self, tx: &mut Tx, name: &str) -> Result<BTreeSet<String>, Error> {
        let all = store::integration::list(tx).await?;
        let project = self.integration.project;
        let found = all.into_iter().find(|one| one.project == project && one.name == name);
        let Some(other) = found else { return Ok(BTreeSet::new()) };
        let mut workloads = store::workload::list(tx).await?.into_iter();
        let here = workloads
            .find(|one| one.integration == other.id && one.environment == self.environment.id);
        let Some(id) = here.and_then(|one| one.deployment) else { return Ok(BTreeSet::new()) };
        let Some(deployment) = store::deployment::find(tx, id).await? else {
            return Ok(BTreeSet::new());
        };
        let release = read::release_of(tx, deployment.release).await?;
        let recipe: Recipe = serde_json::from_value(release.recipe.clone()).unwrap_or_default();
        if !recipe.uses.contains(&self.integration.name) {
            return Ok(BTreeSet::new());
        }
        let Some(files) = Files::of(tx, &release).await? else { return Ok(BTreeSet::new()) };
        let callee = self.integration.name.clone();
        aside(move || {
            let files = files.unpack()?;
            Ok(camel::change::that_call(&sources(&files), &callee, Catalogue::bundled()))
        })
        .await
    }
}

/// The bundle of a release.
struct Files {
    digest: Digest,
    bytes: Vec<u8>,
}

impl Files {
    async fn of(tx: &mut Tx, release: &Release) -> Result<Option<Self>, Error> {
        let Some(digest) = release.bundle else { return Ok(None) };
        let bytes = store::artifact::read(tx, &digest).await?;
        Ok(bytes.map(|bytes| Self { digest, bytes }))
    }

    fn unpack(&self) -> Result<Vec<bundle::Unpacked<'_>>, Error> {
        bundle::decode(&self.bytes, &self.digest).map_err(Error::internal)
    }
}

fn sources<'a>(files: &'a [bundle::Unpacked<'_>]) -> Vec<SourceFile<'a>> {
    files.iter().map(|file| SourceFile { path: &file.path, content: file.bytes }).collect()
}

/// Parsing takes milliseconds, and the largest bundles some more: not on a thread that answers others.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

/// Of the groups of one route: the newest failure that is open and still kept.
async fn newest_of(
    ctx: &Ctx,
    tx: &mut Tx,
    scene: &Scene,
    groups: &[Group],
) -> Result<Option<MessageId>, Error> {
    let since = (ctx.now() - REACH).as_microsecond();
    let since_us = u64::try_from(since).unwrap_or(0);
    let mut last = None;
    for group in groups {
        let of_group = scene.origins.iter().filter(|(_, origin)| {
            origin.integration == group.key.integration
                && origin.environment == group.key.environment
        });
        let origins: Vec<OriginId> = of_group.map(|(id, _)| *id).collect();
        last = last.max(newest::open(tx, &group.key, &origins, since_us).await?);
    }
    Ok(last)
}
