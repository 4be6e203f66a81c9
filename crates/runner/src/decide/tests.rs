//! Single decisions; whole stories with kills are in `sweep`.

use std::path::PathBuf;

use uuid::Uuid;

use super::*;
use crate::record::Serving;

pub(super) fn target(generation: u64) -> Target {
    let spec = format!("sha256:{generation:064x}");
    Target { generation, deployment: Uuid::from_u128(generation.into()), spec, startup_ms: 10_000 }
}

pub(super) fn asked(generation: u64) -> Asked {
    Asked { generation, target: Some(target(generation)), intent: Intent::Run, uses: Vec::new() }
}

pub(super) fn record() -> Record {
    Record {
        format: Record::FORMAT,
        boot: "boot".into(),
        workload: Uuid::nil(),
        integration: "orders".into(),
        project: "demo".into(),
        environment: "dev".into(),
        folder: PathBuf::from("orders"),
        port: 20080,
        intent: Intent::Run,
        newest: 0,
        latest: None,
        wanted: None,
        failed: None,
        serving: None,
        stage: Stage::Idle,
        counter: 0,
        uses: Vec::new(),
        kills: 0,
        again_at: 0,
        trouble: None,
    }
}

fn serving(stop: Option<Stop>, crashes: u32) -> Record {
    let serving = Serving {
        target: target(1),
        instance: Some(1),
        since: 0,
        crashes,
        restarts: crashes,
        start_at: 0,
        stop,
    };
    Record { newest: 1, counter: 1, serving: Some(serving), ..record() }
}

fn view(now: Tick, serving: Life, candidate: Life) -> View {
    let seen = |life| Seen { life, term_at: None, went: true };
    View {
        now,
        serving: seen(serving),
        candidate: seen(candidate),
        preparation: Preparation::None,
        uses_ready: true,
        shutdown_ms: 20_000,
    }
}

fn ended() -> Life {
    Life::Ended { how: Ending::Itself, code: "MP-RUN-30".into(), reason: "exit 137".into() }
}

const READY: Life = Life::Running(Report::Ready);
const CHECKED: Life = Life::Running(Report::Checked);

#[track_caller]
fn saved(actions: &[Action]) -> &Record {
    actions
        .iter()
        .find_map(|action| if let Action::Save(next) = action { Some(next) } else { None })
        .unwrap()
}

#[test]
fn an_older_generation_is_ignored() {
    let record = Record { newest: 3, ..record() };
    assert_eq!(accept(&record, &asked(2), 0), Vec::new());
    let stop = Asked { intent: Intent::Stop, ..asked(2) };
    assert_eq!(accept(&record, &stop, 0), Vec::new());
}

#[test]
fn stopping_and_starting_raise_the_generation_without_a_new_deployment() {
    let actions = accept(&record(), &asked(1), 0);
    let before = saved(&actions).clone();
    let stop = Asked { generation: 2, intent: Intent::Stop, ..asked(1) };
    let stopped = saved(&accept(&before, &stop, 0)).clone();
    assert_eq!(
        (stopped.newest, stopped.intent, &stopped.wanted),
        (2, Intent::Stop, &before.wanted)
    );
    let start = Asked { generation: 3, ..asked(1) };
    let actions = accept(&stopped, &start, 0);
    assert_eq!(actions.len(), 1, "nothing is told: {actions:?}");
    assert_eq!(saved(&actions).intent, Intent::Run);
}

#[test]
fn what_runs_and_is_ready_is_left_alone() {
    assert_eq!(decide(&serving(None, 0), &view(5, READY, Life::Absent)), Vec::new());
}

#[test]
fn a_crash_waits_longer_each_time_up_to_a_minute() {
    for (crashes, wait) in [(0, 500), (1, 1000), (2, 2000), (6, 32_000), (7, 60_000), (40, 60_000)]
    {
        let actions = decide(&serving(None, crashes), &view(5000, ended(), Life::Absent));
        assert!(matches!(actions[0], Action::Tell(Event::Exit { .. })));
        let next = saved(&actions).serving.as_ref().unwrap();
        assert_eq!((next.start_at, next.crashes), (5000 + wait, crashes + 1));
        assert_eq!(
            decide(saved(&actions), &view(5000 + wait - 1, Life::Absent, Life::Absent)),
            Vec::new()
        );
    }
}

