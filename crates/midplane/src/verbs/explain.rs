//! `explain`: where each key of a plug came from, why it is not coupled, what would change.
//!
//! Asks the cluster with the caller's own rights and writes nothing. What the caller may not see is not there.

use ::operator::core::{ObjectRef, Settings};
use ::operator::kube::ask::{Asker, Config, configuration};

use crate::arguments::explain::{ExplainArguments, Explained};
use crate::environment::now;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Format, Output};

pub async fn run(arguments: ExplainArguments, output: &Output) -> Outcome<Exit> {
    let config = connect(arguments.context.as_deref()).await?;
    let namespace = arguments.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
    let reference = match arguments.kind {
        Explained::Plug => ObjectRef::plug(&namespace, &arguments.name),
        Explained::Socket => ObjectRef::socket(&namespace, &arguments.name),
    };
    // The hash of a status is compared with nothing here, so the operator's key is not needed.
    let settings = Settings::new("", [0; 32]);
    let asker = Asker::new(config, settings).map_err(|err| unreachable_cluster(&err))?;
    let seen = asker.explain(&reference, now()).await.map_err(|err| unreachable_cluster(&err))?;
    let Some(seen) = seen else {
        return Err(Failure::new(
            "MP-CLI-91",
            Exit::NotFound,
            format!("there is no {reference}, or you may not see it"),
        )
        .next(format!(
            "look for it with `kubectl get {}s -A`; the definitions come from `midplane crds`",
            reference.kind.to_lowercase()
        )));
    };
    let value = serde_json::to_value(&seen)
        .map_err(|err| Failure::internal("write the explanation", &err))?;
    match arguments.output {
        Format::Table => {
            for line in seen.lines(arguments.tree) {
                output.line(&line)?;
            }
        }
        Format::Json => output.json(&value)?,
        Format::Yaml => output.yaml(&value)?,
    }
    Ok(if seen.cause.is_some() { Exit::Fault } else { Exit::Done })
}

/// The cluster that the kubeconfig or the pod's account names.
pub async fn connect(context: Option<&str>) -> Outcome<Config> {
    crate::client::tls::install();
    configuration(context).await.map_err(|why| {
        Failure::new("MP-CLI-90", Exit::Usage, "no cluster is configured")
            .because_text(why)
            .next("set KUBECONFIG to the file of your cluster, or name a context with --context")
    })
}

pub fn unreachable_cluster(err: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::new("MP-CLI-92", Exit::Unreachable, "the cluster does not answer as it should")
        .because(err)
        .next("try `kubectl get plugs -A`; if that works, report this")
}
