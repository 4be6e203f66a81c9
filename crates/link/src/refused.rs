//! A refusal with a stable code, and how it crosses the wire.
//!
//! Inside a session it is a `Refused` frame; on any other call it is a gRPC status with the code in the metadata. Both
//! carry how long to wait, because the server knows better than a back-off why it said no.

use std::time::Duration;

use tonic::metadata::MetadataValue;
use tonic::{Code, Status};

use crate::wire;

const CODE: &str = "midplane-code";
const RETRY: &str = "midplane-retry-after-ms";

/// What the server says no with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({code})")]
pub struct Refused {
    pub code: &'static str,
    pub message: String,
    pub retry_after: Option<Duration>,
}

/// What a runner heard: the code may be one that this build does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({code})")]
pub struct Heard {
    pub code: String,
    pub message: String,
    pub retry_after: Option<Duration>,
}

impl Refused {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry_after: None }
    }

    /// The handler could not answer; the cause is in the server's log and nobody else's business.
    pub fn internal() -> Self {
        Self {
            code: "MP-LINK-08",
            message: "the control plane could not answer".to_owned(),
            retry_after: Some(Duration::from_secs(1)),
        }
    }

    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    fn wait_ms(&self) -> i64 {
        self.retry_after.map_or(0, |wait| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
    }

    pub(crate) fn frame(&self) -> wire::Refused {
        wire::Refused {
            code: self.code.to_owned(),
            message: self.message.clone(),
            retry_after_ms: self.wait_ms(),
        }
    }
}

impl From<Refused> for Status {
    fn from(refused: Refused) -> Self {
        let kind =
            if refused.code == "MP-LINK-08" { Code::Unavailable } else { Code::PermissionDenied };
        let mut status = Self::new(kind, &refused.message);
        status.metadata_mut().insert(CODE, MetadataValue::from_static(refused.code));
        if let Ok(wait) = refused.wait_ms().to_string().parse() {
            status.metadata_mut().insert(RETRY, wait);
        }
        status
    }
}

impl From<wire::Refused> for Heard {
    fn from(frame: wire::Refused) -> Self {
        Self { code: frame.code, message: frame.message, retry_after: wait(frame.retry_after_ms) }
    }
}

impl Heard {
    /// A status without our code is a broken connection or a foreign server, not a refusal.
    pub(crate) fn from_status(status: &Status) -> Option<Self> {
        let text = |key| status.metadata().get(key).and_then(|value| value.to_str().ok());
        Some(Self {
            code: text(CODE)?.to_owned(),
            message: status.message().to_owned(),
            retry_after: text(RETRY).and_then(|ms| ms.parse().ok()).and_then(wait),
        })
    }
}

fn wait(ms: i64) -> Option<Duration> {
    u64::try_from(ms).ok().filter(|&ms| ms > 0).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_survives_the_wire_both_ways() {
        let refused = Refused::new("MP-LINK-03", "expired").retry_after(Duration::from_secs(2));
        let heard = Heard::from_status(&Status::from(refused.clone())).unwrap();
        assert_eq!(heard, Heard::from(refused.frame()));
        assert_eq!(heard.retry_after, Some(Duration::from_secs(2)));
        assert_eq!(Heard::from_status(&Status::unavailable("gone")), None);
    }
}
