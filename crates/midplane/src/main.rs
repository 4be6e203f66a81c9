//! The binary: arguments, settings, wiring, life cycle. No rules live here.
//!
//! ```text
//! arguments -> verbs/<verb>  -> client (GraphQL)      what a user asks of a control plane
//!           -> up            -> supervised processes  everything on one machine
//!           -> verbs/server, verbs/runner             the long-running programs, also run by `up`
//! ```
//! Every failure leaves through `Failure`: a code, a sentence, what to do next, and an exit code of `exit`. `environment` is the only file that
//! reads variables, the clock or the terminal. `up` uses the API, the enrolment and the link that a fleet uses; there is no shortcut in process.

#![expect(
    unreachable_pub,
    reason = "nothing of a binary is public; `pub` here means: meant for the rest of the crate"
)]

mod arguments;
mod client;
mod console;
mod context;
mod demo;
mod doctor;
mod environment;
mod exit;
mod failure;
mod files;
mod heap;
mod output;
mod process;
mod settings;
mod up;
mod verbs;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::arguments::operate::RunnerVerb;
use crate::arguments::{Arguments, Verb};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Output, Tone};

/// A client verb, `up` and the runner need one thread; only the server gains from more.
const SERVER_THREADS: usize = 4;

fn main() -> ExitCode {
    let matches = Arguments::command().get_matches();
    let arguments = match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => arguments,
        Err(err) => err.exit(),
    };
    if matches!(arguments.verb, Verb::Runner(RunnerVerb::Run(_))) {
        heap::keep_small();
    }
    let output = Output::new(arguments.color);
    match run(arguments, &matches, &output) {
        Ok(exit) => exit.into(),
        Err(failure) if failure.code == output::GONE => Exit::Done.into(),
        Err(failure) => {
            let colours = output.paint("x", Tone::Bad) != "x" && environment::stderr_is_terminal();
            output.remark(failure.render(colours).trim_end());
            failure.exit.into()
        }
    }
}

fn run(arguments: Arguments, matches: &clap::ArgMatches, output: &Output) -> Outcome<Exit> {
    let environment = Environment::of_process()
        .map_err(|err| Failure::internal("find this program's file", &err))?;
    let mut builder = if matches!(arguments.verb, Verb::Server(_)) {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(SERVER_THREADS);
        builder
    } else {
        tokio::runtime::Builder::new_current_thread()
    };
    let runtime = builder.enable_all().build().map_err(|err| Failure::internal("start", &err))?;
    let outcome = runtime.block_on(verbs::run(arguments.verb, matches, &environment, output));
    // Blocking threads may sit in a download or in a child's pipe; nothing of theirs is needed any more.
    runtime.shutdown_background();
    outcome
}
