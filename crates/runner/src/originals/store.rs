//! The originals of one workload: files that are only added to, and deleted whole.
//!
//! ```text
//! <workload>/<first_us, hexadecimal>-<number>.orig    one for each hour, start of the runner, and eighth of the cap
//! <workload>/state.json                               the limits, and what was let go before its time
//! ```
//! A runner never adds to a file that it did not begin, so what a crash left half is the end of its file and nothing else: who reads
//! stops there. A file that could not be written to its end is left as well.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use telemetry::admit::Original;
use telemetry::capture::Originals as Limits;
use telemetry::id::MessageId;
use uuid::Uuid;

use super::codec::{self, Key, RECORD, SALT, START, Segment};
use super::gone::{self, Missing, Note, Part, Why};
use crate::{durable, folder};

const HOUR_US: u64 = 3_600_000_000;
/// What is let go when there is no more room is one file: an eighth of the cap, or as the spool's segments.
const PARTS: u64 = 8;
const LARGEST_PART: u64 = 8 << 20;
const SMALLEST_PART: u64 = 64 << 10;

#[derive(Serialize, Deserialize)]
struct State {
    format: u32,
    limits: Limits,
    gone: Vec<Note>,
}

impl State {
    const FORMAT: u32 = 1;
}

pub(super) struct Store {
    workload: Uuid,
    folder: PathBuf,
    limits: Limits,
    notes: Vec<Note>,
    /// The oldest first; the last one may be open.
    parts: Vec<Part>,
    open: Option<Open>,
    /// What was written since the last flush, of files that are not added to any more.
    closed: Vec<File>,
}

struct Open {
    file: File,
    segment: Segment,
    is_flushed: bool,
}

