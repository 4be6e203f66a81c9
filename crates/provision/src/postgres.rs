//! PostgreSQL of our own: which binaries, which account, one cluster, its process.
//!
//! ```text
//! Binaries (found | cached | fetched)  +  Account (self | unprivileged uid)  ->  Cluster (a folder)
//!     Cluster::prepare   initdb once, roles, configuration     Cluster::start | adopt -> Running
//! ```
//! The rule for binaries: a cluster remembers its major version and is only ever run by binaries of
//! that major. A new cluster takes the cached 18.6 if it is there, else what the machine has (the
//! highest major from 15), else it fetches 18.6. Naming a folder overrides the search.
//!
//! Authentication is `peer` over a Unix socket for everything of ours: there is no password to keep,
//! lose or read. Only the demo's database listens on loopback, with scram and a random password,
//! because its clients are workloads that run as somebody else. `trust` is never written.
//!
//! Started as root the server runs as another uid (PostgreSQL insists, and so do we), which must be
//! able to enter the folder and the binaries. Nothing here opens a database connection beyond asking
//! "do you accept any?"; schema and queries live in `store`.

mod account;
mod binaries;
mod cluster;
mod error;
mod init;
mod probe;
mod running;
mod unpack;

pub use account::{Account, DATABASE_UID};
pub use binaries::{Binaries, Origin, Search, VERSION};
pub use cluster::{Address, Cluster, Purpose, Settings, longest_folder};
pub use error::PostgresError;
pub use running::Running;

/// Owns the schema and migrates it.
pub const OWNER_ROLE: &str = "midplane_owner";
/// Serves requests: owns nothing, and row-level security is forced upon it.
pub const APPLICATION_ROLE: &str = "midplane_app";
/// Writes telemetry.
pub const INGEST_ROLE: &str = "midplane_ingest";
/// The database of a cluster of ours.
pub const DATABASE: &str = "midplane";

/// Roles and database, as any administrator could run it. None of them can pass row-level security,
/// make roles or make databases; only the owner inherits (it is the schema's through its database).
pub(crate) const ROLES: &[&str] = &[
    "CREATE ROLE midplane_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB",
    "CREATE ROLE midplane_app LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB",
    "CREATE ROLE midplane_ingest LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB",
    "CREATE DATABASE midplane OWNER midplane_owner TEMPLATE template0",
    "REVOKE ALL ON DATABASE midplane FROM PUBLIC",
    "REVOKE ALL ON DATABASE postgres FROM PUBLIC",
    "REVOKE ALL ON DATABASE template1 FROM PUBLIC",
    "GRANT CONNECT ON DATABASE midplane TO midplane_app, midplane_ingest",
];
