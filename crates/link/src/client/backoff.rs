//! How long to wait before the next attempt: full jitter, so that ten thousand runners come back as a slope, not a wall.

use std::time::Duration;

const BASE: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_mins(1);
/// A session that lived this long proves that the way is free.
const LIVED: Duration = Duration::from_mins(1);

#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// `lived`: how long the last attempt took with its session; `random`: any number.
    pub(super) fn next(
        &mut self,
        lived: Duration,
        retry_after: Option<Duration>,
        at_once: bool,
        random: u64,
    ) -> Duration {
        if at_once {
            self.failures = 0;
            return Duration::ZERO;
        }
        let ceiling = if lived >= LIVED {
            self.failures = 0;
            BASE
        } else {
            let doubled = BASE.saturating_mul(1 << self.failures.min(16));
            self.failures = self.failures.saturating_add(1);
            doubled.min(LONGEST)
        };
        let ceiling_ms = u64::try_from(ceiling.as_millis()).unwrap_or(u64::MAX).max(1);
        let jitter = |ceiling| Duration::from_millis(random % ceiling);
        match retry_after {
            // Everybody was told the same: what is added keeps them apart.
            Some(wait) => wait + jitter(500),
            None => jitter(ceiling_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_to_a_minute_and_starts_over_after_a_good_session() {
        let mut backoff = Backoff::default();
        let short = Duration::from_secs(1);
        let mut ceilings = Vec::new();
        for _ in 0..9 {
            // The largest remainder of each ceiling is one below it.
            let failures = backoff.failures;
            let ceiling = BASE.saturating_mul(1 << failures).min(LONGEST);
            let wait =
                backoff.next(short, None, false, u64::try_from(ceiling.as_millis()).unwrap() - 1);
            assert_eq!(wait + Duration::from_millis(1), ceiling);
            ceilings.push(ceiling.as_millis());
        }
        assert_eq!(ceilings, [500, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000]);
        assert!(backoff.next(Duration::from_secs(61), None, false, 499) < BASE);
        assert_eq!(backoff.failures, 0);
    }

    #[test]
    fn the_server_may_ask_for_more() {
        let wait = Backoff::default().next(Duration::ZERO, Some(Duration::from_secs(30)), false, 7);
        assert_eq!(wait, Duration::from_millis(30_007));
    }
}
