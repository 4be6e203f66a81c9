//! Sealing journals: JSON, compressed, AES-256-GCM, bound to the name of the Secret they lie in.
//!
//! ```text
//! format 1 | key id (8) | nonce (12) | ciphertext and tag
//! ```
//! Keys live in the Secret `midplane-operator-key`: one that seals, and earlier ones that still open. Rotation is on line: a new
//! key is put in front, and a journal is sealed with it whenever it is next written. Compression before encryption is safe here
//! because nobody outside chooses part of a journal and sees its length as well.

use std::fmt;
use std::io::{Read as _, Write as _};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use zeroize::Zeroizing;

use crate::core::journal::{self, Journal};

const FORMAT: u8 = 1;
const ID_LEN: usize = 8;
/// A Secret holds 1 MiB in all, its other fields and base64 of metadata included.
pub const LARGEST: usize = 900 * 1024;
/// What a journal may grow to when opened: a hostile one must not fill the memory.
const LARGEST_OPENED: u64 = 16 * 1024 * 1024;

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    #[error("the journal would be {0} bytes, more than the {LARGEST} that fit into a Secret")]
    TooLarge(usize),
    #[error("no key of `midplane-operator-key` opens it")]
    NoKey,
    #[error("it was changed, or belongs to another place")]
    Changed,
    #[error("its format is unknown: written by a newer version, or damaged")]
    Format,
}

/// The keys that open; the first one seals.
#[derive(Clone)]
pub struct Keys(Vec<Key>);

#[derive(Clone)]
struct Key {
    id: [u8; ID_LEN],
    bytes: Zeroizing<[u8; 32]>,
}

impl Keys {
    /// `current` seals; `earlier` still open what they sealed.
    pub fn new(current: [u8; 32], earlier: &[[u8; 32]]) -> Self {
        Self(
            std::iter::once(&current)
                .chain(earlier)
                .map(|bytes| {
                    let mut id = [0; ID_LEN];
                    id.copy_from_slice(&digest(&SHA256, bytes).as_ref()[..ID_LEN]);
                    Key { id, bytes: Zeroizing::new(*bytes) }
                })
                .collect(),
        )
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}

/// `name` is the Secret's; `nonce` must be fresh randomness.
pub fn seal(
    keys: &Keys,
    nonce: [u8; NONCE_LEN],
    name: &str,
    journal: &Journal,
) -> Result<Vec<u8>, Error> {
    let key = keys.0.first().ok_or(Error::NoKey)?;
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
    let json = Zeroizing::new(serde_json::to_vec(journal).map_err(|_| Error::Format)?);
    packed.write_all(&json).map_err(|_| Error::Format)?;
    let mut body = packed.finish().map_err(|_| Error::Format)?;
    cipher(key)
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(name.as_bytes()),
            &mut body,
        )
        .map_err(|_| Error::Changed)?;
    let mut sealed = Vec::with_capacity(1 + ID_LEN + NONCE_LEN + body.len());
    sealed.push(FORMAT);
    sealed.extend_from_slice(&key.id);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&body);
    if sealed.len() > LARGEST {
        return Err(Error::TooLarge(sealed.len()));
    }
    Ok(sealed)
}

pub fn open(keys: &Keys, name: &str, sealed: &[u8]) -> Result<Journal, Error> {
    let (head, body) = sealed.split_at_checked(1 + ID_LEN + NONCE_LEN).ok_or(Error::Format)?;
    if head[0] != FORMAT {
        return Err(Error::Format);
    }
    let key = keys.0.iter().find(|key| key.id == head[1..=ID_LEN]).ok_or(Error::NoKey)?;
    let nonce = Nonce::try_assume_unique_for_key(&head[1 + ID_LEN..]).map_err(|_| Error::Format)?;
    let mut body = Zeroizing::new(body.to_vec());
    let packed = cipher(key)
        .open_in_place(nonce, Aad::from(name.as_bytes()), &mut body)
        .map_err(|_| Error::Changed)?;
    let mut json = Zeroizing::new(Vec::new());
    DeflateDecoder::new(&*packed)
        .take(LARGEST_OPENED)
        .read_to_end(&mut json)
        .map_err(|_| Error::Format)?;
    let journal: Journal = serde_json::from_slice(&json).map_err(|_| Error::Format)?;
    if journal.format > journal::FORMAT { Err(Error::Format) } else { Ok(journal) }
}

fn cipher(key: &Key) -> LessSafeKey {
    #[expect(clippy::expect_used, reason = "32 bytes are the length of this algorithm's key")]
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &*key.bytes).expect("a key of 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::journal::{Phase, Snapshot};

    fn journal() -> Journal {
        let mut snapshot = Snapshot::default();
        snapshot.plug_config.insert("password".to_owned(), "hunter2".to_owned());
        Journal {
            format: journal::FORMAT,
            plug: None,
            socket: None,
            phase: Phase::Config,
            pass: 1,
            hash: "h".to_owned(),
            result_hash: String::new(),
            done: std::collections::BTreeMap::new(),
            waiting_since: None,
            inventory: Vec::new(),
            snapshot,
        }
    }

    #[test]
    fn a_journal_opens_with_its_key_in_its_place_only() {
        let keys = Keys::new([1; 32], &[]);
        let sealed = seal(&keys, [7; 12], "coupling-a", &journal()).unwrap();
        assert!(!sealed.windows(7).any(|window| window == b"hunter2"));
        assert_eq!(open(&keys, "coupling-a", &sealed), Ok(journal()));
        assert_eq!(open(&keys, "coupling-b", &sealed), Err(Error::Changed));
        assert_eq!(open(&Keys::new([2; 32], &[]), "coupling-a", &sealed), Err(Error::NoKey));
        let mut changed = sealed;
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(open(&keys, "coupling-a", &changed), Err(Error::Changed));
        assert_eq!(open(&keys, "coupling-a", &changed[..9]), Err(Error::Format));
    }

    #[test]
    fn after_a_rotation_what_the_earlier_key_sealed_still_opens() {
        let before = Keys::new([1; 32], &[]);
        let sealed = seal(&before, [7; 12], "a", &journal()).unwrap();
        let after = Keys::new([2; 32], &[[1; 32]]);
        assert_eq!(open(&after, "a", &sealed), Ok(journal()));
        let sealed = seal(&after, [8; 12], "a", &journal()).unwrap();
        assert_eq!(open(&before, "a", &sealed), Err(Error::NoKey));
    }

    #[test]
    fn a_newer_format_and_a_journal_too_large_are_refused() {
        let keys = Keys::new([1; 32], &[]);
        let newer = Journal { format: journal::FORMAT + 1, ..journal() };
        let sealed = seal(&keys, [7; 12], "a", &newer).unwrap();
        assert_eq!(open(&keys, "a", &sealed), Err(Error::Format));
        let mut large = journal();
        let mut state = 1_u64;
        let noise: String = (0..2 * LARGEST)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                char::from(b' ' + u8::try_from(state >> 58).unwrap())
            })
            .collect();
        large.snapshot.plug_config.insert("k".to_owned(), noise);
        assert!(matches!(seal(&keys, [7; 12], "a", &large), Err(Error::TooLarge(_))));
    }

    #[test]
    fn neither_keys_nor_journals_show_values() {
        let shown = format!("{:?} {:?}", Keys::new([1; 32], &[]), journal());
        assert!(!shown.contains("hunter2") && !shown.contains("1, 1"), "{shown}");
    }
}
