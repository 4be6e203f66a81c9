//! Nobody else may be at work: two operators with the same finalizer would undo each other.
//!
//! The Go operator shows itself by its lease, which it renews every two seconds, and by its field manager on plugs and sockets. Either within
//! the last minute, and we refuse to begin. After that its objects are adopted by the core.

use std::sync::atomic::Ordering;

use jiff::Timestamp;
use serde_json::Value;

use super::client::{Api, Ask, LARGEST_PAGE};
use super::own::Lists;
use super::{Error, Options};
use crate::core::object::Account;

/// Its retries wait longer than this only when nothing needs them.
const QUIET_SECONDS: i64 = 60;

/// Looks for the lease in every namespace that may be looked at.
pub(super) async fn check_lease(api: &Api, options: &Options) -> Result<(), Error> {
    let selector = format!("fieldSelector=metadata.name%3D{}", k8s::names::GO_LEASE);
    let everywhere = format!("/apis/coordination.k8s.io/v1/leases?{selector}");
    if let Some(leases) = leases(api, everywhere).await {
        return judge(&leases, options);
    }
    // Without the right to list all, the namespaces are looked at one by one.
    for namespace in options.namespaces.iter().chain([&options.namespace]) {
        let namespace = super::kinds::encode(namespace);
        let path = format!("/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases?{selector}");
        if let Some(leases) = leases(api, path).await {
            judge(&leases, options)?;
        }
    }
    Ok(())
}

async fn leases(api: &Api, path: String) -> Option<Value> {
    let mut ask = Ask::get(&Account::Operator, path);
    ask.limit = LARGEST_PAGE;
    api.json(ask).await.ok()
}

fn judge(leases: &Value, options: &Options) -> Result<(), Error> {
    for lease in leases["items"].as_array().into_iter().flatten() {
        let spec = &lease["spec"];
        let held = spec["holderIdentity"].as_str().is_some_and(|holder| !holder.is_empty());
        let renewed = spec["renewTime"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
        let namespace = lease["metadata"]["namespace"].as_str().unwrap_or_default();
        let who = format!("the holder of lease {namespace}/{}", k8s::names::GO_LEASE);
        if let Some(renewed) = renewed.filter(|_| held) {
            refuse(options.seams.now(), renewed.as_second(), who)?;
        }
    }
    Ok(())
}

/// Looks at what the lists have shown.
pub(super) fn check_fields(lists: &Lists, options: &Options) -> Result<(), Error> {
    let last = lists.go_wrote_at.load(Ordering::Relaxed);
    let who = format!("the field manager {} of plugs and sockets", k8s::names::GO_FIELD_MANAGER);
    refuse(options.seams.now(), last, who)
}

fn refuse(now: Timestamp, last: i64, who: String) -> Result<(), Error> {
    let seconds = now.as_second() - last;
    if seconds < QUIET_SECONDS { Err(Error::OtherManager { who, seconds }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_of_silence_is_enough() {
        let now = Timestamp::from_second(1_000).expect("a time");
        assert!(refuse(now, 0, String::new()).is_ok());
        assert!(refuse(now, 940, String::new()).is_ok());
        assert!(refuse(now, 941, String::new()).is_err());
        assert!(refuse(now, 1_005, String::new()).is_err(), "a clock that is ahead");
    }
}
