//! What to look at, and when.
//!
//! ```text
//! push ─> ready ─> running ─> done
//!           ^        │ pushed meanwhile: ready again
//!           │        │ failed: delayed by the back-off, 0.2 s doubling to 5 minutes
//!         delayed <──┘ looked at a moment ago: delayed to its distance
//! ```
//! A key is in one place only and never runs twice at the same time, so the queue is as long as there are objects. A socket is looked
//! at once a second at most: a thousand plugs that couple change its count a thousand times. Time comes in as an argument.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::hash::Hash;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

const FIRST_BACK_OFF: Duration = Duration::from_millis(200);
/// Room for this many is kept; more is given back when it is empty.
const KEPT_ROOM: usize = 1_024;
/// A mistake that a person repairs is noticed by its watch; this is for what nobody tells us.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(300);

struct State<K> {
    ready: VecDeque<K>,
    queued: HashSet<K>,
    running: HashSet<K>,
    /// Pushed while running.
    again: HashSet<K>,
    delayed: BinaryHeap<Reverse<(Instant, u64)>>,
    /// The earliest time of a delayed key, and the number of its entry in the heap.
    due: HashMap<K, (Instant, u64)>,
    by_number: HashMap<u64, K>,
    number: u64,
    failures: HashMap<K, u32>,
    /// Those looked at within the longest distance, and in which order.
    started: HashMap<K, Instant>,
    lately: VecDeque<(Instant, K)>,
}

pub(crate) struct Queue<K> {
    state: Mutex<State<K>>,
    notify: Notify,
    /// The least time between two looks at the same key.
    distance: fn(&K) -> Duration,
    longest: Duration,
}

impl<K: Clone + Eq + Hash> Queue<K> {
    /// No distance is greater than `longest`.
    pub(crate) fn new(distance: fn(&K) -> Duration, longest: Duration) -> Self {
        Self {
            state: Mutex::new(State {
                ready: VecDeque::new(),
                queued: HashSet::new(),
                running: HashSet::new(),
                again: HashSet::new(),
                delayed: BinaryHeap::new(),
                due: HashMap::new(),
                by_number: HashMap::new(),
                number: 0,
                failures: HashMap::new(),
                started: HashMap::new(),
                lately: VecDeque::new(),
            }),
            notify: Notify::new(),
            distance,
            longest,
        }
    }

    #[expect(clippy::expect_used, reason = "nothing panics while it holds this")]
    fn with<T>(&self, act: impl FnOnce(&mut State<K>) -> T) -> T {
        act(&mut self.state.lock().expect("the queue"))
    }

    /// As soon as its distance allows.
    pub(crate) fn push(&self, key: K, now: Instant) {
        self.with(|state| {
            if state.running.contains(&key) {
                state.again.insert(key);
                return;
            }
            let distance = (self.distance)(&key);
            match state.started.get(&key) {
                Some(started) if *started + distance > now => {
                    let at = *started + distance;
                    state.delay(key, at);
                }
                _ => state.make_ready(key),
            }
        });
        self.notify.notify_one();
    }

    /// Not before `at`, unless something pushes it.
    pub(crate) fn push_at(&self, key: K, at: Instant) {
        self.with(|state| state.delay(key, at));
        self.notify.notify_one();
    }

    /// The next key; it counts as running until `done`.
    pub(crate) async fn next(&self) -> K {
        loop {
            let notified = self.notify.notified();
            let wait = match self.take(Instant::now()) {
                Ok(key) => return key,
                Err(wait) => wait,
            };
            tokio::select! {
                () = notified => (),
                () = tokio::time::sleep(wait) => (),
            }
        }
    }

    fn take(&self, now: Instant) -> Result<K, Duration> {
        let taken = self.with(|state| {
            state.promote(now);
            state.forget_started(now, self.longest);
            let Some(key) = state.ready.pop_front() else {
                let next = state.delayed.peek().map(|Reverse((at, _))| *at);
                return Err(next.map_or(LONGEST_BACK_OFF, |at| at.saturating_duration_since(now)));
            };
            state.queued.remove(&key);
            if state.ready.is_empty() {
                state.ready.shrink_to(KEPT_ROOM);
                state.queued.shrink_to(KEPT_ROOM);
            }
            state.running.insert(key.clone());
            state.started.insert(key.clone(), now);
            state.lately.push_back((now, key.clone()));
            // Who waited for the time of a delayed key may be the one that goes off with this: another has to.
            Ok((key, !state.ready.is_empty() || !state.due.is_empty()))
        });
        let (key, more) = taken?;
        if more {
            self.notify.notify_one();
        }
        Ok(key)
    }

    /// It went well; `after`: look again then.
    pub(crate) fn done(&self, key: &K, after: Option<Duration>, now: Instant) {
        self.finish(key, now, |state| {
            state.failures.remove(key);
            after.map(|after| now + after)
        });
    }

    /// It has to be repeated. Returns the wait.
    pub(crate) fn failed(&self, key: &K, now: Instant) -> Duration {
        let mut wait = FIRST_BACK_OFF;
        self.finish(key, now, |state| {
            let failures = state.failures.entry(key.clone()).or_default();
            wait = FIRST_BACK_OFF
                .saturating_mul(2_u32.saturating_pow(*failures))
                .min(LONGEST_BACK_OFF);
            *failures += 1;
            Some(now + wait)
        });
        wait
    }

    fn finish(&self, key: &K, now: Instant, next: impl FnOnce(&mut State<K>) -> Option<Instant>) {
        let again = self.with(|state| {
            state.running.remove(key);
            if let Some(at) = next(state) {
                state.delay(key.clone(), at);
            }
            state.again.remove(key)
        });
        if again {
            self.push(key.clone(), now);
        }
        self.notify.notify_one();
    }