impl Store {
    /// What an earlier runner left, or nothing yet.
    pub(super) fn open(root: &Path, workload: Uuid) -> Self {
        let folder = root.join(workload.to_string());
        let state: Option<State> = durable::read(&folder.join("state.json"), State::FORMAT)
            .unwrap_or_else(|err| {
                tracing::warn!(%workload, error = %err, "read what is known of originals");
                None
            });
        let (limits, notes) = state.map(|state| (state.limits, state.gone)).unwrap_or_default();
        let mut parts: Vec<Part> = fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name();
                let (first, number) = name.to_str()?.strip_suffix(".orig")?.split_once('-')?;
                Some(Part {
                    first_us: u64::from_str_radix(first, 16).ok()?,
                    number: number.parse().ok()?,
                    bytes: entry.metadata().ok()?.len(),
                })
            })
            .collect();
        parts.sort_by_key(|part| (part.first_us, part.number));
        Self { workload, folder, limits, notes, parts, open: None, closed: Vec::new() }
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Other limits; what is off keeps nothing.
    pub(super) fn set(&mut self, limits: Limits, now_us: u64) -> io::Result<()> {
        if self.limits == limits {
            return Ok(());
        }
        self.limits = limits;
        if limits.is_off() {
            self.let_go(self.parts.len(), Some(Why::Off), now_us)?;
        }
        self.remember()
    }

    pub(super) fn keep(&mut self, key: &Key, all: &[Original], now_us: u64) -> io::Result<()> {
        if self.limits.is_off() {
            return Ok(());
        }
        for original in all {
            if self.is_full(now_us) {
                self.begin(key, now_us)?;
                self.expire(now_us)?;
            }
            self.append(original).inspect_err(|_| self.open = None)?;
        }
        Ok(())
    }

    fn is_full(&self, now_us: u64) -> bool {
        let largest = (self.limits.cap_bytes / PARTS).clamp(SMALLEST_PART, LARGEST_PART);
        match (&self.open, self.parts.last()) {
            (Some(_), Some(part)) => {
                part.bytes >= largest || part.first_us / HOUR_US != now_us / HOUR_US
            }
            _ => true,
        }
    }

    fn path(&self, part: &Part) -> PathBuf {
        self.folder.join(format!("{:016x}-{}.orig", part.first_us, part.number))
    }

    fn begin(&mut self, key: &Key, now_us: u64) -> io::Result<()> {
        self.closed.extend(self.open.take().map(|open| open.file));
        folder::make(&self.folder, 0o700)?;
        // A clock that was set back must not put it before others.
        let first_us = self.parts.last().map_or(now_us, |last| last.first_us.max(now_us));
        let number = self.parts.last().filter(|last| last.first_us == first_us);
        let part = Part {
            first_us,
            number: number.map_or(0, |last| last.number + 1),
            bytes: START as u64,
        };
        let mut salt = [0; SALT];
        aws_lc_rs::rand::fill(&mut salt).map_err(|_| io::Error::other("no randomness"))?;
        let segment = Segment::new(key, &salt, self.workload).map_err(io::Error::other)?;
        let path = self.path(&part);
        let mut file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(&codec::start(salt)).inspect_err(|_| drop(fs::remove_file(&path)))?;
        self.parts.push(part);
        self.open = Some(Open { file, segment, is_flushed: false });
        Ok(())
    }

    fn append(&mut self, original: &Original) -> io::Result<()> {
        let (Some(open), Some(part)) = (&mut self.open, self.parts.last_mut()) else {
            return Ok(());
        };
        let Ok(record) = open.segment.seal(original, part.bytes) else {
            // Larger than anything that a tracer sends: not kept.
            return Ok(());
        };
        open.file.write_all(&record)?;
        open.is_flushed = false;
        part.bytes += record.len() as u64;
        Ok(())
    }

    /// Files whose end is not on the disk yet; the caller waits for it, holding nothing.
    pub(super) fn take_unflushed(&mut self) -> io::Result<Vec<File>> {
        let mut files = std::mem::take(&mut self.closed);
        if let Some(open) = self.open.as_mut().filter(|open| !open.is_flushed) {
            open.is_flushed = true;
            files.push(open.file.try_clone()?);
        }
        Ok(files)
    }

    /// Lets go what is too old, and what there is no room for.
    pub(super) fn expire(&mut self, now_us: u64) -> io::Result<()> {
        let (expired, capped) = gone::over(&self.parts, self.limits, now_us);
        self.let_go(expired, None, now_us)?;
        self.let_go(capped, Some(Why::Cap), now_us)?;
        // Nobody may write for days.
        let keep_us = self.limits.keep_s.saturating_mul(1_000_000);
        if let [last] = &self.parts[..]
            && last.first_us / HOUR_US != now_us / HOUR_US
            && now_us > last.first_us.saturating_add(HOUR_US).saturating_add(keep_us)
        {
            self.let_go(1, None, now_us)?;
        }
        if capped > 0 { self.remember() } else { Ok(()) }
    }

    fn let_go(&mut self, count: usize, why: Option<Why>, now_us: u64) -> io::Result<()> {
        if count == self.parts.len() {
            self.open = None;
        }
        for _ in 0..count {
            let (from_us, to_us) = (self.parts[0].first_us, gone::last_us(&self.parts, 0, now_us));
            match fs::remove_file(self.path(&self.parts[0])) {
                Err(err) if err.kind() != io::ErrorKind::NotFound => return Err(err),
                _ => {}
            }
            self.parts.remove(0);
            if let Some(why) = why {
                gone::add(&mut self.notes, Note { from_us, to_us, at_us: now_us, why });
            }
        }
        Ok(())
    }

    fn remember(&self) -> io::Result<()> {
        folder::make(&self.folder, 0o700)?;
        let state = State { format: State::FORMAT, limits: self.limits, gone: self.notes.clone() };
        durable::write(&self.folder.join("state.json"), &state)
    }

    /// Where it may be, the likeliest file first; reading them needs no lock.
    pub(super) fn search(&self, message: MessageId, now_us: u64) -> Search {
        let likeliest = gone::likeliest(&self.parts, message.started_us);
        let missing = gone::missing(&self.notes, self.limits, message.started_us, now_us);
        let ends_us =
            message.started_us.saturating_add(self.limits.keep_s.saturating_mul(1_000_000));
        Search {
            workload: self.workload,
            message,
            // What is past its time is not given out, also where its file is still there.
            paths: if now_us > ends_us {
                Vec::new()
            } else {
                likeliest.into_iter().map(|at| self.path(&self.parts[at])).collect()
            },
            missing,
        }
    }
}

