//! One call of a webhook: what is sent, how it is signed, and what follows from the answer.
//!
//! The body is JSON that Slack and Mattermost show (`text`) and programs read (`type`, `timestamp`, `data`); the headers are
//! those of Standard Webhooks, so a receiver can tell that it is from here, that it is whole, and that it saw it before. The
//! address is judged where it is resolved (`gitops::guard`), redirects are not followed, and the answer is not read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::alert::Delivery;
use store::job;
use uuid::Uuid;

use crate::app::Error;
use crate::app::alert::{Target, Told, target};
use crate::ctx::Ctx;
use crate::gitops::fetch::Reach;
use crate::gitops::guard::{Allowed, Resolver};

const TIMEOUT: Duration = Duration::from_secs(10);
/// As Standard Webhooks proposes them: a receiver may be down for a night.
const WAITS: [SignedDuration; 6] = [
    SignedDuration::from_secs(5),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(5),
    SignedDuration::from_hours(10),
];
/// The receiver says that it wants no more.
const GONE: u16 = 410;

/// What calls webhooks: one client with our time-outs and our judgement of addresses.
#[derive(Clone, Debug)]
pub struct Caller {
    client: reqwest::Client,
    allowed: Allowed,
}

impl Caller {
    pub fn new(reach: &Reach) -> Result<Self, reqwest::Error> {
        // TLS needs a provider of cryptography; when the process chose one already, that one stays.
        rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
        let mut allowed = reach.allowed.clone();
        let mut builder = reqwest::Client::builder()
            .no_proxy()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none());
        if let Some(proxy) = &reach.proxy {
            let past = reach.no_proxy.as_deref().and_then(reqwest::NoProxy::from_string);
            builder = builder.proxy(reqwest::Proxy::all(proxy.as_str())?.no_proxy(past));
            allowed = allowed.with_proxy(reach.proxy.as_deref());
        }
        if !reach.extra_ca.is_empty() {
            builder = builder.tls_certs_merge(reach.extra_ca.clone());
        }
        let resolver = Resolver { allowed: allowed.clone() };
        Ok(Self { client: builder.dns_resolver(Arc::new(resolver)).build()?, allowed })
    }

    /// The answer's status, or why there is none. Nothing of the address is in the text: it may be a secret.
    async fn call(&self, target: &Target, id: Uuid, now: Timestamp, body: String) -> Answer {
        let Ok(url) = target.url.parse::<reqwest::Url>() else {
            return Answer::Failed("the address is no URL".to_owned());
        };
        if let Err(err) = self.allowed.webhook(&url) {
            return Answer::Failed(err.to_string());
        }
        let id = format!("msg_{id}");
        let Some(signature) = sign(&target.secret, &id, now, &body) else {
            return Answer::Failed("the secret cannot be read".to_owned());
        };
        let request = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header("user-agent", "midplane")
            .header("webhook-id", id)
            .header("webhook-timestamp", now.as_second().to_string())
            .header("webhook-signature", signature)
            .body(body);
        match request.send().await {
            Ok(answer) => Answer::Status(answer.status().as_u16()),
            Err(err) => Answer::Failed(crate::lifecycle::chain(&err.without_url())),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Status(u16),
    Failed(String),
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Done,
    Again(Timestamp),
    GivenUp,
}

/// `attempts` counts the one that was just made.
fn then(answer: &Answer, attempts: i32, now: Timestamp) -> Then {
    match answer {
        Answer::Status(200..300) => Then::Done,
        Answer::Status(GONE) => Then::GivenUp,
        Answer::Status(_) | Answer::Failed(_) => {
            let made = usize::try_from(attempts).unwrap_or(usize::MAX).saturating_sub(1);
            WAITS.get(made).map_or(Then::GivenUp, |wait| Then::Again(now + *wait))
        }
    }
}

/// The signature of a body as Standard Webhooks makes it: `v1,` and the HMAC-SHA256 of `id.timestamp.body`. `None`: the secret is
/// not one of ours.
pub fn sign(secret: &str, id: &str, at: Timestamp, body: &str) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    let signed = format!("{id}.{}.{body}", at.as_second());
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), signed.as_bytes());
    Some(format!("v1,{}", STANDARD.encode(tag)))
}

