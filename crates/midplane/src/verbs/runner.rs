//! `runner join|run|stop-workloads`: the program on a runtime, and what server and runner share as long-running programs.
//!
//! Logs go to standard error as one JSON object a line. Ending the runner never ends a workload; `stop-workloads` is the
//! separate, deliberate act.

use std::io::Read as _;
use std::path::PathBuf;

use clap::ArgMatches;
use domain::name::Name;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::arguments::operate::RunnerArguments;
use crate::environment::{Environment, variable};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Format, Output};
use crate::settings::Layers;
use crate::up::parts::{java_search, network};
use crate::up::plan::{DEFAULT_LOG, DEFAULT_PORTS, mirrors, ports};

const BUILD: &str = env!("CARGO_PKG_VERSION");

fn folder(data: Option<PathBuf>, environment: &Environment) -> PathBuf {
    data.unwrap_or_else(|| environment.data_home().join("runner"))
}

fn link_network() -> Outcome<link::client::Network> {
    let extra = match variable("MIDPLANE_EXTRA_CA") {
        Some(path) => {
            let path = PathBuf::from(path);
            Some(
                std::fs::read(&path)
                    .map_err(|err| Failure::file("read the extra CA", &path, &err))?,
            )
        }
        None => None,
    };
    let proxy = variable("HTTPS_PROXY").or_else(|| variable("https_proxy"));
    let no_proxy = variable("NO_PROXY").or_else(|| variable("no_proxy"));
    link::client::Network::from_env(proxy.as_deref(), no_proxy.as_deref(), extra.as_deref())
        .map_err(|err| {
            Failure::new("MP-CLI-41", Exit::Usage, "the proxy settings cannot be used")
                .because(&err)
                .next("correct HTTPS_PROXY, NO_PROXY or MIDPLANE_EXTRA_CA")
        })
}

pub async fn join(
    token: String,
    data: Option<PathBuf>,
    _: &ArgMatches,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    crate::client::tls::install();
    let token = if token == "-" {
        let mut text = String::new();
        std::io::stdin()
            .lock()
            .read_to_string(&mut text)
            .map_err(|err| Failure::internal("read the token", &err))?;
        text
    } else {
        token
    };
    let join = runner::Join {
        data: folder(data.clone(), environment),
        token: token.trim().to_owned(),
        network: link_network()?,
        build: BUILD.to_owned(),
        seams: runner::Seams::system(),
    };
    let joined = runner::join(join).await.map_err(|err| {
        Failure::new(err.code(), Exit::Refused, "this machine could not join").because(&err).next(
            "a token is good once and for 15 minutes; make another: midplane runtime add NAME",
        )
    })?;
    let data = data.map_or_else(String::new, |data| format!(" --data {}", data.display()));
    output.line(&format!(
        "joined as runtime {}; now run: {} runner run{data}",
        joined.name,
        environment.command()
    ))?;
    Ok(Exit::Done)
}

pub async fn run(
    arguments: RunnerArguments,
    matches: &ArgMatches,
    environment: &Environment,
) -> Outcome<Exit> {
    let layers = Layers::load(matches, arguments.settings.as_deref(), environment)?;
    let log = layers.pick("log", arguments.log.clone(), || DEFAULT_LOG.to_owned())?;
    start_log(&log.value)?;
    crate::client::tls::install();
    let cache = match arguments.cache.clone() {
        Some(cache) => cache,
        None => environment.cache_home(),
    };
    let java = layers
        .pick_optional("java", arguments.java.as_ref().map(|path| path.display().to_string()))?;
    let port_range = layers.pick("ports", arguments.ports.clone(), || DEFAULT_PORTS.to_owned())?;
    let maven = layers.pick_optional("maven-mirrors", arguments.maven_mirrors.clone())?;
    let mut settings = runner::Settings::new(&folder(arguments.data.clone(), environment), &cache);
    settings.m2_home = environment.home.as_ref().map(|home| home.join(".m2"));
    settings.mirrors = mirrors(maven.as_ref().map(|setting| setting.value.as_str()));
    settings.java = java_search(java.as_ref().map(|setting| setting.value.as_str()), environment);
    settings.ports = ports(&port_range.value)?;
    settings.link = link_network()?;
    settings.download = network();
    settings.address.clone_from(&arguments.link);
    BUILD.clone_into(&mut settings.build);
    if let Some(bytes) = arguments.spool_bytes {
        settings.spool.bytes = bytes;
    }
    let stop = shutdown(arguments.supervised)?;
    Box::pin(runner::run(settings, stop)).await.map_err(|err| {
        tracing::error!(error = &err as &dyn std::error::Error, "the runner ends");
        Failure::new(err.code(), Exit::Internal, "the runner cannot run")
            .because(&err)
            .next("run `midplane doctor`")
    })?;
    Ok(Exit::Done)
}

