//! Preparing a deployment: everything a start needs is brought here and verified, before what runs is touched.
//!
//! `Fetched` (bundle, lock, sealed secrets) then `Resolved` (base library and the release's own jars). What may work later
//! is tried again with back-off for as long as the deployment is wanted; what cannot work ends it.

use std::sync::Arc;
use std::time::Duration;

use domain::deployment::Phase;
use link::journal::JournalError;
use provision::lock::Lock;
use provision::maven::FetchError;
use provision::{base_library, maven};
use tokio::sync::watch;
use uuid::Uuid;

use crate::artifacts::{Failure, load_specification};
use crate::chain::chain;
use crate::library;
use crate::outlet::Told;
use crate::record::Target;
use crate::shared::Shared;
use crate::specification::Specification;

const RETRY: Duration = Duration::from_secs(1);
const RETRY_MAX: Duration = Duration::from_secs(30);

/// How a preparation ended: ready, or never to be.
pub(crate) type Outcome = Result<(), (String, String)>;

/// Runs until the target is ready or refused. `note` says what is being waited for.
pub(crate) async fn prepare(
    shared: Arc<Shared>,
    workload: Uuid,
    target: Target,
    note: watch::Sender<String>,
) -> Outcome {
    let mut wait = RETRY;
    loop {
        match attempt(&shared, workload, &target, &note).await {
            Ok(()) => return Ok(()),
            Err(Failure::Refused { code, reason }) => return Err((code, reason)),
            Err(Failure::Transient { code, reason }) => {
                tracing::warn!(%workload, code, reason, "prepare a deployment");
                note.send_replace(format!("{reason} ({code}); trying again"));
            }
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(RETRY_MAX);
    }
}

async fn attempt(
    shared: &Shared,
    workload: Uuid,
    target: &Target,
    note: &watch::Sender<String>,
) -> Result<(), Failure> {
    let specification = load_specification(&shared.folder.spec(&target.spec))?;
    let tell = |phase| shared.outlet.phase(workload, target, phase, Told::default());
    shared.artifacts.of(&specification).await?;
    tell(Phase::Fetched).await.map_err(|err| journal(&err))?;
    let base = specification.release.base.trim_start_matches("sha256:");
    if base != base_library::digest().trim_start_matches("sha256:") {
        return Err(Failure::Refused {
            code: "MP-RUN-26".to_owned(),
            reason: format!(
                "the release was made for another base library (Camel {}, {})",
                specification.release.camel, specification.release.base
            ),
        });
    }
    let mut library = shared.library.clone();
    while library.borrow_and_update().ready().is_none() {
        if let library::State::Waiting { doing, failure } = &*library.borrow() {
            let text = failure.as_ref().map_or_else(
                || doing.clone(),
                |failure| format!("{} ({}); trying again", failure.message, failure.code),
            );
            note.send_replace(text);
        }
        let gone = Failure::Transient {
            code: "MP-RUN-22".to_owned(),
            reason: "the runner stops".to_owned(),
        };
        library.changed().await.map_err(|_| gone)?;
    }
    fetch_jars(shared, &specification).await?;
    tell(Phase::Resolved).await.map_err(|err| journal(&err))?;
    note.send_replace(String::new());
    Ok(())
}

async fn fetch_jars(shared: &Shared, specification: &Specification) -> Result<(), Failure> {
    let Some(lock) = release_lock(shared, specification)? else { return Ok(()) };
    let fetcher = library::fetcher(&shared.settings);
    let fetched =
        tokio::task::spawn_blocking(move || maven::fetch_all(&lock.jars, &fetcher, &|_| {}));
    match fetched.await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(err)) => {
            let (code, reason) = (err.code().to_owned(), chain(&err));
            Err(match err {
                FetchError::Missing { .. } => Failure::Refused { code, reason },
                _ => Failure::Transient { code, reason },
            })
        }
        Err(err) => {
            Err(Failure::Transient { code: "MP-RUN-22".to_owned(), reason: err.to_string() })
        }
    }
}

/// The release's own jars, which come after the base library.
pub(crate) fn release_lock(
    shared: &Shared,
    specification: &Specification,
) -> Result<Option<Lock>, Failure> {
    let Some(digest) = &specification.release.lock else { return Ok(None) };
    let bytes = std::fs::read(shared.folder.release_lock(digest))
        .map_err(|err| Failure::disk("read the release's lock", &err))?;
    Lock::parse(&bytes)
        .map(Some)
        .map_err(|err| Failure::Refused { code: "MP-RUN-25".to_owned(), reason: chain(&err) })
}

fn journal(err: &JournalError) -> Failure {
    Failure::Transient { code: err.code().to_owned(), reason: chain(err) }
}
