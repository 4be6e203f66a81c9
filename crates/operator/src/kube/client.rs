//! The one way to the API server: a pool of connections, and a request on behalf of somebody.
//!
//! Impersonation is a header of a request and not a client of its own, so ten thousand accounts share the connections. The API server
//! adds the groups of a service account itself. Accounts of `kube-system` are never used, whatever a plug says. Nothing is repeated
//! here: what a refusal means is decided elsewhere.

use std::sync::Arc;
use std::time::Duration;

use ::kube::Client;
use ::kube::client::Body;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use serde_json::Value;

use super::metrics::Metrics;
use crate::core::object::Account;
use crate::core::request::{Cause, Refusal};

/// What an API server takes in one request, and therefore the largest object.
pub(crate) const LARGEST_OBJECT: usize = 3 * 1024 * 1024;
/// A page of 500 objects of 64 KiB.
pub(crate) const LARGEST_PAGE: usize = 32 * 1024 * 1024;
/// The API server gives up on a request after a minute; a write that took half of it will not get better.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);

pub(crate) const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
pub(crate) const METADATA_LIST: &str =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
pub(crate) const APPLY: &str = "application/apply-patch+yaml";
pub(crate) const MERGE: &str = "application/merge-patch+json";
const JSON: &str = "application/json";

/// How a request ended that has no good answer.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{cause:?} ({code}): {message}")]
pub struct Failure {
    pub cause: Cause,
    /// Zero when there was no answer.
    pub code: u16,
    pub message: String,
    pub retry_after: Option<Duration>,
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self { cause: failure.cause, message: failure.message }
    }
}

/// One request.
pub(crate) struct Ask<'a> {
    pub(crate) method: Method,
    /// With its query.
    pub(crate) path: String,
    pub(crate) account: &'a Account,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) content_type: &'static str,
    pub(crate) accept: &'static str,
    pub(crate) limit: usize,
}

impl<'a> Ask<'a> {
    pub(crate) fn get(account: &'a Account, path: String) -> Self {
        Self {
            method: Method::GET,
            path,
            account,
            body: None,
            content_type: JSON,
            accept: JSON,
            limit: LARGEST_OBJECT,
        }
    }

    pub(crate) fn write(
        method: Method,
        account: &'a Account,
        path: String,
        content_type: &'static str,
        body: &Value,
    ) -> Self {
        let body = Some(body.to_string().into_bytes());
        Self { method, body, content_type, ..Self::get(account, path) }
    }

    pub(crate) fn post(account: &'a Account, path: String, body: &Value) -> Self {
        Self::write(Method::POST, account, path, JSON, body)
    }

    pub(crate) fn put(account: &'a Account, path: String, body: &Value) -> Self {
        Self::write(Method::PUT, account, path, JSON, body)
    }

    /// The answer holds only metadata.
    pub(crate) fn metadata(self) -> Self {
        Self { accept: METADATA, ..self }
    }
}

#[derive(Clone)]
pub(crate) struct Api {
    client: Client,
    metrics: Arc<Metrics>,
}

impl Api {
    pub(crate) fn new(client: Client, metrics: Arc<Metrics>) -> Self {
        Self { client, metrics }
    }

    pub(crate) async fn json(&self, ask: Ask<'_>) -> Result<Value, Failure> {
        let bytes = self.bytes(ask).await?;
        serde_json::from_slice(&bytes).map_err(|_| cut_off())
    }

    pub(crate) async fn bytes(&self, ask: Ask<'_>) -> Result<Bytes, Failure> {
        let limit = ask.limit;
        let work = async {
            let answer = self.start(ask).await?;
            match Limited::new(answer.into_body(), limit).collect().await {
                Ok(body) => Ok(body.to_bytes()),
                Err(err) if err.is::<http_body_util::LengthLimitError>() => Err(Failure {
                    cause: Cause::TooLarge,
                    code: 200,
                    message: format!("the answer has more than {limit} bytes"),
                    retry_after: None,
                }),
                Err(err) => Err(unavailable(&format!("the answer broke off: {err}"))),
            }
        };
        tokio::time::timeout(ANSWERED_WITHIN, work)
            .await
            .unwrap_or_else(|_| Err(unavailable("the API server did not answer in 30 s")))
    }

