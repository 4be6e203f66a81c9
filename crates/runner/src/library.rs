//! What every JVM here starts with: Java, the base library, the launcher and the class-data archive.
//!
//! Found or fetched once when the runner starts, in the background, and tried again for ever: a workload waits for it,
//! nothing fails for good because Maven Central was away. What already runs needs none of it. The states are `Waiting`
//! (with what is being done, or why it did not work) and `Ready`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use provision::archive::LibraryView;
use provision::java::Java;
use provision::launcher::Jars;
use provision::maven::Fetcher;
use provision::{archive, base_library, java, launcher, maven};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::chain::chain;
use crate::settings::Settings;

/// The first wait after a failure; doubles up to a minute.
const RETRY: Duration = Duration::from_secs(2);
const RETRY_MAX: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct Library {
    pub(crate) java: Java,
    pub(crate) jars: Jars,
    pub(crate) view: LibraryView,
    pub(crate) resolver_class_path: Vec<PathBuf>,
}

#[derive(Clone, Debug)]
pub(crate) enum State {
    Waiting { doing: String, failure: Option<Failure> },
    Ready(Arc<Library>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// `java` or `base_library`: the condition it belongs to.
    pub(crate) component: &'static str,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl State {
    pub(crate) fn ready(&self) -> Option<Arc<Library>> {
        match self {
            Self::Ready(library) => Some(library.clone()),
            Self::Waiting { .. } => None,
        }
    }
}

/// Provides the library, however long it takes.
pub(crate) async fn keep(
    settings: Arc<Settings>,
    state: watch::Sender<State>,
    shutdown: CancellationToken,
) {
    let state = Arc::new(state);
    let mut wait = RETRY;
    loop {
        let (provided, report) = (settings.clone(), state.clone());
        let work = tokio::task::spawn_blocking(move || provide(&provided, &report));
        let failure = match work.await {
            Ok(Ok(library)) => {
                state.send_replace(State::Ready(Arc::new(library)));
                return;
            }
            Ok(Err(failure)) => failure,
            Err(err) => {
                Failure { component: "base_library", code: "MP-RUN-22", message: err.to_string() }
            }
        };
        tracing::warn!(code = failure.code, reason = failure.message, "provide the base library");
        let doing = "waiting to try again".to_owned();
        state.send_replace(State::Waiting { doing, failure: Some(failure) });
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
        wait = (wait * 2).min(RETRY_MAX);
    }
}

pub(crate) fn fetcher(settings: &Settings) -> Fetcher {
    Fetcher {
        cache: settings.cache.clone(),
        m2_home: settings.m2_home.clone(),
        mirrors: settings.mirrors.clone(),
        network: settings.download.clone(),
    }
}

/// Blocks, up to minutes the first time.
fn provide(settings: &Settings, state: &watch::Sender<State>) -> Result<Library, Failure> {
    let doing = |text: String| {
        state.send_if_modified(|state| match state {
            State::Waiting { doing, .. } => {
                *doing = text;
                true
            }
            State::Ready(_) => false,
        });
    };
    let failed = |component, code: &'static str, err: &dyn std::error::Error| Failure {
        component,
        code,
        message: chain(err),
    };
    doing("looking for Java".to_owned());
    let java = java::find(&settings.java).map_err(|err| failed("java", err.code(), &err))?;
    doing("checking the base library".to_owned());
    let fetcher = fetcher(settings);
    let progress = |progress: maven::Progress| {
        doing(format!(
            "fetching the base library: {} of {} jars",
            progress.done_jars, progress.total_jars
        ));
    };
    let fetch = |jars: &[provision::lock::Jar]| {
        maven::fetch_all(jars, &fetcher, &progress)
            .map_err(|err| failed("base_library", err.code(), &err))
    };
    let base = fetch(&base_library::lock().jars)?;
    let resolver_class_path = fetch(&base_library::resolver_lock().jars)?;
    doing("compiling the launcher".to_owned());
    let jars = launcher::build(&java, &settings.cache, &base, &resolver_class_path)
        .map_err(|err| failed("java", err.code(), &err))?;
    doing("training the class-data archive".to_owned());
    let lock = base_library::lock();
    let view = archive::train(&java, &settings.cache, lock, &base, &jars)
        .map_err(|err| failed("base_library", err.code(), &err))?;
    Ok(Library { java, jars, view, resolver_class_path })
}
