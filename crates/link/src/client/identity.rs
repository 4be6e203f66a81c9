//! Who this runner is, as files: `key.pem cert.pem ca.pem sealing.pem runner.json`, all 0600.
//!
//! The keys are made here and never leave. Writing `cert.pem` is the moment that counts: a key whose certificate did
//! not arrive waits in `key.pem` (joining) or `key-next.pem` (renewing) and is used again by the next attempt, which is
//! what lets the server recognise a repetition. After a crash between the two renames of a renewal the certificate
//! says which key is the one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::digest::Digest;
use domain::id::{OrganizationId, RuntimeId};
use jiff::Timestamp;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::seal::SealingKey;
use crate::wire;
use crate::{authority, pem};

const KEY: &str = "key.pem";
const KEY_NEXT: &str = "key-next.pem";
const CERTIFICATE: &str = "cert.pem";
const AUTHORITY: &str = "ca.pem";
const SEALING: &str = "sealing.pem";
const FACTS: &str = "runner.json";
const FORMAT: u32 = 1;

#[derive(Clone, Debug)]
pub struct Identity {
    pub organization: OrganizationId,
    pub runtime: RuntimeId,
    pub name: String,
    pub generation: u64,
    pub not_after: Timestamp,
    /// `host:port` of the link.
    pub address: String,
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) roots: Vec<CertificateDer<'static>>,
    pub(super) key: Zeroizing<Vec<u8>>,
    sealing: Arc<SealingKey>,
}

#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    #[error("this runner has not joined yet")]
    NotJoined,
    #[error("{doing} `{path}`")]
    Io { doing: &'static str, path: PathBuf, source: std::io::Error },
    #[error("`{0}` is damaged; join this machine again with a new token")]
    Damaged(PathBuf),
    #[error("`{path}` is of format {format}; this version reads format 1")]
    Newer { path: PathBuf, format: u32 },
    #[error("make a key")]
    Key,
    #[error("the control plane answered with a certificate that is not for this key")]
    Foreign,
}

impl IdentityError {
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotJoined => "MP-ENROL-10",
            Self::Newer { .. } => "MP-LINK-11",
            Self::Io { .. } | Self::Damaged(_) | Self::Key | Self::Foreign => "MP-ENROL-11",
        }
    }
}

/// `runner.json`.
#[derive(Serialize, Deserialize)]
struct Facts {
    format: u32,
    organization: String,
    runtime: String,
    name: String,
    address: String,
}

impl Identity {
    /// What `dir` holds; none before it joined. Blocks for some small files.
    pub fn load(dir: &Path) -> Result<Option<Self>, IdentityError> {
        let path = dir.join(CERTIFICATE);
        let Some(pem) = read(&path)? else { return Ok(None) };
        let damaged = |name: &str| IdentityError::Damaged(dir.join(name));
        let chain = pem::certificates(&pem).ok_or_else(|| damaged(CERTIFICATE))?;
        let claims = chain.first().and_then(|leaf| authority::claims(leaf).ok());
        let claims = claims.ok_or_else(|| damaged(CERTIFICATE))?;
        let roots = read(&dir.join(AUTHORITY))?.and_then(|pem| pem::certificates(&pem));
        let facts = read(&dir.join(FACTS))?.ok_or_else(|| damaged(FACTS))?;
        let facts: Facts = serde_json::from_slice(&facts).map_err(|_| damaged(FACTS))?;
        if facts.format > FORMAT {
            return Err(IdentityError::Newer { path: dir.join(FACTS), format: facts.format });
        }
        let sealing = read(&dir.join(SEALING))?.ok_or_else(|| damaged(SEALING))?;
        let sealing = pem::private_key(&sealing).and_then(|der| SealingKey::from_pkcs8(&der).ok());
        Ok(Some(Self {
            organization: claims.organization,
            runtime: claims.runtime,
            name: facts.name,
            generation: claims.generation,
            not_after: claims.not_after,
            address: facts.address,
            key: key_of(dir, claims.key)?.ok_or_else(|| damaged(KEY))?,
            roots: roots.ok_or_else(|| damaged(AUTHORITY))?,
            chain,
            sealing: Arc::new(sealing.ok_or_else(|| damaged(SEALING))?),
        }))
    }

    pub fn sealing_key(&self) -> &SealingKey {
        &self.sealing
    }

