//! Calling the service that a plug or socket declares.
//!
//! ```text
//! Call ── address ── outgoing (body, headers, signature) ── client ── answer ──> Reply
//!            └── pod: what is started on demand; idle: when it goes
//! ```
//! The bodies are those of the Go operator, so that an apparatus written for it works; headers are added: an event id that stays the
//! same for every repetition, a deadline, a signature. An answer is waited for only so long and read only so far; a redirect is not
//! followed and an address of the cloud's metadata service not dialled, because whoever writes a plug chooses the address.
//!
//! Everything but `client` and `guard` is plain functions. Who starts pods and reads the signing Secret is the performer.

pub mod address;
pub mod answer;
pub mod client;
pub mod guard;
pub mod idle;
pub mod outgoing;
pub mod pod;

mod body;
mod signature;
