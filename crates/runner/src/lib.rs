//! The agent on a runtime: it runs what the control plane wants and outlives it.
//!
//! ```text
//! link client -> uplink -> desk -> one task for each workload: look -> decide -> perform
//!                   \-> command (resolve, restart)      |            (pure)
//!                   \-> logs (data connection)          \-> processes, files, journal
//! ```
//! A JVM started here is nobody's to lose: it has its own process group, writes its own log files, and is adopted by pid
//! and start time by whichever runner comes next. A runner may be killed at any instruction; see `decide`.
//!
//! The crate reads no environment variable, no clock and no argument: `Settings` says everything. It never speaks to a
//! database and never listens on a port.

mod artifacts;
mod beneath;
mod board;
mod bundle;
mod chain;
mod clock;
mod command;
mod condition;
mod decide;
mod deliver;
mod desk;
mod durable;
mod folder;
mod guard;
mod holds;
mod http_routes;
mod join;
mod launch;
mod library;
mod limit;
mod logs;
mod originals;
mod outlet;
mod ports;
mod prepare;
mod privilege;
mod process;
mod record;
mod route;
mod run;
mod sandbox;
mod settings;
mod shared;
mod specification;
mod status;
mod stop;
mod sweep;
mod tasks;
mod tracer;
mod uplink;
mod workload;

pub use clock::{Seams, Tick};
pub use durable::Unreadable;
pub use join::{Join, Joined, join};
pub use privilege::WorkloadUser;
pub use run::{Error, run};
pub use settings::{PORTS, Settings};
pub use stop::stop_workloads;
pub use tracer::observe;
