//! Conditions of the runtime: what a person should know or do, in the heartbeat and in `doctor`.
//!
//! One line for each component, always all of them, so that a condition that is well again is seen to be well. A reason
//! says what to do.

use std::path::Path;

use link::wire;

use crate::desk::Troubles;
use crate::library;
use crate::limit;
use crate::privilege::{self, Account};

/// A release with its logs needs some hundred MiB; less than this is said before it hurts.
const LOW_BYTES: u64 = 512 << 20;
/// Certificates tolerate little; a minute is certainly wrong and still harmless.
const SKEW_MS: i64 = 60_000;

/// What conditions are made of.
pub(crate) struct Facts<'a> {
    pub(crate) library: &'a library::State,
    pub(crate) troubles: &'a Troubles,
    pub(crate) disk_error: Option<&'a str>,
    pub(crate) free_bytes: Option<u64>,
    /// Ours minus the control plane's, when it was heard.
    pub(crate) skew_ms: Option<i64>,
    pub(crate) account: Option<Account>,
    /// A folder that workloads cannot pass through.
    pub(crate) barrier: Option<&'a Path>,
}

pub(crate) fn all(facts: &Facts<'_>) -> Vec<wire::Condition> {
    let mut conditions = library_conditions(facts.library);
    let mut push = |component: &str, trouble: Option<String>| {
        let (ok, reason) = (trouble.is_none(), trouble.unwrap_or_default());
        conditions.push(wire::Condition { component: component.to_owned(), ok, reason });
    };
    push("disk", disk(facts));
    push("clock", clock(facts.skew_ms));
    push("privilege_separation", separation(facts));
    push("ports", facts.troubles.ports.clone());
    push("prune", facts.troubles.prune.clone());
    push("specifications", facts.troubles.specifications.clone());
    let (component, reason) = ("memory_limits".to_owned(), limit::HOLDS.to_owned());
    conditions.push(wire::Condition { component, ok: true, reason });
    conditions
}

fn library_conditions(state: &library::State) -> Vec<wire::Condition> {
    let condition = |component: &str, ok: bool, reason: String| wire::Condition {
        component: component.to_owned(),
        ok,
        reason,
    };
    match state {
        library::State::Ready(library) => {
            let java = format!("Java {} in {}", library.java.full, library.java.home.display());
            vec![condition("java", true, java), condition("base_library", true, String::new())]
        }
        library::State::Waiting { doing, failure } => {
            let of = |component: &str| match failure {
                Some(failure) if failure.component == component => {
                    condition(component, false, format!("{} ({})", failure.message, failure.code))
                }
                _ => condition(component, component == "java", doing.clone()),
            };
            vec![of("java"), of("base_library")]
        }
    }
}

fn disk(facts: &Facts<'_>) -> Option<String> {
    if let Some(error) = facts.disk_error {
        return Some(format!(
            "writing fails: {error}; what runs keeps running, nothing new starts"
        ));
    }
    let free = facts.free_bytes.filter(|free| *free < LOW_BYTES)?;
    Some(format!("{} MiB free; make room before the next deployment", free >> 20))
}

fn clock(skew_ms: Option<i64>) -> Option<String> {
    let skew_ms = skew_ms.filter(|skew| skew.abs() > SKEW_MS)?;
    let (seconds, side) = (skew_ms.abs() / 1000, if skew_ms > 0 { "ahead of" } else { "behind" });
    Some(format!("{seconds} s {side} the control plane; set the clock (NTP)"))
}

fn separation(facts: &Facts<'_>) -> Option<String> {
    match (facts.account, facts.barrier) {
        (Some(account), Some(barrier)) => Some(format!(
            "workloads run as user {} and cannot pass through `{}`: chmod o+x it, or move the data folder",
            account.uid,
            barrier.display()
        )),
        (Some(_), None) => None,
        (None, _) => Some(
            "workloads run as the same user as the runner and can read its files; start the runner as root to separate them"
                .to_owned(),
        ),
    }
}

/// Free space for a user who is not root.
pub(crate) fn free_bytes(path: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(path).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

pub(crate) fn barrier(path: &Path, account: Option<Account>) -> Option<std::path::PathBuf> {
    privilege::barrier(path, account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(change: impl FnOnce(&mut Facts<'_>), component: &str, want: Option<&str>) {
        let state = library::State::Waiting { doing: "fetching".into(), failure: None };
        let mut facts = Facts {
            library: &state,
            troubles: &Troubles::default(),
            disk_error: None,
            free_bytes: Some(1 << 40),
            skew_ms: Some(5),
            account: Some(Account { uid: 64_102, gid: 64_102 }),
            barrier: None,
        };
        change(&mut facts);
        let all = all(&facts);
        let found = all.iter().find(|condition| condition.component == component).unwrap();
        assert_eq!(found.ok, want.is_none(), "{}", found.reason);
        assert!(found.reason.contains(want.unwrap_or_default()), "{}", found.reason);
    }

    #[test]
    fn a_condition_says_what_to_do() {
        check(|_| {}, "clock", None);
        check(|facts| facts.skew_ms = Some(-3_600_000), "clock", Some("3600 s behind"));
        check(|facts| facts.account = None, "privilege_separation", Some("as root"));
        check(
            |facts| facts.barrier = Some(Path::new("/root")),
            "privilege_separation",
            Some("`/root`"),
        );
        check(|facts| facts.free_bytes = Some(9 << 20), "disk", Some("9 MiB"));
        check(|_| {}, "base_library", Some("fetching"));
    }
}
