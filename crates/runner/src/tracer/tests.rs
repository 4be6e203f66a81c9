mod chaos;
mod disk;
mod lines;

use std::path::Path;
use std::time::Instant;

use link::client::Source;
use telemetry::block::{self, Budget};
use telemetry::frame::{
    Down, Drops, Hello, Instance, Message, Node, NodeNumber, OLDEST, Outcome, RouteNumber,
    Splitter, Step, StepFlags, Structure, Trace, Up, VERSION,
};
use telemetry::frame::{Interner, MessageFlags};
use telemetry::ledger::Ledger;
use telemetry::model::{Batch, Kind, LossReason, Record};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio_util::sync::CancellationToken;

use super::*;

struct World {
    tracers: Arc<Tracers>,
    shipper: Shipper,
    dir: tempfile::TempDir,
    stop: CancellationToken,
}

impl World {
    fn new() -> Self {
        Self::on(tempfile::tempdir().unwrap())
    }

    fn on(dir: tempfile::TempDir) -> Self {
        Self::at(dir, Seams::system())
    }

    fn at(dir: tempfile::TempDir, seams: Seams) -> Self {
        let stop = CancellationToken::new();
        let tasks = Tasks::new(stop.clone());
        let tracers = Tracers::open(dir.path(), None, &seams, &tasks, Limits::default()).unwrap();
        tracers.start();
        let shipper = tracers.shipper();
        Self { tracers, shipper, dir, stop }
    }

    /// As after `kill -9`: nothing is flushed, the folder stays. Threads that are at work finish first, which a kill would not let
    /// them; two runners on one folder is what the lock of the folder forbids.
    async fn killed(self) -> tempfile::TempDir {
        let Self { tracers, shipper, dir, stop } = self;
        stop.cancel();
        tracers.tasks.finish().await;
        let keeper = Arc::clone(&tracers.keeper);
        drop((tracers, shipper));
        let began = Instant::now();
        while Arc::strong_count(&keeper) > 1 {
            assert!(began.elapsed() < Duration::from_secs(10), "a thread still works");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        dir
    }

    fn variable(&self, workload: u128) -> String {
        let (_, value) = self.tracers.variable(Uuid::from_u128(workload), fact(workload)).unwrap();
        value.into_string().unwrap()
    }

    async fn tracer(&self, workload: u128, instance: u64) -> Tracer {
        let mut tracer = Tracer::dial(&self.variable(workload)).await;
        tracer.greet(instance).await;
        tracer
    }

    /// Reads shipped blocks until `enough` says so.
    async fn shipped(&mut self, enough: impl Fn(&Ledger, &[Batch]) -> bool) -> Vec<Batch> {
        let (mut ledger, mut batches) = (Ledger::default(), Vec::new());
        let began = Instant::now();
        while !enough(&ledger, &batches) {
            assert!(began.elapsed() < Duration::from_secs(20), "still not shipped: {ledger:?}");
            let next = tokio::time::timeout(Duration::from_secs(2), self.shipper.next()).await;
            let Ok(block) = next else { continue };
            let (_, batch) = block::decode(&block.bytes, Budget::default()).unwrap();
            ledger.add(&batch);
            batches.push(batch);
            self.shipper.stored(block.id).await;
        }
        batches
    }
}

fn fact(workload: u128) -> Fact {
    Fact {
        workload: Some(Uuid::from_u128(workload)),
        integration: format!("integration-{workload}"),
        ..Fact::default()
    }
}

/// Speaks the protocol as a tracer does.
struct Tracer {
    stream: UnixStream,
    token: String,
    words: Interner,
    splitter: Splitter,
    instance: u64,
    said: u64,
    spent: u64,
    credit: u64,
}

impl Tracer {
    async fn dial(variable: &str) -> Self {
        let (address, rest) = variable.split_once(",token=").unwrap();
        let path = address.strip_prefix("unix:").unwrap();
        let token = rest.split(',').next().unwrap_or_default().to_owned();
        let stream = UnixStream::connect(Path::new(path)).await.unwrap();
        let (words, splitter) = (Interner::default(), Splitter::default());
        Self { stream, token, words, splitter, instance: 0, said: 0, spent: 0, credit: 0 }
    }

