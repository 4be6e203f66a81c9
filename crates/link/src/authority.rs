//! Certificates: what the authority signs and what a certificate says.
//!
//! `root (10 years) -> intermediate (90 days) -> leaf (24 h) | server, replica, console (7 days)`. The root's key signs
//! intermediates only and may be kept elsewhere. A leaf says one thing, in one URI:
//! `midplane://org/<organization>/runtime/<runtime>/gen/<n>`. A server certificate is for one fixed name, so that it
//! does not depend on the address people use: trust follows from the authority, which certifies nothing else.
//!
//! Nothing here stores a key or decides who gets a certificate; `now` is an argument, keys come from the system.

pub mod csr;

use domain::digest::Digest;
use domain::enrolment::LEAF_LIFETIME;
use domain::id::{OrganizationId, RuntimeId};
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};
use zeroize::Zeroizing;

use csr::Csr;

/// The name in every server certificate of the link; no DNS server knows it.
pub const SERVER_NAME: &str = "link.midplane.internal";
/// Before the id, in the one URI of a certificate that servers show each other.
const REPLICA: &str = "midplane://replica/";
const SERVES: ExtendedKeyUsagePurpose = ExtendedKeyUsagePurpose::ServerAuth;
const CALLS: ExtendedKeyUsagePurpose = ExtendedKeyUsagePurpose::ClientAuth;
/// A root is replaced by hand, with both trusted for a while.
const ROOT_LIFETIME: SignedDuration = SignedDuration::from_hours(10 * 365 * 24);
const INTERMEDIATE_LIFETIME: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Renewed at half life by the server itself.
const SERVER_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A runner whose clock is an hour behind must be able to join.
const BACKDATED: SignedDuration = SignedDuration::from_hours(2);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsigned {
    #[error("sign the certificate of the {0}")]
    Sign(&'static str),
    #[error("read the {0}")]
    Read(&'static str),
}

/// A certificate of the authority with its key, as they are kept.
pub struct Signer {
    pub certificate: CertificateDer<'static>,
    /// PKCS #8.
    pub key: Zeroizing<Vec<u8>>,
}

/// What a leaf says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    pub organization: OrganizationId,
    pub runtime: RuntimeId,
    pub generation: u64,
    pub not_after: Timestamp,
    /// SHA-256 of the public key (`SubjectPublicKeyInfo`).
    pub key: Digest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the certificate is not one that names a runtime")]
pub struct NotALeaf;

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(..)")
    }
}

impl Signer {
    pub fn root(now: Timestamp) -> Result<Self, Unsigned> {
        let key = new_key("root")?;
        let params = authority_params("Midplane root", now, ROOT_LIFETIME, 1);
        let certificate = params.self_signed(&key).map_err(|_| Unsigned::Sign("root"))?;
        Ok(Self::of(certificate.der().clone(), &key))
    }

    /// An intermediate below `self`.
    pub fn intermediate(&self, now: Timestamp) -> Result<Self, Unsigned> {
        let key = new_key("intermediate")?;
        // The name carries the date, because a runner may see two of them while they overlap.
        let name = format!("Midplane intermediate {}", now.strftime("%Y-%m-%d %H:%M:%S"));
        let lifetime = INTERMEDIATE_LIFETIME.min(self.not_after()?.duration_since(now));
        let certificate = authority_params(&name, now, lifetime, 0)
            .signed_by(&key, &self.issuer()?)
            .map_err(|_| Unsigned::Sign("intermediate"))?;
        Ok(Self::of(certificate.der().clone(), &key))
    }

