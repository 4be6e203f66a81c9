//! The files of one order: what was noted down here, what was handed over, and what the workload did.
//!
//! `orders/<id>.json` is ours and decides; the order itself lies in the instance's `control` folder, mode 0400 and owned by
//! the workload's user, because it holds a message. Claim and answer are the workload's, so they are opened without
//! following a link and read up to a limit.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use telemetry::admit::Wanted;
use telemetry::redact::{Redacted, Redactor};
use uuid::Uuid;

use super::decide::Seen;
use crate::artifacts::disk_code;
use crate::command::{Answer, refuse};
use crate::folder::InstancePlace;
use crate::originals::{Filled, Hidden};
use crate::privilege::{Account, give};
use crate::process::{self, Identity};
use crate::record::Number;
use crate::shared::Shared;
use crate::{durable, status};

/// The launcher writes 64 KiB of a reply, every character of it escaped at worst.
const MAX_ANSWER: u64 = 1 << 20;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Note {
    format: u32,
    folder: PathBuf,
    instance: Number,
    /// What went in instead of what was recorded, and how many masks were filled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(default)]
    filled: usize,
}

impl Note {
    const FORMAT: u32 = 1;
}

pub(super) struct Files {
    shared: Arc<Shared>,
    workload: Uuid,
    id: Uuid,
    folder: Option<PathBuf>,
    note: Option<Note>,
}

impl Files {
    pub(super) fn open(shared: Arc<Shared>, workload: Uuid, id: Uuid) -> Self {
        let note = read(&shared, id);
        Self { shared, workload, id, folder: None, note }
    }

    /// Where the workload lies.
    pub(super) fn find(&mut self, folder: &Path) {
        if self.folder.as_deref() != Some(folder) {
            self.folder = Some(folder.to_owned());
        }
    }

    fn place(&self, note: &Note) -> InstancePlace {
        self.shared.folder.workload(&note.folder).instance(note.instance)
    }

    pub(super) fn see(&self) -> Seen {
        let Some(note) = &self.note else { return Seen::Fresh };
        let place = self.place(note);
        // First whether it lives: what it wrote before it died is then there to be seen.
        let is_alive = lives(&self.shared, &place);
        // Without its folder nobody can say that it was not taken.
        let is_gone = !place.root().exists();
        Seen::Handed {
            is_alive,
            is_ordered: place.order(self.id).exists(),
            is_taken: is_gone || place.taken(self.id).symlink_metadata().is_ok(),
            is_answered: place.answer(self.id).symlink_metadata().is_ok(),
        }
    }

    pub(super) fn hand(&mut self, number: Number, filled: &Filled) -> io::Result<()> {
        let Some(folder) = self.folder.clone() else { return Ok(()) };
        let note = Note {
            format: Note::FORMAT,
            folder,
            instance: number,
            source: filled.source.clone(),
            filled: filled.count,
        };
        durable::write(&self.shared.folder.order(self.id), &note)?;
        self.note = Some(note);
        self.order(filled)
    }

    pub(super) fn order(&self, filled: &Filled) -> io::Result<()> {
        let Some(note) = &self.note else { return Ok(()) };
        let place = self.place(note);
        write_order(&place.order(self.id), &filled.order.to_string(), self.shared.account)
    }

    /// The launcher's answer, with what must not leave this machine masked.
    pub(super) fn answer(&self, hidden: &Hidden) -> Answer {
        let Some(note) = &self.note else { return unreadable() };
        let mut bytes = Vec::new();
        let read = status::open_plain(&self.place(note).answer(self.id))
            .and_then(|file| file.take(MAX_ANSWER).read_to_end(&mut bytes));
        if read.is_err() {
            return unreadable();
        }
        let used = Used { source: note.source.clone(), filled: note.filled };
        told(&self.shared, self.workload, &bytes, used, hidden)
    }
}

/// Writes an order that only the workload's user can read, whole or not at all.
pub(crate) fn write_order(path: &Path, order: &str, account: Option<Account>) -> io::Result<()> {
    let beside = path.with_extension("new");
    let _ = fs::remove_file(&beside);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o400).open(&beside)?;
    file.write_all(order.as_bytes())?;
    file.set_permissions(fs::Permissions::from_mode(0o400))?;
    file.sync_all()?;
    give(&beside, account)?;
    fs::rename(&beside, path)?;
    durable::sync_parent(path)
}

/// What went in.
#[derive(Debug, Default)]
pub(crate) struct Used {
    pub(crate) source: Option<String>,
    pub(crate) filled: usize,
}

/// A launcher's answer as the control plane reads it.
pub(crate) fn told(
    shared: &Shared,
    workload: Uuid,
    answer: &[u8],
    used: Used,
    hidden: &Hidden,
) -> Answer {
    let Ok(mut said) = serde_json::from_slice::<Said>(answer) else { return unreadable() };
    (said.made.source, said.made.filled) = (used.source, used.filled);
    said.told(shared, workload, hidden)
}

fn unreadable() -> Answer {
    refuse("MP-RPL-05", "the workload's answer cannot be read".to_owned())
}

pub(super) fn disk(err: &io::Error) -> (String, String) {
    (disk_code(err).to_owned(), format!("hand an order to the workload: {err}"))
}

/// The launcher's words.
#[derive(Deserialize)]
struct Said {
    code: Option<String>,
    reason: Option<String>,
    #[serde(flatten)]
    made: Made,
}

