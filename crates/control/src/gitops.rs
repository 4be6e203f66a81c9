//! The GitOps engine: from a commit to desired state.
//!
//! ```text
//! hint | 5 s poll -> fetch (bare mirror) -> walk (names judged, files read) -> plan (pure) -> app::source::apply (one Tx)
//! ```
//! Git is the truth for what runs. Fetching never executes anything of the repository and never writes a work tree. What a
//! commit means is decided by pure functions (`plan`, `domain::prune`) over the files and what the store says is live; the
//! use cases in `app/` write it. A commit that cannot be read, or is refused, changes nothing that runs.

pub(crate) mod base;
pub mod check;
pub mod engine;
pub mod fetch;
pub mod guard;
pub mod limits;
mod meter;
pub mod plan;
pub mod refusal;
pub mod specification;
pub mod walk;

use crate::app::Error;
use crate::server::Server;

/// Runs the engine with what the server's settings say.
///
/// `file://` sources are for the machine of one person: they are read only while the control plane serves nobody else.
pub async fn run(server: Server, reach: fetch::Reach) -> Result<(), Error> {
    let settings = engine::Settings {
        mirrors: server.settings.data.join("git"),
        reach,
        limits: limits::Limits::default(),
    };
    engine::run(server, settings).await
}

#[cfg(test)]
mod tests;
