//! Alerts: which there are, which rules are on, where they are sent, and who may say so.
//!
//! What raises and ends them is `crate::alerting`; here is what people do. The webhook's address is a secret of its own (that
//! of Slack is enough to write there), so it is sealed with the signing secret and shown by its host alone.

use domain::alert::Rule;
use domain::permission::Permission;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Tx;
use store::alert::{self, Alert, Delivery};
use store::job;
use uuid::Uuid;

use super::{Error, secret};
use crate::ctx::Ctx;
use crate::gitops::guard::Allowed;

pub(crate) const QUEUE: &str = "alert.deliver";
/// Longer than a holiday; a rule that is never wanted is turned off.
const LONGEST_MUTE: SignedDuration = SignedDuration::from_hours(24 * 30);
const LONGEST_URL: usize = 2_000;
const SEALED_AS: &str = "alert channel";
pub const MOST: u32 = 200;

/// What is sealed of the channel.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) url: String,
    /// `whsec_…`, as Standard Webhooks writes it.
    pub(crate) secret: String,
}

/// What a message to the channel is about; the body of its job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told {
    /// `alert.raised`, `alert.ended` or `alert.test`.
    pub(crate) event: String,
    pub(crate) rule: Option<String>,
    pub(crate) title: String,
    pub(crate) detail: String,
    pub(crate) path: String,
    pub(crate) at: String,
}

/// The channel as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// `https://hooks.slack.com/…`
    pub url: String,
    pub changed_at: Timestamp,
}

pub async fn list(
    ctx: &Ctx,
    is_open: bool,
    before: Option<Timestamp>,
    first: u32,
) -> Result<Vec<Alert>, Error> {
    ctx.require(Permission::ReadAlert, ctx.everywhere())?;
    if !(1..=MOST).contains(&first) {
        return Err(Error::invalid("MP-API-10", format!("`first` is between 1 and {MOST}")));
    }
    let mut tx = ctx.begin().await?;
    Ok(alert::list(&mut tx, is_open, before, first).await?)
}

/// Every rule, and whether it is on.
pub async fn rules(ctx: &Ctx) -> Result<Vec<(Rule, bool)>, Error> {
    ctx.require(Permission::ReadAlert, ctx.everywhere())?;
    let mut tx = ctx.begin().await?;
    let off = alert::list_off(&mut tx).await?;
    Ok(Rule::ALL.iter().map(|rule| (*rule, !off.contains(rule))).collect())
}

pub async fn set_rule(ctx: &Ctx, rule: Rule, is_on: bool) -> Result<(), Error> {
    ctx.require(Permission::ManageAlert, ctx.everywhere())?;
    let mut tx = ctx.begin().await?;
    alert::put_rule(&mut tx, rule, is_on).await?;
    let detail = json!({ "on": is_on });
    ctx.audit(&mut tx, "alert.rule", "alert_rule", rule.as_str(), detail).await?;
    ctx.commit(tx).await
}

/// Sends nothing of the alert for a while; zero ends that.
pub async fn mute(ctx: &Ctx, id: Uuid, long: SignedDuration) -> Result<Alert, Error> {
    ctx.require(Permission::ManageAlert, ctx.everywhere())?;
    if long.is_negative() || long > LONGEST_MUTE {
        return Err(Error::invalid("MP-API-10", "an alert is muted for at most 30 days"));
    }
    let until = (!long.is_zero()).then(|| ctx.now() + long);
    let mut tx = ctx.begin().await?;
    let found = alert::mute(&mut tx, id, until).await?;
    let found = found.ok_or_else(|| Error::not_found("alert of that id"))?;
    let detail = json!({ "title": found.title, "until": until.map(|at| at.to_string()) });
    ctx.audit(&mut tx, "alert.mute", "alert", &id.to_string(), detail).await?;
    ctx.commit(tx).await?;
    Ok(found)
}

pub async fn channel(ctx: &Ctx) -> Result<Option<Shown>, Error> {
    ctx.require(Permission::ReadAlert, ctx.everywhere())?;
    let mut tx = ctx.begin().await?;
    let found = alert::channel(&mut tx).await?;
    Ok(found.map(|row| Shown { url: row.url, changed_at: row.changed_at }))
}

/// Sets the webhook; its signing secret is new and returned once.
pub async fn set_channel(ctx: &Ctx, url: &str) -> Result<(Shown, String), Error> {
    use base64::Engine as _;
    ctx.require(Permission::ManageAlert, ctx.everywhere())?;
    let shown =
        shown_url(url, &Allowed::new(ctx.settings().sources.private_hosts.iter().cloned()))?;
    let random = ctx.server.system.random::<32>();
    let secret = format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode(random));
    let target = Target { url: url.to_owned(), secret: secret.clone() };
    let plain = serde_json::to_vec(&target).map_err(Error::internal)?;
    let mut tx = ctx.begin().await?;
    let sealed = secret::seal_other(ctx, &mut tx, SEALED_AS, &plain).await?;
    let now = ctx.now();
    alert::put_channel(&mut tx, &shown, &sealed, now).await?;
    ctx.audit(&mut tx, "alert.channel", "alert_channel", &shown, json!({})).await?;
    ctx.commit(tx).await?;
    Ok((Shown { url: shown, changed_at: now }, secret))
}

