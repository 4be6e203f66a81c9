//! The files of a release as people read them: what the bundle holds, text as text.
//!
//! A release never changes, so its files may be kept by whoever asked. What is no text, or too long for a page, is named with
//! its size and left out; the bundle itself is for runtimes only.

use domain::id::ReleaseId;
use domain::permission::Permission;
use link::bundle;
use store::artifact;

use super::super::{Error, deployment};
use crate::ctx::Ctx;

/// Of one file. Routes are written by hand: the largest of the demo has 4 KiB.
const LARGEST: usize = 256 * 1024;
/// Of all files together, so that an answer stays one that a browser can show.
const ALL: usize = 2 * 1024 * 1024;
/// A folder of routes has tens; a page lists no thousands.
const MOST: usize = 1_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub path: String,
    pub size: u64,
    /// `None`: no text, or too long.
    pub text: Option<String>,
}

/// By path. Empty for a release that was refused: nothing was packed of it.
pub async fn list(ctx: &Ctx, id: ReleaseId) -> Result<Vec<File>, Error> {
    let mut tx = ctx.begin().await?;
    let release = deployment::read::release_of(&mut tx, id).await?;
    let found = store::integration::find(&mut tx, release.integration).await?;
    let found = found.ok_or_else(|| Error::not_found("release"))?;
    ctx.require_visible(Permission::ReadRelease, ctx.project(found.project), "release")?;
    let Some(digest) = release.bundle else { return Ok(Vec::new()) };
    let bytes = artifact::read(&mut tx, &digest).await?;
    let bytes = bytes.ok_or_else(|| Error::not_found("bundle of that release"))?;
    drop(tx);
    let unpacked = bundle::decode(&bytes, &digest).map_err(Error::internal)?;
    Ok(shown(unpacked.iter().map(|file| (file.path.as_str(), file.bytes))))
}

fn shown<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) -> Vec<File> {
    let mut left = ALL;
    files
        .take(MOST)
        .map(|(path, bytes)| {
            let fits = bytes.len() <= LARGEST && bytes.len() <= left;
            let text = fits.then(|| text(bytes)).flatten();
            left -= text.as_ref().map_or(0, String::len);
            let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            File { path: path.to_owned(), size, text }
        })
        .collect()
}

/// A null byte is in no text that anybody wrote.
fn text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    (!text.contains('\0')).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], want: Option<&str>) {
        let [file] = shown([("a", bytes)].into_iter()).try_into().unwrap();
        assert_eq!(file.text.as_deref(), want);
        assert_eq!(file.size, bytes.len() as u64);
    }

    #[test]
    fn what_is_no_text_is_named_and_left_out() {
        check(b"- route:\n", Some("- route:\n"));
        check(b"", Some(""));
        check(b"PK\0\x01", None);
        check(&[0xff, 0xfe], None);
        check(&vec![b'x'; LARGEST], Some(&"x".repeat(LARGEST)));
        check(&vec![b'x'; LARGEST + 1], None);
    }

    #[test]
    fn all_together_stay_within_the_bound() {
        let long = vec![b'x'; LARGEST];
        let files = shown((0..20).map(|_| ("a", long.as_slice())));
        let texts = files.iter().filter(|file| file.text.is_some()).count();
        assert_eq!((files.len(), texts), (20, ALL / LARGEST));
    }
}