pub(super) struct Search {
    workload: Uuid,
    message: MessageId,
    paths: Vec<PathBuf>,
    missing: Missing,
}

impl Search {
    pub(super) fn run(self, key: &Key) -> Result<Original, Missing> {
        for path in &self.paths {
            match self.look(path, key) {
                Ok(None) => {}
                Ok(Some(original)) => return Ok(original),
                Err(err) if err.kind() == io::ErrorKind::NotFound => {}
                Err(err) => {
                    tracing::warn!(workload = %self.workload, error = %err, "read originals");
                    return Err(Missing::Unreadable);
                }
            }
        }
        Err(self.missing)
    }

    fn look(&self, path: &Path, key: &Key) -> io::Result<Option<Original>> {
        let mut file = BufReader::with_capacity(64 << 10, File::open(path)?);
        let end = file.get_ref().metadata()?.len();
        let mut start = [0; START];
        if end < START as u64 {
            return Ok(None);
        }
        file.read_exact(&mut start)?;
        let mut at = START as u64;
        while at + RECORD as u64 <= end {
            let mut head = [0; RECORD];
            file.read_exact(&mut head)?;
            let Some((length, message)) = codec::head(&head) else { break };
            let next = at + (RECORD + length) as u64;
            if next > end {
                break;
            }
            if message == self.message {
                let mut sealed = vec![0; length];
                file.read_exact(&mut sealed)?;
                let opened = Segment::read(key, &start, self.workload)
                    .and_then(|segment| segment.open(message, at, sealed));
                return opened.map(Some).map_err(io::Error::other);
            }
            file.seek_relative(i64::try_from(length).unwrap_or(i64::MAX))?;
            at = next;
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use telemetry::redact::Mask;

    use super::*;

    const NOW: u64 = 1_800_000_000_000_000;

    fn original(number: u64, at_us: u64, size: usize) -> Original {
        let body = format!("secret-{number:08} {}", "x".repeat(size)).into_bytes();
        let token = "[masked a]".to_owned();
        Original {
            message: id(number, at_us),
            content_type: None,
            body: Some(body),
            masks: Some(vec![Mask { range: 0..15, token, is_quoted: false }]),
            headers: Vec::new(),
        }
    }

    fn id(number: u64, at_us: u64) -> MessageId {
        let count = u32::try_from(number).unwrap();
        MessageId { started_us: at_us, tracer: telemetry::id::TracerInstance(1), count }
    }

    struct World {
        dir: tempfile::TempDir,
        key: Key,
        store: Store,
    }

    impl World {
        fn new(limits: Limits) -> Self {
            let dir = tempfile::tempdir().unwrap();
            let mut store = Store::open(dir.path(), Uuid::from_u128(1));
            store.set(limits, NOW).unwrap();
            Self { dir, key: Key::new([7; 32]), store }
        }

        fn again(&mut self) {
            self.store = Store::open(self.dir.path(), Uuid::from_u128(1));
        }

        fn keep(&mut self, number: u64, at_us: u64, size: usize) {
            self.store.keep(&self.key, &[original(number, at_us, size)], at_us).unwrap();
        }

        fn find(&self, number: u64, at_us: u64, now_us: u64) -> Result<Original, Missing> {
            self.store.search(id(number, at_us), now_us).run(&self.key)
        }

        fn files(&self) -> Vec<PathBuf> {
            let folder = self.dir.path().join(Uuid::from_u128(1).to_string());
            let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            let mut files: Vec<_> =
                files.filter(|path| path.extension().is_some_and(|it| it == "orig")).collect();
            files.sort();
            files
        }
    }

    #[test]
    fn it_is_found_again_by_the_next_runner_too_and_nothing_of_it_can_be_read() {
        let mut world = World::new(Limits::default());
        for number in 0..50 {
            world.keep(number, NOW + number, 100);
        }
        world.again();
        for number in 0..50 {
            let found = world.find(number, NOW + number, NOW + 99).unwrap();
            assert_eq!(found, original(number, NOW + number, 100));
        }
        assert_eq!(world.find(99, NOW + 3, NOW + 99), Err(Missing::Never));
        for file in world.files() {
            let bytes = fs::read(&file).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains("secret-"));
            let mode =
                std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn what_a_crash_left_half_costs_only_itself() {
        let mut world = World::new(Limits::default());
        for number in 0..3 {
            world.keep(number, NOW + number, 100);
        }
        let file = world.files().remove(0);
        let whole = fs::read(&file).unwrap();
        for cut in [1, 60, 120] {
            fs::write(&file, &whole[..whole.len() - cut]).unwrap();
            world.again();
            assert!(world.find(1, NOW + 1, NOW + 9).is_ok(), "cut by {cut}");
            assert_eq!(world.find(2, NOW + 2, NOW + 9), Err(Missing::Never));
        }
        world.keep(4, NOW + 4, 100);
        assert!(world.find(4, NOW + 4, NOW + 9).is_ok(), "it goes on in a file of its own");
        assert_eq!(world.files().len(), 2);
        let mut damaged = whole.clone();
        *damaged.last_mut().unwrap() ^= 1;
        fs::write(&file, [damaged, vec![0; 400]].concat()).unwrap();
        assert_eq!(world.find(2, NOW + 2, NOW + 9), Err(Missing::Unreadable));
    }

    #[test]
    fn the_oldest_go_when_they_are_old_and_when_there_is_no_room() {
        let hour = 3_600_000_000;
        let mut world = World::new(Limits { keep_s: 7_200, cap_bytes: 1 << 20, only: false });
        for number in 0..6 {
            world.keep(number, NOW + number * hour, 10);
        }
        world.store.expire(NOW + 5 * hour).unwrap();
        assert!(world.find(4, NOW + 4 * hour, NOW + 5 * hour).is_ok());
        let gone = world.find(0, NOW, NOW + 5 * hour);
        assert_eq!(gone, Err(Missing::Expired { at_us: NOW + 2 * hour, keep_s: 7_200 }));
        assert!(world.files().len() <= 4, "{:?}", world.files());
        world.store.expire(NOW + 90 * hour).unwrap();
        assert_eq!(world.files().len(), 0, "nothing was written since");

        let at = NOW + 100 * hour;
        for number in 0..40 {
            world.keep(number, at + number, 60 << 10);
        }
        let bytes: u64 = world.files().iter().map(|file| file.metadata().unwrap().len()).sum();
        assert!(bytes <= (1 << 20) + (1 << 18), "{bytes}");
        let gone = world.find(0, at, at + 99);
        assert!(matches!(gone, Err(Missing::Dropped { .. })), "{gone:?}");
        world.again();
        assert!(matches!(world.find(0, at, at + 99), Err(Missing::Dropped { .. })));
        assert!(world.find(39, at + 39, at + 99).is_ok());

        world.store.set(Limits::OFF, at + 100).unwrap();
        assert_eq!(world.files().len(), 0);
        world.keep(41, at + 101, 10);
        let gone = world.find(39, at + 39, at + 101);
        assert_eq!(gone, Err(Missing::SwitchedOff { at_us: at + 100 }));
        assert_eq!(world.find(41, at + 200, at + 201), Err(Missing::NotKept));
    }
}
