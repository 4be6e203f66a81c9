//! The command lines of the two programs that `up` supervises: `midplane server` and `midplane runner run`.
//!
//! They get every address and folder as a flag, so that `ps` shows what they work on; nothing secret is among them.

use std::net::SocketAddr;

use provision::postgres::{APPLICATION_ROLE, Cluster, DATABASE, OWNER_ROLE};

use super::data::DataFolder;
use super::plan::Plan;
use super::supervise::Program;
use crate::environment::Environment;

pub fn server(
    plan: &Plan,
    data: &DataFolder,
    environment: &Environment,
    http: SocketAddr,
    link: SocketAddr,
    cluster: &Cluster,
) -> Program {
    let mut arguments = vec![
        ("--data", data.server().display().to_string()),
        ("--http", http.to_string()),
        ("--link", link.to_string()),
        ("--database-url", cluster.address().url(APPLICATION_ROLE, DATABASE, None)),
        ("--database-owner-url", cluster.address().url(OWNER_ROLE, DATABASE, None)),
        ("--log", plan.log.value.clone()),
    ];
    if let Some(hosts) = &plan.allow_private_host {
        arguments.push(("--allow-private-host", hosts.value.clone()));
    }
    Program {
        name: "server",
        executable: environment.executable.clone(),
        arguments: flags(&["server", "--supervised"], arguments),
        log: data.log("server"),
    }
}

pub fn runner(
    plan: &Plan,
    data: &DataFolder,
    environment: &Environment,
    link: SocketAddr,
) -> Program {
    let mut arguments = vec![
        ("--data", data.runner().display().to_string()),
        ("--cache", plan.cache.value.clone()),
        ("--link", link.to_string()),
        ("--ports", plan.ports.value.clone()),
        ("--log", plan.log.value.clone()),
    ];
    if let Some(java) = &plan.java {
        arguments.push(("--java", java.value.clone()));
    }
    if let Some(mirrors) = &plan.maven_mirrors {
        arguments.push(("--maven-mirrors", mirrors.value.clone()));
    }
    Program {
        name: "runner",
        executable: environment.executable.clone(),
        arguments: flags(&["runner", "run", "--supervised"], arguments),
        log: data.log("runner"),
    }
}

fn flags(verb: &[&str], flags: impl IntoIterator<Item = (&'static str, String)>) -> Vec<String> {
    let verb = verb.iter().map(|word| (*word).to_owned());
    verb.chain(flags.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value])).collect()
}
