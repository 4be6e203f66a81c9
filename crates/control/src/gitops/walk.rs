//! Reads a commit's tree without a work tree: every name is judged, only asked-for files are read.
//!
//! ```text
//! commit -> tree -> list (names, kinds, sizes: all of them judged) -> read(paths that discovery wants)
//! ```
//! A repository is untrusted content. A link, a submodule or a name that could mean another place on some file system
//! refuses the whole commit with the path at fault, whether or not an integration lies there: half a repository is not
//! what the author pushed. Large files outside an integration only count towards the total.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use gix::ObjectId;
use gix::bstr::{BStr, ByteSlice};
use gix::objs::tree::EntryKind;
use jiff::Timestamp;

use super::limits::Limits;
use super::refusal::Refusal;

/// The commit as people know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    pub id: String,
    pub author: String,
    pub subject: String,
    pub at: Timestamp,
}

/// A subject beyond this is not one line any more.
const LONGEST_SUBJECT: usize = 200;

#[derive(Clone, Copy, Debug)]
struct File {
    id: ObjectId,
    size: u64,
    executable: bool,
}

/// The files of one commit, all names judged, nothing read yet.
pub struct Listing<'r> {
    repository: &'r gix::Repository,
    limits: Limits,
    files: BTreeMap<String, File>,
    pub commit: Commit,
    /// Does the folder that the source names exist in this commit?
    pub path_exists: bool,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    pub path: String,
    pub bytes: Vec<u8>,
    pub executable: bool,
}

/// Lists what lies under `folder` (`""` for the root); paths come out relative to it.
pub fn list<'r>(
    repository: &'r gix::Repository,
    id: ObjectId,
    folder: &str,
    limits: &Limits,
    until: Instant,
) -> Result<Listing<'r>, Refusal> {
    let commit = repository.find_commit(id).map_err(damaged)?;
    let about = describe(&commit)?;
    let mut walk = Walk { repository, limits, until, entries: 0, total: 0, files: BTreeMap::new() };
    walk.folder(commit.tree_id().map_err(damaged)?.detach(), "", 0)?;
    let mut files = walk.files;
    let mut path_exists = true;
    if !folder.is_empty() {
        let prefix = format!("{folder}/");
        files = files
            .into_iter()
            .filter_map(|(path, file)| Some((path.strip_prefix(&prefix)?.to_owned(), file)))
            .collect();
        path_exists = !files.is_empty();
    }
    Ok(Listing { repository, limits: *limits, files, commit: about, path_exists })
}

impl Listing<'_> {
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Reads one file, within the limit for one file.
    pub fn read(&self, path: &str) -> Result<Content, Refusal> {
        let file =
            self.files.get(path).ok_or_else(|| Refusal::Damaged(format!("`{path}` is gone")))?;
        let limit = self.limits.file_bytes;
        if file.size > limit {
            return Err(Refusal::FileTooLarge { path: path.to_owned(), size: file.size, limit });
        }
        let bytes = self.repository.find_object(file.id).map_err(damaged)?.detach().data;
        Ok(Content { path: path.to_owned(), bytes, executable: file.executable })
    }
}

struct Walk<'r, 'l> {
    repository: &'r gix::Repository,
    limits: &'l Limits,
    until: Instant,
    entries: usize,
    total: u64,
    files: BTreeMap<String, File>,
}

impl Walk<'_, '_> {
    fn folder(&mut self, tree: ObjectId, prefix: &str, depth: usize) -> Result<(), Refusal> {
        if depth > self.limits.depth {
            return Err(Refusal::TooDeep(shown(prefix), self.limits.depth));
        }
        if Instant::now() > self.until {
            return Err(Refusal::TooSlow(self.limits.time.as_secs()));
        }
        let tree = self.repository.find_tree(tree).map_err(damaged)?;
        let mut seen: HashMap<String, String> = HashMap::new();
        for entry in tree.iter() {
            let entry = entry.map_err(damaged)?;
            self.entries += 1;
            if self.entries > self.limits.entries {
                return Err(Refusal::TooManyEntries(self.limits.entries));
            }
            let name = judge_name(prefix, entry.filename())?;
            let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
            if let Some(other) = seen.insert(name.to_lowercase(), name.to_owned()) {
                let first = if prefix.is_empty() { other } else { format!("{prefix}/{other}") };
                return Err(Refusal::CaseCollision { first: shown(&first), second: shown(&path) });
            }
            match entry.mode().kind() {
                EntryKind::Tree => self.folder(entry.object_id(), &path, depth + 1)?,
                EntryKind::Link => return Err(Refusal::SymbolicLink(path)),
                EntryKind::Commit => return Err(Refusal::Submodule(path)),
                kind @ (EntryKind::Blob | EntryKind::BlobExecutable) => {
                    let executable = kind == EntryKind::BlobExecutable;
                    self.file(path, entry.object_id(), executable)?;
                }
            }
        }
        Ok(())
    }

    fn file(&mut self, path: String, id: ObjectId, executable: bool) -> Result<(), Refusal> {
        let size = self.repository.find_header(id).map_err(damaged)?.size();
        self.total = self.total.saturating_add(size);
        if self.total > self.limits.total_bytes {
            return Err(Refusal::TooLarge(self.limits.total_bytes));
        }
        self.files.insert(path, File { id, size, executable });
        Ok(())
    }
}

/// The name of an entry, when it means the same on every file system and on every screen.
fn judge_name<'a>(prefix: &str, name: &'a BStr) -> Result<&'a str, Refusal> {
    let refused = |what| {
        let name = name.to_str_lossy();
        let path = if prefix.is_empty() { name.into_owned() } else { format!("{prefix}/{name}") };
        Refusal::Name { path: shown(&path), what }
    };
    let Ok(text) = name.to_str() else { return Err(refused("bytes that are not UTF-8")) };
    let what = match text {
        "" => Some("nothing"),
        ".." => Some("`..`, a step out of the repository,"),
        "." => Some("a single dot"),
        _ if text.eq_ignore_ascii_case(".git") => Some("`.git`, which only Git itself may use,"),
        _ if text.contains('/') => Some("a slash"),
        _ if text.contains('\\') => Some("a backslash"),
        _ if text.contains(['\n', '\r']) => Some("a line break"),
        _ if text.chars().any(char::is_control) => Some("a control character"),
        _ if text.chars().any(is_invisible) => Some("a character that turns or hides text"),
        _ => None,
    };
    what.map_or(Ok(text), |what| Err(refused(what)))
}

/// Bidirectional controls and zero-width characters: two names that look the same and are not.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A path as a terminal may show it.
fn shown(path: &str) -> String {
    let text: String = path.escape_debug().take(200).collect();
    format!("`{text}`")
}

fn describe(commit: &gix::Commit<'_>) -> Result<Commit, Refusal> {
    let author = commit.author().map_err(damaged)?;
    let seconds = commit.time().map_err(damaged)?.seconds;
    let subject = commit.message_raw_sloppy().lines().next().unwrap_or_default().to_str_lossy();
    Ok(Commit {
        id: commit.id.to_string(),
        author: one_line(&author.name.to_str_lossy()),
        subject: one_line(&subject),
        at: Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH),
    })
}

fn one_line(text: &str) -> String {
    let clean =
        text.trim().chars().map(|c| if c.is_control() || is_invisible(c) { ' ' } else { c });
    clean.take(LONGEST_SUBJECT).collect()
}

fn damaged(err: gix::Error) -> Refusal {
    let text: String = err.to_string().chars().filter(|c| !c.is_control()).take(300).collect();
    Refusal::Damaged(text)
}
