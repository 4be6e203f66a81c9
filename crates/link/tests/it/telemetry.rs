//! Shipping telemetry: order, credit, verdicts, ends in the middle.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use link::client::Source;
use link::refused::Refused;
use link::seams::telemetry::{Block, BlockId, Receiver, Verdict};
use link::server::Peer;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::memory::runtime;
use crate::world::{World, spawn, until};

/// Keeps what came; says what it is told to say.
#[derive(Default)]
struct Shelf {
    blocks: Mutex<Vec<Block>>,
    streams: Mutex<Vec<mpsc::Sender<Verdict>>>,
    /// Says `stored` to every block at once.
    prompt: bool,
}

struct Door(Arc<Shelf>);

impl Receiver for Door {
    fn open<'a>(
        &'a self,
        peer: &'a Peer,
        verdicts: mpsc::Sender<Verdict>,
    ) -> Pin<Box<dyn Future<Output = Result<mpsc::Sender<Block>, Refused>> + Send + 'a>> {
        assert_eq!(peer.runtime, runtime());
        self.0.streams.lock().unwrap().push(verdicts.clone());
        let (sender, mut blocks) = mpsc::channel::<Block>(1);
        let shelf = Arc::clone(&self.0);
        spawn(async move {
            while let Some(block) = blocks.recv().await {
                let id = block.id;
                shelf.blocks.lock().unwrap().push(block);
                if shelf.prompt {
                    let _ = verdicts.send(Verdict::Stored(id)).await;
                }
            }
        });
        Box::pin(async { Ok(sender) })
    }
}

impl Shelf {
    fn numbers(&self) -> Vec<u64> {
        self.blocks.lock().unwrap().iter().map(|block| block.id.number).collect()
    }

    async fn say(&self, verdict: Verdict) {
        let last = self.streams.lock().unwrap().last().cloned().unwrap();
        last.send(verdict).await.unwrap();
    }
}

/// Blocks in memory, and what was heard of them.
#[derive(Default)]
struct Queue {
    waiting: Mutex<VecDeque<Block>>,
    stored: Mutex<Vec<u64>>,
    rejected: Mutex<Vec<(u64, String)>>,
    more: Notify,
}

struct Reader {
    queue: Arc<Queue>,
    next: usize,
}

impl Source for Reader {
    async fn next(&mut self) -> Block {
        loop {
            let more = self.queue.more.notified();
            let block = self.queue.waiting.lock().unwrap().get(self.next).cloned();
            if let Some(block) = block {
                self.next += 1;
                return block;
            }
            more.await;
        }
    }

    fn rewind(&mut self) {
        self.next = 0;
    }

    async fn stored(&mut self, id: BlockId) {
        self.queue.stored.lock().unwrap().push(id.number);
        let mut waiting = self.queue.waiting.lock().unwrap();
        while waiting.front().is_some_and(|block| block.id <= id) {
            waiting.pop_front();
            self.next -= 1;
        }
    }

    async fn rejected(&mut self, id: BlockId, code: String, _reason: String) {
        self.queue.rejected.lock().unwrap().push((id.number, code));
        let mut waiting = self.queue.waiting.lock().unwrap();
        if let Some(place) = waiting.iter().position(|block| block.id == id) {
            waiting.remove(place);
            self.next -= 1;
        }
    }
}

fn queue(blocks: impl Iterator<Item = (u64, usize)>) -> Arc<Queue> {
    let block = |(number, size)| Block {
        id: BlockId { epoch: 5, number },
        bytes: vec![u8::try_from(number % 256).unwrap(); size].into(),
    };
    let waiting = Mutex::new(blocks.map(block).collect());
    Arc::new(Queue { waiting, ..Queue::default() })
}

fn ship(runner: &crate::world::Runner, queue: &Arc<Queue>) -> tokio_util::sync::DropGuard {
    let stop = CancellationToken::new();
    let source = Reader { queue: Arc::clone(queue), next: 0 };
    let shipping = Arc::clone(&runner.client).ship(source, stop.clone());
    spawn(async move { drop(shipping.await) });
    stop.drop_guard()
}

