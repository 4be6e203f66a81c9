//! A bundle: the files of one integration as one artifact, named by what they are.
//!
//! `u32 length of the manifest | manifest | the files' bytes in manifest order`. The manifest is canonical JSON (keys
//! and paths sorted, no spaces), and its SHA-256 names the bundle: two machines that pack the same files get the same
//! name, whatever compressed them on the way. A manifest that is not exactly what we would have written is refused,
//! so that one bundle has one name.
//!
//! Nothing here touches a file system; the paths that come out are safe to join to a folder (relative, no `..`, no
//! control characters, no empty part, no file that is also a folder).

use domain::digest::Digest;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A bundle holds routes and properties, not data: more files are refused when it is made.
pub const MAX_FILES: usize = 10_000;
/// The repository limit (256 MiB) is for all integrations together; one bundle is read into memory.
pub const MAX_BYTES: u64 = 64 << 20;
/// 10,000 files with names of 200 characters and their digests.
const MAX_MANIFEST: usize = 4 << 20;
/// Linux allows 4,096; a workload folder is put before it.
const LONGEST_PATH: usize = 1024;
const FORMAT: u32 = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Plain,
    Executable,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub path: String,
    pub mode: Mode,
    pub size: u64,
    pub sha256: [u8; 32],
}

/// The files of a bundle, sorted by path. Made by `encode` or `Manifest::parse` only, hence always valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    files: Vec<File>,
}

/// One file with its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    pub path: &'a str,
    pub mode: Mode,
    pub bytes: &'a [u8],
}

/// One file of a bundle that was taken apart; the bytes stay where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpacked<'a> {
    pub path: String,
    pub mode: Mode,
    pub bytes: &'a [u8],
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    pub digest: Digest,
    pub bytes: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the path `{0}` is not a plain relative path")]
    Path(String),
    #[error("the path `{0}` is there twice, or is a file and a folder")]
    Twice(String),
    #[error("a bundle has at most {MAX_FILES} files and 64 MiB")]
    TooLarge,
    #[error("the bundle is of format {0}, this version reads format 1")]
    Format(u32),
    #[error("the bundle's manifest is not in canonical form")]
    Manifest,
    #[error("the bundle is shorter or longer than its manifest says")]
    Size,
    #[error("the bundle is not the one asked for, or damaged")]
    Digest,
    #[error("the file `{0}` is not what the manifest says")]
    FileDigest(String),
}

/// As it is written: keys sorted.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    files: Vec<WrittenFile>,
    format: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFile {
    mode: String,
    path: String,
    sha256: String,
    size: u64,
}

impl Mode {
    fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "644",
            Self::Executable => "755",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Plain, Self::Executable].into_iter().find(|mode| mode.as_str() == text)
    }
}

impl Manifest {
    pub fn files(&self) -> &[File] {
        &self.files
    }

    pub fn canonical(&self) -> Vec<u8> {
        let files = self.files.iter().map(|file| WrittenFile {
            mode: file.mode.as_str().to_owned(),
            path: file.path.clone(),
            sha256: hex::encode(file.sha256),
            size: file.size,
        });
        let written = Written { files: files.collect(), format: FORMAT };
        // Strings and numbers only: this cannot fail, and an empty manifest would be refused by every reader.
        serde_json::to_vec(&written).unwrap_or_default()
    }

    pub fn digest(&self) -> Digest {
        sha256(&self.canonical())
    }

    pub fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        if bytes.len() > MAX_MANIFEST {
            return Err(Refused::TooLarge);
        }
        let written: Written = serde_json::from_slice(bytes).map_err(|_| Refused::Manifest)?;
        if written.format != FORMAT {
            return Err(Refused::Format(written.format));
        }
        let files = written.files.into_iter().map(|file| {
            let mut sha256 = [0; 32];
            hex::decode_to_slice(&file.sha256, &mut sha256).map_err(|_| Refused::Manifest)?;
            let mode = Mode::parse(&file.mode).ok_or(Refused::Manifest)?;
            Ok(File { path: file.path, mode, size: file.size, sha256 })
        });
        let manifest = Self::of(files.collect::<Result<_, _>>()?)?;
        if manifest.canonical() == bytes { Ok(manifest) } else { Err(Refused::Manifest) }
    }

    fn of(mut files: Vec<File>) -> Result<Self, Refused> {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let total = files.iter().try_fold(0_u64, |sum, file| sum.checked_add(file.size));
        if files.len() > MAX_FILES || total.is_none_or(|total| total > MAX_BYTES) {
            return Err(Refused::TooLarge);
        }
        if let Some(file) = files.iter().find(|file| !is_plain(&file.path)) {
            return Err(Refused::Path(file.path.escape_debug().take(200).collect()));
        }
        let paths: std::collections::BTreeSet<&str> =
            files.iter().map(|file| file.path.as_str()).collect();
        let twice = files.windows(2).find(|pair| pair[0].path == pair[1].path).map(|pair| &pair[1]);
        let folder = files.iter().find(|file| {
            file.path.match_indices('/').any(|(slash, _)| paths.contains(&file.path[..slash]))
        });
        match twice.or(folder) {
            Some(file) => Err(Refused::Twice(file.path.clone())),
            None => Ok(Self { files }),
        }
    }
}