    /// The answer's head was good; the body may go on for as long as it likes. For watches.
    pub(crate) async fn start(&self, ask: Ask<'_>) -> Result<Response<Body>, Failure> {
        let mut builder =
            Request::builder().method(ask.method).uri(ask.path).header(header::ACCEPT, ask.accept);
        if let Account::Service { namespace, name } = ask.account {
            if namespace == "kube-system" || name.contains(':') {
                return Err(Failure {
                    cause: Cause::Forbidden,
                    code: 403,
                    message: format!("{} is never used for plugs and sockets", ask.account),
                    retry_after: None,
                });
            }
            let user = format!("system:serviceaccount:{namespace}:{name}");
            builder = builder.header("impersonate-user", user);
        }
        let body = match ask.body {
            Some(body) => {
                builder = builder.header(header::CONTENT_TYPE, ask.content_type);
                Body::from(body)
            }
            None => Body::empty(),
        };
        let request = builder.body(body).map_err(|err| Failure {
            cause: Cause::Invalid,
            code: 0,
            message: format!("no request can be made of this: {err}"),
            retry_after: None,
        })?;
        self.metrics.request();
        let answer = self
            .client
            .send(request)
            .await
            .map_err(|err| unavailable(&format!("the API server cannot be reached: {err}")))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        self.metrics.refused(answer.status().as_u16());
        Err(refusal(answer).await)
    }
}

pub(crate) fn cut_off() -> Failure {
    unavailable("the answer of the API server is cut off or no JSON")
}

fn unavailable(message: &str) -> Failure {
    Failure { cause: Cause::Unavailable, code: 0, message: message.to_owned(), retry_after: None }
}

async fn refusal(answer: Response<Body>) -> Failure {
    let code = answer.status();
    let retry_after = answer
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .map(Duration::from_secs);
    let body = match Limited::new(answer.into_body(), LARGEST_OBJECT).collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => Bytes::new(),
    };
    let status: Value = serde_json::from_slice(&body).unwrap_or_default();
    let message = match status["message"].as_str() {
        Some(message) => message.to_owned(),
        None => format!("the API server answered {code}"),
    };
    Failure { cause: cause(code, &status), code: code.as_u16(), message, retry_after }
}

fn cause(code: StatusCode, status: &Value) -> Cause {
    let reason = status["reason"].as_str().unwrap_or_default();
    let terminating = || {
        status["details"]["causes"].as_array().is_some_and(|causes| {
            causes.iter().any(|cause| cause["reason"] == "NamespaceTerminating")
        })
    };
    match code.as_u16() {
        403 if terminating() => Cause::Terminating,
        401 | 403 => Cause::Forbidden,
        404 => Cause::NotFound,
        409 if reason == "AlreadyExists" => Cause::Exists,
        409 => Cause::Conflict,
        413 => Cause::TooLarge,
        408 | 410 | 429 | 500.. => Cause::Unavailable,
        _ => Cause::Invalid,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(code: u16, status: Value, expected: Cause) {
        let code = StatusCode::from_u16(code).expect("a code");
        assert_eq!(cause(code, &status), expected, "{code}");
    }

    #[test]
    fn a_refusal_has_a_cause() {
        check(409, json!({ "reason": "AlreadyExists" }), Cause::Exists);
        check(409, json!({ "reason": "Conflict" }), Cause::Conflict);
        check(403, json!({ "reason": "Forbidden" }), Cause::Forbidden);
        let going = json!({ "details": { "causes": [{ "reason": "NamespaceTerminating" }] } });
        check(403, going, Cause::Terminating);
        check(422, json!({}), Cause::Invalid);
        check(429, json!({}), Cause::Unavailable);
        check(503, json!({}), Cause::Unavailable);
        check(404, json!({}), Cause::NotFound);
    }
}
