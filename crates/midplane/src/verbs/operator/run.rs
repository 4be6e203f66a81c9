//! `operator` without a further verb: couples plugs and sockets of a cluster. `crds`: their definitions.
//!
//! The cluster is the one of `KUBECONFIG`, or the one this pod runs in. SIGTERM lets running reconciles finish and gives the lease back.

use std::sync::Arc;

use jiff::Timestamp;
use operator::apparatus::guard::Guard;
use operator::core::Settings;
use operator::core::preview::Preview;
use operator::kube::ask::Asker;
use operator::kube::rights::{Scope, objects};
use operator::kube::{Error, Metrics, Options, Seams, Term};

use crate::arguments::operator::run::RunArguments;
use crate::environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Format, Output};
use crate::verbs::explain::{connect, unreachable_cluster};
use crate::verbs::runner::{shutdown, start_log};

pub fn crds(output: &Output) -> Outcome<Exit> {
    let yaml = k8s::crd::yaml().map_err(|err| Failure::internal("print the definitions", &err))?;
    output.write(&yaml)?;
    Ok(Exit::Done)
}

pub async fn run(arguments: RunArguments, output: &Output) -> Outcome<Exit> {
    if arguments.print_rbac {
        return print_rights(&arguments, output);
    }
    if arguments.dry_run {
        return try_out(&arguments, output).await;
    }
    start_log(&arguments.log)?;
    crate::client::tls::install();
    let stop = shutdown(false)?;
    let options = Options {
        namespace: arguments.namespace,
        namespaces: arguments.namespaces,
        workers: arguments.workers,
        listen: Some(arguments.listen),
        term: Some(Term::default()),
        guard: Guard::new(arguments.allow_loopback_apparatus),
        seams: Arc::new(Process(identity())),
        open_consent: arguments.open_consent,
        open_specs: arguments.open_templates,
        plain_results: arguments.plain_results,
        metrics: Arc::new(Metrics::default()),
    };
    let config = operator::kube::configuration().await.map_err(|err| failed(&err))?;
    operator::kube::run(config, options, stop).await.map_err(|err| failed(&err))?;
    Ok(Exit::Done)
}

/// Asks with the caller's own rights. Journals stay closed, so it speaks of what a cluster looks like to an operator that begins: what
/// it would adopt of another one, and what it would couple.
async fn try_out(arguments: &RunArguments, output: &Output) -> Outcome<Exit> {
    let config = connect(None).await?;
    let mut settings = Settings::new(&arguments.namespace, [0; 32]);
    settings.namespaces.clone_from(&arguments.namespaces);
    settings.open_consent = arguments.open_consent;
    settings.open_specs = arguments.open_templates;
    settings.plain_results = arguments.plain_results;
    let asker = Asker::new(config, settings).map_err(|err| unreachable_cluster(&err))?;
    let previews = asker
        .preview(&arguments.namespaces, environment::now())
        .await
        .map_err(|err| unreachable_cluster(&err))?;
    let value = serde_json::to_value(&previews)
        .map_err(|err| Failure::internal("write the report", &err))?;
    match arguments.output {
        Format::Table if previews.is_empty() => {
            output.line("there are no plugs, sockets or deferred resources here")?;
        }
        Format::Table => {
            for line in previews.iter().flat_map(Preview::lines) {
                output.line(&line)?;
            }
        }
        Format::Json => output.json(&value)?,
        Format::Yaml => output.yaml(&value)?,
    }
    Ok(Exit::Done)
}

fn failed(err: &Error) -> Failure {
    let exit = match err {
        Error::OtherManager { .. } | Error::Listen { .. } => Exit::Conflict,
        Error::LeaseLost { .. } | Error::Cluster { .. } => Exit::Unreachable,
        Error::Config(_) | Error::Kubeconfig(_) | Error::Rights { .. } => Exit::Usage,
        Error::Key { .. } | Error::Http(_) => Exit::Internal,
    };
    Failure::new(err.code(), exit, "the operator cannot work").because(err)
}

fn print_rights(arguments: &RunArguments, output: &Output) -> Outcome<Exit> {
    let scope = if arguments.all_namespaces {
        Scope::All
    } else if arguments.namespaces.is_empty() {
        return Err(Failure::new(
            "MP-OP-46",
            Exit::Usage,
            "rights can be printed for named namespaces, or for the whole cluster",
        )
        .next("midplane operator --print-rbac --namespaces A,B, or --all-namespaces"));
    } else {
        Scope::Namespaces(arguments.namespaces.clone())
    };
    for (why, object) in objects(&arguments.namespace, &scope) {
        let yaml = serde_saphyr::to_string(&object)
            .map_err(|err| Failure::internal("print the roles", &err))?;
        let comment: String = why.lines().map(|line| format!("# {line}\n")).collect();
        output.write(&format!("---\n{comment}{}", yaml.trim_start_matches("---\n")))?;
    }
    Ok(Exit::Done)
}

/// Tells processes of one host apart, and hosts by their name, which in a cluster is the pod's.
fn identity() -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("{host}-{}", std::process::id())
}

struct Process(String);

impl Seams for Process {
    fn now(&self) -> Timestamp {
        environment::now()
    }

    fn random(&self) -> [u8; 32] {
        operator::kube::random()
    }

    fn identity(&self) -> &str {
        &self.0
    }
}
