//! The certificate request of a runner: made there, checked here, field by field.
//!
//! Only the key counts. Version 0, an empty or ignored subject, a P-256 key, no attribute and hence no extension, and
//! a signature that proves possession of the key. What the certificate will say comes from the control plane, so
//! anything else in a request is a mistake or an attempt, and is refused instead of ignored.

use domain::digest::Digest;
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use sha2::{Digest as _, Sha256};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_SIG_ECDSA_WITH_SHA256,
};
use x509_parser::prelude::FromDer;

/// Ours have about 200 bytes.
const LONGEST: usize = 2048;
/// An uncompressed P-256 point.
const POINT: usize = 65;

/// `ecdsa-with-SHA256` without parameters, DER.
const ALGORITHM: &[u8] = &[0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

/// A request that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Csr {
    /// `SubjectPublicKeyInfo`, DER.
    pub public_key: Vec<u8>,
    /// SHA-256 of it.
    pub key: Digest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the certificate request does not parse")]
    Parse,
    #[error("the certificate request has the wrong version")]
    Version,
    #[error("the key of the certificate request is not a P-256 key")]
    Key,
    #[error("the certificate request asks for attributes; they are decided by the control plane")]
    Attributes,
    #[error("the certificate request is not signed with ECDSA and SHA-256")]
    Algorithm,
    #[error("the certificate request is not signed by the key it names")]
    Signature,
}

impl Refused {
    pub fn code(&self) -> &'static str {
        "MP-ENROL-06"
    }
}

pub fn check(der: &[u8]) -> Result<Csr, Refused> {
    if der.len() > LONGEST {
        return Err(Refused::Parse);
    }
    let (rest, request) = X509CertificationRequest::from_der(der).map_err(|_| Refused::Parse)?;
    let info = &request.certification_request_info;
    if !rest.is_empty() {
        return Err(Refused::Parse);
    }
    if info.version.0 != 0 {
        return Err(Refused::Version);
    }
    let key = &info.subject_pki;
    let curve = key.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
    let point = &key.subject_public_key;
    if key.algorithm.algorithm != OID_KEY_TYPE_EC_PUBLIC_KEY
        || curve != Some(OID_EC_P256)
        || point.unused_bits != 0
        || point.data.len() != POINT
        || point.data.first() != Some(&4)
    {
        return Err(Refused::Key);
    }
    if !info.attributes().is_empty() {
        return Err(Refused::Attributes);
    }
    let algorithm = &request.signature_algorithm;
    if algorithm.algorithm != OID_SIG_ECDSA_WITH_SHA256
        || algorithm.parameters.is_some()
        || !after_info(der, info.raw.len()).is_some_and(is_signature)
    {
        return Err(Refused::Algorithm);
    }
    request.verify_signature().map_err(|_| Refused::Signature)?;
    Ok(Csr { public_key: key.raw.to_vec(), key: Digest(Sha256::digest(key.raw).into()) })
}

/// What follows the signed part: the parser reads an algorithm with a wrong tag, we do not.
fn after_info(der: &[u8], info: usize) -> Option<&[u8]> {
    let length = *der.get(1)?;
    let header = if length < 0x80 { 2 } else { 2 + usize::from(length & 0x7f) };
    der.get(header + info..)
}

/// The algorithm, then one bit string of whole bytes to the end.
fn is_signature(rest: &[u8]) -> bool {
    match rest.strip_prefix(ALGORITHM) {
        Some([0x03, length, 0x00, bits @ ..]) => usize::from(*length) == bits.len() + 1,
        _ => false,
    }
}

/// The request that a runner sends: its key and nothing else.
pub fn request(key: &KeyPair) -> Result<Vec<u8>, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    Ok(params.serialize_request(key)?.der().to_vec())
}

#[cfg(test)]
mod tests {
    use rcgen::{
        KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, SanType,
    };

    use super::*;

    fn p256() -> KeyPair {
        KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
    }

    fn with(change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
        let mut params = CertificateParams::default();
        change(&mut params);
        params.serialize_request(&p256()).unwrap().der().to_vec()
    }

    #[test]
    fn our_own_request_passes() {
        let key = p256();
        let csr = check(&request(&key).unwrap()).unwrap();
        assert!(csr.public_key.ends_with(key.public_key_raw()));
    }

    #[test]
    fn a_request_that_asks_for_anything_is_refused() {
        let name = SanType::DnsName("link.midplane.internal".try_into().unwrap());
        for der in [
            with(|params| params.subject_alt_names = vec![name]),
            with(|params| params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained)),
            with(|params| params.key_usages = vec![KeyUsagePurpose::KeyCertSign]),
        ] {
            assert_eq!(check(&der), Err(Refused::Attributes));
        }
    }

    #[test]
    fn another_kind_of_key_is_refused() {
        for algorithm in [&PKCS_ECDSA_P384_SHA384, &PKCS_ED25519] {
            let key = KeyPair::generate_for(algorithm).unwrap();
            assert_eq!(check(&request(&key).unwrap()), Err(Refused::Key));
        }
    }

    #[test]
    fn a_changed_byte_anywhere_is_refused_or_another_key() {
        let der = request(&p256()).unwrap();
        let good = check(&der).unwrap();
        for index in 0..der.len() {
            let mut changed = der.clone();
            changed[index] ^= 1;
            assert_ne!(check(&changed), Ok(good.clone()), "byte {index}");
            assert!(check(&der[..index]).is_err(), "cut at {index}");
        }
    }
}
