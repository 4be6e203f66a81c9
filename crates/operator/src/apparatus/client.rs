//! The one HTTP client of all apparatuses: sends a call, reads the answer up to a bound, says what it means.
//!
//! No redirect is followed, no proxy of the environment is used, every address is judged (`guard`). A connection that cannot be made
//! is given up after seconds; an answer may take as long as the apparatus is allowed. Nothing is repeated here: the core repeats, with
//! the same event id.

use std::time::Duration;

use jiff::Timestamp;
use k8s::apparatus::Apparatus;
use reqwest::{Response, redirect};
use serde::Deserialize as _;

use super::address::{self, Address};
use super::answer::{self, failed};
use super::guard::{Guard, Refused};
use super::outgoing::{self, Outgoing};
use crate::core::request::{Call, Reply};

/// Within a cluster a connection takes milliseconds; a lost first packet is repeated after one and after three seconds.
const CONNECT: Duration = Duration::from_secs(5);
/// As much as a Secret holds, which is where a result ends up.
const ANSWER_BYTES: usize = 1 << 20;
/// `/ping` is asked of a pod that just became ready; a slow one is asked again.
const PING: Duration = Duration::from_secs(2);

#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    guard: Guard,
}

#[derive(Debug, thiserror::Error)]
#[error("prepare the HTTP client for apparatuses")]
pub struct NotPrepared(#[source] reqwest::Error);

impl Client {
    /// `tls` decides whose certificates are trusted.
    pub fn new(guard: Guard, tls: rustls::ClientConfig) -> Result<Self, NotPrepared> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("midplane-operator/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .dns_resolver(std::sync::Arc::new(guard.clone()))
            .tls_backend_preconfigured(tls)
            .build()
            .map_err(NotPrepared)?;
        Ok(Self { http, guard })
    }

    /// `key` is the value of the signing Secret that the apparatus names, if it names one.
    pub async fn call(&self, call: &Call, key: Option<&[u8]>, now: Timestamp) -> Reply {
        let apparatus = match Apparatus::deserialize(&*call.apparatus) {
            Ok(apparatus) => apparatus,
            Err(err) => return failed(format!("spec.apparatus cannot be read: {err}"), false),
        };
        let outgoing = match outgoing::outgoing(call, &apparatus, key, now) {
            Ok(outgoing) => outgoing,
            Err(wrong) => return failed(wrong.to_string(), false),
        };
        match self.send(&outgoing).await {
            Ok((status, body)) => answer::reply(call.action, status, &body),
            Err(lost) => {
                let shown = address::without_user(&outgoing.url);
                failed(format!("POST {shown}: {}", lost.message), lost.passes)
            }
        }
    }

    /// Whether a pod that was started answers.
    pub async fn ping(&self, address: &Address) -> bool {
        let url = format!("{}/ping", address.base);
        if self.judge(&url).is_err() {
            return false;
        }
        let answered = self.http.get(&url).timeout(PING).send().await;
        answered.is_ok_and(|response| response.status().is_success())
    }

    fn judge(&self, url: &str) -> Result<reqwest::Url, Lost> {
        let url = reqwest::Url::parse(url).map_err(|_| Lost::edit("it is not an address"))?;
        let host = url.host_str().unwrap_or_default();
        self.guard.literal(host).map_err(|refused| Lost::edit(refused.to_string()))?;
        Ok(url)
    }

    async fn send(&self, outgoing: &Outgoing) -> Result<(u16, Vec<u8>), Lost> {
        let url = self.judge(&outgoing.url)?;
        let mut request = self.http.post(url).timeout(outgoing.timeout).body(outgoing.body.clone());
        for (name, value) in &outgoing.headers {
            request = request.header(*name, value);
        }
        let seconds = outgoing.timeout.as_secs();
        let response = request.send().await.map_err(|err| Lost::of(&err, seconds))?;
        let status = response.status().as_u16();
        let body = read(response, seconds).await?;
        Ok((status, body))
    }
}

async fn read(mut response: Response, seconds: u64) -> Result<Vec<u8>, Lost> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|err| Lost::of(&err, seconds))? {
        if body.len() + chunk.len() > ANSWER_BYTES {
            return Err(Lost::edit(format!("the answer is longer than {ANSWER_BYTES} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Why there is no answer.
struct Lost {
    message: String,
    passes: bool,
}

impl Lost {
    fn edit(message: impl Into<String>) -> Self {
        Self { message: message.into(), passes: false }
    }

    /// What the library says names addresses and causes, never a body.
    fn of(err: &reqwest::Error, seconds: u64) -> Self {
        let mut source: Option<&dyn std::error::Error> = Some(err);
        let mut deepest = String::new();
        while let Some(err) = source {
            if let Some(refused) = err.downcast_ref::<Refused>() {
                // A name may point elsewhere tomorrow, but that is an edit, too.
                let passes = matches!(refused, Refused::NoAddress(_));
                return Self { message: refused.to_string(), passes };
            }
            deepest = err.to_string();
            source = err.source();
        }
        let message = if err.is_timeout() && !err.is_connect() {
            format!("no answer within {seconds} s")
        } else if err.is_connect() {
            format!("no connection: {deepest}")
        } else {
            format!("the answer broke off: {deepest}")
        };
        Self { message, passes: true }
    }
}
