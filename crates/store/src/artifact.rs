//! Artifacts: immutable bytes under their digest. Bundles, locks, workload specifications, sealed secrets.
//!
//! Writing the same digest again does nothing. `read_for` is what a runner may have: only what a deployment that is desired on
//! its runtime, or a release whose dependencies it resolves, names. Bundles are named by the digest of their manifest, all
//! others by the digest of their bytes.

use domain::digest::Digest;
use domain::id::RuntimeId;
use jiff::Timestamp;

use crate::time::Time;
use crate::{Error, Tx};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bundle,
    Lock,
    Specification,
    Secret,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bundle => "bundle",
            Self::Lock => "lock",
            Self::Specification => "specification",
            Self::Secret => "secret",
        }
    }
}

pub async fn insert(
    tx: &mut Tx,
    kind: Kind,
    digest: &Digest,
    bytes: &[u8],
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO artifact (org_id, digest, kind, bytes, created_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT ON CONSTRAINT artifact_pkey DO NOTHING",
        tx.organization().0,
        digest.to_string(),
        kind.as_str(),
        bytes,
        Time::from(now) as _
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("insert the artifact"))
}

pub async fn read(tx: &mut Tx, digest: &Digest) -> Result<Option<Vec<u8>>, Error> {
    sqlx::query_scalar!("SELECT bytes FROM artifact WHERE digest = $1", digest.to_string())
        .fetch_optional(tx.connection())
        .await
        .map_err(Error::doing("read the artifact"))
}

/// The bytes, if something that `runtime` has to run names them.
pub async fn read_for(
    tx: &mut Tx,
    runtime: RuntimeId,
    digest: &Digest,
) -> Result<Option<Vec<u8>>, Error> {
    sqlx::query_scalar!(
        "SELECT a.bytes FROM artifact AS a
        WHERE a.digest = $2 AND EXISTS (
            SELECT 1 FROM desired AS d
            JOIN deployment AS p ON p.org_id = d.org_id AND p.workload_id = d.workload_id
            WHERE d.runtime_id = $1 AND $2 = ANY (p.artifacts)
        )",
        runtime.0,
        digest.to_string()
    )
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("read the artifact for a runtime"))
}
