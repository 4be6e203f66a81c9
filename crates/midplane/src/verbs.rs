//! One file for each verb; this one only leads to them.

pub mod admin;
pub mod capture;
pub mod check;
pub mod completion;
pub mod config;
pub mod context;
pub mod demo;
pub mod describe;
pub mod explain;
pub mod failures;
pub mod get;
pub mod hook;
pub mod login;
pub mod logs;
pub mod message;
pub mod messages;
pub mod operate;
pub mod operator;
pub mod redact;
pub mod reference;
pub mod replay;
pub mod route;
pub mod runner;
pub mod runtime;
pub mod send;
pub mod server;
pub mod source;
pub mod status;
pub mod sync;
pub mod tracer;

use clap::ArgMatches;

use crate::arguments::Verb;
use crate::arguments::operate::{HookVerb, RunnerVerb};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::output::Output;

pub async fn run(
    verb: Verb,
    matches: &ArgMatches,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    match verb {
        Verb::Up(arguments) => {
            Box::pin(crate::up::run(arguments, matches, environment, output)).await
        }
        Verb::Down(arguments) => crate::up::down::run(arguments, environment, output).await,
        Verb::Login(arguments) => login::run(arguments, environment, output).await,
        Verb::Status(arguments) => status::run(arguments, environment, output).await,
        Verb::Get(arguments) => get::run(arguments, environment, output).await,
        Verb::Describe(arguments) => describe::run(arguments, environment, output).await,
        Verb::Logs(arguments) => logs::run(arguments, environment, output).await,
        Verb::Messages(arguments) => messages::run(arguments, environment, output).await,
        Verb::Message(arguments) => message::run(arguments, environment, output).await,
        Verb::Send(arguments) => send::run(arguments, environment, output).await,
        Verb::Replay(arguments) => replay::run(arguments, environment, output).await,
        Verb::Replays(verb) => replay::bulk::verb(verb, environment, output).await,
        Verb::Failures(arguments) => failures::run(arguments, environment, output).await,
        Verb::Capture(arguments) => capture::run(arguments, environment, output).await,
        Verb::Redact(verb) => redact::run(verb, environment, output).await,
        Verb::Source(verb) => source::run(verb, environment, output).await,
        Verb::Sync(arguments) => sync::run(arguments, environment, output).await,
        Verb::Check(arguments) => check::run(&arguments, output),
        Verb::Rollback(arguments) => operate::rollback(arguments, environment, output).await,
        Verb::Resume(arguments) => {
            operate::run(operate::Action::Resume, arguments, environment, output).await
        }
        Verb::Restart(arguments) => {
            operate::run(operate::Action::Restart, arguments, environment, output).await
        }
        Verb::Stop(arguments) => {
            operate::run(operate::Action::Stop, arguments, environment, output).await
        }
        Verb::Start(arguments) => {
            operate::run(operate::Action::Start, arguments, environment, output).await
        }
        Verb::Route(verb) => route::run(verb, environment, output).await,
        Verb::Config(verb) => config::run(verb, environment, output).await,
        Verb::Runtime(verb) => runtime::run(verb, environment, output).await,
        Verb::Context(verb) => context::run(verb, environment, output).await,
        Verb::Demo(verb) => demo::run(verb, environment, output).await,
        Verb::Doctor(arguments) => {
            crate::doctor::run(arguments, matches, environment, output).await
        }
        Verb::Explain(arguments) => Box::pin(explain::run(arguments, output)).await,
        Verb::Server(arguments) => server::run(arguments, matches, environment).await,
        Verb::Runner(RunnerVerb::Join { token, data }) => {
            runner::join(token, data, matches, environment, output).await
        }
        Verb::Runner(RunnerVerb::Run(arguments)) => {
            runner::run(arguments, matches, environment).await
        }
        Verb::Runner(RunnerVerb::Observe { name, output: format, data }) => {
            runner::observe(&name, format, data, environment, output)
        }
        Verb::Runner(RunnerVerb::StopWorkloads { data }) => {
            runner::stop_workloads(data, environment, output).await
        }
        Verb::Operator(arguments) => Box::pin(operator::run(arguments, output)).await,
        Verb::Crds => operator::run::crds(output),
        Verb::Tracer(verb) => tracer::run(verb, environment).await,
        Verb::Admin(verb) => admin::run(verb, matches, environment, output).await,
        Verb::Completion { shell } => completion::run(shell, output),
        Verb::Hook(HookVerb::PostReceive { data, source }) => {
            Ok(hook::post_receive(&data, &source, output).await)
        }
        Verb::Reference => reference::run(output),
    }
}
