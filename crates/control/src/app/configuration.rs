//! Configuration set on an environment: for everything in it, for a project, or for one integration.
//!
//! Setting or removing counts a revision of the environment and lets what is affected be deployed again, in the same
//! transaction. Which layer wins for an integration also depends on its files; that is `camel`'s merge, done where the
//! files are. Secrets are not here.

use domain::id::EnvironmentId;
use domain::name::Name;
use domain::permission::Permission;
use serde_json::json;
use store::Tx;
use store::configuration::{self, Entry, Target};

use crate::app::deployment::{self, Affected};
use crate::app::{Error, environment, project};
use crate::ctx::Ctx;

/// A property key is a word to Camel; this is far above any real one.
const LONGEST_KEY: usize = 256;
/// As the column's check.
const LONGEST_VALUE: usize = 65_536;
/// One call is one transaction and one deployment of everything affected.
const ENTRIES_AT_ONCE: usize = 200;

/// For what a value is set, by the names that people type.
#[derive(Clone, Debug, Default)]
pub struct For {
    pub project: Option<String>,
    pub integration: Option<String>,
}

async fn target(ctx: &Ctx, tx: &mut Tx, wanted: &For) -> Result<Target, Error> {
    match (&wanted.project, &wanted.integration) {
        (None, None) => Ok(Target::Everything),
        (Some(name), None) => Ok(Target::Project(project::visible(ctx, tx, name).await?.id)),
        (Some(name), Some(integration)) => {
            let integration: Name = integration.parse()?;
            let project = project::visible(ctx, tx, name).await?.id;
            Ok(Target::Integration(project, integration.to_string()))
        }
        (None, Some(_)) => {
            Err(Error::invalid("MP-API-10", "an integration is named together with its project"))
        }
    }
}

fn check(key: &str, value: &str) -> Result<(), Error> {
    let shown: String = key.escape_debug().take(40).collect();
    let bad = |byte: u8| byte.is_ascii_control() || byte.is_ascii_whitespace() || byte == b'=';
    if key.is_empty() || key.len() > LONGEST_KEY || key.bytes().any(bad) {
        let message = format!(
            "`{shown}` is no property key: 1 to {LONGEST_KEY} bytes without blanks and `=`"
        );
        return Err(Error::invalid("MP-API-10", message));
    }
    if value.len() > LONGEST_VALUE {
        let message = format!("the value of `{shown}` is longer than {LONGEST_VALUE} bytes");
        return Err(Error::invalid("MP-API-10", message));
    }
    Ok(())
}

pub async fn set(
    ctx: &Ctx,
    environment: &str,
    wanted: &For,
    entries: &[(String, String)],
) -> Result<(), Error> {
    if entries.is_empty() || entries.len() > ENTRIES_AT_ONCE {
        let message = format!("between 1 and {ENTRIES_AT_ONCE} entries are set at once");
        return Err(Error::invalid("MP-API-10", message));
    }
    for (key, value) in entries {
        check(key, value)?;
    }
    let mut tx = ctx.begin().await?;
    let environment = environment::visible(ctx, &mut tx, environment).await?;
    ctx.require(Permission::WriteConfiguration, ctx.environment(environment.id))?;
    let target = target(ctx, &mut tx, wanted).await?;
    store::environment::next_revision(&mut tx, environment.id).await.map_err(Error::internal)?;
    for (key, value) in entries {
        configuration::put(&mut tx, environment.id, &target, key, value, ctx.now())
            .await
            .map_err(Error::internal)?;
    }
    changed(ctx, &mut tx, environment.id, &target).await?;
    let keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
    let detail = json!({ "environment": environment.name, "project": wanted.project, "integration": wanted.integration, "keys": keys });
    ctx.audit(&mut tx, "configuration.set", "environment", &environment.id.to_string(), detail)
        .await?;
    ctx.commit(tx).await
}

pub async fn unset(
    ctx: &Ctx,
    environment: &str,
    wanted: &For,
    keys: &[String],
) -> Result<(), Error> {
    let mut tx = ctx.begin().await?;
    let environment = environment::visible(ctx, &mut tx, environment).await?;
    ctx.require(Permission::WriteConfiguration, ctx.environment(environment.id))?;
    let target = target(ctx, &mut tx, wanted).await?;
    store::environment::next_revision(&mut tx, environment.id).await.map_err(Error::internal)?;
    for key in keys {
        let was_set = configuration::delete(&mut tx, environment.id, &target, key)
            .await
            .map_err(Error::internal)?;
        if !was_set {
            let what = format!("key `{key}` set there in `{}`", environment.name);
            return Err(Error::not_found(&what));
        }
    }
    changed(ctx, &mut tx, environment.id, &target).await?;
    let detail = json!({ "environment": environment.name, "project": wanted.project, "integration": wanted.integration, "keys": keys });
    ctx.audit(&mut tx, "configuration.unset", "environment", &environment.id.to_string(), detail)
        .await?;
    ctx.commit(tx).await
}

/// What is set in the environment, of projects that the actor may see.
pub async fn list(ctx: &Ctx, environment: &str, wanted: &For) -> Result<Vec<Entry>, Error> {
    let mut tx = ctx.begin().await?;
    let environment = environment::visible(ctx, &mut tx, environment).await?;
    ctx.require(Permission::ReadConfiguration, ctx.environment(environment.id))?;
    let target = target(ctx, &mut tx, wanted).await?;
    let mut all = configuration::list(&mut tx, environment.id).await.map_err(Error::internal)?;
    all.retain(|entry| {
        reaches(&entry.target, &target)
            && match &entry.target {
                Target::Everything => true,
                Target::Project(id) | Target::Integration(id, _) => {
                    ctx.may(Permission::ReadProject, ctx.project(*id))
                }
            }
    });
    Ok(all)
}

/// Whether an entry set for `set` is of interest to whoever asks about `asked`.
fn reaches(set: &Target, asked: &Target) -> bool {
    match (set, asked) {
        (_, Target::Everything) | (Target::Everything, _) => true,
        (Target::Project(set) | Target::Integration(set, _), Target::Project(asked))
        | (Target::Project(set), Target::Integration(asked, _)) => set == asked,
        (Target::Integration(..), Target::Integration(..)) => set == asked,
    }
}

/// Lets the integrations that mount a secret be deployed again.
pub(crate) async fn secret_changed(
    ctx: &Ctx,
    tx: &mut Tx,
    environment: EnvironmentId,
    secret: &str,
) -> Result<(), Error> {
    deployment::redeploy_environment(ctx, tx, environment, Affected::Secret(secret)).await?;
    store::bus::publish(tx, "environment", environment.0).await.map_err(Error::internal)
}

/// Lets what is affected be deployed again.
async fn changed(
    ctx: &Ctx,
    tx: &mut Tx,
    environment: EnvironmentId,
    target: &Target,
) -> Result<(), Error> {
    let affected = match target {
        Target::Everything => Affected::Everything,
        Target::Project(project) => Affected::Project(*project),
        Target::Integration(project, name) => Affected::Integration(*project, name),
    };
    deployment::redeploy_environment(ctx, tx, environment, affected).await?;
    store::bus::publish(tx, "environment", environment.0).await.map_err(Error::internal)
}
