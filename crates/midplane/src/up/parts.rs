//! The parts that `up` needs from outside: Java, PostgreSQL, Camel's base library. Found, or fetched with progress.
//!
//! All of it lands in the cache, where the runner finds it a moment later; fetching it here means that a newcomer sees what is being
//! waited for. With `--prepared` the caller has shown the lines already, and only the work is done.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use provision::download::Network;
use provision::java::{Java, JavaSearch};
use provision::maven::Fetcher;
use provision::postgres::{Binaries, Origin, Search};

use super::database::blocking;
use super::plan::Plan;
use super::transcript::Transcript;
use crate::environment::{Environment, variable};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::time::bytes;

pub fn network() -> Network {
    Network::from_variables(variable)
}

pub fn java_search(java: Option<&str>, environment: &Environment) -> JavaSearch {
    JavaSearch {
        explicit: java.map(Into::into),
        java_home: variable("JAVA_HOME").map(Into::into),
        path: environment.path.clone(),
        home: environment.home.clone(),
        roots: Vec::new(),
    }
}

pub fn find_java(plan: &Plan, environment: &Environment) -> Outcome<Java> {
    let search = java_search(plan.java.as_ref().map(|setting| setting.value.as_str()), environment);
    provision::java::find(&search).map_err(|err| {
        Failure::new(err.code(), Exit::Internal, err.to_string())
            .next("install it, or name one: midplane up --java PATH")
    })
}

/// The PostgreSQL for the cluster in `folder`.
pub async fn postgresql(
    plan: &Plan,
    environment: &Environment,
    folder: &Path,
    transcript: &Arc<Transcript>,
    shown: bool,
) -> Outcome<Binaries> {
    let search = Search {
        explicit: None,
        path: environment.path.clone(),
        cache: plan.cache.value.clone().into(),
        mirrors: plan.mirrors(),
        network: network(),
    };
    let (folder, progress) = (folder.to_path_buf(), Arc::clone(transcript));
    let began = Instant::now();
    let chosen = blocking(move || {
        Binaries::choose(&search, &folder, &|done, total| {
            progress.progress("postgresql", done, Some(total));
        })
    })
    .await?;
    let binaries = chosen.map_err(|err| super::database::failure(&err))?;
    if !shown {
        let origin = match binaries.origin {
            Origin::Found => format!("found in {}", binaries.folder.display()),
            Origin::Cached => "cached".to_owned(),
            Origin::Fetched => "fetched, verified".to_owned(),
        };
        transcript.step(
            "postgresql",
            &format!("{:<9} {origin}", binaries.version),
            Some(began.elapsed()),
        );
    }
    Ok(binaries)
}

/// Camel's base library, in the cache and verified.
pub async fn base_library(
    plan: &Plan,
    environment: &Environment,
    transcript: &Arc<Transcript>,
    shown: bool,
) -> Outcome {
    let fetcher = Fetcher {
        cache: plan.cache.value.clone().into(),
        m2_home: environment.home.as_ref().map(|home| home.join(".m2")),
        mirrors: plan.mirrors(),
        network: network(),
    };
    let progress = Arc::clone(transcript);
    let began = Instant::now();
    let lock = provision::base_library::lock();
    let known = lock.jars.iter().all(|jar| fetcher.cache.join("m2").join(jar.path()).exists());
    let fetched = blocking(move || {
        provision::maven::fetch_all(&lock.jars, &fetcher, &|seen| {
            progress.progress("camel", seen.done_bytes, Some(seen.total_bytes));
        })
    })
    .await?;
    fetched.map_err(|err| {
        Failure::new(err.code(), Exit::Unreachable, "Camel's base library could not be fetched")
            .because(&err)
            .next("check the network, HTTPS_PROXY and ~/.m2/settings.xml, then try again: what was fetched is kept")
    })?;
    if !shown {
        let size: u64 = lock.jars.iter().map(|jar| jar.size).sum();
        let origin = if known { "cached" } else { "verified" };
        let detail =
            format!("{:<9} {} jars, {}, {origin}", lock.camel, lock.jars.len(), bytes(size));
        transcript.step("camel", &detail, Some(began.elapsed()));
    }
    Ok(())
}
