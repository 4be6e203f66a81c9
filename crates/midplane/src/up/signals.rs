//! The signals that end `up`, and what each asks for.
//!
//! Ctrl-C (SIGINT) ends everything, workloads too; SIGTERM and SIGHUP (shutdown, upgrade, a closed terminal) leave the workloads running.

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::stack::Extent;
use crate::failure::{Failure, Outcome};

pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    pub fn new() -> Outcome<Self> {
        let listen =
            |kind| signal(kind).map_err(|err| Failure::internal("listen for signals", &err));
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    pub async fn next(&mut self) -> Extent {
        tokio::select! {
            _ = self.interrupt.recv() => Extent::Everything,
            _ = self.terminate.recv() => Extent::KeepWorkloads,
            _ = self.hang_up.recv() => Extent::KeepWorkloads,
        }
    }
}
