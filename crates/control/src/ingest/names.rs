//! What ingest remembers between blocks: numbers of names, origins with their settings, dictionaries, days that are there.
//!
//! All of it can be read again from the database, so a limit simply forgets everything. Numbers never change; settings do,
//! and an origin is looked at again after [`FRESH`]; while the database does not answer, what is remembered goes on to hold.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex};

use domain::id::{OrganizationId, RuntimeId};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use store::Tx;
use store::telemetry::dictionary::{self, Dictionary};
use store::telemetry::name::{self, Kind, Known, Origin};
use store::telemetry::{NameId, OriginId};
use telemetry::model::{Batch, Origin as BatchOrigin};

use crate::app::capture;
use crate::server::Server;

/// 100,000 names of 60 bytes are 10 MB; a fleet of a thousand integrations has fewer.
const MOST_NAMES: usize = 100_000;
/// A path that so many messages went gets a number. What hardly repeats would only fill the table of names.
const WORTH: u32 = 4;
/// New paths of one block: a workload that never goes the same way costs itself bytes and nobody names.
const MOST_NEW_PATHS: usize = 64;
/// Paths that have no number yet; of each a few bytes are remembered.
const MOST_COUNTED: usize = 20_000;
const MOST_ORIGINS: usize = 10_000;
/// Each is 32 KB and as much again prepared.
const MOST_DICTIONARIES: usize = 200;
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
/// The newest dictionary, if there is one, and when it was looked for.
type Newest = (Option<Arc<Dictionary>>, Timestamp);
type OriginKey = (OrganizationId, RuntimeId, Arc<str>);

#[derive(Default)]
pub(super) struct Names {
    numbers: Mutex<Numbers>,
    /// How many messages went a path that has no number, by a hash of it.
    counted: Mutex<HashMap<u64, u32>>,
    hasher: RandomState,
    places: Mutex<HashMap<OriginKey, (Place, Timestamp)>>,
    dictionaries: Mutex<HashMap<OrganizationId, Newest>>,
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

    /// The numbers of the paths that are worth one, of all that messages of a block went.
    pub(super) async fn paths<'a>(
        &self,
        server: &Server,
        organization: OrganizationId,
        went: impl Iterator<Item = (&'a str, u32)>,
    ) -> Result<Known, store::Error> {
        let mut wanted = BTreeSet::new();
        {
            let numbers = lock(&self.numbers);
            let numbers = numbers.get(&organization);
            let mut counted = lock(&self.counted);
            let mut new = 0;
            for (path, messages) in went {
                let key = (Kind::Path, path.to_owned());
                if numbers.is_some_and(|numbers| numbers.contains_key(&key)) {
                    wanted.insert(key);
                    continue;
                }
                if counted.len() >= MOST_COUNTED {
                    counted.clear();
                }
                let hash = self.hasher.hash_one((organization, path));
                let count = counted.entry(hash).or_default();
                *count = count.saturating_add(messages);
                if *count >= WORTH && new < MOST_NEW_PATHS {
                    counted.remove(&hash);
                    wanted.insert(key);
                    new += 1;
                }
            }
        }
        self.known(server, organization, &wanted).await
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
        let known = lock(&self.places).get(&key).cloned();
        if let Some((place, at)) = &known
            && now.duration_since(*at) < FRESH
        {
            return Ok(place.clone());
        }
        let place = match read_place(server, organization, runtime, batch, now).await {
            Ok(place) => place,
            // Whose it is does not change, and without a database nothing is stored now anyway.
            Err(err) => return known.map(|(place, _)| place).ok_or(err),
        };
        let mut places = lock(&self.places);
        if places.len() >= MOST_ORIGINS {
            places.clear();
        }
        places.insert(key, (place.clone(), now));
        Ok(place)
    }

    /// The newest dictionary of the organization, if it has one.
    pub(super) async fn dictionary(
        &self,
        server: &Server,
        organization: OrganizationId,
    ) -> Result<Option<Arc<Dictionary>>, store::Error> {
        let now = server.system.now();
        if let Some((dictionary, at)) = lock(&self.dictionaries).get(&organization)
            && now.duration_since(*at) < FRESH
        {
            return Ok(dictionary.clone());
        }
        let mut tx = Tx::system(&server.db, organization).await?;
        let newest = dictionary::newest(&mut tx).await?.map(Arc::new);
        let mut dictionaries = lock(&self.dictionaries);
        if dictionaries.len() >= MOST_DICTIONARIES {
            dictionaries.clear();
        }
        dictionaries.insert(organization, (newest.clone(), now));
        Ok(newest)
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
        lock(&self.dictionaries).remove(&organization);
        for ((of, _, _), (_, at)) in lock(&self.places).iter_mut() {
            if *of == organization {
                *at = Timestamp::UNIX_EPOCH;
            }
        }
        self.forget_days();
    }

    /// Days were dropped: what is known of them is no longer sure.
    pub(super) fn forget_days(&self) {
        lock(&self.days).clear();
    }
}

async fn read_place(
    server: &Server,
    organization: OrganizationId,
    runtime: RuntimeId,
    batch: &Batch,
    now: Timestamp,
) -> Result<Place, store::Error> {
    let mut tx = Tx::system(&server.db, organization).await?;
    let origin = origin_of(&mut tx, runtime, &batch.origin).await?;
    let id = name::ensure_origin(&mut tx, &origin, now).await?;
    let effective = capture::effective(&mut tx, &origin, now).await?;
    tx.commit().await?;
    Ok(Place {
        id,
        origin: Arc::new(origin),
        retention: effective.retention_class(),
        index_words: effective.index_words(),
    })
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
