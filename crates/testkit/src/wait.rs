//! Waiting for a condition instead of sleeping.

use std::future::Future;
use std::time::{Duration, Instant};

const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Asks `condition` again and again until it says yes, and panics after `deadline`.
#[track_caller]
pub fn wait_until<F, C>(deadline: Duration, mut condition: F) -> impl Future<Output = ()>
where
    F: FnMut() -> C,
    C: Future<Output = bool>,
{
    let place = std::panic::Location::caller();
    let until = Instant::now() + deadline;
    async move {
        while !condition().await {
            assert!(Instant::now() < until, "not so within {deadline:?}, waited for at {place}");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