    async fn say(&mut self, up: &Up) {
        let mut out = Vec::new();
        up.encode(&mut self.words, &mut out);
        if matches!(up, Up::Traces(_)) {
            self.spent += out.len() as u64;
        }
        self.stream.write_all(&out).await.unwrap();
    }

    async fn hear(&mut self) -> Option<Down> {
        loop {
            if let Some(frame) = self.splitter.next_frame().unwrap() {
                return Some(Down::decode(&frame).unwrap());
            }
            let mut bytes = [0; 4096];
            let read = tokio::time::timeout(Duration::from_secs(10), self.stream.read(&mut bytes));
            match read.await.unwrap() {
                Ok(count) if count > 0 => self.splitter.push(&bytes[..count]),
                _ => return None,
            }
        }
    }

    fn hello(&self, token: &str, versions: (u16, u16)) -> Up {
        Up::Hello(Hello {
            oldest: versions.0,
            newest: versions.1,
            instance: Instance(self.instance),
            pid: 1,
            started_us: 1,
            token: token.to_owned(),
            facts: [("name".to_owned(), "somebody-else".to_owned())].into(),
        })
    }

    async fn greet(&mut self, instance: u64) {
        self.instance = instance;
        let hello = self.hello(&self.token.clone(), (OLDEST, VERSION));
        self.say(&hello).await;
        let Some(Down::Welcome(welcome)) = self.hear().await else { panic!("not welcome") };
        self.credit = welcome.credit;
        assert!(matches!(self.hear().await, Some(Down::Config(_))));
        self.say(&Up::Structure(structure())).await;
    }

    async fn messages(&mut self, count: u64) {
        let messages = (0..count)
            .map(|_| {
                self.said += 1;
                message(self.said)
            })
            .collect();
        while self.spent >= self.credit {
            match self.hear().await {
                Some(Down::Credit { total }) => self.credit = total,
                Some(_) => {}
                None => return,
            }
        }
        self.say(&Up::Traces(messages)).await;
    }

