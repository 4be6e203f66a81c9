//! The one connection between a runner and the control plane: messages, both ends, certificates, journal.
//!
//! A runner dials out, over TLS with a certificate of our own authority, and speaks gRPC (`wire`). `server` is the
//! control plane's end and knows no store: it asks a `server::Handler`. `client` is the runner's end and knows no
//! workload: it tells a `client::Handler`. `journal` is what makes the runner's promises survive a crash. `token`,
//! `bundle`, `seal` and `authority` are pure.
//!
//! No business rule lives here: who may enrol and what is to run are decided by the handlers.

pub mod authority;
pub mod bundle;
pub mod channel;
pub mod client;
pub mod journal;
pub mod pem;
pub mod refused;
pub mod seal;
pub mod seams;
pub mod server;
pub mod tls;
pub mod token;
pub mod wire;

pub use seams::Seams;
