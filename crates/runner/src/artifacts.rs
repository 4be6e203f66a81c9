//! What a specification names by digest, brought into the runner's folder: the specification itself, bundle, lock,
//! sealed secrets.
//!
//! Everything is verified by its digest before it has its name, so a file that is there is right and is not fetched
//! again. A failure is either final (`Refused`: this release can never work here) or worth another try.

use std::path::Path;
use std::sync::Arc;

use domain::digest::Digest;
use link::bundle;
use link::client::{Client, FetchError};

use crate::chain::chain;

use crate::folder::Folder;
use crate::specification::Specification;

#[derive(Clone)]
pub(crate) struct Artifacts {
    client: Arc<Client>,
    folder: Folder,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// Trying again gives the same.
    #[error("{reason}")]
    Refused { code: String, reason: String },
    #[error("{reason}")]
    Transient { code: String, reason: String },
}

impl Failure {
    pub(crate) fn disk(doing: &str, err: &std::io::Error) -> Self {
        Self::Transient { code: disk_code(err).to_owned(), reason: format!("{doing}: {err}") }
    }
}

/// A full disk has a code of its own; what runs keeps running.
pub(crate) const FULL: &str = "MP-RUN-24";

pub(crate) fn is_full(err: &std::io::Error) -> bool {
    matches!(err.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
}

pub(crate) fn disk_code(err: &std::io::Error) -> &'static str {
    if is_full(err) { FULL } else { "MP-RUN-22" }
}

impl Artifacts {
    pub(crate) fn new(client: Arc<Client>, folder: Folder) -> Self {
        Self { client, folder }
    }

    pub(crate) async fn specification(&self, digest: &str) -> Result<Specification, Failure> {
        let path = self.folder.spec(digest);
        self.plain(digest, &path).await?;
        load_specification(&path)
    }

    /// Bundle, lock and sealed secrets.
    pub(crate) async fn of(&self, specification: &Specification) -> Result<(), Failure> {
        let release = &specification.release;
        self.bundle(&release.bundle).await?;
        if let Some(lock) = &release.lock {
            self.plain(lock, &self.folder.release_lock(lock)).await?;
        }
        for secret in &specification.secrets {
            self.plain(&secret.sealed, &self.folder.sealed(&secret.sealed)).await?;
        }
        Ok(())
    }

    async fn plain(&self, digest: &str, path: &Path) -> Result<(), Failure> {
        if path.exists() {
            return Ok(());
        }
        let digest = parse(digest)?;
        self.client.fetch(&digest, path).await.map_err(|err| transfer(&err))
    }

    async fn bundle(&self, digest: &str) -> Result<(), Failure> {
        let place = self.folder.bundle(digest);
        if place.exists() {
            return Ok(());
        }
        let parsed = parse(digest)?;
        let incoming = self.folder.incoming(digest);
        self.client.fetch_bundle(&parsed, &incoming).await.map_err(|err| transfer(&err))?;
        let unpacked = tokio::task::spawn_blocking(move || unpack(&incoming, &place, &parsed));
        unpacked.await.unwrap_or_else(|err| {
            Err(Failure::Transient { code: "MP-RUN-22".to_owned(), reason: err.to_string() })
        })
    }
}

fn unpack(incoming: &Path, place: &Path, digest: &Digest) -> Result<(), Failure> {
    let doing = |err: std::io::Error| Failure::disk("unpack the bundle", &err);
    let bytes = std::fs::read(incoming).map_err(doing)?;
    let entries = bundle::decode(&bytes, digest).map_err(|err| {
        let _ = std::fs::remove_file(incoming);
        Failure::Refused {
            code: "MP-RUN-25".to_owned(),
            reason: format!("the bundle is refused: {err}"),
        }
    })?;
    crate::bundle::unpack(&entries, place).map_err(doing)?;
    std::fs::remove_file(incoming).map_err(doing)
}

/// A specification that was fetched before.
pub(crate) fn load_specification(path: &Path) -> Result<Specification, Failure> {
    let bytes = std::fs::read(path).map_err(|err| Failure::disk("read the specification", &err))?;
    Specification::parse(&bytes)
        .map_err(|err| Failure::Refused { code: err.code().to_owned(), reason: err.to_string() })
}

fn parse(digest: &str) -> Result<Digest, Failure> {
    digest
        .parse()
        .map_err(|err| Failure::Refused { code: "MP-RUN-23".to_owned(), reason: format!("{err}") })
}

/// A broken connection heals; what the control plane refuses or sends wrong does not.
fn transfer(err: &FetchError) -> Failure {
    let (code, reason) = (err.code().to_owned(), chain(err));
    match err {
        FetchError::Io { source, .. } if is_full(source) => {
            Failure::Transient { code: FULL.to_owned(), reason }
        }
        FetchError::Refused(_) | FetchError::Digest { .. } | FetchError::TooLarge(_) => {
            Failure::Refused { code, reason }
        }
        FetchError::NotConnected(_) | FetchError::Broken(_) | FetchError::Io { .. } => {
            Failure::Transient { code, reason }
        }
    }
}