    /// A leaf for the key of a checked request. Never outlives the intermediate.
    pub fn leaf(
        &self,
        csr: &Csr,
        organization: OrganizationId,
        runtime: RuntimeId,
        generation: u64,
        now: Timestamp,
    ) -> Result<CertificateDer<'static>, Unsigned> {
        let refused = |_| Unsigned::Sign("runtime");
        let uri = format!("midplane://org/{organization}/runtime/{runtime}/gen/{generation}");
        let lifetime = LEAF_LIFETIME.min(self.not_after()?.duration_since(now));
        let mut params = params(&format!("runtime {runtime}"), now, lifetime);
        params.subject_alt_names = vec![SanType::URI(uri.try_into().map_err(refused)?)];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        let key = rcgen::SubjectPublicKeyInfo::from_der(&csr.public_key).map_err(refused)?;
        Ok(params.signed_by(&key, &self.issuer()?).map_err(refused)?.der().clone())
    }

    /// A certificate for the server's end of the link, with a new key.
    pub fn server(&self, now: Timestamp) -> Result<Self, Unsigned> {
        let name = SERVER_NAME.try_into().map_err(|_| Unsigned::Sign("server"))?;
        self.of_ours("server", vec![SanType::DnsName(name)], SERVES, now)
    }

    /// A certificate with which one server shows itself to another, with a new key.
    pub fn replica(&self, replica: Uuid, now: Timestamp) -> Result<Self, Unsigned> {
        let uri = format!("{REPLICA}{replica}");
        let uri = uri.try_into().map_err(|_| Unsigned::Sign("replica"))?;
        self.of_ours("replica", vec![SanType::URI(uri)], CALLS, now)
    }

    /// A certificate for the console, where no other was given: for hosts by name or address, with a new key.
    pub fn console(&self, hosts: &[String], now: Timestamp) -> Result<Self, Unsigned> {
        let name = |host: &String| match host.parse() {
            Ok(address) => Ok(SanType::IpAddress(address)),
            Err(_) => host.as_str().try_into().map(SanType::DnsName),
        };
        let names: Result<Vec<_>, rcgen::Error> = hosts.iter().map(name).collect();
        self.of_ours("console", names.map_err(|_| Unsigned::Sign("console"))?, SERVES, now)
    }

    /// A certificate that a server makes for itself, and its key.
    fn of_ours(
        &self,
        whose: &'static str,
        names: Vec<SanType>,
        usage: ExtendedKeyUsagePurpose,
        now: Timestamp,
    ) -> Result<Self, Unsigned> {
        let key = new_key(whose)?;
        let lifetime = SERVER_LIFETIME.min(self.not_after()?.duration_since(now));
        let mut params = params(&format!("midplane {whose}"), now, lifetime);
        params.subject_alt_names = names;
        params.extended_key_usages = vec![usage];
        params.use_authority_key_identifier_extension = true;
        let signed = params.signed_by(&key, &self.issuer()?);
        let certificate = signed.map_err(|_| Unsigned::Sign(whose))?;
        Ok(Self::of(certificate.der().clone(), &key))
    }

    pub fn not_after(&self) -> Result<Timestamp, Unsigned> {
        not_after(&self.certificate).ok_or(Unsigned::Read("certificate's end"))
    }

    fn of(certificate: CertificateDer<'static>, key: &KeyPair) -> Self {
        Self { certificate, key: Zeroizing::new(key.serialize_der()) }
    }

    fn issuer(&self) -> Result<Issuer<'static, KeyPair>, Unsigned> {
        let key = KeyPair::from_pkcs8_der_and_sign_algo(
            &PrivatePkcs8KeyDer::from(self.key.as_slice()),
            &PKCS_ECDSA_P256_SHA256,
        );
        let key = key.map_err(|_| Unsigned::Read("authority's key"))?;
        Issuer::from_ca_cert_der(&self.certificate, key)
            .map_err(|_| Unsigned::Read("authority's certificate"))
    }
}

/// What `certificate` says, when it is a leaf of this authority; whether to believe it was decided before.
pub fn claims(certificate: &CertificateDer<'_>) -> Result<Claims, NotALeaf> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| NotALeaf)?;
    let names = parsed.subject_alternative_name().ok().flatten().ok_or(NotALeaf)?;
    let [GeneralName::URI(uri)] = names.value.general_names[..] else { return Err(NotALeaf) };
    let rest = uri.strip_prefix("midplane://org/").ok_or(NotALeaf)?;
    let (organization, rest) = rest.split_once("/runtime/").ok_or(NotALeaf)?;
    let (runtime, generation) = rest.split_once("/gen/").ok_or(NotALeaf)?;
    Ok(Claims {
        organization: organization.parse().map_err(|_| NotALeaf)?,
        runtime: runtime.parse().map_err(|_| NotALeaf)?,
        generation: generation.parse().map_err(|_| NotALeaf)?,
        not_after: not_after(certificate).ok_or(NotALeaf)?,
        key: Digest(Sha256::digest(parsed.public_key().raw).into()),
    })
}

