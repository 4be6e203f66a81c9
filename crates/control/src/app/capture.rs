//! What is recorded of messages: who may say so, for what, and what holds in the end.
//!
//! Layers are laid over each other by `domain::capture`; here they are read and written, and a change wakes the runners
//! concerned, which bring it to the tracers without a restart. A window (`midplane capture orders --bodies --for 10m`) ends
//! by itself: nobody has to remember to close it.

pub(crate) mod delivered;
pub(crate) mod file;
pub mod json;
pub mod trial;

use domain::capture::{Effective, Level, Settings};
use domain::id::{EnvironmentId, ProjectId};
use domain::permission::Permission;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::Tx;
use store::capture::{Layer, Place};
use store::telemetry::name::Origin;
use uuid::Uuid;

use super::Error;
use crate::ctx::Ctx;

/// A window longer than this is a setting.
const LONGEST_WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// Retention and index of what arrives from an origin; of the rest its runner took care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    retention_days: u32,
    index_words: bool,
}

impl Stored {
    pub fn retention_class(self) -> i16 {
        store::telemetry::class_of(self.retention_days)
    }

    pub fn index_words(self) -> bool {
        self.index_words
    }
}

/// What holds for records of an origin.
pub async fn effective(
    tx: &mut Tx,
    origin: &Origin,
    now: Timestamp,
) -> Result<Stored, store::Error> {
    let layers = store::capture::list(tx).await?;
    let at = At {
        environment: origin.environment_id,
        project: origin.project,
        integration: &origin.integration,
        route: "",
    };
    let Effective { retention_days, index_words, .. } = at.effective(&layers, now);
    Ok(Stored { retention_days, index_words })
}

/// What holds for one integration in one environment, as a whole (`route` empty) or for one of its routes.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    pub environment: Option<EnvironmentId>,
    pub project: Option<ProjectId>,
    pub integration: &'a str,
    pub route: &'a str,
}

impl At<'_> {
    pub(super) fn covered_by(&self, place: &Place) -> bool {
        let nil = Uuid::nil();
        (place.environment.0 == nil || Some(place.environment) == self.environment)
            && (place.project.0 == nil || Some(place.project) == self.project)
            && (place.integration.is_empty() || place.integration == self.integration)
            && (place.route.is_empty() || place.route == self.route)
    }

    /// `layers` come as the store lists them: the least exact first.
    pub fn effective(&self, layers: &[Layer], now: Timestamp) -> Effective {
        let mine: Vec<&Layer> = layers.iter().filter(|it| self.covered_by(&it.place)).collect();
        // A layer that no longer reads says nothing; it is refused when it is written.
        let settings: Vec<Settings> =
            mine.iter().filter_map(|layer| json::read(&layer.settings).ok()).collect();
        let window = mine.iter().rev().find_map(|layer| {
            layer.window.filter(|(_, until)| *until > now).map(|(level, _)| level)
        });
        Effective::of(&settings, window)
    }
}

/// Which layer somebody means, by names.
#[derive(Clone, Debug, Default)]
pub struct Target {
    pub environment: Option<String>,
    pub project: Option<String>,
    pub integration: Option<String>,
    pub route: Option<String>,
}

/// A layer as it is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    pub environment: Option<String>,
    pub project: Option<String>,
    pub integration: Option<String>,
    pub route: Option<String>,
    /// JSON.
    pub settings: Value,
    pub window: Option<(Level, Timestamp)>,
}