/// The jar, and the one variable. The running runner opens its door within seconds.
pub fn observe(
    name: &str,
    format: Format,
    data: Option<PathBuf>,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let name: Name = name.parse().map_err(|err| {
        Failure::new("MP-TEL-35", Exit::Usage, format!("`{name}` cannot be a name"))
            .because(&err)
            .next("use letters, digits and hyphens: midplane runner observe shop")
    })?;
    let folder = folder(data, environment);
    if !folder.join("key.pem").exists() {
        return Err(Failure::new("MP-RUN-64", Exit::Refused, "this is not the folder of a runner")
            .because_text(folder.display().to_string())
            .next("run `midplane runner join` first, or name the folder with --data"));
    }
    let value = runner::observe(&folder, name.as_str())
        .map_err(|err| Failure::file("write the token of an application", &folder, &err))?;
    let jar = format!("{} tracer jar > tracer.jar", environment.command());
    let said = json!({"name": name.as_str(), "jar": jar, "variable": {"MIDPLANE_TRACER": value}});
    match format {
        Format::Json => output.json(&said)?,
        Format::Yaml => output.yaml(&said)?,
        Format::Table => {
            for line in [
                format!("1  {jar}"),
                "2  put tracer.jar on the application's class path, as its last entry".to_owned(),
                format!("3  start it with MIDPLANE_TRACER='{value}'"),
                format!(
                    "it appears as `{}`; midplane observes it and does not manage it",
                    name.as_str()
                ),
            ] {
                output.line(&line)?;
            }
        }
    }
    Ok(Exit::Done)
}

pub async fn stop_workloads(
    data: Option<PathBuf>,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let data = folder(data, environment);
    let stopped = crate::up::stop_workloads(data).await.map_err(|why| {
        Failure::new("MP-CLI-42", Exit::Conflict, "the workloads could not be stopped")
            .because_text(why)
            .next("end the runner first")
    })?;
    output.line(&if stopped.is_empty() {
        "nothing ran".to_owned()
    } else {
        format!("stopped {}", stopped.join(" "))
    })?;
    Ok(Exit::Done)
}

/// JSON lines on standard error, filtered as `RUST_LOG` would.
pub fn start_log(filter: &str) -> Outcome {
    let filter = filter.parse::<tracing_subscriber::EnvFilter>().map_err(|err| {
        Failure::new("MP-CLI-43", Exit::Usage, format!("`{filter}` is not a log filter"))
            .because(&err)
            .next("write a level (info), or parts with levels: --log control=debug,info")
    })?;
    let _ = tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
    Ok(())
}

/// Cancelled at SIGTERM, SIGINT and, when supervised, at the end of standard input. A second signal ends the process at once.
pub fn shutdown(supervised: bool) -> Outcome<CancellationToken> {
    let token = CancellationToken::new();
    let mut signals = crate::up::Signals::new()?;
    let stop = token.clone();
    spawn(async move {
        signals.next().await;
        stop.cancel();
        signals.next().await;
        #[expect(clippy::exit, reason = "the second signal does not wait")]
        std::process::exit(i32::from(Exit::Interrupted.number()));
    });
    if supervised {
        let stop = token.clone();
        // A thread of its own: a blocked read of standard input must not keep the reactor from ending.
        std::thread::spawn(move || {
            let mut nothing = [0_u8; 64];
            while std::io::stdin().lock().read(&mut nothing).is_ok_and(|count| count > 0) {}
            stop.cancel();
        });
    }
    Ok(token)
}

#[expect(clippy::disallowed_methods, reason = "lives as long as the process")]
fn spawn(future: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(future);
}
