//! Configuration set on an environment: for everything in it, for a project, or for one integration.
//!
//! Setting or removing counts a revision of the environment and lets what is affected be deployed again, in the same
//! transaction. Which layer wins for an integration also depends on its files: `effective` asks `camel`'s merge with what
//! the release kept of them. Values of secrets are not here.

use camel::descriptor::{self, Effective, Layer, SecretMount, SecretTarget};
use domain::id::EnvironmentId;
use domain::name::Name;
use domain::permission::Permission;
use serde_json::json;
use store::Tx;
use store::configuration::{self, Entry, Target};

use crate::app::deployment::follow::{self, Affected};
use crate::app::deployment::operate::{self, Wanted};
use crate::app::deployment::read;
use crate::app::{Error, capture, environment, project};
use crate::ctx::Ctx;
use crate::gitops::plan::Recipe;
use crate::gitops::specification;

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

/// One key as an integration gets it, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Won {
    pub key: String,
    pub value: Value,
    pub layer: Layer,
    /// Layers that set it too and lost, the lowest first.
    pub hidden: Vec<Layer>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Property(String),
    /// `health.startup`, `resources.memory`, `resources.cpu`, `profile`, `expose`, `capture`.
    Setting(String),
    /// Where it is mounted, and whether the environment has a value. The value itself is shown to nobody.
    Secret {
        target: SecretTarget,
        is_set: bool,
    },
}

/// What an integration gets in an environment with its newest deployment's release and what is set there now.
pub async fn effective(ctx: &Ctx, wanted: &Wanted<'_>) -> Result<Vec<Won>, Error> {
    let mut tx = ctx.begin().await?;
    let place = operate::place(ctx, &mut tx, Permission::ReadConfiguration, wanted).await?;
    let (integration, environment) = (place.integration, place.environment);
    let Some(id) = place.workload.deployment else { return Ok(Vec::new()) };
    let Some(deployment) = store::deployment::find(&mut tx, id).await? else {
        return Ok(Vec::new());
    };
    let release = read::release_of(&mut tx, deployment.release).await?;
    let recipe: Recipe = serde_json::from_value(release.recipe).map_err(Error::internal)?;
    let set = configuration::of(&mut tx, environment.id, integration.project, &integration.name);
    let effective = specification::effective(&recipe, &environment.name, &set.await?);
    let known = store::secret::describe(&mut tx, environment.id).await?;
    Ok(list_won(&effective, |mount| {
        known.iter().any(|one| one.secret == mount.secret && one.key == mount.key)
    }))
}

/// Everything that wins, by kind and key.
fn list_won(effective: &Effective, is_set: impl Fn(&SecretMount) -> bool) -> Vec<Won> {
    let setting = |key: &str, won: Option<descriptor::Won<String>>| {
        won.map(|won| Won {
            key: key.to_owned(),
            value: Value::Setting(won.value),
            layer: won.layer,
            hidden: won.hidden,
        })
    };
    let properties = effective.properties.iter().map(|(key, won)| Won {
        key: key.clone(),
        value: Value::Property(won.value.clone()),
        layer: won.layer,
        hidden: won.hidden.clone(),
    });
    let secrets = effective.secrets.iter().map(|won| Won {
        key: specification::name_of(&won.value),
        value: Value::Secret { target: won.value.target.clone(), is_set: is_set(&won.value) },
        layer: won.layer,
        hidden: won.hidden.clone(),
    });
    let settings = [
        setting(
            "health.startup",
            as_text(effective.startup.as_ref(), |it| format!("{} s", it.as_secs())),
        ),
        setting(
            "resources.memory",
            as_text(effective.memory_bytes.as_ref(), |it| format!("{it} bytes")),
        ),
        setting("resources.cpu", as_text(effective.cpu_millis.as_ref(), |it| format!("{it}m"))),
        setting("profile", as_text(effective.profile.as_ref(), |it| it.as_str().to_owned())),
        setting(
            "expose",
            as_text(effective.expose.as_ref(), |it| it.path.clone().unwrap_or_else(|| "/".into())),
        ),
        setting(
            "capture",
            as_text(effective.capture.as_ref(), |it| capture::file::settings(it).to_string()),
        ),
    ];
    properties.chain(secrets).chain(settings.into_iter().flatten()).collect()
}

fn as_text<T>(
    won: Option<&descriptor::Won<T>>,
    text: impl Fn(&T) -> String,
) -> Option<descriptor::Won<String>> {
    won.map(|won| descriptor::Won {
        value: text(&won.value),
        layer: won.layer,
        hidden: won.hidden.clone(),
    })
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
    follow::redeploy_environment(ctx, tx, environment, Affected::Secret(secret)).await?;
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
    follow::redeploy_environment(ctx, tx, environment, affected).await?;
    store::bus::publish(tx, "environment", environment.0).await.map_err(Error::internal)
}
