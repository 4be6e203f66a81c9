//! What is recorded of messages, in the API.

use async_graphql::{Context, Object, SimpleObject};
use domain::capture::Level;
use domain::permission::Permission as P;
use jiff::SignedDuration;

use super::permission::{Fields, fields, whole};
use super::to_gql;
use crate::app::Error;
use crate::app::capture::trial::{self, Hidden, Trial};
use crate::app::capture::{self, Shown, Target};
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    fields("Query", &["captures", "tryCapture"], P::ReadCapture),
    fields("Mutation", &["setCapture", "openCapture", "closeCapture"], P::ManageCapture),
    whole("Capture", P::ReadCapture),
    whole("CaptureTrial", P::ReadCapture),
    whole("CaptureHidden", P::ReadCapture),
];

/// What one layer says; null names stand for all.
#[derive(SimpleObject)]
pub struct Capture {
    pub environment: Option<String>,
    pub project: Option<String>,
    pub integration: Option<String>,
    pub route: Option<String>,
    /// JSON: `level`, `samplePercent`, `payloadBytes`, `retentionDays`, `indexWords`, `hashMasks`, `originals`, `redact`, `attributes`.
    pub settings: String,
    /// The level of an open window, and when it closes.
    pub window_level: Option<String>,
    pub window_until: Option<String>,
}

impl From<Shown> for Capture {
    fn from(shown: Shown) -> Self {
        let Shown { environment, project, integration, route, settings, window } = shown;
        Self {
            environment,
            project,
            integration,
            route,
            settings: settings.to_string(),
            window_level: window.map(|(level, _)| level.as_str().to_owned()),
            window_until: window.map(|(_, until)| until.to_string()),
        }
    }
}

/// What would be stored of a body.
#[derive(SimpleObject)]
pub struct CaptureTrial {
    /// `off`, `timings`, `headers` or `bodies`: what would hold there.
    pub level: String,
    /// Null when nothing of the body would be.
    pub kept: Option<String>,
    /// A rule asks for a path and the body cannot be read, so nothing of it would be kept.
    pub is_unreadable: bool,
    /// Only the beginning would be kept.
    pub is_cut: bool,
    pub hidden: Vec<CaptureHidden>,
}

/// One thing that a rule hides.
#[derive(SimpleObject)]
pub struct CaptureHidden {
    /// `card`, `password`, `$.customer.iban`.
    pub rule: String,
    pub line: u32,
    pub column: u32,
}

impl From<Trial> for CaptureTrial {
    fn from(trial: Trial) -> Self {
        let Trial { level, kept, is_unreadable, is_cut, hidden } = trial;
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let shown = |Hidden { rule, line, column }| CaptureHidden {
            rule,
            line: number(line),
            column: number(column),
        };
        let hidden = hidden.into_iter().map(shown).collect();
        Self { level: level.as_str().to_owned(), kept, is_unreadable, is_cut, hidden }
    }
}

#[derive(Default)]
pub struct CaptureQuery;

#[Object]
impl CaptureQuery {
    /// Every layer that says something.
    async fn captures(&self, gql: &Context<'_>) -> async_graphql::Result<Vec<Capture>> {
        let ctx = gql.data::<Ctx>()?;
        let layers = capture::list(ctx).await.map_err(to_gql)?;
        Ok(layers.into_iter().map(Capture::from).collect())
    }

    /// What would be stored of a body if a layer said `settings`. The body is looked at and forgotten.
    #[expect(
        clippy::too_many_arguments,
        reason = "the layer, what it would say, and what is tried"
    )]
    async fn try_capture(
        &self,
        gql: &Context<'_>,
        environment: Option<String>,
        project: Option<String>,
        integration: Option<String>,
        route: Option<String>,
        settings: String,
        body: String,
        content_type: Option<String>,
    ) -> async_graphql::Result<CaptureTrial> {
        let ctx = gql.data::<Ctx>()?;
        let target = Target { environment, project, integration, route };
        let trial = trial::run(ctx, &target, &settings, &body, content_type.as_deref()).await;
        trial.map(CaptureTrial::from).map_err(to_gql)
    }
}

#[derive(Default)]
pub struct CaptureMutation;

#[Object]
impl CaptureMutation {
    /// Replaces what a layer says; running workloads follow without a restart.
    async fn set_capture(
        &self,
        gql: &Context<'_>,
        environment: Option<String>,
        project: Option<String>,
        integration: Option<String>,
        route: Option<String>,
        settings: String,
    ) -> async_graphql::Result<Capture> {
        let ctx = gql.data::<Ctx>()?;
        let target = Target { environment, project, integration, route };
        Ok(capture::set(ctx, &target, &settings).await.map_err(to_gql)?.into())
    }

    /// Records at a level for a while, whatever the layers say.
    #[expect(clippy::too_many_arguments, reason = "the layer, the level and the time")]
    async fn open_capture(
        &self,
        gql: &Context<'_>,
        environment: Option<String>,
        project: Option<String>,
        integration: Option<String>,
        route: Option<String>,
        level: String,
        seconds: u32,
    ) -> async_graphql::Result<Capture> {
        let ctx = gql.data::<Ctx>()?;
        let level = Level::parse(&level).ok_or_else(|| {
            let message = "a level is off, timings, headers or bodies";
            to_gql(Error::invalid("MP-CAP-02", message))
        })?;
        let target = Target { environment, project, integration, route };
        let window = Some((level, SignedDuration::from_secs(i64::from(seconds))));
        Ok(capture::open_window(ctx, &target, window).await.map_err(to_gql)?.into())
    }

    /// Ends a window before its time.
    async fn close_capture(
        &self,
        gql: &Context<'_>,
        environment: Option<String>,
        project: Option<String>,
        integration: Option<String>,
        route: Option<String>,
    ) -> async_graphql::Result<Capture> {
        let ctx = gql.data::<Ctx>()?;
        let target = Target { environment, project, integration, route };
        Ok(capture::open_window(ctx, &target, None).await.map_err(to_gql)?.into())
    }
}
