//! PostgreSQL: the transaction, every query, migrations, jobs.
//!
//! ```text
//! Db (two addresses, a pool, the signing key)
//!  ├─ Tx::begin(&db, organization, actor)   the only door to a tenant's rows
//!  ├─ Door::begin(&db)                      look-ups before an organization is known: token, certificate
//!  └─ Bus                                   wake-ups within and between processes: a topic and ids, never data
//! ```
//! Each noun has a file with one function per statement. Rules live in `domain`; a function here
//! loads or stores and says by name which constraint refused. Row-level security is forced on every
//! tenant's table, and the role that serves requests owns nothing; see `migrations/0001_security.sql`.

pub mod db;
pub mod door;
pub mod error;
pub mod migrate;
pub mod tx;

mod open;
mod time;

pub mod actor;
pub mod alert;
pub mod api_token;
pub mod artifact;
pub mod audit;
pub mod backup;
pub mod bulk_replay;
pub mod bus;
pub mod capture;
pub mod command;
pub mod configuration;
pub mod deployment;
pub mod desired;
pub mod enrolment;
pub mod environment;
pub mod figures;
pub mod foreign;
pub mod integration;
pub mod job;
pub mod login_link;
pub mod organization;
pub mod project;
pub mod release;
pub mod replay;
pub mod role_binding;
pub mod route_hold;
pub mod runtime;
pub mod secret;
pub mod session;
pub mod setting;
pub mod source;
pub mod telemetry;
pub mod workload;

pub use db::{Db, Urls};
pub use door::Door;
pub use error::Error;
pub use tx::Tx;
