//! The agent on a runtime: link client, process runtime, workload supervision, logs.

mod artifacts;
mod beneath;
mod board;
mod bundle;
mod chain;
mod clock;
mod decide;
mod durable;
mod folder;
mod launch;
mod library;
mod logs;
mod outlet;
mod ports;
mod prepare;
mod privilege;
mod process;
mod record;
mod settings;
mod shared;
mod specification;
mod status;
mod tasks;
mod workload;

pub use clock::Seams;
pub use privilege::WorkloadUser;
pub use settings::Settings;
