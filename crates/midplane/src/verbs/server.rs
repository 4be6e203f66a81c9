//! `server`: the control plane as a program of its own. Settings in, `control::server` out.
//!
//! SIGTERM and SIGINT end it softly: requests in flight finish, the lease of a runner's session is given up. Under `up`
//! (`--supervised`) the end of standard input means that the supervisor is gone, and asks for the same.

use std::path::PathBuf;

use clap::ArgMatches;
use control::settings::{OnePort, Sources};

use super::runner::shutdown;
use crate::arguments::operate::ServerArguments;
use crate::environment::{Environment, variable};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::settings::{Layers, Setting};
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
    let hosts = layers.pick_optional("allow-private-host", arguments.allow_private_host.clone())?;
    let replica = layers.pick_optional("replica-address", arguments.replica_address.clone())?;
    let settings = control::settings::Settings {
        owner_url: owner_url.value,
        application_url: database_url.value,
        data,
        http: ports::parse(&http.value, ports::HTTP)?,
        link: ports::parse(&link.value, ports::LINK)?,
        public_url: public_url.as_ref().map(|setting| setting.value.clone()),
        link_address: public_link.map(|setting| setting.value),
        instance: instance_of(instance, public_url.as_ref().unwrap_or(&http)),
        bootstrap_token_file: None,
        allowed_hosts: Vec::new(),
        one_port: one_port(&arguments, &layers)?,
        replica_address: replica.map(|setting| setting.value),
        sources: sources(hosts.as_ref().map_or("", |setting| setting.value.as_str()))?,
        console: crate::console::FILES,
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

/// Part of a cookie's name: letters, digits and dashes.
fn instance_of(given: Option<Setting<String>>, address: &Setting<String>) -> String {
    let name = given.map_or_else(|| address.value.clone(), |setting| setting.value);
    let name = name.split_once("://").map_or(name.as_str(), |(_, rest)| rest);
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    name.trim_matches('/').chars().map(plain).collect()
}

fn one_port(arguments: &ServerArguments, layers: &Layers<'_>) -> Outcome<Option<OnePort>> {
    // A flag that was not given says nothing: the file may.
    let given = arguments.one_port.then_some(true);
    if !layers.pick("one-port", given, || false)?.value {
        return Ok(None);
    }
    let text = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let chain = layers.pick_optional("tls-chain", text(&arguments.tls_chain))?;
    let key = layers.pick_optional("tls-key", text(&arguments.tls_key))?;
    match (chain, key) {
        (None, None) => Ok(Some(OnePort::Own)),
        (Some(chain), Some(key)) => {
            Ok(Some(OnePort::Files { chain: chain.value.into(), key: key.value.into() }))
        }
        (Some(_), None) | (None, Some(_)) => {
            Err(Failure::new("MP-CLI-44", Exit::Usage, "a certificate needs its key")
                .next("give both --tls-chain and --tls-key, or neither"))
        }
    }
}

/// The machine's own ways out count for sources too: the variables that a runner reads.
fn sources(private_hosts: &str) -> Outcome<Sources> {
    let extra_ca = match variable("MIDPLANE_EXTRA_CA") {
        Some(path) => {
            let path = PathBuf::from(path);
            let read = std::fs::read(&path);
            Some(read.map_err(|err| Failure::file("read the extra CA", &path, &err))?)
        }
        None => None,
    };
    let hosts = private_hosts.split(',').map(str::trim).filter(|host| !host.is_empty());
    Ok(Sources {
        private_hosts: hosts.map(str::to_owned).collect(),
        proxy: variable("HTTPS_PROXY").or_else(|| variable("https_proxy")),
        no_proxy: variable("NO_PROXY").or_else(|| variable("no_proxy")),
        extra_ca,
    })
}

#[cfg(test)]
mod tests {
    use super::{Setting, instance_of};
    use crate::settings::Origin;

    #[test]
    fn servers_behind_one_address_share_a_cookie_and_its_name_is_one() {
        let setting = |text: &str| Setting { value: text.to_owned(), origin: Origin::Flag };
        let public = setting("https://midplane.example.com/");
        assert_eq!(instance_of(None, &public), "midplane-example-com");
        assert_eq!(instance_of(None, &setting("127.0.0.1:7080")), "127-0-0-1-7080");
        assert_eq!(instance_of(Some(setting("tea shop")), &public), "tea-shop");
    }
}
