//! Alerts in the API: which there are, which rules are on, the webhook and what became of each call.

use async_graphql::{Context, ID, Object, SimpleObject};
use domain::alert::Rule;
use domain::permission::Permission as P;
use jiff::SignedDuration;

use super::permission::{Fields, fields, whole};
use super::release::bad_id;
use super::series::instant;
use super::to_gql;
use crate::app::{Error, alert};
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    fields("Query", &["alerts", "alertRules", "alertChannel", "alertDeliveries"], P::ReadAlert),
    fields(
        "Mutation",
        &["setAlertRule", "muteAlert", "setAlertChannel", "removeAlertChannel", "testAlertChannel"],
        P::ManageAlert,
    ),
    whole("Alert", P::ReadAlert),
    whole("AlertRule", P::ReadAlert),
    whole("AlertChannel", P::ReadAlert),
    whole("AlertDelivery", P::ReadAlert),
    whole("SetAlertChannelPayload", P::ManageAlert),
];

/// Something that needs somebody.
#[derive(SimpleObject)]
pub struct Alert {
    pub id: ID,
    /// `runtime_lost`, `deployment_failed` or `new_failures`.
    pub rule: String,
    pub title: String,
    pub detail: String,
    /// Where the console shows it.
    pub path: String,
    pub raised_at: String,
    /// Null while it is so.
    pub ended_at: Option<String>,
    /// Until then nothing of it is sent.
    pub muted_until: Option<String>,
}

impl From<store::alert::Alert> for Alert {
    fn from(row: store::alert::Alert) -> Self {
        let store::alert::Alert {
            id,
            rule,
            subject: _,
            title,
            detail,
            path,
            raised_at,
            ended_at,
            muted_until,
        } = row;
        Self {
            id: ID(id.to_string()),
            rule: rule.as_str().to_owned(),
            title,
            detail,
            path,
            raised_at: raised_at.to_string(),
            ended_at: ended_at.map(|at| at.to_string()),
            muted_until: muted_until.map(|at| at.to_string()),
        }
    }
}

#[derive(SimpleObject)]
pub struct AlertRule {
    pub rule: String,
    pub is_on: bool,
}

/// The webhook of the organization.
#[derive(SimpleObject)]
pub struct AlertChannel {
    /// Its host; the rest may be a secret.
    pub url: String,
    pub changed_at: String,
}

impl From<alert::Shown> for AlertChannel {
    fn from(shown: alert::Shown) -> Self {
        let alert::Shown { url, changed_at } = shown;
        Self { url, changed_at: changed_at.to_string() }
    }
}

/// One attempt to call the webhook.
#[derive(SimpleObject)]
pub struct AlertDelivery {
    pub id: ID,
    /// The same for every attempt at one message; the receiver reads it as `webhook-id`.
    pub message: ID,
    pub title: String,
    pub attempt: i32,
    pub at: String,
    pub took_ms: i32,
    /// Of the answer, if there was one.
    pub status: Option<i32>,
    /// Why there was no answer.
    pub error: Option<String>,
    /// When it is tried again; null: it arrived, or was given up.
    pub next_at: Option<String>,
}

impl From<store::alert::Delivery> for AlertDelivery {
    fn from(row: store::alert::Delivery) -> Self {
        let store::alert::Delivery {
            id,
            message,
            title,
            attempt,
            at,
            took_ms,
            status,
            error,
            next_at,
        } = row;
        Self {
            id: ID(id.to_string()),
            message: ID(format!("msg_{message}")),
            title,
            attempt,
            at: at.to_string(),
            took_ms,
            status,
            error,
            next_at: next_at.map(|at| at.to_string()),
        }
    }
}

#[derive(SimpleObject)]
pub struct SetAlertChannelPayload {
    pub channel: AlertChannel,
    /// What signatures are made with; shown this once.
    pub secret: String,
}

#[derive(Default)]
pub struct AlertQuery;

