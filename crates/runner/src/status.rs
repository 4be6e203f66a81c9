//! A workload's own words: its `status.json`, and what each failure is called for a user.
//!
//! The file lies in a folder that belongs to the workload, so it is opened without following a link, must be a plain
//! file, and is read up to a limit. Something unreadable counts as nothing said.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::Deserialize;

use crate::decide::Report;

/// The launcher writes a few hundred bytes; a message may be long.
const MAX_BYTES: u64 = 256 << 10;
/// Of a message that becomes one line in a terminal.
const MAX_REASON: usize = 600;

#[derive(Deserialize)]
struct Document {
    state: String,
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    code: String,
    message: String,
    location: Option<String>,
}

/// What the instance reports, if it has said anything.
pub(crate) fn read(path: &Path) -> Option<Report> {
    let mut bytes = Vec::new();
    open_plain(path).ok()?.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
    parse(&bytes)
}

/// Opens a plain file without following a link and without waiting for a writer.
pub(crate) fn open_plain(path: &Path) -> io::Result<File> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file"))
    }
}

fn parse(bytes: &[u8]) -> Option<Report> {
    let document: Document = serde_json::from_slice(bytes).ok()?;
    match document.state.as_str() {
        "starting" => Some(Report::Starting),
        "checked" => Some(Report::Checked),
        "ready" => Some(Report::Ready),
        "stopped" => Some(Report::Stopped),
        "failed" => Some(document.error.map_or_else(
            || Report::Failed { code: "MP-RUN-45".to_owned(), reason: "it failed".to_owned() },
            |error| Report::Failed { code: code(&error.code).to_owned(), reason: reason(&error) },
        )),
        _ => None,
    }
}

fn code(kind: &str) -> &'static str {
    match kind {
        "unknown_component" => "MP-RUN-40",
        "missing_property" => "MP-RUN-41",
        "bad_bean" => "MP-RUN-42",
        "bad_route" => "MP-RUN-43",
        "port_in_use" => "MP-RUN-44",
        _ => "MP-RUN-45",
    }
}

fn reason(failure: &Failure) -> String {
    let line = match &failure.location {
        Some(location) => format!("{location}: {}", failure.message),
        None => failure.message.clone(),
    };
    let line: String = line.replace(['\n', '\r'], " ");
    if line.chars().count() > MAX_REASON {
        line.chars().take(MAX_REASON).chain("...".chars()).collect()
    } else {
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Option<Report>) {
        assert_eq!(parse(text.as_bytes()), want);
    }

    #[test]
    fn a_failure_says_where_and_what() {
        check(r#"{"format":1,"state":"checked","error":null}"#, Some(Report::Checked));
        check(r#"{"format":1,"state":"stopped","error":null}"#, Some(Report::Stopped));
        check("{", None);
        let text = r#"{"format":1,"state":"failed","error":{"code":"unknown_component","message":"no htpp",
            "causes":[],"location":"orders.camel.yaml:14","route":null}}"#;
        let reason = "orders.camel.yaml:14: no htpp".to_owned();
        check(text, Some(Report::Failed { code: "MP-RUN-40".into(), reason }));
    }

    #[test]
    fn a_planted_link_or_pipe_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let (secret, link) = (folder.path().join("secret"), folder.path().join("status.json"));
        std::fs::write(&secret, r#"{"state":"ready"}"#).unwrap();
        std::os::unix::fs::symlink(&secret, &link).unwrap();
        assert_eq!(read(&link), None);
        assert_eq!(read(&secret), Some(Report::Ready));
        assert!(open_plain(folder.path()).is_err());
    }
}
