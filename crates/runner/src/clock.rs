//! Time and randomness as arguments: the seams of the runner.
//!
//! Two clocks, because they answer different questions. `now` is for people and for the wire; `tick` counts milliseconds
//! since the machine's boot, so a deadline written down by one runner still means the same to the next one, and an hour
//! of clock correction ends nothing early. A tick of another boot means nothing; then no process of that time lives.

use std::sync::Arc;

use jiff::Timestamp;

/// Milliseconds since boot.
pub type Tick = u64;

#[derive(Clone)]
pub struct Seams {
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    pub tick: Arc<dyn Fn() -> Tick + Send + Sync>,
    pub random: Arc<dyn Fn() -> u64 + Send + Sync>,
    /// Names this boot of the machine.
    pub boot: Arc<str>,
}

impl Seams {
    /// The machine's own clocks and randomness.
    pub fn system() -> Self {
        Self {
            now: Arc::new(system_now),
            tick: Arc::new(system_tick),
            random: Arc::new(system_random),
            boot: boot_id().into(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.now)()
    }

    pub(crate) fn link(&self) -> link::Seams {
        let (now, random) = (self.now.clone(), self.random.clone());
        link::Seams::new(move || now(), move || random())
    }

    pub(crate) fn tick(&self) -> Tick {
        (self.tick)()
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the runner reads the clock")]
fn system_now() -> Timestamp {
    Timestamp::now()
}

fn system_tick() -> Tick {
    #[cfg(target_os = "linux")]
    let clock = rustix::time::ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    let clock = rustix::time::ClockId::Monotonic;
    let time = rustix::time::clock_gettime(clock);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let millis = u64::try_from(time.tv_nsec / 1_000_000).unwrap_or(0);
    seconds * 1000 + millis
}

fn system_random() -> u64 {
    let mut bytes = [0; 8];
    // The system's generator cannot fail after start-up; zero only removes the jitter.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    u64::from_ne_bytes(bytes)
}

fn boot_id() -> String {
    let linux = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    linux.map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
}

impl std::fmt::Debug for Seams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seams")
    }
}
