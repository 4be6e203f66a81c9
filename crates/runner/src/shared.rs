//! What every task of a runner may use.

use std::sync::Arc;

use link::client::Identity;
use link::seal::SealingKey;
use tokio::sync::watch;

use crate::artifacts::Artifacts;
use crate::board::Board;
use crate::folder::Folder;
use crate::library;
use crate::outlet::Outlet;
use crate::privilege::Account;
use crate::settings::Settings;
use crate::tasks::Tasks;
use crate::tracer::Tracers;

pub(crate) struct Shared {
    pub(crate) settings: Arc<Settings>,
    pub(crate) folder: Folder,
    pub(crate) account: Option<Account>,
    pub(crate) library: watch::Receiver<library::State>,
    pub(crate) board: Board,
    pub(crate) outlet: Outlet,
    pub(crate) artifacts: Artifacts,
    /// Holds the key that secrets are sealed to.
    pub(crate) identity: Arc<Identity>,
    pub(crate) tasks: Tasks,
    /// None: the spool could not be opened, and workloads run untraced.
    pub(crate) tracers: Option<Arc<Tracers>>,
    /// Why the last write to disk failed, while it does.
    pub(crate) disk: watch::Sender<Option<String>>,
}

impl Shared {
    /// The mode of folders that a workload's user passes through to its own.
    pub(crate) fn pass(&self) -> u32 {
        if self.account.is_some() { 0o711 } else { 0o700 }
    }

    pub(crate) fn sealing_key(&self) -> &SealingKey {
        self.identity.sealing_key()
    }
}
