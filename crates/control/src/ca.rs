//! The certificate authority as files: `root.pem root-key.pem intermediate.pem intermediate-key.pem`, 0600 in a 0700
//! folder.
//!
//! The first start makes a root and an intermediate; every start, and every day of a running server (`renew`), replaces an
//! intermediate that has less than a third of its life left. Servers that share the folder take turns by a lock. The root's key may be taken away after that: it is
//! needed again only for the next intermediate, and its absence is then named.
//!
//! What is signed, and for how long, is `link::authority`; who gets a certificate is decided by `link_server`.

use std::fs::File;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use domain::id::{OrganizationId, RuntimeId};
use jiff::{SignedDuration, Timestamp};
use link::authority::csr::Csr;
use link::authority::{Signer, Unsigned, pin};
use link::pem;
use link::tls::{ServerCertificate, Unusable};
use rustls::pki_types::CertificateDer;
use uuid::Uuid;
use zeroize::Zeroizing;

/// A third of 90 days: months to notice that the root's key is missing.
const REPLACE_BELOW: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A chain, leaf first, and its key (PKCS #8).
pub type Identity = (Vec<CertificateDer<'static>>, Zeroizing<Vec<u8>>);

pub struct Authority {
    dir: PathBuf,
    root: CertificateDer<'static>,
    intermediate: RwLock<Arc<Signer>>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("dir", &self.dir).finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum CaError {
    #[error("{doing} `{path}`")]
    Io { doing: &'static str, path: PathBuf, source: std::io::Error },
    #[error("`{0}` is damaged")]
    Damaged(PathBuf),
    #[error("`{0}` is not the root that this server started with")]
    OtherRoot(PathBuf),
    #[error(
        "the intermediate certificate ends soon and the root's key `{0}` is not there to make another"
    )]
    NoRootKey(PathBuf),
    #[error("sign for the authority")]
    Sign(#[from] Unsigned),
    #[error("use the authority's certificate for TLS")]
    Tls(#[from] Unusable),
}

impl CaError {
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoRootKey(_) => "MP-ENROL-14",
            _ => "MP-ENROL-13",
        }
    }
}

impl Authority {
    /// Opens the authority in `dir`, made when it is not there. Blocks.
    pub fn open(dir: &Path, now: Timestamp) -> Result<Self, CaError> {
        let io = |doing, path: &Path| {
            let path = path.to_owned();
            move |source| CaError::Io { doing, path, source }
        };
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .map_err(io("make the folder", dir))?;
        let lock = dir.join("lock");
        let held = File::create(&lock).map_err(io("open", &lock))?;
        held.lock().map_err(io("lock", &lock))?;
        let root = match load(dir, "root")? {
            Some(root) => root,
            None => store(dir, "root", Signer::root(now)?)?,
        };
        let intermediate = match load(dir, "intermediate")? {
            Some(known) if known.not_after()?.duration_since(now) > REPLACE_BELOW => known,
            _ if root.key.is_empty() => return Err(CaError::NoRootKey(dir.join("root-key.pem"))),
            _ => store(dir, "intermediate", root.intermediate(now)?)?,
        };
        let intermediate = RwLock::new(Arc::new(intermediate));
        Ok(Self { dir: dir.to_owned(), root: root.certificate, intermediate })
    }

    /// Looks at the folder again, which replaces an intermediate whose time has come: this server's own doing, or that of
    /// another that shares the folder. Blocks.
    pub fn renew(&self, now: Timestamp) -> Result<(), CaError> {
        let again = Self::open(&self.dir, now)?;
        if again.root != self.root {
            return Err(CaError::OtherRoot(self.dir.join("root.pem")));
        }
        *self.intermediate.write().unwrap_or_else(PoisonError::into_inner) = again.intermediate();
        Ok(())
    }

    fn intermediate(&self) -> Arc<Signer> {
        Arc::clone(&self.intermediate.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What join tokens pin.
    pub fn pin(&self) -> [u8; 32] {
        // It was parsed when it was loaded.
        pin(&self.root).unwrap_or_default()
    }

    /// Whose leaves are believed.
    pub fn roots(&self) -> Vec<CertificateDer<'static>> {
        vec![self.root.clone()]
    }

    /// A leaf for a checked request, with the intermediate behind it.
    pub fn sign(
        &self,
        csr: &Csr,
        organization: OrganizationId,
        runtime: RuntimeId,
        generation: u64,
        now: Timestamp,
    ) -> Result<Vec<Vec<u8>>, CaError> {
        let intermediate = self.intermediate();
        let leaf = intermediate.leaf(csr, organization, runtime, generation, now)?;
        Ok(vec![leaf.to_vec(), intermediate.certificate.to_vec()])
    }

    /// With what this server shows itself to another one: the chain and its key.
    pub fn replica(&self, replica: Uuid, now: Timestamp) -> Result<Identity, CaError> {
        let intermediate = self.intermediate();
        let Signer { certificate, key } = intermediate.replica(replica, now)?;
        Ok((vec![certificate, intermediate.certificate.clone()], key))
    }

    /// A certificate for the console's hosts, which browsers believe once they were told to believe the root.
    pub fn console_certificate(
        &self,
        hosts: &[String],
        now: Timestamp,
    ) -> Result<ServerCertificate, CaError> {
        let intermediate = self.intermediate();
        let console = intermediate.console(hosts, now)?;
        Ok(ServerCertificate::new(&console, &intermediate.certificate, &self.root)?)
    }

    /// A new certificate for the link's listener.
    pub fn server_certificate(&self, now: Timestamp) -> Result<ServerCertificate, CaError> {
        let intermediate = self.intermediate();
        let server = intermediate.server(now)?;
        Ok(ServerCertificate::new(&server, &intermediate.certificate, &self.root)?)
    }
}

fn paths(dir: &Path, name: &str) -> (PathBuf, PathBuf) {
    (dir.join(format!("{name}.pem")), dir.join(format!("{name}-key.pem")))
}

/// The certificate counts: a key without one was never used. The key of a root may be elsewhere.
fn load(dir: &Path, name: &str) -> Result<Option<Signer>, CaError> {
    let (certificate, key) = paths(dir, name);
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| CaError::Io { doing: "read", path, source }
    };
    let Some(text) = pem::read(&certificate).map_err(io(&certificate))? else { return Ok(None) };
    let found = pem::certificates(&text).and_then(|found| found.into_iter().next());
    let found = found.filter(|found| pin(found).is_some());
    let found = found.ok_or_else(|| CaError::Damaged(certificate.clone()))?;
    let key_bytes = match pem::read(&key).map_err(io(&key))? {
        Some(text) => pem::private_key(&text).ok_or_else(|| CaError::Damaged(key.clone()))?,
        None => Zeroizing::default(),
    };
    Ok(Some(Signer { certificate: found, key: key_bytes }))
}

/// The key first: the certificate says that both are there.
fn store(dir: &Path, name: &str, signer: Signer) -> Result<Signer, CaError> {
    let (certificate, key) = paths(dir, name);
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| CaError::Io { doing: "write", path, source }
    };
    let text = pem::encode(pem::PRIVATE_KEY, [&signer.key[..]]);
    pem::write(&key, text.as_bytes()).map_err(io(&key))?;
    let text = pem::encode(pem::CERTIFICATE, [&signer.certificate[..]]);
    pem::write(&certificate, text.as_bytes()).map_err(io(&certificate))?;
    Ok(signer)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn at(days: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours((20_000 + days) * 24)
    }

    #[test]
    fn the_authority_is_made_once_and_its_keys_are_its_owners() {
        let dir = tempfile::tempdir().unwrap();
        let first = Authority::open(dir.path(), at(0)).unwrap();
        let again = Authority::open(dir.path(), at(1)).unwrap();
        assert_eq!(first.pin(), again.pin());
        assert_eq!(first.intermediate().certificate, again.intermediate().certificate);
        for name in ["root-key.pem", "intermediate-key.pem"] {
            let mode = std::fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn the_intermediate_is_replaced_long_before_it_ends() {
        let dir = tempfile::tempdir().unwrap();
        let first = Authority::open(dir.path(), at(0)).unwrap();
        let later = Authority::open(dir.path(), at(61)).unwrap();
        assert_eq!(first.pin(), later.pin());
        assert_ne!(first.intermediate().certificate, later.intermediate().certificate);
        std::fs::remove_file(dir.path().join("root-key.pem")).unwrap();
        assert!(Authority::open(dir.path(), at(62)).is_ok(), "not needed every day");
        let err = Authority::open(dir.path(), at(200)).unwrap_err();
        assert_eq!(err.code(), "MP-ENROL-14");
    }

    #[test]
    fn a_running_server_renews_the_intermediate_and_keeps_it_when_it_cannot() {
        let dir = tempfile::tempdir().unwrap();
        let running = Authority::open(dir.path(), at(0)).unwrap();
        let first = running.intermediate();
        running.renew(at(30)).unwrap();
        assert_eq!(running.intermediate().certificate, first.certificate, "not yet");
        running.renew(at(61)).unwrap();
        let second = running.intermediate();
        assert_ne!(second.certificate, first.certificate);
        assert!(running.server_certificate(at(61)).is_ok());
        let beside = Authority::open(dir.path(), at(61)).unwrap();
        assert_eq!(beside.intermediate().certificate, second.certificate, "both use the same");
        std::fs::remove_file(dir.path().join("root-key.pem")).unwrap();
        assert_eq!(running.renew(at(130)).unwrap_err().code(), "MP-ENROL-14");
        assert_eq!(running.intermediate().certificate, second.certificate, "it serves on");
    }
}
