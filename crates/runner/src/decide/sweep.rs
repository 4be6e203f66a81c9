//! The runner is killed after every prefix of the actions of whole stories, started again, and must come to the same end.
//!
//! The world is a few lines: processes that answer at once, and a record that survives. A crash forgets what the doer
//! kept in memory (signals sent, preparation); processes go on. After every single action the rules are checked.

use std::collections::BTreeMap;

use domain::deployment::Phase;

use super::tests::{asked, record};
use super::*;

#[derive(Clone, Debug)]
struct Process {
    generation: u64,
    alive: bool,
    went: bool,
    report: Report,
    how: Ending,
    /// When a process that was told to end does end: some time after its routes.
    ends_at: Option<Tick>,
}

/// How the JVMs of a generation behave.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Temper {
    Good,
    BadRoute,
    NeverReady,
    DiesAtGo,
    /// The first so many of its JVMs are killed.
    Killed(When, usize),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum When {
    Started,
    Checked,
    Going,
}

struct World {
    record: Option<Record>,
    asked: Asked,
    temper: fn(u64) -> Temper,
    processes: BTreeMap<Number, Process>,
    term_at: BTreeMap<Number, Tick>,
    prepared: Option<u64>,
    told: Vec<(u64, Phase)>,
    starts: BTreeMap<u64, usize>,
    now: Tick,
    budget: usize,
}

struct Killed;

/// From the stop of the routes to the end of the process; several looks long.
const WAY_OUT: Tick = 200;

impl Process {
    fn runs_routes(&self) -> bool {
        self.alive && self.went && self.report != Report::Stopped
    }
}

impl World {
    fn new(asked: Asked, temper: fn(u64) -> Temper) -> Self {
        Self {
            record: Some(record()),
            asked,
            temper,
            processes: BTreeMap::new(),
            term_at: BTreeMap::new(),
            prepared: None,
            told: Vec::new(),
            starts: BTreeMap::new(),
            now: 1000,
            budget: usize::MAX,
        }
    }

    fn seen(&self, number: Option<Number>) -> Seen {
        let Some(process) = number.and_then(|number| self.processes.get(&number)) else {
            return Seen::ABSENT;
        };
        let life = if process.alive {
            Life::Running(process.report.clone())
        } else {
            let how = process.how;
            Life::Ended { how, code: "MP-RUN-30".into(), reason: "exit 1".into() }
        };
        let term_at = number.and_then(|number| self.term_at.get(&number).copied());
        Seen { life, term_at, went: process.went }
    }

    fn view(&self, record: &Record) -> View {
        View {
            now: self.now,
            serving: self.seen(record.serving.as_ref().and_then(|serving| serving.instance)),
            candidate: self.seen(record.stage.candidate()),
            preparation: self
                .prepared
                .map_or(Preparation::None, |generation| Preparation::Ready { generation }),
            uses_ready: true,
            shutdown_ms: 20_000,
        }
    }

