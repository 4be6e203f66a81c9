//! Which successful messages are kept once it is known how they went.
//!
//! Head sampling happens in the tracer, by the rate of a route. Here is the tail: what failed or was handled always stays; of the
//! rest, if the settings ask for it, only what is slower than the live 95th percentile of its route, and the first of each path in a
//! minute as a reference. A rule "the next N where .." wins over everything. Percentiles come from the exact counts, not from what
//! was kept, so keeping less does not change what is slow.

use std::collections::{BTreeMap, HashMap};

use crate::capture::{Next, Tail};
use crate::model::Histogram;

/// Paths remembered for a route: more of them are noise, and then each message would be a reference.
const PATHS: usize = 64;
/// A percentile of fewer messages is chance.
const ENOUGH: u64 = 100;

/// What there is to judge.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub route: &'a str,
    pub is_success: bool,
    pub duration_us: u64,
    /// A number for the nodes it went through, in order.
    pub path: u64,
    pub attributes: &'a [(std::sync::Arc<str>, String)],
    pub now_s: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Nothing asks for less.
    All,
    Notable,
    Slow,
    Reference,
    Asked,
}

#[derive(Debug, Default)]
pub struct Sampler {
    tail: Tail,
    /// What is left of each rule.
    left: BTreeMap<u64, u32>,
    routes: HashMap<String, Route>,
}

#[derive(Debug, Default)]
struct Route {
    durations: Histogram,
    slow_us: Option<u64>,
    /// Path to the minute of its last reference.
    seen: HashMap<u64, u64>,
}

impl Sampler {
    /// New settings; a rule that is there again goes on where it was.
    pub fn set(&mut self, tail: Tail) {
        self.left = tail
            .next
            .iter()
            .map(|rule| (rule.id, self.left.get(&rule.id).copied().unwrap_or(rule.count)))
            .collect();
        self.tail = tail;
    }

    /// What went through a route since the last time, exactly.
    pub fn learn(&mut self, route: &str, durations: &Histogram) {
        let known = self.routes.entry(route.to_owned()).or_default();
        known.durations.merge(durations);
        if known.durations.total() >= ENOUGH {
            known.slow_us = known.durations.quantile_us(0.95);
        }
        // Live means of late: half of what is older than this weighs nothing soon.
        if known.durations.total() > 100 * ENOUGH {
            let halved =
                known.durations.counts().iter().map(|(bucket, count)| (*bucket, count / 2));
            known.durations = Histogram::from_counts(halved);
        }
    }

    /// From where on a message of a route is slower than most, where enough of them were seen. A tracer that leaves out by rate keeps
    /// these all the same.
    pub fn slow(&self) -> impl Iterator<Item = (&str, u64)> {
        self.routes.iter().filter_map(|(name, route)| Some((name.as_str(), route.slow_us?)))
    }

    /// None: it is left out.
    pub fn judge(&mut self, facts: &Facts<'_>) -> Option<Kept> {
        if let Some(rule) = self.tail.next.iter().find(|rule| asks(rule, facts))
            && let Some(left) = self.left.get_mut(&rule.id).filter(|left| **left > 0)
        {
            *left -= 1;
            return Some(Kept::Asked);
        }
        if !self.tail.only_notable {
            return Some(Kept::All);
        }
        if !facts.is_success {
            return Some(Kept::Notable);
        }
        let route = self.routes.entry(facts.route.to_owned()).or_default();
        if route.slow_us.is_some_and(|slow| facts.duration_us > slow) {
            return Some(Kept::Slow);
        }
        let minute = facts.now_s / 60;
        if route.seen.get(&facts.path) == Some(&minute) {
            return None;
        }
        if route.seen.len() >= PATHS {
            route.seen.retain(|_, seen| *seen == minute);
        }
        if route.seen.len() >= PATHS {
            return None;
        }
        route.seen.insert(facts.path, minute);
        Some(Kept::Reference)
    }
}

fn asks(rule: &Next, facts: &Facts<'_>) -> bool {
    let same = |name: &str, value: &str| {
        facts.attributes.iter().any(|(is, has)| &**is == name && has == value)
    };
    rule.route.as_ref().is_none_or(|route| route == facts.route)
        && rule.attribute.as_ref().is_none_or(|(name, value)| same(name, value))
        && rule.longer_than_us.is_none_or(|us| facts.duration_us > us)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(is_success: bool, duration_us: u64, path: u64, now_s: u64) -> Facts<'static> {
        Facts { route: "intake", is_success, duration_us, path, attributes: &[], now_s }
    }

    fn notable() -> Sampler {
        let mut sampler = Sampler::default();
        sampler.set(Tail { only_notable: true, next: Vec::new() });
        sampler
    }

    #[test]
    fn without_settings_everything_stays() {
        let mut sampler = Sampler::default();
        for now in 0..10 {
            assert_eq!(sampler.judge(&facts(true, 1, 1, now)), Some(Kept::All));
        }
    }

    #[test]
    fn of_what_went_well_one_of_each_path_a_minute_stays() {
        let mut sampler = notable();
        assert_eq!(sampler.judge(&facts(true, 1, 1, 0)), Some(Kept::Reference));
        assert_eq!(sampler.judge(&facts(true, 1, 1, 59)), None);
        assert_eq!(sampler.judge(&facts(true, 1, 2, 59)), Some(Kept::Reference));
        assert_eq!(sampler.judge(&facts(true, 1, 1, 60)), Some(Kept::Reference));
        assert_eq!(sampler.judge(&facts(false, 1, 1, 60)), Some(Kept::Notable));
    }

    #[test]
    fn a_route_of_many_paths_keeps_a_bounded_number() {
        let mut sampler = notable();
        let kept =
            (0..10_000).filter(|path| sampler.judge(&facts(true, 1, *path, 5)).is_some()).count();
        assert_eq!(kept, PATHS);
    }

    #[test]
    fn what_is_slower_than_most_stays() {
        let mut sampler = notable();
        let mut durations = Histogram::default();
        for us in 0..1_000 {
            durations.record(us);
        }
        assert_eq!(sampler.judge(&facts(true, 5_000, 1, 0)), Some(Kept::Reference));
        assert_eq!(sampler.judge(&facts(true, 5_000, 1, 0)), None, "nothing is known yet");
        sampler.learn("intake", &durations);
        assert_eq!(sampler.judge(&facts(true, 5_000, 1, 0)), Some(Kept::Slow));
        assert_eq!(sampler.judge(&facts(true, 500, 1, 0)), None);
    }

    #[test]
    fn the_next_n_are_n_also_when_the_settings_come_again() {
        let rule = Next {
            id: 9,
            count: 3,
            route: Some("intake".to_owned()),
            attribute: None,
            longer_than_us: Some(10),
        };
        let tail = Tail { only_notable: true, next: vec![rule] };
        let mut sampler = Sampler::default();
        sampler.set(tail.clone());
        let asked =
            |sampler: &mut Sampler, us| sampler.judge(&facts(true, us, 1, 0)) == Some(Kept::Asked);
        assert!(!asked(&mut sampler, 10));
        assert!(asked(&mut sampler, 11));
        sampler.set(tail);
        assert_eq!((0..9).filter(|_| asked(&mut sampler, 11)).count(), 2);
    }
}
