//! After a deployment failed, or was restarted well: what is kept of messages is again what the release says that runs.
//!
//! The specification stays the one that was asked for, since a runner that lost its memory has to try it; the rules of
//! redaction must not wait for that. A workload that never ran keeps what the failed release said: it has no messages.

use jiff::Timestamp;
use store::Tx;
use store::workload::Workload;

use super::specify;
use crate::app::Error;
use crate::gitops::plan::Recipe;
use crate::gitops::specification;

/// Tells the runtime what the last release that became ready says of capture.
pub(super) async fn capture(tx: &mut Tx, workload: &Workload, at: Timestamp) -> Result<(), Error> {
    let ready = store::deployment::list_ready_releases(tx, workload.id).await?;
    let Some(&running) = ready.first() else { return Ok(()) };
    let release = store::release::find(tx, running).await?;
    let environment = store::environment::find(tx, workload.environment).await?;
    let integration = store::integration::find(tx, workload.integration).await?;
    let (Some(release), Some(environment), Some(integration)) = (release, environment, integration)
    else {
        return Ok(());
    };
    let recipe: Recipe = serde_json::from_value(release.recipe).map_err(Error::internal)?;
    let configuration =
        store::configuration::of(tx, environment.id, integration.project, &integration.name)
            .await?;
    let effective = specification::effective(&recipe, &environment.name, &configuration);
    let capture = specify::capture(&effective);
    Ok(store::desired::set_capture(tx, workload.id, workload.runtime, &capture, at).await?)
}