    fn perform(&mut self, action: Action) -> Result<(), Killed> {
        if self.budget == 0 {
            return Err(Killed);
        }
        self.budget -= 1;
        match action {
            Action::Tell(Event::Phase { target, phase, .. }) => {
                self.told.push((target.generation, phase));
            }
            Action::Tell(Event::Exit { .. }) => {}
            Action::Save(record) => self.record = Some(*record),
            Action::Prepare(target) => self.prepared = Some(target.generation),
            Action::Spawn { number, target } => {
                let temper = (self.temper)(target.generation);
                let report = match temper {
                    Temper::BadRoute => failed(),
                    _ => Report::Checked,
                };
                let generation = target.generation;
                let starts = self.starts.entry(generation).or_default();
                *starts += 1;
                let (mut alive, mut how, mut ends_at) = (true, Ending::Itself, None);
                if let Temper::Killed(when, times) = temper
                    && *starts <= times
                {
                    how = Ending::Killed;
                    match when {
                        When::Started => alive = false,
                        When::Checked => ends_at = Some(self.now + 60),
                        When::Going => {}
                    }
                }
                let process = Process { generation, alive, went: false, report, how, ends_at };
                assert!(self.processes.insert(number, process).is_none(), "{number} started twice");
            }
            Action::Go(number) => {
                let temper = self.temper;
                let process = self.processes.get_mut(&number).expect("go for nobody");
                process.went = true;
                match temper(process.generation) {
                    Temper::NeverReady => {}
                    Temper::DiesAtGo => process.alive = false,
                    Temper::Killed(When::Going, _) if process.how == Ending::Killed => {
                        process.alive = false;
                    }
                    _ if process.alive => process.report = Report::Ready,
                    _ => {}
                }
            }
            Action::Signal(number, signal) => {
                self.term_at.insert(number, self.now);
                if let Some(process) = self.processes.get_mut(&number) {
                    match signal {
                        Signal::Kill => process.alive = false,
                        Signal::Terminate => {
                            process.report = Report::Stopped;
                            process.ends_at = process.ends_at.or(Some(self.now + WAY_OUT));
                        }
                    }
                }
            }
            Action::Delete => {
                assert!(
                    self.processes.values().all(|process| !process.alive),
                    "deleted while alive"
                );
                self.record = None;
            }
        }
        let routes = self.processes.values().filter(|process| process.runs_routes());
        assert!(routes.count() <= 1, "two sets of routes run: {:?}", self.processes);
        for process in self.processes.values().filter(|process| process.alive) {
            let same = |other: &&Process| other.alive && other.generation == process.generation;
            let twins = self.processes.values().filter(same).count();
            assert_eq!(twins, 1, "two JVMs of one release: {:?}", self.processes);
        }
        Ok(())
    }

    fn pass(&mut self, time: Tick) {
        self.now += time;
        for process in self.processes.values_mut() {
            if process.ends_at.is_some_and(|end| end <= self.now) {
                process.alive = false;
            }
        }
    }

    /// Runs until nothing is left to do, letting time pass; `Err` when the budget ran out.
    fn run(&mut self) -> Result<(), Killed> {
        for _ in 0..2000 {
            let Some(record) = self.record.clone() else { return Ok(()) };
            let mut actions = accept(&record, &self.asked.clone(), self.now);
            if actions.is_empty() {
                actions = decide(&record, &self.view(&record));
            }
            for action in actions {
                self.perform(action)?;
            }
            self.pass(40);
        }
        Ok(())
    }

    fn crash(&mut self) {
        self.term_at.clear();
        self.prepared = None;
        self.budget = usize::MAX;
    }

    fn serving(&self) -> Option<u64> {
        let live = self.processes.values().find(|process| process.runs_routes());
        live.map(|process| process.generation)
    }
}

fn failed() -> Report {
    Report::Failed { code: "MP-RUN-40".into(), reason: "unknown component `htpp`".into() }
}

/// Generation 1 is good, then `temper` is asked for as generation 2, with a kill after `n` actions for every `n`.
#[track_caller]
fn check(temper: fn(u64) -> Temper, intent: Intent, want: Option<u64>, end: Phase) {
    check_starts(temper, intent, want, end, 1);
}

#[track_caller]
fn check_starts(
    temper: fn(u64) -> Temper,
    intent: Intent,
    want: Option<u64>,
    end: Phase,
    starts: usize,
) {
    for kill_after in 0.. {
        let mut world = World::new(asked(1), temper);
        assert!(world.run().is_ok());
        assert_eq!(world.serving(), Some(1));
        world.asked = Asked { intent, ..asked(2) };
        world.budget = kill_after;
        let uninterrupted = world.run().is_ok();
        world.crash();
        assert!(world.run().is_ok());
        assert_eq!(world.serving(), want, "killed after {kill_after}");
        if intent == Intent::Run {
            let last = world.told.iter().rev().find(|(generation, _)| *generation == 2);
            assert_eq!(last, Some(&(2, end)), "killed after {kill_after}");
            assert_eq!(world.starts.get(&2), Some(&starts), "starts, killed after {kill_after}");
        }
        if intent == Intent::Remove {
            assert_eq!(world.record, None, "killed after {kill_after}");
        }
        if uninterrupted {
            assert!(kill_after > 3, "the story was too short to mean anything");
            return;
        }
    }
}

