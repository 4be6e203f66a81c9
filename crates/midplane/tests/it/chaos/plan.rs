//! Which fault comes when: drawn from a seed, so that a run can be had again.
//!
//! Every kind comes once before any comes again. What the seed does not decide is which instruction a process is at.

use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    KillRunner,
    KillServer,
    KillPostgres,
    KillJvm,
    /// The runner of the JVMs, which goes on where it was.
    KillLocalRunner,
    CutTracer,
    CutLink,
    /// Nothing passes and nothing ends.
    HoldLink,
    FillDisk,
    /// PostgreSQL is gone and nobody starts it again for a while.
    StoreAway,
}

impl Fault {
    const ALL: [Self; 10] = [
        Self::KillRunner,
        Self::KillServer,
        Self::KillPostgres,
        Self::KillJvm,
        Self::KillLocalRunner,
        Self::CutTracer,
        Self::CutLink,
        Self::HoldLink,
        Self::FillDisk,
        Self::StoreAway,
    ];
}

/// Numbers that look like chance and are the same for the same seed.
pub(crate) struct Plan {
    state: u64,
    left: Vec<Fault>,
}

impl Plan {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed ^ 0x9E37_79B9_7F4A_7C15, left: Vec::new() }
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % limit
    }

    pub(crate) fn next(&mut self) -> Fault {
        if self.left.is_empty() {
            self.left = Fault::ALL.to_vec();
        }
        let place = self.below(self.left.len() as u64);
        self.left.swap_remove(usize::try_from(place).unwrap_or(0))
    }

    pub(crate) fn pause(&mut self, least_ms: u64, most_ms: u64) -> Duration {
        Duration::from_millis(least_ms + self.below(most_ms - least_ms))
    }

    pub(crate) fn which(&mut self, of: usize) -> usize {
        usize::try_from(self.below(of.max(1) as u64)).unwrap_or(0)
    }
}
