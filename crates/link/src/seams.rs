//! Time and randomness, as arguments; in [`telemetry`], where telemetry goes.
//!
//! Whoever builds an end passes a clock and a source of random numbers; a test passes its own and moves months in
//! microseconds. Keys and nonces do not come from here: they come from the operating system, inside the crypto library.

pub mod telemetry;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

#[derive(Clone)]
pub struct Seams {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    random: Arc<dyn Fn() -> u64 + Send + Sync>,
}

impl Seams {
    pub fn new(
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        random: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Self {
        Self { now: Arc::new(now), random: Arc::new(random) }
    }

    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    pub fn random(&self) -> u64 {
        (self.random)()
    }
}

impl fmt::Debug for Seams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seams(..)")
    }
}

/// The certificate checks of rustls ask the same clock.
impl rustls::time_provider::TimeProvider for Seams {
    fn current_time(&self) -> Option<rustls::pki_types::UnixTime> {
        let seconds = u64::try_from(self.now().as_second()).ok()?;
        Some(rustls::pki_types::UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds)))
    }
}