#[test]
fn two_healthy_minutes_forget_the_crashes() {
    let actions = decide(&serving(None, 9), &view(120_001, ended(), Life::Absent));
    assert_eq!(saved(&actions).serving.as_ref().unwrap().crashes, 1);
}

#[test]
fn a_checked_candidate_waits_for_what_it_uses_but_not_for_ever() {
    let stage = Stage::Holding { target: target(2), candidate: 2, since: 1000 };
    let record = Record { stage, ..serving(None, 0) };
    let mut view = view(30_999, READY, CHECKED);
    view.uses_ready = false;
    assert_eq!(decide(&record, &view), Vec::new());
    view.now = 31_000;
    let actions = decide(&record, &view);
    assert!(matches!(saved(&actions).stage, Stage::Switching { .. }));
}

#[test]
fn the_earlier_release_is_killed_when_it_does_not_stop() {
    let stage = Stage::Switching { target: target(2), candidate: 2, since: 0 };
    let record = Record { stage, ..serving(Some(Stop::Switch), 0) };
    let mut view = view(25_000, READY, CHECKED);
    assert_eq!(decide(&record, &view), vec![Action::Signal(1, Signal::Terminate)]);
    view.serving.term_at = Some(0);
    assert_eq!(decide(&record, &view), Vec::new());
    view.now = 25_001;
    assert_eq!(decide(&record, &view), vec![Action::Signal(1, Signal::Kill)]);
}

#[test]
fn a_start_after_a_crash_that_is_not_ready_in_time_is_stopped() {
    let actions = decide(&serving(None, 1), &view(10_001, CHECKED, Life::Absent));
    assert_eq!(saved(&actions).serving.as_ref().unwrap().stop, Some(Stop::Late));
}

#[test]
fn a_failed_preparation_keeps_what_runs_and_can_be_tried_again() {
    let record = Record { wanted: Some(target(2)), newest: 2, ..serving(None, 0) };
    let mut view = view(0, READY, Life::Absent);
    view.preparation = Preparation::Failed {
        generation: 2,
        code: "MP-RUN-25".into(),
        reason: "the bundle is damaged".into(),
    };
    let actions = decide(&record, &view);
    let next = saved(&actions);
    assert_eq!((next.wanted.clone(), next.failed.clone()), (None, Some(target(2))));
    assert_eq!(next.trouble.as_deref(), Some("the bundle is damaged"));
}

#[test]
fn a_restart_is_one_restart_however_often_it_is_asked() {
    let actions = restart(&serving(None, 3), 0).unwrap();
    let next = saved(&actions).clone();
    assert_eq!(next.serving.as_ref().unwrap().stop, Some(Stop::Restart));
    assert_eq!(restart(&next, 0), Some(Vec::new()));
    assert_eq!(
        decide(&next, &view(9, READY, Life::Absent)),
        vec![Action::Signal(1, Signal::Terminate)]
    );
    let after = decide(&next, &view(9, ended(), Life::Absent));
    assert_eq!(after.len(), 1, "a restart is not a crash: {after:?}");
    assert_eq!(restart(&record(), 0), None);
}

#[test]
fn a_second_failure_of_the_earlier_release_is_told_with_both_reasons() {
    let outcome =
        Outcome::Failed { code: "MP-RUN-33".into(), reason: "not ready within 10 s".into() };
    let stage =
        Stage::Abandoning { target: target(2), candidate: 2, since: 0, outcome, switched: true };
    let record = Record { stage, newest: 2, wanted: Some(target(2)), ..serving(None, 0) };
    let actions = decide(&record, &view(0, ended(), ended()));
    let Action::Tell(Event::Phase { phase, cause, .. }) = &actions[0] else { unreachable!() };
    assert_eq!(*phase, domain::deployment::Phase::Failed);
    assert!(cause.as_ref().unwrap().1.contains("exit 137"));
}

#[test]
fn after_a_reboot_every_wait_begins_again() {
    let mut record = serving(None, 0);
    record.rebase("boot", 7);
    assert_eq!(record.serving.as_ref().unwrap().since, 0);
    record.rebase("other", 7);
    assert_eq!(record.serving.as_ref().unwrap().since, 7);
}
