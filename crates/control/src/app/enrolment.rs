//! Offering a runtime: a row, a one-time secret, one line to paste.
//!
//! The secret is returned once and only its digest stays. Redeeming it is not here: a runner has no `Ctx`, it comes over the
//! link (`link_server::handler`) and is judged by `domain::enrolment`. What a join sets going is: `joined`.

use domain::enrolment::Enrolment;
use domain::id::RuntimeId;
use domain::name::Name;
use domain::permission::Permission;
use domain::runtime::Purpose;
use link::token::{JoinToken, Secret};
use store::Tx;
use store::runtime::InsertError;

use super::deployment::follow::follow_runtime;
use super::{Error, release};
use crate::ctx::Ctx;

#[derive(Clone, Debug)]
pub struct Offered {
    pub id: RuntimeId,
    pub name: Name,
    /// One line that enrols a machine: where we are, whom to trust, and a secret. Shown once.
    pub token: String,
    /// What the runner will be allowed to do here, as shown before it is installed.
    pub permissions: Vec<String>,
}

/// Registers a runtime and offers it a token for 15 minutes.
pub async fn offer(ctx: &Ctx, name: &str, purposes: &[Purpose]) -> Result<Offered, Error> {
    ctx.require(Permission::ManageRuntime, ctx.everywhere())?;
    let name: Name = name.parse()?;
    if purposes.is_empty() {
        return Err(Error::invalid(
            "MP-ENROL-15",
            "a runtime has at least one purpose: run, build or shared",
        ));
    }
    let (id, now) = (RuntimeId(ctx.new_id()), ctx.now());
    let secret = ctx.server.system.random::<32>();
    let token = JoinToken {
        address: ctx.settings().runner_address(),
        pin: ctx.server.authority.pin(),
        secret: Secret::new(secret),
    };
    let digest = token.secret.digest();
    let Enrolment::Offered { token: kept, expires_at } = Enrolment::offer(digest, now) else {
        return Err(Error::invalid("MP-ENROL-15", "an offer is an offer"));
    };
    let mut tx = ctx.begin().await?;
    match store::runtime::insert(&mut tx, id, name.as_str(), purposes, now).await {
        Ok(()) => {}
        Err(InsertError::NameTaken) => {
            let message =
                format!("there is a runtime `{name}`; revoke it first or choose another name");
            return Err(Error::conflict("MP-ENROL-12", message));
        }
        Err(InsertError::Database(err)) => return Err(Error::internal(err)),
    }
    store::enrolment::insert_offered(&mut tx, id, kept, expires_at)
        .await
        .map_err(Error::internal)?;
    let detail = serde_json::json!({
        "name": name.as_str(),
        "purposes": purposes.iter().map(|purpose| purpose.as_str()).collect::<Vec<_>>(),
    });
    ctx.audit(&mut tx, "runtime.add", "runtime", &id.to_string(), detail).await?;
    ctx.commit(tx).await?;
    Ok(Offered { id, name, token: token.to_string(), permissions: permissions(purposes) })
}

/// A runtime joined: what waited for its key is deployed, what waited for a builder is asked. Called in the transaction of
/// its enrolment, whose runner then finds everything when it connects.
pub(crate) async fn joined(ctx: &Ctx, tx: &mut Tx, runtime: RuntimeId) -> Result<(), Error> {
    follow_runtime(ctx, tx, runtime).await?;
    release::ask_waiting(ctx, tx).await
}

/// In words, because it is read by who decides whether to install.
fn permissions(purposes: &[Purpose]) -> Vec<String> {
    let mut lines = vec![
        "dial this control plane; nothing dials the runtime".to_owned(),
        "read the artifacts of what is deployed on it".to_owned(),
        "report states, events and logs of its own workloads".to_owned(),
    ];
    for purpose in purposes {
        lines.push(match purpose {
            Purpose::Run => "run the workloads of the environments that choose it".to_owned(),
            Purpose::Build => "resolve the dependencies of releases".to_owned(),
            Purpose::Shared => "run workloads of several environments side by side".to_owned(),
        });
    }
    lines
}