/// A relative path that means the same on every system and stays below the folder it is joined to.
fn is_plain(path: &str) -> bool {
    path.len() <= LONGEST_PATH
        && !path.chars().any(|c| c.is_control() || c == '\\')
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

pub fn encode(entries: &[Entry<'_>]) -> Result<Encoded, Refused> {
    let mut entries = entries.to_vec();
    entries.sort_by_key(|entry| entry.path);
    let files = entries.iter().map(|entry| File {
        path: entry.path.to_owned(),
        mode: entry.mode,
        size: entry.bytes.len() as u64,
        sha256: Sha256::digest(entry.bytes).into(),
    });
    let manifest = Manifest::of(files.collect())?.canonical();
    let length = u32::try_from(manifest.len()).map_err(|_| Refused::TooLarge)?;
    if manifest.len() > MAX_MANIFEST {
        return Err(Refused::TooLarge);
    }
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.extend_from_slice(&manifest);
    for entry in entries {
        bytes.extend_from_slice(entry.bytes);
    }
    Ok(Encoded { digest: sha256(&manifest), bytes })
}

/// The files of the bundle that is called `want`; every byte is accounted for.
pub fn decode<'a>(bytes: &'a [u8], want: &Digest) -> Result<Vec<Unpacked<'a>>, Refused> {
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or(Refused::Size)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Refused::Size)?;
    let (manifest, mut rest) = rest.split_at_checked(length).ok_or(Refused::Size)?;
    if sha256(manifest) != *want {
        return Err(Refused::Digest);
    }
    let manifest = Manifest::parse(manifest)?;
    let mut files = Vec::with_capacity(manifest.files.len());
    for file in manifest.files {
        let size = usize::try_from(file.size).map_err(|_| Refused::Size)?;
        let (bytes, after) = rest.split_at_checked(size).ok_or(Refused::Size)?;
        if <[u8; 32]>::from(Sha256::digest(bytes)) != file.sha256 {
            return Err(Refused::FileDigest(file.path));
        }
        files.push(Unpacked { path: file.path, mode: file.mode, bytes });
        rest = after;
    }
    if rest.is_empty() { Ok(files) } else { Err(Refused::Size) }
}

fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain<'a>(path: &'a str, bytes: &'a [u8]) -> Entry<'a> {
        Entry { path, mode: Mode::Plain, bytes }
    }

    #[test]
    fn a_bundle_is_named_by_its_files_and_not_by_their_order() {
        let (a, b) = (plain("a.yaml", b"1"), plain("sub/b.properties", b"22"));
        let there = encode(&[a, b]).unwrap();
        assert_eq!(there, encode(&[b, a]).unwrap());
        let back = decode(&there.bytes, &there.digest).unwrap();
        let paths: Vec<_> = back.iter().map(|file| (file.path.as_str(), file.bytes)).collect();
        assert_eq!(paths, [("a.yaml", &b"1"[..]), ("sub/b.properties", b"22")]);
        assert_eq!(
            String::from_utf8_lossy(&Manifest::of(vec![]).unwrap().canonical()),
            r#"{"files":[],"format":1}"#
        );
    }

    #[test]
    fn a_path_that_leaves_the_folder_is_refused() {
        for path in
            ["", "/etc/passwd", "../a", "a/../b", "a//b", "a/", "./a", "a\nb", "a\\b", "a\0"]
        {
            let refused = encode(&[plain(path, b"")]).unwrap_err();
            assert!(matches!(refused, Refused::Path(_)), "{path:?}: {refused}");
        }
    }

    #[test]
    fn one_path_cannot_be_two_things() {
        let twice = encode(&[plain("a", b"1"), plain("a", b"2")]);
        assert_eq!(twice, Err(Refused::Twice("a".to_owned())));
        let folder = encode(&[plain("a", b"1"), plain("a-b", b""), plain("a/b", b"2")]);
        assert_eq!(folder, Err(Refused::Twice("a/b".to_owned())));
    }

    #[test]
    fn a_manifest_in_another_spelling_is_another_name_and_refused() {
        let spaced = br#"{"files":[], "format":1}"#;
        assert_eq!(Manifest::parse(spaced), Err(Refused::Manifest));
        assert_eq!(Manifest::parse(br#"{"files":[],"format":2}"#), Err(Refused::Format(2)));
    }

    #[test]
    fn a_changed_byte_anywhere_is_noticed() {
        let good = encode(&[plain("a", b"one"), plain("b", b"two")]).unwrap();
        for index in 0..good.bytes.len() {
            let mut bytes = good.bytes.clone();
            bytes[index] ^= 1;
            assert!(decode(&bytes, &good.digest).is_err(), "byte {index}");
            assert!(decode(&good.bytes[..index], &good.digest).is_err(), "cut at {index}");
        }
    }

    proptest! {
        #[test]
        fn what_was_packed_comes_out(
            files in proptest::collection::btree_map("[a-z]{1,8}(\\.[a-z]{1,4})", proptest::collection::vec(any::<u8>(), 0..50), 0..12),
        ) {
            let entries: Vec<_> = files.iter().map(|(path, bytes)| plain(path, bytes)).collect();
            let bundle = encode(&entries).unwrap();
            let back = decode(&bundle.bytes, &bundle.digest).unwrap();
            prop_assert_eq!(back.len(), files.len());
            for file in back {
                prop_assert_eq!(file.bytes, &files[&file.path][..]);
            }
        }

        #[test]
        fn any_bytes_are_judged_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes, &sha256(&bytes));
            let _ = Manifest::parse(&bytes);
        }
    }
}
