//! When an on-demand pod goes: after a time without a call.
//!
//! The time of the last call stands in an annotation of the pod, so a restart of the operator forgets nothing. It is written again
//! only when it moved by a quarter of the idle time: a busy apparatus costs four writes in each idle time, not one for each call.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s::apparatus::{Apparatus, DEFAULT_IDLE_SECONDS};
use serde_json::Value;

/// On the pod: when it was last called.
pub const LAST_CALL: &str = "midplane.io/last-call";
/// The schema does not bound what the Go operator accepted; a week is as good as always.
const LONGEST_SECONDS: i64 = 7 * 24 * 3_600;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// Not called for long enough.
    Remove,
    /// Look again after this time.
    After(Duration),
}

fn idle_time(apparatus: &Apparatus) -> SignedDuration {
    let seconds = apparatus.idle_timeout.filter(|seconds| *seconds > 0);
    let seconds = seconds.unwrap_or(DEFAULT_IDLE_SECONDS).min(LONGEST_SECONDS);
    SignedDuration::from_secs(seconds)
}

/// What the annotation says, or when the pod was made.
fn last_call(pod: &Value) -> Option<Timestamp> {
    let time = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    time(&pod["metadata"]["annotations"][LAST_CALL])
        .or_else(|| time(&pod["metadata"]["creationTimestamp"]))
}

pub fn idle(pod: &Value, apparatus: &Apparatus, now: Timestamp) -> Idle {
    let idle_time = idle_time(apparatus);
    let since = last_call(pod).map_or(SignedDuration::ZERO, |at| now.duration_since(at));
    let left = idle_time.saturating_sub(since);
    match Duration::try_from(left) {
        Ok(left) if !left.is_zero() => Idle::After(left),
        _ => Idle::Remove,
    }
}

/// What the annotation should say now; none when it is fresh enough.
pub fn touched(pod: &Value, apparatus: &Apparatus, now: Timestamp) -> Option<String> {
    let quarter = SignedDuration::from_millis_i128(idle_time(apparatus).as_millis() / 4);
    let written = pod["metadata"]["annotations"][LAST_CALL].as_str();
    let fresh = written
        .and_then(|text| text.parse::<Timestamp>().ok())
        .is_some_and(|at| now.duration_since(at) < quarter);
    (!fresh).then(|| now.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    fn pod(called: Option<i64>) -> Value {
        let mut pod = json!({"metadata": {"creationTimestamp": at(0).to_string()}});
        if let Some(called) = called {
            pod["metadata"]["annotations"] = json!({LAST_CALL: at(called).to_string()});
        }
        pod
    }

    #[test]
    fn a_pod_goes_when_it_was_not_called_for_its_idle_time() {
        let default = Apparatus::default();
        let long = Apparatus { idle_timeout: Some(600), ..Apparatus::default() };
        assert_eq!(idle(&pod(None), &default, at(59)), Idle::After(Duration::from_secs(1)));
        assert_eq!(idle(&pod(None), &default, at(60)), Idle::Remove);
        assert_eq!(idle(&pod(Some(50)), &default, at(60)), Idle::After(Duration::from_secs(50)));
        assert_eq!(idle(&pod(Some(50)), &long, at(649)), Idle::After(Duration::from_secs(1)));
        assert_eq!(idle(&pod(Some(50)), &long, at(650)), Idle::Remove);
        assert_eq!(idle(&json!({}), &default, at(0)), Idle::After(Duration::from_secs(60)));
    }

    #[test]
    fn the_annotation_is_written_four_times_in_an_idle_time_at_most() {
        let default = Apparatus::default();
        assert_eq!(touched(&pod(None), &default, at(1)), Some(at(1).to_string()));
        assert_eq!(touched(&pod(Some(0)), &default, at(14)), None);
        assert_eq!(touched(&pod(Some(0)), &default, at(15)), Some(at(15).to_string()));
    }
}
