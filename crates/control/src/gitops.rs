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
pub mod fetch;
pub mod guard;
pub mod hook;
pub mod limits;
mod meter;
pub mod plan;
pub mod refusal;
pub mod specification;
pub mod walk;

#[cfg(test)]
mod tests;