#[Object]
impl AlertQuery {
    /// The last raised first.
    async fn alerts(
        &self,
        gql: &Context<'_>,
        #[graphql(default = true)] open: bool,
        #[graphql(default = 50)] first: u32,
        before: Option<String>,
    ) -> async_graphql::Result<Vec<Alert>> {
        let ctx = gql.data::<Ctx>()?;
        let before = before.as_deref().map(instant).transpose()?;
        let rows = alert::list(ctx, open, before, first).await.map_err(to_gql)?;
        Ok(rows.into_iter().map(Alert::from).collect())
    }

    async fn alert_rules(&self, gql: &Context<'_>) -> async_graphql::Result<Vec<AlertRule>> {
        let rules = alert::rules(gql.data::<Ctx>()?).await.map_err(to_gql)?;
        let shown = |(rule, is_on): (Rule, bool)| AlertRule { rule: rule.as_str().into(), is_on };
        Ok(rules.into_iter().map(shown).collect())
    }

    /// Where alerts are sent; null when they are only shown.
    async fn alert_channel(
        &self,
        gql: &Context<'_>,
    ) -> async_graphql::Result<Option<AlertChannel>> {
        let found = alert::channel(gql.data::<Ctx>()?).await.map_err(to_gql)?;
        Ok(found.map(AlertChannel::from))
    }

    /// The last calls of the webhook, the newest first.
    async fn alert_deliveries(
        &self,
        gql: &Context<'_>,
    ) -> async_graphql::Result<Vec<AlertDelivery>> {
        let rows = alert::deliveries(gql.data::<Ctx>()?).await.map_err(to_gql)?;
        Ok(rows.into_iter().map(AlertDelivery::from).collect())
    }
}

#[derive(Default)]
pub struct AlertMutation;

#[Object]
impl AlertMutation {
    /// What a rule that is off had raised, ends.
    async fn set_alert_rule(
        &self,
        gql: &Context<'_>,
        rule: String,
        is_on: bool,
    ) -> async_graphql::Result<AlertRule> {
        let ctx = gql.data::<Ctx>()?;
        let known =
            Rule::parse(&rule).ok_or_else(|| to_gql(Error::not_found("rule of that name")))?;
        alert::set_rule(ctx, known, is_on).await.map_err(to_gql)?;
        Ok(AlertRule { rule, is_on })
    }

    /// Sends nothing of an alert for so many seconds; zero sends again.
    async fn mute_alert(
        &self,
        gql: &Context<'_>,
        id: ID,
        seconds: u32,
    ) -> async_graphql::Result<Alert> {
        let ctx = gql.data::<Ctx>()?;
        let id = id.parse().map_err(|_| bad_id())?;
        let long = SignedDuration::from_secs(i64::from(seconds));
        alert::mute(ctx, id, long).await.map(Alert::from).map_err(to_gql)
    }

    /// Sets the webhook that alerts are sent to, with a new secret.
    async fn set_alert_channel(
        &self,
        gql: &Context<'_>,
        url: String,
    ) -> async_graphql::Result<SetAlertChannelPayload> {
        let ctx = gql.data::<Ctx>()?;
        let (channel, secret) = alert::set_channel(ctx, &url).await.map_err(to_gql)?;
        Ok(SetAlertChannelPayload { channel: channel.into(), secret })
    }

    /// Alerts are shown and no longer sent; whether there was a webhook.
    async fn remove_alert_channel(&self, gql: &Context<'_>) -> async_graphql::Result<bool> {
        alert::remove_channel(gql.data::<Ctx>()?).await.map_err(to_gql)
    }

    /// Sends a test; its attempts are in `alertDeliveries` under this message.
    async fn test_alert_channel(&self, gql: &Context<'_>) -> async_graphql::Result<ID> {
        let id = alert::test_channel(gql.data::<Ctx>()?).await.map_err(to_gql)?;
        Ok(ID(format!("msg_{id}")))
    }
}