    /// Its object is gone: nothing is kept about it.
    pub(crate) fn forget(&self, key: &K) {
        self.with(|state| {
            state.failures.remove(key);
            state.started.remove(key);
        });
    }

    /// `(ready, delayed, running)`
    pub(crate) fn lengths(&self) -> (usize, usize, usize) {
        self.with(|state| (state.ready.len(), state.due.len(), state.running.len()))
    }
}

impl<K: Clone + Eq + Hash> State<K> {
    fn make_ready(&mut self, key: K) {
        if let Some((_, number)) = self.due.remove(&key) {
            self.by_number.remove(&number);
        }
        if self.queued.insert(key.clone()) {
            self.ready.push_back(key);
        }
    }

    fn delay(&mut self, key: K, at: Instant) {
        if self.queued.contains(&key) {
            return;
        }
        if let Some((earlier, number)) = self.due.get(&key) {
            if *earlier <= at {
                return;
            }
            self.by_number.remove(number);
        }
        self.number += 1;
        self.due.insert(key.clone(), (at, self.number));
        self.by_number.insert(self.number, key);
        self.delayed.push(Reverse((at, self.number)));
    }

    /// What was looked at longer ago than any distance may be looked at again at once.
    fn forget_started(&mut self, now: Instant, longest: Duration) {
        while let Some((at, key)) = self.lately.front() {
            if *at + longest > now {
                return;
            }
            if self.started.get(key) == Some(at) {
                self.started.remove(key);
            }
            self.lately.pop_front();
        }
        self.lately.shrink_to(KEPT_ROOM);
        self.started.shrink_to(KEPT_ROOM);
    }

    fn promote(&mut self, now: Instant) {
        while let Some(Reverse((at, number))) = self.delayed.peek().copied() {
            if at > now {
                return;
            }
            self.delayed.pop();
            if let Some(key) = self.by_number.remove(&number) {
                self.due.remove(&key);
                if self.running.contains(&key) {
                    self.again.insert(key);
                } else {
                    self.make_ready(key);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn queue() -> Queue<u32> {
        Queue::new(|key| if *key == 9 { SECOND } else { Duration::ZERO }, SECOND)
    }

    #[test]
    fn a_key_is_queued_once_and_runs_once() {
        let (queue, now) = (queue(), Instant::now());
        queue.push(1, now);
        queue.push(1, now);
        assert_eq!(queue.take(now), Ok(1));
        assert!(queue.take(now).is_err());
        queue.push(1, now);
        assert!(queue.take(now).is_err(), "it runs already");
        queue.done(&1, None, now);
        assert_eq!(queue.take(now), Ok(1), "it was pushed meanwhile");
        queue.done(&1, None, now);
        assert!(queue.take(now).is_err());
    }

    #[test]
    fn a_failure_waits_longer_each_time_and_a_push_does_not_wait() {
        let (queue, now) = (queue(), Instant::now());
        let mut waits = Vec::new();
        for _ in 0..14 {
            queue.push(1, now);
            assert_eq!(queue.take(now), Ok(1));
            waits.push(queue.failed(&1, now));
        }
        assert_eq!(waits[..3], [200, 400, 800].map(Duration::from_millis));
        assert_eq!(waits[13], LONGEST_BACK_OFF);
        queue.push(1, now);
        assert_eq!(queue.take(now), Ok(1));
        queue.done(&1, None, now);
        queue.push(1, now);
        assert_eq!(queue.take(now), Ok(1));
        assert_eq!(queue.failed(&1, now), FIRST_BACK_OFF);
    }

    #[test]
    fn a_key_keeps_its_distance() {
        let (queue, now) = (queue(), Instant::now());
        queue.push(9, now);
        assert_eq!(queue.take(now), Ok(9));
        queue.done(&9, None, now);
        queue.push(9, now + SECOND / 4);
        queue.push(9, now + SECOND / 2);
        assert_eq!(queue.take(now + SECOND / 2), Err(SECOND / 2));
        assert_eq!(queue.take(now + SECOND), Ok(9));
    }

    #[test]
    fn what_was_looked_at_long_ago_is_forgotten() {
        let (queue, now) = (queue(), Instant::now());
        for key in 10..10_010 {
            queue.push(key, now);
        }
        for key in 10..10_010 {
            assert_eq!(queue.take(now), Ok(key));
            queue.done(&key, None, now);
        }
        assert_eq!(queue.with(|state| state.started.len()), 10_000);
        assert!(queue.take(now + SECOND).is_err());
        queue.with(|state| {
            assert!(state.started.is_empty() && state.lately.is_empty());
            let room = state.started.capacity().max(state.queued.capacity());
            assert!(room < 4 * KEPT_ROOM, "{room}");
        });
    }

    #[test]
    fn the_earliest_time_counts() {
        let (queue, now) = (queue(), Instant::now());
        queue.push_at(1, now + 2 * SECOND);
        queue.push_at(1, now + SECOND);
        queue.push_at(1, now + 3 * SECOND);
        assert_eq!(queue.take(now), Err(SECOND));
        assert_eq!(queue.take(now + SECOND), Ok(1));
        queue.done(&1, Some(SECOND), now + SECOND);
        assert_eq!(queue.lengths(), (0, 1, 0));
        assert_eq!(queue.take(now + 2 * SECOND), Ok(1));
        queue.done(&1, None, now + 2 * SECOND);
        assert!(queue.take(now + 9 * SECOND).is_err());
    }
}