    async fn report(&mut self) {
        let at_us = 1_800_000_000_000_000;
        let drops = Drops { at_us, finished: self.said, sent: self.said, ..Drops::default() };
        self.say(&Up::Drops(drops)).await;
    }
}

fn structure() -> Structure {
    let node = |number, parent, key: &str| Node {
        number: NodeNumber(number),
        parent,
        kind: "to".into(),
        key: key.into(),
        id: key.into(),
        text: "".into(),
        line: 1,
    };
    Structure {
        route: RouteNumber(1),
        id: "intake".into(),
        hash: 5,
        from: "direct:in".into(),
        group: "".into(),
        description: "".into(),
        location: "".into(),
        made: false,
        nodes: vec![node(1, None, "from"), node(2, Some(0), "insert")],
    }
}

fn message(counter: u64) -> Message {
    let step = Step {
        node: NodeNumber(2),
        flags: StepFlags::default(),
        parent: None,
        offset_us: 0,
        duration_us: 9,
        iteration: None,
        redelivery: 0,
        detail: "".into(),
    };
    Message {
        flags: MessageFlags::default(),
        counter,
        start_us: 1_800_000_000_000_000 + counter,
        duration_us: 10,
        route: RouteNumber(1),
        outcome: Outcome::Completed,
        weight: 1.0,
        exchange_id: "E".into(),
        trace: Trace::Own,
        parent: None,
        breadcrumb: "".into(),
        error: None,
        attributes: Vec::new(),
        steps_total: 1,
        steps: vec![step],
        payloads: Vec::new(),
    }
}

fn stored(ledger: &Ledger) -> u64 {
    ledger.entry(Kind::Message).stored
}

fn balanced(batches: &[Batch]) -> Ledger {
    let mut ledger = Ledger::default();
    for batch in batches {
        ledger.add(batch);
    }
    assert_eq!(ledger.check(Kind::Message, 0), Ok(()));
    ledger
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_tracer_says_is_shipped_under_its_workloads_name() {
    let mut world = World::new();
    let mut tracer = world.tracer(1, 77).await;
    tracer.messages(10).await;
    tracer.report().await;
    let batches = world
        .shipped(|ledger, _| ledger.check(Kind::Message, 0).is_ok() && stored(ledger) == 10)
        .await;
    balanced(&batches);
    for batch in &batches {
        assert_eq!(batch.origin, fact(1).origin(77), "whatever the tracer says of itself");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_half_a_frame_and_strangers_cost_the_workload_nothing() {
    let mut world = World::new();
    let [one, other] = [1, 2].map(|workload| world.variable(workload));
    let mut garbage = Tracer::dial(&one).await;
    garbage.stream.write_all(&[0xFF; 64]).await.unwrap();
    assert!(matches!(garbage.hear().await, Some(Down::Refuse { code, .. }) if code == "MP-TEL-31"));
    let mut half = Tracer::dial(&one).await;
    half.stream.write_all(&[9, 0, 0, 0, 1]).await.unwrap();
    half.stream.shutdown().await.unwrap();
    assert!(!matches!(half.hear().await, Some(Down::Welcome(_))));
    let mut rude = Tracer::dial(&one).await;
    rude.say(&Up::Ping).await;
    assert!(matches!(rude.hear().await, Some(Down::Refuse { code, .. }) if code == "MP-TEL-31"));
    let theirs = Tracer::dial(&other).await.token;
    for token in ["", "guess", &theirs] {
        let mut stranger = Tracer::dial(&one).await;
        let hello = stranger.hello(token, (OLDEST, VERSION));
        stranger.say(&hello).await;
        assert!(
            matches!(stranger.hear().await, Some(Down::Refuse { code, .. }) if code == "MP-TEL-32")
        );
    }
    let mut newer = Tracer::dial(&one).await;
    let hello = newer.hello(&newer.token, (VERSION + 1, VERSION + 2));
    newer.say(&hello).await;
    assert!(matches!(newer.hear().await, Some(Down::Refuse { code, .. }) if code == "MP-TEL-33"));
    let mut tracer = world.tracer(1, 5).await;
    tracer.messages(3).await;
    tracer.stream.write_all(&[0xFF; 64]).await.unwrap();
    let batches = world.shipped(|ledger, _| stored(ledger) == 3).await;
    assert!(batches.iter().all(|batch| batch.origin.integration == "integration-1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runner_that_is_killed_loses_no_more_than_what_was_in_memory_and_counts_it() {
    let world = World::new();
    let mut tracer = world.tracer(1, 9).await;
    tracer.messages(200).await;
    tracer.report().await;
    let mut world = World::on(world.killed().await);
    let (said, variable) = (tracer.said, world.variable(1));
    drop(tracer);
    let mut tracer = Tracer::dial(&variable).await;
    tracer.said = said;
    tracer.greet(9).await;
    tracer.messages(50).await;
    tracer.report().await;
    let batches = world
        .shipped(|ledger, _| {
            ledger.entry(Kind::Message).produced == 250 && ledger.check(Kind::Message, 0).is_ok()
        })
        .await;
    let ledger = balanced(&batches);
    let entry = ledger.entry(Kind::Message);
    assert_eq!(entry.stored + entry.lost, 250);
    assert!(entry.stored >= 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tracer_whose_process_died_leaves_one_loss() {
    let mut world = World::new();
    let mut tracer = world.tracer(1, 6).await;
    tracer.messages(4).await;
    world.shipped(|ledger, _| stored(ledger) == 4).await;
    drop(tracer);
    // The peer is this process, which lives on: say it ourselves, once its connection is seen to have ended.
    let began = Instant::now();
    while lock(&world.tracers.keeper).is_connected(Instance(6)) {
        assert!(began.elapsed() < Duration::from_secs(10), "the end was not seen");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    lock(&world.tracers.keeper).gone(Instance(6), now_us(&world.tracers.seams));
    let batches = world.shipped(|ledger, _| ledger.entry(Kind::Message).perhaps_lost > 0).await;
    assert_eq!(losses(&batches), [LossReason::ProcessDied]);
}

fn losses(batches: &[Batch]) -> Vec<LossReason> {
    let records = batches.iter().flat_map(|batch| &batch.records);
    let lost = records.filter_map(|record| match record {
        Record::Lost(lost) => Some(lost.reason),
        _ => None,
    });
    lost.collect()
}

/// Says as a tracer of a process of its own: frames through the keeper, because the socket would show this process.
fn says(world: &World, instance: u64, process: &std::process::Child, ups: Vec<Up>) {
    let pid = i32::try_from(process.id()).unwrap();
    let start = inspect::inspect(pid).unwrap().start;
    let name = Name::Managed(Uuid::from_u128(1));
    let token = world.variable(1);
    let token = token.split_once(",token=").unwrap().1.split(',').next().unwrap().to_owned();
    let mut keeper = lock(&world.tracers.keeper);
    let process = Some(memory::Process { pid, start });
    let from = Instance(instance);
    let answer = keeper.welcome(&name, from, &token, process, 1_800_000_000_000_000);
    assert_eq!(answer, keeper::Answer::Welcome);
    keeper.take(from, ups, 1_800_000_000_000_000).unwrap();
    keeper.left(from, 1_800_000_000_900_000);
    keeper.close_all(1_800_000_000_900_000).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_ended_while_no_runner_looked_is_missed_once() {
    let world = World::new();
    let sleeper = std::process::Command::new("sleep").arg("1000").spawn();
    let mut sleeper = sleeper.unwrap();
    let messages = (1..=7).map(message).collect();
    says(&world, 4, &sleeper, vec![Up::Structure(structure()), Up::Traces(messages)]);
    let dir = world.killed().await;
    let world = World::on(dir);
    tokio::time::sleep(3 * LOOK_AROUND / 2).await;
    assert_eq!(lock(&world.tracers.keeper).silent().len(), 1, "it lives");
    let dir = world.killed().await;
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
    let mut world = World::on(dir);
    let batches = world.shipped(|ledger, _| ledger.entry(Kind::Message).perhaps_lost > 0).await;
    assert_eq!(losses(&batches), [LossReason::ProcessDied]);
    assert_eq!(balanced(&batches).entry(Kind::Message).produced, 7);
    let known = world.dir.path().join("telemetry/known");
    assert!(std::fs::read_dir(&known).unwrap().next().is_none(), "nothing is left to remember");
    let mut world = World::on(world.killed().await);
    let more = tokio::time::timeout(3 * LOOK_AROUND / 2, world.shipper.next()).await;
    assert!(more.is_err(), "it was said once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_set_back_costs_nothing() {
    let mut world = World::new();
    let mut tracer = world.tracer(1, 8).await;
    tracer.messages(5).await;
    tracer.report().await;
    let whole = |stores| {
        move |ledger: &Ledger, _: &[Batch]| {
            stored(ledger) == stores && ledger.check(Kind::Message, 0).is_ok()
        }
    };
    let mut batches = world.shipped(whole(5)).await;
    let (said, dir) = (tracer.said, world.killed().await);
    let year = jiff::SignedDuration::from_hours(365 * 24);
    let back = Seams { now: Arc::new(move || (Seams::system().now)() - year), ..Seams::system() };
    let mut world = World::at(dir, back);
    let mut tracer = Tracer::dial(&world.variable(1)).await;
    tracer.said = said;
    tracer.greet(8).await;
    tracer.messages(6).await;
    tracer.report().await;
    batches.extend(world.shipped(whole(6)).await);
    assert_eq!(balanced(&batches).entry(Kind::Message).produced, 11);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tracer_of_the_next_version_is_understood_as_far_as_both_go() {
    let mut world = World::new();
    let mut tracer = Tracer::dial(&world.variable(1)).await;
    tracer.instance = 12;
    let hello = tracer.hello(&tracer.token.clone(), (OLDEST, VERSION + 1));
    tracer.say(&hello).await;
    assert!(
        matches!(tracer.hear().await, Some(Down::Welcome(welcome)) if welcome.version == VERSION)
    );
    tracer.credit = 1 << 20;
    // A kind that only the next version knows, and a field behind the last one of a report.
    tracer.stream.write_all(&[3, 0, 0, 0, 99, 2, 0, 1, 2, 3]).await.unwrap();
    tracer.say(&Up::Structure(structure())).await;
    tracer.messages(4).await;
    let mut report = Vec::new();
    let drops = Drops { at_us: 1, finished: 4, sent: 4, ..Drops::default() };
    Up::Drops(drops).encode(&mut tracer.words, &mut report);
    report[0] += 2;
    report.extend([7, 7]);
    tracer.stream.write_all(&report).await.unwrap();
    let balances = |ledger: &Ledger, _: &[Batch]| {
        stored(ledger) == 4 && ledger.check(Kind::Message, 0).is_ok()
    };
    balanced(&world.shipped(balances).await);
    let mut older = Tracer::dial(&world.variable(1)).await;
    let hello = older.hello(&older.token, (OLDEST - 1, OLDEST - 1));
    older.say(&hello).await;
    assert!(matches!(older.hear().await, Some(Down::Refuse { code, .. }) if code == "MP-TEL-33"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_reach_a_tracer_that_is_connected_and_one_that_starts() {
    let world = World::new();
    let mut tracer = world.tracer(1, 3).await;
    let capture = Capture { revision: 8, rate_millionths: 500_000, ..Capture::default() };
    let workload = wire::DesiredWorkload {
        workload_id: Uuid::from_u128(1).to_string(),
        generation: 1,
        spec: String::new(),
        run: true,
        capture: capture.to_text(),
        routes: String::new(),
    };
    world.tracers.capture(&wire::Desired { whole: true, workloads: vec![workload] });
    let told = loop {
        match tracer.hear().await {
            Some(Down::Config(told)) => break told,
            Some(Down::Credit { .. }) => {}
            other => panic!("no settings, {other:?}"),
        }
    };
    assert_eq!((told.revision, told.rate), (8, 0.5));
    let variable = world.variable(1);
    let config = variable.split_once(",config=").map(|(_, path)| path.to_owned()).unwrap();
    let file = telemetry::frame::Settings::parse(&std::fs::read_to_string(config).unwrap());
    assert_eq!(file, told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_observed_application_comes_in_by_its_own_door_alone() {
    let world = World::new();
    let variable = observe(world.dir.path(), "shop").unwrap();
    assert_eq!(
        observe(world.dir.path(), "shop").unwrap(),
        variable,
        "the same name, the same token"
    );
    world.tracers.look_for_observed();
    let mut tracer = Tracer::dial(&variable).await;
    tracer.greet(4).await;
    tracer.messages(2).await;
    let mut world = world;
    let batches = world.shipped(|ledger, _| stored(ledger) == 2).await;
    let origin = &batches.last().unwrap().origin;
    assert_eq!((origin.workload, origin.integration.as_str()), (None, "shop"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_workload_lets_nobody_in() {
    let world = World::new();
    let variable = world.variable(1);
    world.tracers.forget(Uuid::from_u128(1));
    let path = variable.strip_prefix("unix:").and_then(|text| text.split(',').next()).unwrap();
    let gone = UnixStream::connect(path).await.is_err();
    assert!(gone);
    assert!(!Path::new(path).exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_too_deep_for_the_address_of_a_socket_has_doors_all_the_same() {
    let outer = tempfile::tempdir().unwrap();
    let deep = outer.path().join("a-folder-with-a-long-name".repeat(5));
    std::fs::create_dir_all(&deep).unwrap();
    let mut world = World::on(tempfile::tempdir_in(&deep).unwrap());
    let mut tracer = world.tracer(1, 2).await;
    tracer.messages(1).await;
    world.shipped(|ledger, _| stored(ledger) == 1).await;
    let variable = world.variable(1);
    let path = variable.strip_prefix("unix:").and_then(|text| text.split(',').next()).unwrap();
    let sockets = Path::new(path).parent().unwrap().to_owned();
    world.tracers.forget(Uuid::from_u128(1));
    assert!(sockets.starts_with("/tmp"));
    std::fs::remove_dir_all(sockets).unwrap();
}
