//! A hundred thousand messages while runners are killed, blocks are sent twice and verdicts get lost.
//!
//! Nothing may be unaccounted for and nothing may be stored twice: what the store would keep is kept here by (epoch, number).

use std::collections::{BTreeMap, HashSet};

use link::seams::telemetry::BlockId;

use super::*;

const ROUNDS: u64 = 10;
const MESSAGES: u64 = 10_000;
const IN_A_FRAME: u64 = 100;

/// What a store keeps: each block once, however often it comes.
#[derive(Default)]
struct Store(BTreeMap<BlockId, Batch>);

impl Store {
    fn keep(&mut self, id: BlockId, bytes: &[u8]) {
        let (_, batch) = block::decode(bytes, Budget::default()).unwrap();
        let before = self.0.insert(id, batch.clone());
        assert!(before.is_none_or(|before| before == batch), "one number, two contents");
    }

    fn ledger(&self) -> Ledger {
        let mut ledger = Ledger::default();
        self.0.values().for_each(|batch| ledger.add(batch));
        ledger
    }

    fn messages(&self) -> impl Iterator<Item = u32> {
        self.0.values().flat_map(|batch| &batch.records).filter_map(|record| match record {
            Record::Message(message) => Some(message.id.count),
            _ => None,
        })
    }
}

/// Small steps of a fixed seed: every run is the same but for the scheduler.
struct Chance(u64);

impl Chance {
    fn one_in(&mut self, sides: u64) -> bool {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33).is_multiple_of(sides)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_messages_are_all_somewhere_and_none_twice() {
    let mut chance = Chance(42);
    let mut store = Store::default();
    let mut dir = tempfile::tempdir().unwrap();
    let mut said = 0;
    for round in 0..ROUNDS {
        let mut world = World::on(dir);
        let mut tracer = Tracer::dial(&world.variable(1)).await;
        tracer.said = said;
        tracer.greet(9).await;
        for frame in 0..MESSAGES / IN_A_FRAME {
            tracer.messages(IN_A_FRAME).await;
            if chance.one_in(30) {
                tracer.report().await;
            }
            if chance.one_in(8) {
                ship_some(&mut world.shipper, &mut store, &mut chance).await;
            }
            if frame == 50 && chance.one_in(2) {
                // The connection is cut; the tracer does not know what arrived.
                let variable = world.variable(1);
                let said = tracer.said;
                drop(tracer);
                tracer = Tracer::dial(&variable).await;
                tracer.said = said;
                tracer.greet(9).await;
            }
        }
        said = tracer.said;
        if round + 1 == ROUNDS {
            tracer.report().await;
            let began = Instant::now();
            while store.ledger().entry(Kind::Message).produced < said
                || store.ledger().check(Kind::Message, 0).is_err()
            {
                assert!(began.elapsed() < Duration::from_secs(60), "{:?}", store.ledger());
                ship_some(&mut world.shipper, &mut store, &mut chance).await;
            }
        }
        dir = world.killed().await;
    }
    let entry = store.ledger().entry(Kind::Message);
    assert_eq!(entry.produced, ROUNDS * MESSAGES);
    assert_eq!(store.ledger().check(Kind::Message, 0), Ok(()), "unaccounted");
    let mut seen = HashSet::new();
    assert!(store.messages().all(|count| seen.insert(count)), "doubled");
    assert!(entry.stored > entry.produced / 2, "{entry:?}");
}

/// Up to twenty blocks; some verdicts get lost, and then everything without one comes again.
async fn ship_some(shipper: &mut Shipper, store: &mut Store, chance: &mut Chance) {
    for _ in 0..20 {
        let next = tokio::time::timeout(Duration::from_millis(20), shipper.next()).await;
        let Ok(block) = next else { return };
        store.keep(block.id, &block.bytes);
        if chance.one_in(3) {
            shipper.stored(block.id).await;
        }
        if chance.one_in(10) {
            shipper.rewind();
        }
    }
}
