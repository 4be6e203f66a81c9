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

pub struct Shared {
    pub settings: Arc<Settings>,
    pub folder: Folder,
    pub account: Option<Account>,
    pub library: watch::Receiver<library::State>,
    pub board: Board,
    pub outlet: Outlet,
    pub artifacts: Artifacts,
    /// Holds the key that secrets are sealed to.
    pub identity: Arc<Identity>,
    pub tasks: Tasks,
    /// Why the last write to disk failed, while it does.
    pub disk: watch::Sender<Option<String>>,
}

impl Shared {
    pub fn sealing_key(&self) -> &SealingKey {
        self.identity.sealing_key()
    }
}
