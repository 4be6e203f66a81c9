//! Lines of logs as records: once each, also over a restart.

use std::fs;
use std::io::Write;

use telemetry::model::{Level, Log, LogSource};
use telemetry::redact::Redactor;

use super::*;
use crate::folder::Folder;
use crate::tracer::lines::Lines;

struct Workload {
    dir: tempfile::TempDir,
}

impl Workload {
    fn new() -> Self {
        let workload = Self { dir: tempfile::tempdir().unwrap() };
        fs::create_dir_all(workload.place().instance(1).log_folder()).unwrap();
        workload
    }

    fn place(&self) -> crate::folder::Place {
        Folder::new(self.dir.path()).workload(Path::new("orders"))
    }

    fn write(&self, lines: &[&str]) {
        let path = self.place().instance(1).log_folder().join("integration-1.log");
        let mut file = fs::File::options().append(true).create(true).open(path).unwrap();
        for line in lines {
            writeln!(file, "{line}").unwrap();
        }
    }

    fn open(&self) -> Lines {
        Lines::new(self.place(), &fact(1), &self.dir.path().join("read"))
    }
}

fn read(lines: &mut Lines) -> Vec<Log> {
    lines.read(&Redactor::default(), 1_800_000_000_000_000);
    let batches = lines.pending().close(1).into_iter();
    let records = batches.flat_map(|(_, batch)| batch.records);
    let mut logs: Vec<Log> = records
        .filter_map(|record| match record {
            Record::Log(log) => Some(log),
            _ => None,
        })
        .collect();
    logs.sort_by(|one, other| one.text.cmp(&other.text));
    logs
}

fn texts(logs: &[Log]) -> Vec<&str> {
    logs.iter().map(|log| log.text.as_str()).collect()
}

const ONE: &str = r#"{"time":"2026-01-01T12:00:00.123Z","level":"INFO","logger":"a.B","thread":"main","message":"1 begins"}"#;
const TWO: &str = r#"{"time":"2026-01-01T12:00:00.123Z","level":"ERROR","logger":"a.B","thread":"main","message":"2 password=hunter2","stack":"at X","message_id":"0037B3XK8G000000000001S002","route":"intake"}"#;
const THREE: &str = r#"{"time":"2026-01-01T12:00:00.123Z","level":"WARN","logger":"a.B","message":"3 the same millisecond"}"#;

#[test]
fn a_line_is_read_with_what_it_says_and_masked() {
    let workload = Workload::new();
    workload.write(&[ONE, TWO, "4 torn"]);
    let logs = read(&mut workload.open());
    assert_eq!(texts(&logs), ["1 begins", "2 password=[masked password]", "4 torn"]);
    let told: Vec<_> = logs.iter().map(|log| (log.level, log.source)).collect();
    assert_eq!(
        told,
        [
            (Level::Info, LogSource::Logger),
            (Level::Error, LogSource::Logger),
            (Level::Info, LogSource::Output)
        ]
    );
    assert!(logs[1].message.is_some() && logs[1].stack.is_some() && logs[1].route.is_some());
    assert_eq!(logs[0].at_us, 1_767_268_800_123_000);
}

#[test]
fn a_restart_goes_on_behind_the_last_line_that_was_kept() {
    let workload = Workload::new();
    workload.write(&[ONE, TWO]);
    let mut lines = workload.open();
    assert_eq!(read(&mut lines).len(), 2);
    lines.remember();
    workload.write(&[THREE]);
    let logs = read(&mut workload.open());
    assert_eq!(texts(&logs), ["3 the same millisecond"]);
}