#[test]
fn a_good_release_takes_over_wherever_the_runner_dies() {
    check(|_| Temper::Good, Intent::Run, Some(2), Phase::Ready);
}

#[test]
fn a_broken_route_keeps_the_earlier_release_wherever_the_runner_dies() {
    let temper = |generation| if generation == 2 { Temper::BadRoute } else { Temper::Good };
    check(temper, Intent::Run, Some(1), Phase::Failed);
}

#[test]
fn one_that_is_never_ready_is_rolled_back_wherever_the_runner_dies() {
    let temper = |generation| if generation == 2 { Temper::NeverReady } else { Temper::Good };
    check(temper, Intent::Run, Some(1), Phase::RolledBack);
}

#[test]
fn one_that_dies_at_go_is_rolled_back_wherever_the_runner_dies() {
    let temper = |generation| if generation == 2 { Temper::DiesAtGo } else { Temper::Good };
    check(temper, Intent::Run, Some(1), Phase::RolledBack);
}

#[test]
fn one_whose_jvm_is_killed_takes_over_all_the_same_wherever_the_runner_dies() {
    let tempers: [fn(u64) -> Temper; 3] = [
        |generation| killed(generation, When::Started, 2),
        |generation| killed(generation, When::Checked, 2),
        |generation| killed(generation, When::Going, 2),
    ];
    for temper in tempers {
        check_starts(temper, Intent::Run, Some(2), Phase::Ready, 3);
    }
}

#[test]
fn one_that_is_killed_again_and_again_is_given_up() {
    let never = |generation| killed(generation, When::Started, usize::MAX);
    check_starts(never, Intent::Run, Some(1), Phase::Failed, 6);
    let back = |generation| killed(generation, When::Going, usize::MAX);
    check_starts(back, Intent::Run, Some(1), Phase::RolledBack, 6);
}

fn killed(generation: u64, when: When, times: usize) -> Temper {
    if generation == 2 { Temper::Killed(when, times) } else { Temper::Good }
}

#[test]
fn a_removal_ends_with_nothing_wherever_the_runner_dies() {
    check(|_| Temper::Good, Intent::Remove, None, Phase::Asked);
}

#[test]
fn a_stop_ends_with_nothing_running_wherever_the_runner_dies() {
    check(|_| Temper::Good, Intent::Stop, None, Phase::Asked);
}

#[test]
fn a_third_release_supersedes_the_second_wherever_it_is() {
    let temper = |generation| if generation == 2 { Temper::NeverReady } else { Temper::Good };
    for after in 0..14 {
        let mut world = World::new(asked(1), temper);
        assert!(world.run().is_ok());
        world.asked = asked(2);
        world.budget = after;
        let _ = world.run();
        world.budget = usize::MAX;
        world.asked = asked(3);
        assert!(world.run().is_ok());
        assert_eq!(world.serving(), Some(3), "after {after}");
        assert_eq!(world.told.last(), Some(&(3, Phase::Ready)), "after {after}");
    }
}

#[test]
fn a_deployment_stopped_half_way_goes_on_when_it_is_started_again() {
    for after in 0..12 {
        let mut world = World::new(asked(1), |_| Temper::Good);
        world.budget = after;
        let _ = world.run();
        world.budget = usize::MAX;
        (world.asked.intent, world.asked.generation) = (Intent::Stop, 2);
        assert!(world.run().is_ok());
        assert_eq!(world.serving(), None);
        (world.asked.intent, world.asked.generation) = (Intent::Run, 3);
        assert!(world.run().is_ok());
        assert_eq!(world.serving(), Some(1), "after {after}");
    }
}
