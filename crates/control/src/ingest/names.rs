//! What ingest remembers between blocks: numbers of names, origins with their settings, days that are there.
//!
//! All of it can be read again from the database, so a limit simply forgets everything. Numbers never change; settings do,
//! and an origin is looked at again after [`FRESH`].

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex};

use domain::id::{OrganizationId, RuntimeId};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use store::Tx;
use store::telemetry::name::{self, Kind, Known, Origin};
use store::telemetry::{NameId, OriginId};
use telemetry::model::{Batch, Origin as BatchOrigin};

use crate::app::capture;
use crate::server::Server;

/// 100,000 names of 60 bytes are 10 MB; a fleet of a thousand integrations has fewer.
const MOST_NAMES: usize = 100_000;
const MOST_ORIGINS: usize = 10_000;
/// How soon a changed retention or index setting is in force for what arrives.
const FRESH: SignedDuration = SignedDuration::from_secs(10);

/// An origin, with what is to be done with its records.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub id: OriginId,
    pub origin: Arc<Origin>,
    pub retention: i16,
    pub index_words: bool,
}

type Numbers = HashMap<OrganizationId, HashMap<(Kind, String), NameId>>;
type OriginKey = (OrganizationId, RuntimeId, Arc<str>);

#[derive(Default)]
pub(super) struct Names {
    numbers: Mutex<Numbers>,
    places: Mutex<HashMap<OriginKey, (Place, Timestamp)>>,
    days: Mutex<HashSet<(i16, Date)>>,
}

/// A poisoned lock guards plain data that is whole after every statement.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Names {
    /// The numbers of all these names.
    pub(super) async fn known(
        &self,
        server: &Server,
        organization: OrganizationId,
        wanted: &BTreeSet<(Kind, String)>,
    ) -> Result<Known, store::Error> {
        let mut known = Known::new();
        let mut missing = Vec::new();
        {
            let names = lock(&self.numbers);
            let names = names.get(&organization);
            for key in wanted {
                match names.and_then(|names| names.get(key)) {
                    Some(id) => {
                        known.insert(key.clone(), *id);
                    }
                    None => missing.push((key.0, key.1.as_str())),
                }
            }
        }
        if missing.is_empty() {
            return Ok(known);
        }
        let mut tx = Tx::system(&server.db, organization).await?;
        let found = name::ensure(&mut tx, &missing).await?;
        tx.commit().await?;
        let mut names = lock(&self.numbers);
        if names.values().map(HashMap::len).sum::<usize>() + found.len() > MOST_NAMES {
            names.clear();
        }
        names.entry(organization).or_default().extend(found.iter().map(|(k, v)| (k.clone(), *v)));
        known.extend(found);
        Ok(known)
    }

    /// The origin of a batch of this runner.
    pub(super) async fn place(
        &self,
        server: &Server,
        organization: OrganizationId,
        runtime: RuntimeId,
        batch: &Batch,
    ) -> Result<Place, store::Error> {
        let now = server.system.now();
        let key = (organization, runtime, key_of(&batch.origin));
        if let Some((place, at)) = lock(&self.places).get(&key)
            && now.duration_since(*at) < FRESH
        {
            return Ok(place.clone());
        }
        let mut tx = Tx::system(&server.db, organization).await?;
        let origin = origin_of(&mut tx, runtime, &batch.origin).await?;
        let id = name::ensure_origin(&mut tx, &origin, now).await?;
        let effective = capture::effective(&mut tx, &origin, now).await?;
        tx.commit().await?;
        let place = Place {
            id,
            origin: Arc::new(origin),
            retention: effective.retention_class(),
            index_words: effective.index_words(),
        };
        let mut places = lock(&self.places);
        if places.len() >= MOST_ORIGINS {
            places.clear();
        }
        places.insert(key, (place.clone(), now));
        Ok(place)
    }

    pub(super) fn missing_days(&self, class: i16, days: &BTreeSet<Date>) -> Vec<Date> {
        let known = lock(&self.days);
        days.iter().copied().filter(|day| !known.contains(&(class, *day))).collect()
    }

    pub(super) fn made_day(&self, class: i16, day: Date) {
        lock(&self.days).insert((class, day));
    }

    /// What is remembered may be wrong; it is read again.
    pub(super) fn forget(&self, organization: OrganizationId) {
        lock(&self.numbers).remove(&organization);
        lock(&self.places).retain(|(of, _, _), _| *of != organization);
        self.forget_days();
    }

    /// Days were dropped: what is known of them is no longer sure.
    pub(super) fn forget_days(&self) {
        lock(&self.days).clear();
    }
}

fn key_of(origin: &BatchOrigin) -> Arc<str> {
    let BatchOrigin { workload, deployment, integration, environment, release, .. } = origin;
    format!("{workload:?} {deployment:?} {environment} {release} {integration}").into()
}

/// What the runner says, corrected by what we know: a workload has the names that we gave it, and one that was never
/// given to this runner is not its to speak for.
async fn origin_of(
    tx: &mut Tx,
    runtime: RuntimeId,
    said: &BatchOrigin,
) -> Result<Origin, store::Error> {
    let cut = |text: &str| name::cut(text).replace('\0', "\u{fffd}");
    let mut origin = Origin {
        runtime,
        workload: None,
        deployment: said.deployment,
        project: None,
        environment_id: None,
        integration: cut(&said.integration),
        environment: cut(&said.environment),
        release: cut(&said.release),
    };
    let Some(workload) = said.workload else { return Ok(origin) };
    let Some(workload) = store::workload::find(tx, workload).await? else { return Ok(origin) };
    if workload.runtime != runtime {
        return Ok(origin);
    }
    origin.workload = Some(workload.id);
    origin.environment_id = Some(workload.environment);
    if let Some(integration) = store::integration::find(tx, workload.integration).await? {
        origin.project = Some(integration.project);
        origin.integration = integration.name;
    }
    if let Some(environment) = store::environment::find(tx, workload.environment).await? {
        origin.environment = environment.name;
    }
    Ok(origin)
}
