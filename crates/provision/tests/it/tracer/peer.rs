//! The runner's end of the socket, as far as a test needs it.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use telemetry::frame::{
    Counters, Dictionary, Down, Drops, Flights, Hello, Message, NodeNumber, Outcome, RouteNumber,
    Settings, Splitter, Step, StepFlags, Structure, Up, Welcome,
};

use crate::camel::workload::eventually;

/// More than any test sends.
const CREDIT: u64 = 1 << 32;

/// What was heard so far, over all connections.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) hello: Option<Hello>,
    pub(crate) connections: usize,
    pub(crate) structures: HashMap<RouteNumber, Structure>,
    pub(crate) messages: Vec<Message>,
    pub(crate) counters: HashMap<u32, Counters>,
    pub(crate) drops: Drops,
    pub(crate) flights: Option<Flights>,
    pub(crate) lines: Vec<String>,
    keys: HashMap<NodeNumber, String>,
}

pub(crate) struct Peer {
    path: PathBuf,
    listener: UnixListener,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    heard: Mutex<Heard>,
    down: Mutex<Option<UnixStream>>,
    closed: AtomicBool,
}

impl Peer {
    /// Listens in `folder` with these settings.
    pub(crate) fn listen(folder: &Path, settings: Settings) -> Self {
        let path = folder.join("tracer.sock");
        let _ = std::fs::remove_file(&path);
        let listener = UnixListener::bind(&path).unwrap();
        let shared = Arc::<Shared>::default();
        let to = Arc::clone(&shared);
        let accepting = listener.try_clone().unwrap();
        let thread = std::thread::spawn(move || {
            while let Ok((stream, _)) = accepting.accept() {
                if to.closed.load(Ordering::SeqCst) {
                    return;
                }
                hear(stream, &settings, &to);
            }
        });
        Self { path, listener, shared, thread: Some(thread) }
    }

    /// What the tracer is told.
    pub(crate) fn address(&self) -> String {
        format!("unix:{},token=secret", self.path.display())
    }

    pub(crate) fn with<T>(&self, look: impl FnOnce(&Heard) -> T) -> T {
        look(&self.shared.heard.lock().unwrap())
    }

    /// Waits until what was heard satisfies the condition.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, mut condition: impl FnMut(&Heard) -> bool) {
        assert!(eventually(|| self.with(&mut condition)), "never heard: {what}\n{}", self.story());
    }

    pub(crate) fn say(&self, down: &Down) {
        let mut bytes = Vec::new();
        down.encode(&mut bytes);
        self.say_bytes(&bytes);
    }

    pub(crate) fn say_bytes(&self, bytes: &[u8]) {
        if let Some(stream) = self.shared.down.lock().unwrap().as_mut() {
            let _ = stream.write_all(bytes);
        }
    }

    /// Ends the connection as a runner does that is killed.
    pub(crate) fn hang_up(&self) {
        if let Some(stream) = self.shared.down.lock().unwrap().as_ref() {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }

    /// Every path heard, for a failing test.
    pub(crate) fn story(&self) -> String {
        self.with(|heard| {
            let lines = heard.messages.iter().map(|message| heard.line(message));
            lines.collect::<Vec<_>>().join("\n")
        })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        self.hang_up();
        let _ = rustix::net::shutdown(&self.listener, rustix::net::Shutdown::Both); // wakes `accept`
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the tracer broke the protocol");
        }
    }
}

/// Panics where the tracer breaks the protocol, which fails the test when the peer is dropped.
fn hear(mut stream: UnixStream, settings: &Settings, shared: &Shared) {
    shared.heard.lock().unwrap().connections += 1;
    *shared.down.lock().unwrap() = Some(stream.try_clone().unwrap());
    let (mut splitter, mut words) = (Splitter::default(), Dictionary::default());
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        splitter.push(&buffer[..count]);
        while let Some(frame) = splitter.next_frame().unwrap() {
            let up = Up::decode(&frame, &mut words).unwrap();
            if matches!(up, Up::Hello(_)) {
                let mut bytes = Vec::new();
                Down::Config(settings.clone()).encode(&mut bytes);
                Down::Welcome(Welcome { version: 1, credit: CREDIT }).encode(&mut bytes);
                let _ = stream.write_all(&bytes);
            }
            shared.heard.lock().unwrap().take(up);
        }
    }
}

impl Heard {
    fn take(&mut self, up: Up) {
        match up {
            Up::Hello(hello) => self.hello = Some(hello),
            Up::Structure(structure) => {
                for (place, node) in structure.nodes.iter().enumerate() {
                    let key = if place == 0 { &structure.id } else { &node.key };
                    self.keys.insert(node.number, key.to_string());
                }
                self.structures.insert(structure.route, structure);
            }
            Up::Traces(messages) => self.messages.extend(messages),
            Up::Stats(stats) => self.counters.extend(stats.counters),
            Up::Drops(drops) => {
                assert_eq!(
                    drops.finished,
                    drops.sent
                        + drops.waiting
                        + drops.sampled_out
                        + drops.dropped_successes
                        + drops.dropped_failures
                        + drops.broken
                );
                self.drops = drops;
            }
            Up::InFlight(flights) => self.flights = Some(flights),
            Up::Log(line) => self.lines.push(line.message),
            Up::Dict | Up::RouteState(_) | Up::Ping | Up::Unknown(_) => {}
        }
    }

    pub(crate) fn key(&self, node: NodeNumber) -> String {
        self.keys.get(&node).cloned().unwrap_or_else(|| format!("node {}", node.0))
    }

    pub(crate) fn of_route(&self, id: &str) -> Vec<&Message> {
        let is = |message: &&Message| {
            self.structures.get(&message.route).is_some_and(|route| &*route.id == id)
        };
        self.messages.iter().filter(is).collect()
    }

    /// Outcome and path.
    pub(crate) fn line(&self, message: &Message) -> String {
        let outcome = match message.outcome {
            Outcome::Completed => "completed",
            Outcome::Handled => "handled",
            Outcome::Failed => "failed",
        };
        format!("{outcome} {}", self.path(message))
    }

    pub(crate) fn path(&self, message: &Message) -> String {
        let mut out = String::new();
        self.write(&mut out, &message.steps, None);
        out
    }

    fn write(&self, out: &mut String, steps: &[Step], parent: Option<u32>) {
        let mut gap = "";
        for (place, step) in (0_u32..).zip(steps) {
            if step.parent != parent {
                continue;
            }
            out.push_str(gap);
            gap = " ";
            if let Some(round) = step.iteration {
                out.push_str(&format!("{round}:"));
            }
            out.push_str(&self.key(step.node));
            if step.redelivery > 0 {
                out.push_str(&format!("~{}", step.redelivery));
            }
            for (flag, sign) in
                [(StepFlags::FAILED, '!'), (StepFlags::UNFINISHED, '?'), (StepFlags::FILTERED, '-')]
            {
                if step.flags.contains(flag) {
                    out.push(sign);
                }
            }
            if steps.iter().any(|child| child.parent == Some(place)) {
                out.push('(');
                self.write(out, steps, Some(place));
                out.push(')');
            }
        }
    }
}
