//! What a workload does arrives at the control plane, from a real JVM through socket, spool and link.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use ::telemetry::block::{self, Budget};
use ::telemetry::ledger::Ledger;
use ::telemetry::model::{Batch, Kind, LossReason, Outcome, Record};
use link::refused::Refused;
use link::seams::telemetry::{Block, BlockId, Receiver, Verdict};
use link::server::Peer;
use tokio::sync::mpsc;

use crate::bench::{Bench, Wish, get, hello, port_of, unchanged};

/// Keeps each block once and answers for it at once.
#[derive(Clone, Default)]
pub(crate) struct Store(std::sync::Arc<Mutex<BTreeMap<BlockId, Batch>>>);

impl Receiver for Store {
    fn open<'a>(
        &'a self,
        _: &'a Peer,
        verdicts: mpsc::Sender<Verdict>,
    ) -> Pin<Box<dyn Future<Output = Result<mpsc::Sender<Block>, Refused>> + Send + 'a>> {
        let (sender, mut blocks) = mpsc::channel::<Block>(4);
        let store = self.clone();
        drop(crate::bench::spawn(async move {
            while let Some(Block { id, bytes }) = blocks.recv().await {
                let (_, batch) = block::decode(&bytes, Budget::default()).unwrap();
                store.0.lock().unwrap().insert(id, batch);
                let _ = verdicts.send(Verdict::Stored(id)).await;
            }
        }));
        Box::pin(async { Ok(sender) })
    }
}

impl Store {
    fn batches(&self) -> Vec<Batch> {
        self.0.lock().unwrap().values().cloned().collect()
    }

    fn ledger(&self) -> Ledger {
        let mut ledger = Ledger::default();
        for batch in self.batches() {
            ledger.add(&batch);
        }
        ledger
    }

    /// Waits until a record is there that `is` knows.
    async fn until(&self, what: &str, is: impl Fn(&Batch, &Record) -> bool) {
        let began = Instant::now();
        loop {
            let found = self
                .batches()
                .iter()
                .any(|batch| batch.records.iter().any(|record| is(batch, record)));
            if found {
                return;
            }
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "still not: {what}; {:?}",
                self.ledger()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn completed(batch: &Batch, record: &Record) -> bool {
    let Record::Message(message) = record else { return false };
    batch.names.text(message.route) == "hello"
        && message.outcome == Outcome::Completed
        && message.steps.len() >= 2
        && batch.origin.integration == "orders"
        && batch.origin.deployment.is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_a_message_is_seen_counted_and_survives_its_runner_and_its_jvm() {
    let mut bench = Bench::start().await;
    let store = bench.plane.store.clone();
    let files = [("orders.camel.yaml", hello("one"))];
    bench.deploy(&Wish { integration: "orders", generation: 1, files: &files, change: &unchanged });
    let port = port_of(&bench.phase("orders", 1, "ready").await.url);
    assert_eq!(get(port, "/hello").as_deref(), Some("one"));
    store.until("the message", completed).await;
    store.until("its route", |_, record| matches!(record, Record::Route(_))).await;
    store.until("what it carried", |_, record| matches!(record, Record::Payload(_))).await;
    store.until("a line of its log", |_, record| matches!(record, Record::Log(_))).await;

    let seen = store.ledger().entry(Kind::Message).stored;
    bench.kill_runner().await;
    assert_eq!(get(port, "/hello").as_deref(), Some("one"), "it runs without a runner");
    bench.start_runner();
    let began = Instant::now();
    while store.ledger().entry(Kind::Message).stored <= seen {
        assert!(began.elapsed() < Duration::from_secs(60), "what happened meanwhile did not come");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    bench.forget_beat();
    let state = bench.state("orders", "adopted", |state| state.state == "ready").await;
    let pid = rustix::process::Pid::from_raw(i32::try_from(state.pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    let died = |_: &Batch, record: &Record| matches!(record, Record::Lost(lost) if lost.reason == LossReason::ProcessDied);
    store.until("the loss", died).await;
    assert_eq!(store.ledger().check(Kind::Message, 0), Ok(()));
}