fn body(told: &Told, base: &str) -> String {
    let url = format!("{base}{}", told.path);
    let mark = match told.event.as_str() {
        "alert.ended" => "Over: ",
        _ => "",
    };
    json!({
        "type": told.event,
        "timestamp": told.at,
        "text": format!("{mark}{}\n{}\n{url}", told.title, told.detail),
        "data": {
            "rule": told.rule, "title": told.title, "detail": told.detail, "url": url,
        },
    })
    .to_string()
}

/// Makes one attempt at a job and writes down what came of it.
pub(super) async fn deliver(
    ctx: &Ctx,
    caller: &Caller,
    id: Uuid,
    worker: Uuid,
) -> Result<(), Error> {
    let mut tx = ctx.begin().await?;
    let Some(held) = job::find_held(&mut tx, id, worker).await? else { return Ok(()) };
    let target = target(ctx, &mut tx).await?;
    let told: Told = serde_json::from_value(held.body).map_err(Error::internal)?;
    let Some(target) = target else {
        // The channel was removed meanwhile.
        job::give_up(&mut tx, id, worker, ctx.now(), "there is no webhook").await?;
        return ctx.commit(tx).await;
    };
    // The call takes seconds: it holds no row.
    drop(tx);
    let (at, begun) = (ctx.now(), Instant::now());
    let answer = caller.call(&target, id, at, body(&told, &ctx.settings().base_url())).await;
    let took = begun.elapsed().as_millis();
    let outcome = then(&answer, held.attempts, ctx.now());
    let (status, error) = match answer {
        Answer::Status(status) => (Some(i32::from(status)), None),
        Answer::Failed(text) => (None, Some(text)),
    };
    let mut tx = ctx.begin().await?;
    let delivery = Delivery {
        id: ctx.new_id(),
        message: id,
        title: told.title,
        attempt: held.attempts,
        at,
        took_ms: i32::try_from(took).unwrap_or(i32::MAX),
        status,
        error,
        next_at: match outcome {
            Then::Again(next) => Some(next),
            Then::Done | Then::GivenUp => None,
        },
    };
    store::alert::insert_delivery(&mut tx, &delivery).await?;
    let why = delivery.error.unwrap_or_else(|| format!("status {}", status.unwrap_or_default()));
    let is_ours = match outcome {
        Then::Done => job::finish(&mut tx, id, worker, ctx.now()).await?,
        Then::Again(next) => job::retry(&mut tx, id, worker, next, &why).await?,
        Then::GivenUp => job::give_up(&mut tx, id, worker, ctx.now(), &why).await?,
    };
    if is_ours {
        ctx.commit(tx).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_signature_is_that_of_the_standard() {
        // The example of the specification's own libraries.
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let signed = sign(
            secret,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            at(1_614_265_330),
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
        assert_eq!(sign("secret", "a", at(1), ""), None);
    }

    #[track_caller]
    fn check(answer: Answer, attempts: i32, want: Then) {
        assert_eq!(then(&answer, attempts, at(0)), want);
    }

    #[test]
    fn a_message_is_tried_again_for_a_night_and_then_given_up() {
        check(Answer::Status(204), 1, Then::Done);
        check(Answer::Status(500), 1, Then::Again(at(5)));
        check(Answer::Failed("away".to_owned()), 2, Then::Again(at(300)));
        check(Answer::Status(302), 6, Then::Again(at(36_000)));
        check(Answer::Status(500), 7, Then::GivenUp);
        check(Answer::Status(GONE), 1, Then::GivenUp);
    }

    #[test]
    fn a_chat_shows_what_happened_and_where_to_look() {
        let told = Told {
            event: "alert.ended".to_owned(),
            rule: Some("runtime_lost".to_owned()),
            title: "Runtime laptop is lost".to_owned(),
            detail: "it was last heard of at noon".to_owned(),
            path: "/runtimes/laptop".to_owned(),
            at: "2026-11-27T03:00:00Z".to_owned(),
        };
        let sent: serde_json::Value = serde_json::from_str(&body(&told, "http://h")).unwrap();
        let text = sent["text"].as_str().unwrap();
        assert!(text.starts_with("Over: Runtime laptop is lost\n"), "{text}");
        assert!(text.ends_with("http://h/runtimes/laptop"), "{text}");
        assert_eq!(sent["type"], "alert.ended");
    }
}
