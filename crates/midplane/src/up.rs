//! `midplane up`: everything on one machine, from nothing to a pushed route that runs.
//!
//! ```text
//! parts (java, postgresql, camel) -> data folder, lock -> database -> server -> context
//!       -> runtime `laptop` joined and connected -> demo -> Next -> ... -> Ctrl-C
//! ```
//! The parts are separate processes that `up` keeps alive; it has no way into them but the public API, the enrolment and signals that
//! anybody has. A later start finds everything, adopts the workloads and takes seconds. A failing demo is told and does not
//! fail the start: the control plane is there to look at it.

pub mod data;
pub mod database;
mod detach;
pub mod down;
mod enrol;
mod foreground;
mod leftovers;
pub mod lock;
mod next;
pub mod parts;
pub mod plan;
pub mod ports;
mod programs;
mod running;
mod signals;
mod stack;
mod supervise;
mod transcript;

pub use signals::Signals;
pub use stack::stop_workloads;

use clap::ArgMatches;

use crate::arguments::up::UpArguments;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::output::Output;

pub async fn run(
    arguments: UpArguments,
    matches: &ArgMatches,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let plan = plan::resolve(&arguments.settings, matches, environment)?;
    if arguments.detach {
        return detach::run(&plan.data(), environment, output).await;
    }
    if arguments.background {
        detach::leave_terminal();
    }
    foreground::run(arguments, plan, environment, output).await
}

/// A transcript that says nothing, for verbs that borrow the steps of `up`.
pub fn quiet(_: &Environment) -> transcript::Transcript {
    transcript::Transcript::new(Output { colours: false, width: None }, true)
}