fn id(number: u64) -> BlockId {
    BlockId { epoch: 5, number }
}

#[tokio::test]
async fn blocks_arrive_in_order_and_are_forgotten_when_stored() {
    let world = World::new().await;
    let shelf = Arc::new(Shelf { prompt: true, ..Shelf::default() });
    world.memory.take_telemetry(Arc::new(Door(Arc::clone(&shelf))));
    let dir = tempfile::tempdir().unwrap();
    let runner = world.runner(dir.path()).await;
    let queue = queue((1..=40).map(|number| (number, 300_000)));
    let _stop = ship(&runner, &queue);
    until("all are stored", || queue.stored.lock().unwrap().last() == Some(&40)).await;
    assert_eq!(shelf.numbers(), (1..=40).collect::<Vec<_>>());
    assert!(shelf.blocks.lock().unwrap().iter().all(|block| block.bytes.len() == 300_000));
    assert!(queue.waiting.lock().unwrap().is_empty());
}

#[tokio::test]
async fn without_a_verdict_no_more_than_the_window_is_sent() {
    let world = World::new().await;
    let shelf = Arc::new(Shelf::default());
    world.memory.take_telemetry(Arc::new(Door(Arc::clone(&shelf))));
    let dir = tempfile::tempdir().unwrap();
    let runner = world.runner(dir.path()).await;
    let queue = queue((1..=12).map(|number| (number, 1 << 20)));
    let _stop = ship(&runner, &queue);
    until("the window is used", || shelf.numbers().len() == 4).await;
    // A command goes through while telemetry stands still.
    world.memory.command("restart");
    world.server.wake(runtime());
    until("the command", || runner.heard.commands() == [1]).await;
    assert_eq!(shelf.numbers(), [1, 2, 3, 4]);
    shelf
        .say(Verdict::Rejected { id: id(2), code: "MP-TEL-01".to_owned(), reason: String::new() })
        .await;
    until("one more", || shelf.numbers().len() == 5).await;
    shelf.say(Verdict::Stored(id(5))).await;
    until("four more", || shelf.numbers().len() == 9).await;
    assert_eq!(*queue.rejected.lock().unwrap(), [(2, "MP-TEL-01".to_owned())]);
    assert_eq!(*queue.stored.lock().unwrap(), [5]);
}

#[tokio::test]
async fn what_has_no_verdict_comes_again() {
    let world = World::new().await;
    let shelf = Arc::new(Shelf::default());
    world.memory.take_telemetry(Arc::new(Door(Arc::clone(&shelf))));
    let dir = tempfile::tempdir().unwrap();
    let runner = world.runner(dir.path()).await;
    let queue = queue((1..=3).map(|number| (number, 100)));
    let _stop = ship(&runner, &queue);
    until("all came", || shelf.numbers() == [1, 2, 3]).await;
    shelf.say(Verdict::Stored(id(1))).await;
    shelf.say(Verdict::RetryAfter { ms: 1, reason: "full".to_owned() }).await;
    until("the others came again", || shelf.numbers() == [1, 2, 3, 2, 3]).await;
    shelf.say(Verdict::Stored(id(3))).await;
    until("nothing waits", || queue.waiting.lock().unwrap().is_empty()).await;
}

#[tokio::test]
async fn a_control_plane_without_a_store_is_asked_again_later() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let runner = world.runner(dir.path()).await;
    let queue = queue((1..=3).map(|number| (number, 100)));
    let _stop = ship(&runner, &queue);
    world.memory.command("restart");
    until("the session lives on", || {
        runner.heard.commands() == [1] || {
            world.server.wake(runtime());
            false
        }
    })
    .await;
    assert_eq!(queue.waiting.lock().unwrap().len(), 3);
}
