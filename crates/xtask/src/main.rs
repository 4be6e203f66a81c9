//! The project's own commands: `cargo xtask VERB`.
//!
//! Each verb is a file of that name. A verb finds or fetches what it needs and says so; a tool that is missing and cannot
//! be fetched is named with the command that installs it. Nothing here is needed at run time.

mod bench;
mod cargo;
mod console;
mod generate;
mod install;
mod kube;
mod lint;
mod machine;
mod test;
mod tidy;
mod up;

use std::process::ExitCode;

use clap::Parser;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own commands", disable_version_flag = true)]
enum Verb {
    /// Build Midplane, fetch what it needs and start everything on this machine.
    Up(up::Arguments),
    /// Build an optimised binary and put it on the PATH.
    Install(install::Arguments),
    /// Fetch or build the real parts and run the tests.
    Test(test::Arguments),
    /// Formatting, clippy with warnings as errors, tidy.
    Lint,
    /// Direction of dependencies, file sizes, orphans, module docs, error pages, licences and sources.
    Tidy,
    /// A Kubernetes API server for trying things out: up, down, status, build.
    Kube(kube::Arguments),
    /// Measure, paired with the peer or the physical limit.
    Bench(bench::Arguments),
    /// Make what is checked in and generated: query data, schema, catalogue, reference.
    Generate(generate::Arguments),
}

fn main() -> ExitCode {
    let done = match Verb::parse() {
        Verb::Up(arguments) => up::run(arguments),
        Verb::Install(arguments) => install::run(arguments),
        Verb::Test(arguments) => test::run(arguments),
        Verb::Lint => lint::run(),
        Verb::Tidy => tidy::run(),
        Verb::Kube(arguments) => kube::run(arguments),
        Verb::Bench(arguments) => bench::run(arguments),
        Verb::Generate(arguments) => generate::run(arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            say::error(&err);
            ExitCode::FAILURE
        }
    }
}

/// The one place of this crate that prints.
mod say {
    #![expect(
        clippy::print_stdout,
        clippy::print_stderr,
        reason = "a command line tool speaks to its user"
    )]

    pub(crate) fn line(text: impl std::fmt::Display) {
        println!("{text}");
    }

    pub(crate) fn step(name: &str, text: impl std::fmt::Display) {
        eprintln!("  {name:<13} {text}");
    }

    pub(crate) fn error(err: &anyhow::Error) {
        eprintln!("error: {err:#}");
    }
}
