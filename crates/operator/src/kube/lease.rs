//! The lease: of several processes one leads.
//!
//! ```text
//! another holds it ─not renewed for its duration, as seen from here─> ours ─renewed every third─> ... ─> released
//! ```
//! Clocks of two machines are never compared: a holder is dead when its renewal did not change for the duration, by our own clock. Who cannot
//! renew for two thirds of the duration stops before another can begin.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{Api, Ask};
use super::kinds::encode;
use super::{Options, Seams};
use crate::core::object::Account;
use crate::core::request::Cause;

/// How long a lease lasts, and how often it is renewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    pub duration: Duration,
}

impl Default for Term {
    /// What Kubernetes' own components use.
    fn default() -> Self {
        Self { duration: Duration::from_secs(15) }
    }
}

pub(super) struct Lease {
    api: Api,
    collection: String,
    path: String,
    namespace: String,
    seams: std::sync::Arc<dyn Seams>,
    term: Term,
}

impl Lease {
    pub(super) fn new(api: &Api, options: &Options, term: Term) -> Self {
        let collection = format!(
            "/apis/coordination.k8s.io/v1/namespaces/{}/leases",
            encode(&options.namespace)
        );
        Self {
            api: api.clone(),
            path: format!("{collection}/{}", k8s::names::LEASE),
            collection,
            namespace: options.namespace.clone(),
            seams: options.seams.clone(),
            term,
        }
    }

    fn every(&self) -> Duration {
        self.term.duration / 3
    }

    /// Returns when it is ours.
    pub(super) async fn take(&self) {
        let mut seen: Option<(Value, Instant)> = None;
        loop {
            match self.api.json(Ask::get(&Account::Operator, self.path.clone())).await {
                Ok(lease) => {
                    let holder = lease["spec"]["holderIdentity"].as_str().unwrap_or_default();
                    let renewal = json!([holder, lease["spec"]["renewTime"]]);
                    let since = match &seen {
                        Some((last, since)) if *last == renewal => *since,
                        _ => Instant::now(),
                    };
                    seen = Some((renewal, since));
                    let free = holder.is_empty()
                        || holder == self.seams.identity()
                        || since.elapsed() > self.duration_of(&lease);
                    if free && self.write(Some(&lease), self.seams.identity()).await {
                        return;
                    }
                }
                Err(failure) if failure.cause == Cause::NotFound => {
                    if self.write(None, self.seams.identity()).await {
                        return;
                    }
                }
                Err(failure) => {
                    tracing::warn!(err = failure.message, "cannot look at the lease");
                }
            }
            tokio::time::sleep(self.every().min(Duration::from_secs(2))).await;
        }
    }

    fn duration_of(&self, lease: &Value) -> Duration {
        lease["spec"]["leaseDurationSeconds"]
            .as_u64()
            .map_or(self.term.duration, Duration::from_secs)
    }

    /// Renews it; returns when it is lost.
    pub(super) async fn hold(&self) {
        let mut renewed = Instant::now();
        loop {
            tokio::time::sleep(self.every()).await;
            if let Ok(lease) = self.api.json(Ask::get(&Account::Operator, self.path.clone())).await
            {
                if lease["spec"]["holderIdentity"] != self.seams.identity() {
                    return;
                }
                if self.write(Some(&lease), self.seams.identity()).await {
                    renewed = Instant::now();
                }
            }
            if renewed.elapsed() > self.term.duration * 2 / 3 {
                return;
            }
        }
    }

    /// The next one need not wait.
    pub(super) async fn release(&self) {
        if let Ok(lease) = self.api.json(Ask::get(&Account::Operator, self.path.clone())).await
            && lease["spec"]["holderIdentity"] == self.seams.identity()
        {
            self.write(Some(&lease), "").await;
        }
    }

    async fn write(&self, over: Option<&Value>, holder: &str) -> bool {
        let now = micros(self.seams.now());
        let before = over.map_or(&Value::Null, |lease| &lease["spec"]);
        let same = before["holderIdentity"] == holder;
        let transitions = before["leaseTransitions"].as_i64().unwrap_or(0);
        let lease = json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {
                "name": k8s::names::LEASE, "namespace": self.namespace,
                "resourceVersion": over.map(|lease| &lease["metadata"]["resourceVersion"]),
            },
            "spec": {
                "holderIdentity": holder,
                "leaseDurationSeconds": self.term.duration.as_secs().max(1),
                "acquireTime": if same { before["acquireTime"].clone() } else { json!(now) },
                "renewTime": now,
                "leaseTransitions": if same { transitions } else { transitions + 1 },
            },
        });
        let ask = if over.is_some() {
            Ask::put(&Account::Operator, self.path.clone(), &lease)
        } else {
            Ask::post(&Account::Operator, self.collection.clone(), &lease)
        };
        match self.api.json(ask.metadata()).await {
            Ok(_) => true,
            Err(failure) => {
                if !matches!(failure.cause, Cause::Conflict | Cause::Exists) {
                    tracing::warn!(err = failure.message, "cannot write the lease");
                }
                false
            }
        }
    }
}

/// As Kubernetes writes a `MicroTime`.
fn micros(now: jiff::Timestamp) -> String {
    now.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_time_has_six_digits() {
        let now = "2026-01-02T03:04:05.6Z".parse().expect("a time");
        assert_eq!(super::micros(now), "2026-01-02T03:04:05.600000Z");
    }
}