/// What came of an exchange that was made; the control plane reads the same.
#[derive(Serialize, Deserialize)]
struct Made {
    format: u32,
    outcome: String,
    message_id: Option<String>,
    exchange_id: Option<String>,
    duration_us: u64,
    error_class: Option<String>,
    error: Option<String>,
    reply: Option<String>,
    /// How a replay or a dry run ended, to be compared with its original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    result: Option<Ending>,
    /// `original`: it went in as it was before it was masked; else as the command said. Set here, not by the launcher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// How many masks were filled in.
    #[serde(default)]
    filled: usize,
    /// Of a dry run only: where it stopped, every stub, every step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stopped_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stopped_because: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stopped_step: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stubs: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    steps: Option<serde_json::Value>,
}

#[derive(Serialize, Deserialize)]
struct Ending {
    body: Option<String>,
    headers: BTreeMap<String, String>,
}

impl Ending {
    /// As the record of a message would be.
    fn mask(&mut self, redactor: &Redactor) {
        self.body = self.body.take().and_then(|body| masked(body, redactor));
        for (name, value) in &mut self.headers {
            let by_name = redactor.header(name, value.as_bytes());
            if let Some(mask) = by_name.or_else(|| is_secret_in_workloads(name)) {
                *value = mask;
            } else if let Some(masked) = redactor.text(value) {
                *value = masked;
            }
        }
    }
}

/// Names that the tracer masks, whatever the rules say (`Settings.SECRET`).
fn is_secret_in_workloads(name: &str) -> Option<String> {
    let is_secret = telemetry::redact::masked_in_workloads(name);
    is_secret.then(|| "[masked header]".to_owned())
}

/// None: a rule asks for a path, and the text cannot be read.
fn masked(text: String, redactor: &Redactor) -> Option<String> {
    match redactor.body(text.as_bytes(), None) {
        Redacted::Clean => Some(text),
        Redacted::Masked(bytes) => String::from_utf8(bytes).ok(),
        Redacted::Unreadable => None,
    }
}

impl Said {
    fn told(self, shared: &Shared, workload: Uuid, hidden: &Hidden) -> Answer {
        let Self { code, reason, mut made } = self;
        if made.outcome == "refused" {
            let code = match code.as_deref() {
                Some("gone") => "MP-RPL-01",
                Some("stopped" | "suspended") => "MP-RPL-02",
                Some("late") => "MP-RPL-03",
                _ => "MP-RPL-06",
            };
            return refuse(code, hidden.text(reason.unwrap_or_default()));
        }
        let originals = shared.tracers.as_ref().and_then(|tracers| tracers.originals());
        if originals.is_some_and(|all| all.wanted(workload) == Wanted::All) {
            // Bodies stay on this machine.
            made.reply = None;
            made.result = None;
        }
        let redactor = shared.tracers.as_ref().map(|tracers| tracers.redactor(workload));
        let redactor = redactor.unwrap_or_default();
        made.error = made.error.map(|text| redactor.text(&text).unwrap_or(text));
        made.reply = made.reply.and_then(|reply| masked(reply, &redactor));
        if let Some(result) = &mut made.result {
            result.mask(&redactor);
        }
        for part in [&mut made.stubs, &mut made.steps].into_iter().flatten() {
            mask(part, &redactor);
        }
        let mut told = match serde_json::to_value(&made) {
            Ok(told) => told,
            Err(err) => return refuse("MP-RPL-05", err.to_string()),
        };
        hidden.hide(&mut told);
        Ok(told.to_string().into_bytes())
    }
}

/// Addresses and labels hold what a message carried, as its body does.
fn mask(value: &mut serde_json::Value, redactor: &Redactor) {
    match value {
        serde_json::Value::String(text) => {
            if let Some(masked) = redactor.text(text) {
                *text = masked;
            }
        }
        serde_json::Value::Array(all) => all.iter_mut().for_each(|one| mask(one, redactor)),
        serde_json::Value::Object(all) => all.values_mut().for_each(|one| mask(one, redactor)),
        _ => {}
    }
}

fn read(shared: &Shared, id: Uuid) -> Option<Note> {
    durable::read(&shared.folder.order(id), Note::FORMAT).ok().flatten()
}

fn lives(shared: &Shared, place: &InstancePlace) -> bool {
    let known = durable::read::<Identity>(&place.process(), Identity::FORMAT).ok().flatten();
    known
        .and_then(|identity| process::adopt(&identity, &shared.settings.seams.boot))
        .is_some_and(|handle| !handle.has_ended())
}

/// The orders that were noted down.
pub(super) fn known(shared: &Shared) -> Vec<Uuid> {
    let entries = fs::read_dir(shared.folder.all_orders()).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.path().file_stem()?.to_str()?.parse().ok()).collect()
}

/// First the message itself, then the note that leads to it.
pub(super) fn forget(shared: &Shared, id: Uuid) {
    if let Some(note) = read(shared, id) {
        let place = shared.folder.workload(&note.folder).instance(note.instance);
        remove(&place.order(id));
    }
    remove(&shared.folder.order(id));
}

fn remove(path: &Path) {
    match fs::remove_file(path) {
        Err(err) if err.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(error = %err, "forget an order that was carried out");
        }
        _ => {}
    }
}
