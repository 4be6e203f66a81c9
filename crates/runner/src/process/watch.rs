//! A pidfd: readable when the process has ended, whoever's child it is.

use std::io;
use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

#[derive(Debug)]
pub(super) struct Watch {
    fd: OwnedFd,
}

impl Watch {
    pub(super) fn open(pid: Pid) -> io::Result<Self> {
        Ok(Self { fd: pidfd_open(pid, PidfdFlags::empty())? })
    }

    pub(super) fn has_ended(&self, _pid: Pid) -> bool {
        let mut polled = [PollFd::new(&self.fd, PollFlags::IN)];
        matches!(poll(&mut polled, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })), Ok(1..))
    }

    pub(super) async fn ended(&self, _pid: Pid) {
        match self.register() {
            Ok(fd) => {
                let _ = fd.readable().await;
            }
            // Out of descriptors: the caller looks again by itself every few seconds.
            Err(_) => std::future::pending().await,
        }
    }

    #[expect(
        deprecated,
        reason = "its successor is unsafe; an `OwnedFd` is one descriptor for as long as it lives"
    )]
    fn register(&self) -> io::Result<AsyncFd<OwnedFd>> {
        AsyncFd::with_interest(self.fd.try_clone()?, Interest::READABLE)
    }
}
