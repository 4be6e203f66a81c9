//! Fetching an artifact by digest: resumable, verified, whole or not there.
//!
//! Bytes go to `<into>.part`; a broken connection goes on at its length. Only what has the right digest is renamed to
//! its name, after an fsync; a partial file that turns out wrong is thrown away.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::digest::Digest;
use sha2::{Digest as _, Sha256};

use super::Client;
use super::dial::Link;
use crate::bundle;
use crate::refused::Heard;
use crate::wire::{self, artifact_client::ArtifactClient};

/// How long a fetch waits for the link to be up.
const CONNECTED: Duration = Duration::from_secs(30);
/// Between two chunks.
const STALLED: Duration = Duration::from_secs(30);
/// A broken connection each time; more means that something else is wrong.
const ATTEMPTS: u32 = 5;
/// A full bundle with its manifest.
const LARGEST: u64 = bundle::MAX_BYTES + (8 << 20);

#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("fetch `{0}`: the link is not up")]
    NotConnected(Digest),
    #[error(transparent)]
    Refused(Heard),
    #[error("fetch `{0}`: the connection broke {ATTEMPTS} times")]
    Broken(Digest),
    #[error("fetch `{digest}`: what came is not that")]
    Digest { digest: Digest, source: Option<bundle::Refused> },
    #[error("fetch `{0}`: it is larger than an artifact may be")]
    TooLarge(Digest),
    #[error("write `{path}`")]
    Io { path: PathBuf, source: std::io::Error },
}

impl FetchError {
    pub fn code(&self) -> &str {
        match self {
            Self::NotConnected(_) | Self::Broken(_) => "MP-LINK-19",
            Self::Refused(heard) => &heard.code,
            Self::Digest { .. } | Self::TooLarge(_) => "MP-LINK-20",
            Self::Io { .. } => "MP-LINK-21",
        }
    }
}

impl Client {
    /// The artifact whose bytes have this SHA-256.
    pub async fn fetch(&self, digest: &Digest, into: &Path) -> Result<(), FetchError> {
        let want = *digest;
        self.fetch_verified(want, into, |bytes| {
            let is = Digest(Sha256::digest(bytes).into());
            if is == want { Ok(()) } else { Err(None) }
        })
        .await
    }

    /// The bundle whose manifest has this SHA-256; every file in it is verified.
    pub async fn fetch_bundle(&self, digest: &Digest, into: &Path) -> Result<(), FetchError> {
        let want = *digest;
        self.fetch_verified(want, into, |bytes| {
            bundle::decode(bytes, &want).map(drop).map_err(Some)
        })
        .await
    }

    async fn fetch_verified(
        &self,
        digest: Digest,
        into: &Path,
        verify: impl Fn(&[u8]) -> Result<(), Option<bundle::Refused>>,
    ) -> Result<(), FetchError> {
        let mut part = into.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let io = |source| FetchError::Io { path: part.clone(), source };
        let mut started_over = false;
        for _ in 0..ATTEMPTS {
            let link = self.link(digest).await?;
            match attempt(link, digest, &part).await {
                Ok(true) => {}
                Ok(false) => continue,
                // The offset lies behind its end: the part is of something else.
                Err(FetchError::Refused(_)) if !started_over && part.exists() => {
                    started_over = true;
                    std::fs::remove_file(&part).map_err(io)?;
                    continue;
                }
                Err(err) => return Err(err),
            }
            let bytes = std::fs::read(&part).map_err(io)?;
            if let Err(source) = verify(&bytes) {
                std::fs::remove_file(&part).map_err(io)?;
                if started_over {
                    return Err(FetchError::Digest { digest, source });
                }
                started_over = true;
                continue;
            }
            return std::fs::rename(&part, into)
                .and_then(|()| {
                    std::fs::File::open(into.parent().unwrap_or_else(|| Path::new(".")))?.sync_all()
                })
                .map_err(io);
        }
        Err(FetchError::Broken(digest))
    }

    async fn link(&self, digest: Digest) -> Result<Link, FetchError> {
        let mut current = self.current.subscribe();
        let up = tokio::time::timeout(CONNECTED, current.wait_for(Option::is_some)).await;
        let link = up.ok().and_then(Result::ok).and_then(|link| link.clone());
        link.ok_or(FetchError::NotConnected(digest))
    }
}

/// True: the part is complete and synced. False: the connection broke.
async fn attempt(link: Link, digest: Digest, part: &Path) -> Result<bool, FetchError> {
    let io = |source| FetchError::Io { path: part.to_owned(), source };
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(part).map_err(io)?;
    let mut length = file.metadata().map_err(io)?.len();
    let mut client = ArtifactClient::with_origin(link, Link::origin());
    let request = wire::FetchRequest { digest: digest.to_string(), offset: length };
    let mut chunks = match client.fetch(request).await {
        Ok(reply) => reply.into_inner(),
        Err(status) => return broken_or_refused(&status),
    };
    loop {
        let chunk = match tokio::time::timeout(STALLED, chunks.message()).await {
            Err(_) | Ok(Ok(None)) => return Ok(false),
            Ok(Err(status)) => return broken_or_refused(&status),
            Ok(Ok(Some(chunk))) => chunk,
        };
        if chunk.total > LARGEST {
            return Err(FetchError::TooLarge(digest));
        }
        file.write_all(&chunk.bytes).map_err(io)?;
        length += chunk.bytes.len() as u64;
        if length >= chunk.total {
            file.sync_all().map_err(io)?;
            return Ok(true);
        }
    }
}

fn broken_or_refused(status: &tonic::Status) -> Result<bool, FetchError> {
    match Heard::from_status(status) {
        Some(heard) => Err(FetchError::Refused(heard)),
        None => Ok(false),
    }
}
