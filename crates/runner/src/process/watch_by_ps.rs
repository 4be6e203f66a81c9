//! Where there is no pidfd (macOS): asks `ps` every 200 ms. Chosen in code, not tested.

use std::io;
use std::time::Duration;

use rustix::process::Pid;

use super::inspect::inspect;

const EVERY: Duration = Duration::from_millis(200);

#[derive(Debug)]
pub(super) struct Watch {
    start: String,
}

impl Watch {
    pub(super) fn open(pid: Pid) -> io::Result<Self> {
        let found = inspect(pid.as_raw_nonzero().get());
        let found = found.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        Ok(Self { start: found.start })
    }

    pub(super) fn has_ended(&self, pid: Pid) -> bool {
        let found = inspect(pid.as_raw_nonzero().get());
        found.is_none_or(|found| found.ended || found.start != self.start)
    }

    pub(super) async fn ended(&self, pid: Pid) {
        while !self.has_ended(pid) {
            tokio::time::sleep(EVERY).await;
        }
    }
}