    /// Writes what enrolment or renewal brought and reads it back.
    pub(super) fn store(
        dir: &Path,
        reply: &wire::EnrollReply,
        address: &str,
    ) -> Result<Self, IdentityError> {
        let leaf = reply.chain_der.first().ok_or(IdentityError::Foreign)?;
        let leaf = CertificateDer::from(leaf.as_slice());
        let claims = authority::claims(&leaf).map_err(|_| IdentityError::Foreign)?;
        if key_of(dir, claims.key)?.is_none() {
            return Err(IdentityError::Foreign);
        }
        let facts = Facts {
            format: FORMAT,
            organization: claims.organization.to_string(),
            runtime: claims.runtime.to_string(),
            name: reply.runtime_name.clone(),
            address: address.to_owned(),
        };
        let facts = serde_json::to_vec(&facts).map_err(|_| IdentityError::Foreign)?;
        write(&dir.join(FACTS), &facts)?;
        write(&dir.join(AUTHORITY), encoded(&reply.ca_der).as_bytes())?;
        write(&dir.join(CERTIFICATE), encoded(&reply.chain_der).as_bytes())?;
        if key_is(&dir.join(KEY_NEXT), claims.key)?.is_some() {
            let (from, to) = (dir.join(KEY_NEXT), dir.join(KEY));
            let failed = |source| IdentityError::Io { doing: "replace", path: to.clone(), source };
            std::fs::rename(&from, &to).map_err(failed)?;
        }
        Self::load(dir)?.ok_or(IdentityError::NotJoined)
    }
}

/// The key to join with: the one that is there, or a new one.
pub(super) fn joining_key(dir: &Path) -> Result<KeyPair, IdentityError> {
    key_pair(&dir.join(KEY))
}

/// The key to renew with.
pub(super) fn next_key(dir: &Path) -> Result<KeyPair, IdentityError> {
    key_pair(&dir.join(KEY_NEXT))
}

pub(super) fn sealing_key(dir: &Path) -> Result<SealingKey, IdentityError> {
    let path = dir.join(SEALING);
    if let Some(text) = read(&path)? {
        let key = pem::private_key(&text).and_then(|der| SealingKey::from_pkcs8(&der).ok());
        return key.ok_or(IdentityError::Damaged(path));
    }
    let key = SealingKey::generate().map_err(|_| IdentityError::Key)?;
    let der = key.to_pkcs8().map_err(|_| IdentityError::Key)?;
    write(&path, pem::encode(pem::PRIVATE_KEY, [&der[..]]).as_bytes())?;
    Ok(key)
}

fn key_pair(path: &Path) -> Result<KeyPair, IdentityError> {
    if let Some(text) = read(path)? {
        let key = pem::private_key(&text).and_then(|der| pair(&der));
        return key.ok_or_else(|| IdentityError::Damaged(path.to_owned()));
    }
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|_| IdentityError::Key)?;
    write(path, pem::encode(pem::PRIVATE_KEY, [key.serialized_der()]).as_bytes())?;
    Ok(key)
}

fn pair(der: &[u8]) -> Option<KeyPair> {
    let der = PrivatePkcs8KeyDer::from(der);
    KeyPair::from_pkcs8_der_and_sign_algo(&der, &PKCS_ECDSA_P256_SHA256).ok()
}

fn encoded(certificates: &[Vec<u8>]) -> Zeroizing<String> {
    pem::encode(pem::CERTIFICATE, certificates.iter().map(Vec::as_slice))
}

/// The private key of the certificate whose public key is `key`.
fn key_of(dir: &Path, key: Digest) -> Result<Option<Zeroizing<Vec<u8>>>, IdentityError> {
    match key_is(&dir.join(KEY), key)? {
        Some(found) => Ok(Some(found)),
        None => key_is(&dir.join(KEY_NEXT), key),
    }
}

fn key_is(path: &Path, key: Digest) -> Result<Option<Zeroizing<Vec<u8>>>, IdentityError> {
    let Some(der) = read(path)?.and_then(|text| pem::private_key(&text)) else { return Ok(None) };
    let public = pair(&der).map(|pair| Sha256::digest(pair.subject_public_key_info()).into());
    Ok((public == Some(key.0)).then_some(der))
}

fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, IdentityError> {
    pem::read(path).map_err(|source| IdentityError::Io {
        doing: "read",
        path: path.to_owned(),
        source,
    })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), IdentityError> {
    pem::write(path, bytes).map_err(|source| IdentityError::Io {
        doing: "write",
        path: path.to_owned(),
        source,
    })
}