/// Which server a certificate names, when it is one that servers show each other.
pub fn replica(certificate: &CertificateDer<'_>) -> Option<Uuid> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let names = parsed.subject_alternative_name().ok().flatten()?;
    let [GeneralName::URI(uri)] = names.value.general_names[..] else { return None };
    uri.strip_prefix(REPLICA)?.parse().ok()
}

/// SHA-256 of a certificate's public key: what a join token pins.
pub fn pin(certificate: &CertificateDer<'_>) -> Option<[u8; 32]> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    Some(Sha256::digest(parsed.public_key().raw).into())
}

pub fn not_after(certificate: &CertificateDer<'_>) -> Option<Timestamp> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    Timestamp::from_second(parsed.validity().not_after.timestamp()).ok()
}

fn new_key(whose: &'static str) -> Result<KeyPair, Unsigned> {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|_| Unsigned::Sign(whose))
}

fn params(name: &str, now: Timestamp, lifetime: SignedDuration) -> CertificateParams {
    let mut params = CertificateParams::default();
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    params.distinguished_name = subject;
    params.not_before = instant(now - BACKDATED);
    params.not_after = instant(now + lifetime);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
}

fn authority_params(
    name: &str,
    now: Timestamp,
    lifetime: SignedDuration,
    below: u8,
) -> CertificateParams {
    let mut params = params(name, now, lifetime);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(below));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    params
}

/// Certificates count whole seconds.
fn instant(at: Timestamp) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(at.as_second())
        .unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    #[test]
    fn a_leaf_says_who_it_is_and_ends_within_a_day() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let root = Signer::root(now).unwrap();
        let intermediate = root.intermediate(now).unwrap();
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let csr = csr::check(&csr::request(&key).unwrap()).unwrap();
        let (organization, runtime) = (ID.parse().unwrap(), ID.parse().unwrap());
        let leaf = intermediate.leaf(&csr, organization, runtime, 7, now).unwrap();
        let claims = claims(&leaf).unwrap();
        assert_eq!(
            (claims.organization, claims.runtime, claims.generation),
            (organization, runtime, 7)
        );
        assert_eq!(claims.not_after, now + LEAF_LIFETIME);
        assert_eq!(claims.key, csr.key);
    }

    #[test]
    fn nothing_outlives_what_signed_it() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let intermediate = Signer::root(now).unwrap().intermediate(now).unwrap();
        let late = intermediate.not_after().unwrap() - SignedDuration::from_hours(1);
        let server = intermediate.server(late).unwrap();
        assert_eq!(server.not_after(), intermediate.not_after());
        assert_eq!(claims(&server.certificate), Err(NotALeaf));
        assert_eq!(claims(&intermediate.certificate), Err(NotALeaf));
    }

    #[test]
    fn a_replica_is_no_runtime_and_a_runtime_is_no_replica() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let intermediate = Signer::root(now).unwrap().intermediate(now).unwrap();
        let id: Uuid = ID.parse().unwrap();
        let shown = intermediate.replica(id, now).unwrap().certificate;
        assert_eq!(replica(&shown), Some(id));
        assert_eq!(claims(&shown), Err(NotALeaf));
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let csr = csr::check(&csr::request(&key).unwrap()).unwrap();
        let leaf = intermediate.leaf(&csr, ID.parse().unwrap(), ID.parse().unwrap(), 7, now);
        assert_eq!(replica(&leaf.unwrap()), None);
        let hosts = ["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        let console = intermediate.console(&hosts, now).unwrap();
        assert_eq!(replica(&console.certificate), None);
    }
}