async fn place(ctx: &Ctx, tx: &mut Tx, target: &Target) -> Result<Place, Error> {
    let environment = match &target.environment {
        Some(name) => super::environment::visible(ctx, tx, name).await?.id,
        None => EnvironmentId(Uuid::nil()),
    };
    let project = match &target.project {
        Some(name) => {
            let what = format!("project `{}`", name.chars().take(70).collect::<String>());
            let found = store::project::find_named(tx, name).await.map_err(Error::internal)?;
            let found = found.ok_or_else(|| Error::not_found(&what))?;
            ctx.require_visible(Permission::ReadProject, ctx.project(found.id), &what)?;
            found.id
        }
        None => ProjectId(Uuid::nil()),
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (integration, route) = (text(&target.integration), text(&target.route));
    if integration.len() > 253 || route.len() > 253 {
        return Err(Error::invalid("MP-API-10", "a name has at most 253 characters"));
    }
    if !integration.is_empty() && project.0.is_nil() {
        let message = format!("say in which project the integration `{integration}` is");
        return Err(Error::invalid("MP-CAP-01", message));
    }
    if !route.is_empty() && integration.is_empty() {
        return Err(Error::invalid("MP-CAP-01", "a route belongs to an integration: name it too"));
    }
    Ok(Place { environment, project, integration, route })
}

fn require(ctx: &Ctx, permission: Permission, place: &Place) -> Result<(), Error> {
    match (place.project.0.is_nil(), place.environment.0.is_nil()) {
        (true, true) => ctx.require(permission, ctx.everywhere()),
        (true, false) => ctx.require(permission, ctx.environment(place.environment)),
        (false, true) => ctx.require(permission, ctx.project(place.project)),
        (false, false) => ctx.require_in(permission, place.project, place.environment),
    }
}

/// Every layer that the actor may see.
pub async fn list(ctx: &Ctx) -> Result<Vec<Shown>, Error> {
    let mut tx = ctx.begin().await?;
    let mut shown = Vec::new();
    for layer in store::capture::list(&mut tx).await? {
        if require(ctx, Permission::ReadCapture, &layer.place).is_ok() {
            shown.push(show(&mut tx, layer, ctx.now()).await?);
        }
    }
    Ok(shown)
}

async fn show(tx: &mut Tx, layer: Layer, now: Timestamp) -> Result<Shown, Error> {
    let Layer { place, settings, window, changed_at: _ } = layer;
    let environment = store::environment::find(tx, place.environment).await?;
    let project = store::project::find(tx, place.project).await?;
    let some = |text: String| (!text.is_empty()).then_some(text);
    Ok(Shown {
        environment: environment.map(|it| it.name),
        project: project.map(|it| it.name),
        integration: some(place.integration),
        route: some(place.route),
        settings,
        window: window.filter(|(_, until)| *until > now),
    })
}

/// Settings that can be carried out, or why they cannot.
fn usable(value: &Value) -> Result<Settings, String> {
    let read = json::read(value).map_err(|err| err.to_string())?;
    read.check().map_err(|err| err.to_string())?;
    // A rule that a runner could not use would leave everything unhidden, or nothing kept.
    let additions = delivered::redaction(read.redaction.clone()).additions();
    telemetry::redact::Redactor::new(&additions, None).map_err(|err| err.to_string())?;
    Ok(read)
}

fn json_of(settings: &str) -> Result<Value, Error> {
    serde_json::from_str(settings)
        .map_err(|err| Error::invalid("MP-CAP-02", format!("the settings are no JSON: {err}")))
}

/// Settings that could be set.
fn read(settings: &str) -> Result<Settings, Error> {
    usable(&json_of(settings)?).map_err(|message| Error::invalid("MP-CAP-02", message))
}

/// Replaces what a layer says.
pub async fn set(ctx: &Ctx, target: &Target, settings: &str) -> Result<Shown, Error> {
    let (value, read) = (json_of(settings)?, read(settings)?);
    let with_hashes = read.hash_masks == Some(true);
    let mut tx = ctx.begin().await?;
    let place = place(ctx, &mut tx, target).await?;
    require(ctx, Permission::ManageCapture, &place)?;
    if with_hashes {
        super::secret::prepare_mask_key(ctx, &mut tx).await?;
    }
    store::capture::put(&mut tx, &place, &value, ctx.now()).await?;
    let detail =
        json!({ "integration": place.integration, "route": place.route, "settings": value });
    finish(ctx, tx, place, "capture.set", detail).await
}

/// Opens a window on a level, or closes it (`None`).
pub async fn open_window(
    ctx: &Ctx,
    target: &Target,
    window: Option<(Level, SignedDuration)>,
) -> Result<Shown, Error> {
    if window.is_some_and(|(_, long)| long <= SignedDuration::ZERO || long > LONGEST_WINDOW) {
        let message = "a window lasts at most 24 hours; for longer, set the level";
        return Err(Error::invalid("MP-CAP-03", message));
    }
    let window = window.map(|(level, long)| (level, ctx.now() + long));
    let mut tx = ctx.begin().await?;
    let place = place(ctx, &mut tx, target).await?;
    require(ctx, Permission::ManageCapture, &place)?;
    store::capture::put_window(&mut tx, &place, window, ctx.now()).await?;
    let detail = json!({
        "integration": place.integration, "route": place.route,
        "level": window.map(|(level, _)| level.as_str()), "until": window.map(|(_, until)| until.to_string()),
    });
    finish(ctx, tx, place, "capture.window", detail).await
}

async fn finish(
    ctx: &Ctx,
    mut tx: Tx,
    place: Place,
    action: &str,
    detail: Value,
) -> Result<Shown, Error> {
    wake(&mut tx, &place).await?;
    let layers = store::capture::list(&mut tx).await?;
    let layer = layers.into_iter().find(|layer| layer.place == place);
    let layer = layer.ok_or_else(|| Error::not_found("setting of capture"))?;
    let shown = show(&mut tx, layer, ctx.now()).await?;
    let target = format!("{}/{}", place.integration, place.route);
    ctx.audit(&mut tx, action, "capture", &target, detail).await?;
    ctx.commit(tx).await?;
    Ok(shown)
}

/// Runners of the workloads concerned read their desired state again; settings come with it.
async fn wake(tx: &mut Tx, place: &Place) -> Result<(), Error> {
    let mut woken = std::collections::BTreeSet::new();
    for workload in store::workload::list(tx).await? {
        let concerned = place.environment.0.is_nil() || place.environment == workload.environment;
        if concerned && woken.insert(workload.runtime.0) {
            store::bus::publish(tx, store::desired::TOPIC, workload.runtime.0).await?;
        }
    }
    Ok(())
}

/// Wakes the runners of windows that closed between the two instants; asked every few seconds.
pub(crate) async fn close_windows(
    tx: &mut Tx,
    after: Timestamp,
    now: Timestamp,
) -> Result<(), Error> {
    for layer in store::capture::list(tx).await? {
        if layer.window.is_some_and(|(_, until)| until > after && until <= now) {
            wake(tx, &layer.place).await?;
        }
    }
    Ok(())
}
