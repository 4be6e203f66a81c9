//! Sealed secrets: a value that only one runner can open, and only as what it was sealed for.
//!
//! `1 | ephemeral P-256 point (65) | AES-256-GCM ciphertext and tag`. The key is fresh for every seal: ECDH of an
//! ephemeral key with the runner's sealing key, through HKDF-SHA256 over both points; therefore the nonce may be
//! derived with it. The associated data names organization, environment, integration, secret and generation: a sealed
//! value that was moved to another place does not open.
//!
//! The sealing key is apart from the certificate's key, because the one signs and the other agrees, and it stays when
//! the certificate is renewed.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use domain::id::OrganizationId;
use zeroize::Zeroizing;

/// The first byte of a sealed value; another one is refused.
const FORMAT: u8 = 1;
/// An uncompressed P-256 point.
pub const POINT: usize = 65;
/// A secret is a password, a key or a certificate bundle; larger things belong into an artifact.
pub const LONGEST: usize = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("the sealing key is not a P-256 key")]
    Key,
    #[error("the sealed value is of format {0}, this version reads format 1")]
    Format(u8),
    #[error(
        "the sealed value does not open: it was made for another runner or another place, or damaged"
    )]
    Sealed,
    #[error("a secret has at most 1 MiB")]
    TooLong,
}

/// The runner's half. Never leaves its machine.
pub struct SealingKey {
    private: PrivateKey,
    public: Vec<u8>,
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(..)")
    }
}

impl SealingKey {
    pub fn generate() -> Result<Self, Broken> {
        Self::of(PrivateKey::generate(&ECDH_P256).map_err(|_| Broken::Key)?)
    }

    pub fn from_pkcs8(der: &[u8]) -> Result<Self, Broken> {
        Self::of(PrivateKey::from_private_key_der(&ECDH_P256, der).map_err(|_| Broken::Key)?)
    }

    fn of(private: PrivateKey) -> Result<Self, Broken> {
        let public = private.compute_public_key().map_err(|_| Broken::Key)?.as_ref().to_vec();
        Ok(Self { private, public })
    }

    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, Broken> {
        let der: Pkcs8V1Der<'_> = self.private.as_der().map_err(|_| Broken::Key)?;
        Ok(Zeroizing::new(der.as_ref().to_vec()))
    }

    /// The other half, as it is sent at enrolment.
    pub fn public(&self) -> &[u8] {
        &self.public
    }
}

/// Where a sealed value belongs: the associated data of both ends.
pub fn associated(
    organization: OrganizationId,
    environment: &str,
    integration: &str,
    name: &str,
    generation: u64,
) -> String {
    format!("{organization}|{environment}|{integration}|{name}|{generation}")
}

/// Whether `public` can be sealed to at all; asked once, at enrolment.
pub fn is_public_key(public: &[u8]) -> bool {
    public.len() == POINT && seal(public, "", b"").is_ok()
}

pub fn seal(public: &[u8], associated: &str, plain: &[u8]) -> Result<Vec<u8>, Broken> {
    if plain.len() > LONGEST {
        return Err(Broken::TooLong);
    }
    let ephemeral = SealingKey::generate()?;
    let (key, nonce) = derive(&ephemeral.private, public, &ephemeral.public, public)?;
    let mut sealed = Vec::with_capacity(1 + POINT + plain.len() + AES_256_GCM.tag_len());
    sealed.push(FORMAT);
    sealed.extend_from_slice(&ephemeral.public);
    let mut body = plain.to_vec();
    key.seal_in_place_append_tag(nonce, Aad::from(associated.as_bytes()), &mut body)
        .map_err(|_| Broken::Sealed)?;
    sealed.append(&mut body);
    Ok(sealed)
}

pub fn open(
    key: &SealingKey,
    associated: &str,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Broken> {
    match sealed.first() {
        Some(&FORMAT) => {}
        Some(&other) => return Err(Broken::Format(other)),
        None => return Err(Broken::Sealed),
    }
    if sealed.len() < 1 + POINT || sealed.len() > 1 + POINT + LONGEST + AES_256_GCM.tag_len() {
        return Err(Broken::Sealed);
    }
    let (ephemeral, body) = sealed[1..].split_at(POINT);
    let (opening, nonce) =
        derive(&key.private, ephemeral, ephemeral, &key.public).map_err(|_| Broken::Sealed)?;
    let mut plain = Zeroizing::new(body.to_vec());
    let len = opening
        .open_in_place(nonce, Aad::from(associated.as_bytes()), &mut plain)
        .map_err(|_| Broken::Sealed)?
        .len();
    plain.truncate(len);
    Ok(plain)
}

/// Key and nonce, as both ends compute them.
fn derive(
    ours: &PrivateKey,
    theirs: &[u8],
    ephemeral: &[u8],
    recipient: &[u8],
) -> Result<(LessSafeKey, Nonce), Broken> {
    struct Length;
    impl KeyType for Length {
        fn len(&self) -> usize {
            32 + NONCE_LEN
        }
    }
    let mut derived = Zeroizing::new([0; 32 + NONCE_LEN]);
    agree(ours, UnparsedPublicKey::new(&ECDH_P256, theirs), Broken::Key, |shared| {
        Salt::new(HKDF_SHA256, b"midplane seal 1")
            .extract(shared)
            .expand(&[ephemeral, recipient], Length)
            .and_then(|okm| okm.fill(&mut derived[..]))
            .map_err(|_| Broken::Key)
    })?;
    let (key, nonce) = derived.split_at(32);
    let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| Broken::Key)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Broken::Key)?;
    Ok((LessSafeKey::new(key), nonce))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn only_the_runner_it_was_sealed_to_opens_it(
            plain in proptest::collection::vec(any::<u8>(), 0..300), place in "[a-z|]{0,40}",
        ) {
            let (key, other) = (SealingKey::generate().unwrap(), SealingKey::generate().unwrap());
            let key = SealingKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
            let sealed = seal(key.public(), &place, &plain).unwrap();
            prop_assert_eq!(&open(&key, &place, &sealed).unwrap()[..], &plain[..]);
            prop_assert_eq!(open(&other, &place, &sealed).unwrap_err(), Broken::Sealed);
            prop_assert_eq!(open(&key, &format!("{place}x"), &sealed).unwrap_err(), Broken::Sealed);
        }

        #[test]
        fn any_bytes_are_refused_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(open(&SealingKey::generate().unwrap(), "", &bytes).is_err());
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_does_not_open() {
        let key = SealingKey::generate().unwrap();
        let sealed = seal(key.public(), "place", b"secret").unwrap();
        for index in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[index] ^= 1;
            assert!(open(&key, "place", &damaged).is_err(), "byte {index}");
        }
    }
}
