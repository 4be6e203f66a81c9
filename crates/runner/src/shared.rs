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
    pub(crate) fn sealing_key(&self) -> &SealingKey {
        self.identity.sealing_key()
    }
}
