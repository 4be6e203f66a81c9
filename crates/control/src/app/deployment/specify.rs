//! What a deployment asks of a runner: the specification of its workload, with secrets sealed to the runner's key.
//!
//! `recipe + configuration -> effective values -> sealed secrets -> specification, or the reason why there is none`
//!
//! What cannot be asked (a secret is not set, the runtime never joined) is no error here: the deployment is written as
//! failed, with a code and a reason, and what runs keeps running. Clear values of secrets live only inside `seal`.

use camel::descriptor::Effective;
use domain::deployment::Phase;
use domain::digest::Digest;
use domain::id::DeploymentId;
use store::Tx;
use store::deployment::Deployment;
use store::workload::Workload;

use super::Job;
use crate::app::{Error, capture};
use crate::ctx::Ctx;
use crate::gitops::plan::Recipe;
use crate::gitops::specification::{self, About, Sealed};

pub(super) struct Made {
    pub(super) deployment: Deployment,
    pub(super) specification: Option<Digest>,
    /// What the release's file says of capture here, for `app::capture`.
    pub(super) capture: serde_json::Value,
}

/// Writes the specification and its sealed secrets, or says why there is none.
pub(super) async fn specify(
    ctx: &Ctx,
    tx: &mut Tx,
    job: &Job<'_>,
    workload: &Workload,
) -> Result<Made, Error> {
    let now = ctx.now();
    let release = job.release;
    let recipe: Recipe = serde_json::from_value(release.recipe.clone()).map_err(Error::internal)?;
    let environment = job.environment;
    let (project, name) = (job.integration.project, job.integration.name.as_str());
    let configuration = store::configuration::of(tx, environment.id, project, name).await?;
    let effective = specification::effective(&recipe, &environment.name, &configuration);
    let capture = self::capture(&effective);
    let id = DeploymentId(ctx.new_id());
    let mut deployment = Deployment {
        id,
        workload: workload.id,
        release: release.id,
        generation: workload.generation,
        configuration_revision: environment.revision,
        specification: None,
        artifacts: release.bundle.iter().chain(&release.lock).map(ToString::to_string).collect(),
        cause: job.cause,
        actor: tx.actor(),
        phase: Phase::Asked,
        code: None,
        reason: None,
        log: Vec::new(),
        url: None,
        created_at: now,
        ended_at: None,
    };
    let mounts = effective.secrets.iter().map(|won| &won.value);
    let sealed = match seal(ctx, tx, job, workload, mounts).await? {
        Ok(sealed) => sealed,
        Err((code, reason)) => {
            deployment.phase = Phase::Failed;
            deployment.ended_at = Some(now);
            deployment.code = Some(code.to_owned());
            deployment.reason = Some(reason);
            return Ok(Made { deployment, specification: None, capture });
        }
    };
    let about = About {
        organization: ctx.organization(),
        project: job.project,
        environment: &environment.name,
        integration: name,
        workload: workload.id,
        deployment: id,
        generation: workload.generation,
        release,
    };
    let (digest, bytes) = specification::write(&about, &recipe, &effective, &sealed);
    store::artifact::insert(tx, store::artifact::Kind::Specification, &digest, &bytes, now).await?;
    deployment.specification = Some(digest);
    deployment.artifacts.push(digest.to_string());
    deployment.artifacts.extend(sealed.iter().map(|sealed| sealed.artifact.to_string()));
    Ok(Made { deployment, specification: Some(digest), capture })
}

/// What the release's file says of capture; an empty object: nothing.
pub(super) fn capture(effective: &Effective) -> serde_json::Value {
    let said = effective.capture.as_ref().map(|won| capture::file::settings(&won.value));
    said.unwrap_or_else(|| serde_json::json!({}))
}

/// The code of a deployment that waits for its runtime to join.
pub(super) const NEVER_JOINED: &str = "MP-REL-12";

type Missing = (&'static str, String);

/// Seals each secret to the workload's runtime; the clear values live only inside this function.
async fn seal<'a>(
    ctx: &Ctx,
    tx: &mut Tx,
    job: &Job<'_>,
    workload: &Workload,
    mounts: impl Iterator<Item = &'a camel::descriptor::SecretMount>,
) -> Result<Result<Vec<Sealed>, Missing>, Error> {
    let environment = job.environment;
    let mut out = Vec::new();
    let mut key = None;
    for mount in mounts {
        let name = specification::name_of(mount);
        let value =
            crate::app::secret::open(ctx, tx, environment.id, &mount.secret, &mount.key).await?;
        let Some(value) = value else {
            let reason = format!(
                "the secret `{name}` is not set in `{}`; set it with `midplane config set {name}=... --secret --env {}`",
                environment.name, environment.name
            );
            return Ok(Err(("MP-REL-09", reason)));
        };
        if key.is_none() {
            key = store::runtime::sealing_key(tx, workload.runtime).await?;
        }
        let Some(key) = &key else {
            let reason = format!(
                "the runtime of `{}` has never connected, so no secret can be sealed to it; this is tried again when it joins",
                environment.name
            );
            return Ok(Err((NEVER_JOINED, reason)));
        };
        let associated = link::seal::associated(
            ctx.organization(),
            &environment.name,
            &job.integration.name,
            &name,
            workload.generation,
        );
        let sealed = link::seal::seal(key, &associated, &value).map_err(Error::internal)?;
        let artifact = specification::digest(&sealed);
        let kind = store::artifact::Kind::Secret;
        store::artifact::insert(tx, kind, &artifact, &sealed, ctx.now()).await?;
        out.push(Sealed { mount: mount.clone(), artifact });
    }
    Ok(Ok(out))
}