pub async fn remove_channel(ctx: &Ctx) -> Result<bool, Error> {
    ctx.require(Permission::ManageAlert, ctx.everywhere())?;
    let mut tx = ctx.begin().await?;
    let was_there = alert::delete_channel(&mut tx).await?;
    if was_there {
        ctx.audit(&mut tx, "alert.channel", "alert_channel", "", json!({"removed": true})).await?;
    }
    ctx.commit(tx).await?;
    Ok(was_there)
}

/// Sends a message that says it is a test; its attempts are in the deliveries.
pub async fn test_channel(ctx: &Ctx) -> Result<Uuid, Error> {
    ctx.require(Permission::ManageAlert, ctx.everywhere())?;
    let mut tx = ctx.begin().await?;
    if alert::channel(&mut tx).await?.is_none() {
        return Err(Error::conflict("MP-ALERT-02", "there is no webhook to send a test to"));
    }
    let told = Told {
        event: "alert.test".to_owned(),
        rule: None,
        title: "This is a test".to_owned(),
        detail: format!("{} asked whether alerts arrive here; they do", ctx.actor.label),
        path: "/settings?tab=alerts".to_owned(),
        at: ctx.now().to_string(),
    };
    let id = enqueue(ctx, &mut tx, &told, &ctx.new_id().to_string()).await?;
    ctx.audit(&mut tx, "alert.test", "alert_channel", "", json!({})).await?;
    ctx.commit(tx).await?;
    Ok(id)
}

pub async fn deliveries(ctx: &Ctx) -> Result<Vec<Delivery>, Error> {
    ctx.require(Permission::ReadAlert, ctx.everywhere())?;
    let mut tx = ctx.begin().await?;
    Ok(alert::list_deliveries(&mut tx).await?)
}

/// Writes the message with its cause; telling the same again does nothing.
pub(crate) async fn enqueue(ctx: &Ctx, tx: &mut Tx, told: &Told, key: &str) -> Result<Uuid, Error> {
    let (id, now) = (ctx.new_id(), ctx.now());
    let body = serde_json::to_value(told).map_err(Error::internal)?;
    let new = job::New { id, queue: QUEUE, key, body: &body, run_at: now };
    job::enqueue(tx, &new, now).await?;
    Ok(id)
}

/// Address and secret in clear, for the engine alone.
pub(crate) async fn target(ctx: &Ctx, tx: &mut Tx) -> Result<Option<Target>, Error> {
    let Some(row) = alert::channel(tx).await? else { return Ok(None) };
    let plain = secret::open_other(ctx, tx, SEALED_AS, &row.secret).await?;
    serde_json::from_slice(&plain).map(Some).map_err(Error::internal)
}

/// An address that may be called: encrypted, without credentials. What its name resolves to is judged when it is called.
fn shown_url(url: &str, allowed: &Allowed) -> Result<String, Error> {
    let bad = |what: &str| Error::invalid("MP-ALERT-01", format!("the webhook's address {what}"));
    if url.len() > LONGEST_URL {
        return Err(bad("has at most 2,000 characters"));
    }
    let parsed: reqwest::Url = url.parse().map_err(|_| bad("is no URL"))?;
    if !matches!(parsed.scheme(), "https" | "http") {
        return Err(bad("begins with `https://`"));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(bad("carries no name or password; what calls it is known by its signature"));
    }
    let Some(host) = parsed.host_str() else { return Err(bad("names no host")) };
    allowed.webhook(&parsed).map_err(|why| bad(&format!("cannot be used: {why}")))?;
    let port = parsed.port().map(|port| format!(":{port}")).unwrap_or_default();
    let more = if parsed.path() == "/" && parsed.query().is_none() { "" } else { "/…" };
    Ok(format!("{}://{host}{port}{more}", parsed.scheme()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, want: Option<&str>) {
        let allowed = Allowed::new(["127.0.0.1".to_owned()]);
        assert_eq!(shown_url(url, &allowed).ok().as_deref(), want, "{url}");
    }

    #[test]
    fn what_is_shown_of_an_address_does_not_open_it() {
        check("https://hooks.slack.com/services/T0/B0/secret", Some("https://hooks.slack.com/…"));
        check("https://chat.acme.org:8443/?key=secret", Some("https://chat.acme.org:8443/…"));
        check("https://acme.org", Some("https://acme.org"));
        check("http://127.0.0.1:9/x", Some("http://127.0.0.1:9/…"));
    }

    #[test]
    fn what_is_no_address_of_a_webhook_is_refused() {
        check("hooks.slack.com", None);
        check("ftp://acme.org/", None);
        check("http://acme.org/", None);
        check("https://10.0.0.1/", None);
        check("https://user:secret@acme.org/", None);
        check(&format!("https://acme.org/{}", "x".repeat(LONGEST_URL)), None);
    }
}
