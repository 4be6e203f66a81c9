//! `server`: the control plane as a program of its own. Settings in, `control::server` out.
//!
//! SIGTERM and SIGINT end it softly: requests in flight finish, the lease of a runner's session is given up. Under `up`
//! (`--supervised`) the end of standard input means that the supervisor is gone, and asks for the same.

use clap::ArgMatches;

use super::runner::shutdown;
use crate::arguments::operate::ServerArguments;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::settings::Layers;
use crate::up::plan::{DEFAULT_HTTP, DEFAULT_LINK, DEFAULT_LOG};
use crate::up::ports;

pub async fn run(
    arguments: ServerArguments,
    matches: &ArgMatches,
    environment: &Environment,
) -> Outcome<Exit> {
    let layers = Layers::load(matches, arguments.settings.as_deref(), environment)?;
    let log = layers.pick("log", arguments.log.clone(), || DEFAULT_LOG.to_owned())?;
    super::runner::start_log(&log.value)?;
    let Some(database_url) =
        layers.pick_optional("database-url", arguments.database_url.clone())?
    else {
        return Err(Failure::new("MP-CLI-40", Exit::Usage, "`midplane server` needs a PostgreSQL")
            .next(
                "name it with --database-url postgres://.., or use `midplane up`, which brings one",
            ));
    };
    let http = layers.pick("http", arguments.http.clone(), || DEFAULT_HTTP.to_owned())?;
    let link = layers.pick("link", arguments.link.clone(), || DEFAULT_LINK.to_owned())?;
    let data = arguments.data.clone().unwrap_or_else(|| environment.data_home().join("server"));
    let public_url = layers.pick_optional("public-url", arguments.public_url.clone())?;
    let public_link = layers.pick_optional("public-link", arguments.public_link.clone())?;
    let instance = layers.pick_optional("instance", arguments.instance.clone())?;
    let owner_url =
        layers.pick("database-owner-url", arguments.database_owner_url.clone(), || {
            database_url.value.clone()
        })?;
    let settings = control::settings::Settings {
        owner_url: owner_url.value,
        application_url: database_url.value,
        data,
        http: ports::parse(&http.value, ports::HTTP)?,
        link: ports::parse(&link.value, ports::LINK)?,
        public_url: public_url.map(|setting| setting.value),
        link_address: public_link.map(|setting| setting.value),
        instance: instance.map_or_else(|| http.value.clone(), |setting| setting.value),
        bootstrap_token_file: None,
        allowed_hosts: Vec::new(),
    };
    crate::client::tls::install();
    let stop = shutdown(arguments.supervised)?;
    control::server::run(settings, stop).await.map_err(|err| {
        tracing::error!(error = &err as &dyn std::error::Error, "the control plane ends");
        Failure::new(err.code(), Exit::Internal, "the control plane cannot run")
            .because(&err)
            .next("run `midplane doctor`")
    })?;
    Ok(Exit::Done)
}
