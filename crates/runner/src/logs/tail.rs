//! The last lines of one instance as plain text: what a failure brings along.
//!
//! At most 64 KiB from the end of each file are looked at. Lines of the log come first, then what the process printed to
//! stderr, because there stands what happened when even the log could not be written.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use serde::Deserialize;

use crate::folder::InstancePlace;
use crate::launch::log_file;
use crate::status::open_plain;

/// Twenty lines, even of long ones.
const WINDOW: u64 = 64 << 10;
/// A line of an event; a stack trace stays in the log.
const MAX_LINE: usize = 500;

#[derive(Deserialize)]
struct Line {
    level: Option<String>,
    logger: Option<String>,
    message: Option<String>,
}

pub(crate) fn last_lines(place: &InstancePlace, integration: &str, count: usize) -> Vec<String> {
    let log = place.log_folder().join(log_file(integration));
    let mut lines: Vec<String> = window(&log).lines().filter_map(plain).collect();
    lines.extend(window(&place.stderr()).lines().map(short).filter(|line| !line.is_empty()));
    lines.split_off(lines.len().saturating_sub(count))
}

/// The end of a file, from its first whole line.
fn window(path: &Path) -> String {
    let Ok(mut file) = open_plain(path) else { return String::new() };
    let length = file.metadata().map_or(0, |found| found.len());
    let start = length.saturating_sub(WINDOW);
    let mut bytes = Vec::new();
    if file.seek(SeekFrom::Start(start)).is_err()
        || file.take(WINDOW).read_to_end(&mut bytes).is_err()
    {
        return String::new();
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    match (start, text.split_once('\n')) {
        (0, _) | (_, None) => text,
        (_, Some((_, rest))) => rest.to_owned(),
    }
}

fn plain(line: &str) -> Option<String> {
    let line: Line = serde_json::from_str(line).ok()?;
    let (level, logger) = (line.level.unwrap_or_default(), line.logger.unwrap_or_default());
    let logger = logger.rsplit('.').next().unwrap_or_default();
    Some(short(&format!("{level:<5} {logger}: {}", line.message.unwrap_or_default())))
}

fn short(line: &str) -> String {
    let line = line.trim_end().replace(['\n', '\r'], " ");
    if line.chars().count() > MAX_LINE {
        line.chars().take(MAX_LINE).chain("...".chars()).collect()
    } else {
        line
    }
}
