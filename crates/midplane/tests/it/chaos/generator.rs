//! A tracer without a JVM: it speaks the protocol, has a ring, drops when that is full, and counts like one.
//!
//! What it says is what `docs/reference/tracer-protocol.md` asks of a tracer, so its own count of finished messages is the truth that the
//! books of the control plane are compared with. It goes on while no runner listens. With a runner it makes as many as are taken;
//! without one it keeps its pace, as routes do.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use telemetry::frame::{
    Body, Cause, Down, Drops, ErrorReport, Hello, Instance, Interner, Message, MessageFlags, Node,
    NodeNumber, OLDEST, Outcome, Payload, Point, RouteNumber, Splitter, Step, StepFlags, Structure,
    Trace, Up, VERSION,
};

/// As the tracer's own.
const RING: usize = 4_096;
/// A TRACES frame of about 20 KiB.
const IN_A_FRAME: usize = 250;
const REPORT: Duration = Duration::from_secs(1);
const DIAL_AGAIN: Duration = Duration::from_millis(100);
const GREETING: Duration = Duration::from_secs(5);

/// What a generator makes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) total: u64,
    /// A second: while nobody listens, or always.
    pub(crate) pace: u64,
    pub(crate) is_steady: bool,
    pub(crate) steps: u32,
    /// Bytes of a body at the start of each.
    pub(crate) body: usize,
}

impl Load {
    /// Small messages, as many as are taken.
    pub(crate) fn of(total: u64, pace: u64) -> Self {
        Self { total, pace, is_steady: false, steps: 2, body: 0 }
    }
}

pub(crate) struct Generator {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    cut: AtomicBool,
    finished: AtomicU64,
    waiting: AtomicU64,
    dropped: AtomicU64,
}

impl Generator {
    /// `variable` is what `runner observe` told.
    pub(crate) fn start(variable: &str, instance: u64, load: Load) -> Self {
        let shared = Arc::<Shared>::default();
        let (address, token) = variable.split_once(",token=").unwrap();
        let mut tracer = Tracer {
            path: PathBuf::from(address.strip_prefix("unix:").unwrap()),
            token: token.split(',').next().unwrap().to_owned(),
            instance,
            load,
            ring: VecDeque::new(),
            drops: Drops::default(),
            connection: None,
            shared: Arc::clone(&shared),
        };
        let thread = std::thread::spawn(move || tracer.run());
        Self { shared, thread: Some(thread) }
    }

    /// The truth.
    pub(crate) fn finished(&self) -> u64 {
        self.shared.finished.load(Ordering::SeqCst)
    }

    pub(crate) fn waiting(&self) -> u64 {
        self.shared.waiting.load(Ordering::SeqCst)
    }

    /// How many its ring had no room for.
    pub(crate) fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::SeqCst)
    }

    /// Ends the connection at whatever byte it is.
    pub(crate) fn cut(&self) {
        self.shared.cut.store(true, Ordering::SeqCst);
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Tracer {
    path: PathBuf,
    token: String,
    instance: u64,
    load: Load,
    /// Messages that wait, by number and start.
    ring: VecDeque<(u64, u64)>,
    drops: Drops,
    connection: Option<Connection>,
    shared: Arc<Shared>,
}

struct Connection {
    stream: UnixStream,
    words: Interner,
    splitter: Splitter,
    out: Vec<u8>,
    written: usize,
    spent: u64,
    credit: u64,
    reported: Instant,
}

impl Tracer {
    fn run(&mut self) {
        let Load { total, pace, is_steady, .. } = self.load;
        let mut dialled: Option<Instant> = None;
        let (mut since, mut owed) = (Instant::now(), 0.0);
        while !self.shared.stop.load(Ordering::SeqCst) {
            if self.shared.cut.swap(false, Ordering::SeqCst) {
                self.connection = None;
            }
            if self.connection.is_none() && dialled.is_none_or(|at| at.elapsed() > DIAL_AGAIN) {
                self.connection = self.dial();
                dialled = Some(Instant::now());
            }
            let elapsed = since.elapsed().as_secs_f64();
            since = Instant::now();
            #[expect(clippy::cast_precision_loss, reason = "a pace")]
            let paced = elapsed * pace as f64;
            owed = (owed + paced).min(1_000.0);
            let makes = if self.connection.is_some() && !is_steady {
                owed = 0.0;
                (RING * 3 / 4).saturating_sub(self.ring.len()).min(IN_A_FRAME)
            } else {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "small"
                )]
                let whole = owed as usize;
                owed = owed.fract();
                whole
            };
            for _ in 0..makes {
                if self.drops.finished < total {
                    self.make();
                }
            }
            let busy = self.exchange();
            self.shared.finished.store(self.drops.finished, Ordering::SeqCst);
            self.shared.waiting.store(self.ring.len() as u64, Ordering::SeqCst);
            self.shared.dropped.store(self.drops.dropped_successes, Ordering::SeqCst);
            if !busy {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }

    fn make(&mut self) {
        self.drops.finished += 1;
        if self.ring.len() < RING {
            self.ring.push_back((self.drops.finished, now_us()));
        } else {
            self.drops.dropped_successes += 1;
        }
    }

    fn dial(&mut self) -> Option<Connection> {
        let stream = UnixStream::connect(&self.path).ok()?;
        stream.set_read_timeout(Some(GREETING)).ok()?;
        let mut connection = Connection {
            stream,
            words: Interner::default(),
            splitter: Splitter::default(),
            out: Vec::new(),
            written: 0,
            spent: 0,
            credit: 0,
            reported: Instant::now(),
        };
        let hello = Hello {
            oldest: OLDEST,
            newest: VERSION,
            instance: Instance(self.instance),
            pid: std::process::id().into(),
            started_us: 1,
            token: self.token.clone(),
            facts: [("name".to_owned(), "chaos".to_owned())].into(),
        };
        connection.put(&Up::Hello(hello));
        connection.stream.write_all(&connection.out).ok()?;
        connection.out.clear();
        while connection.credit == 0 {
            let mut bytes = [0; 4096];
            let count = connection.stream.read(&mut bytes).ok().filter(|count| *count > 0)?;
            connection.hear(&bytes[..count])?;
        }
        connection.stream.set_nonblocking(true).ok()?;
        connection.put(&Up::Structure(structure()));
        Some(connection)
    }

    /// Reads what came, writes what may be written. Whether there was something to do.
    fn exchange(&mut self) -> bool {
        let Some(mut connection) = self.connection.take() else { return false };
        let mut bytes = [0; 4096];
        match connection.stream.read(&mut bytes) {
            Ok(count @ 1..) if connection.hear(&bytes[..count]).is_some() => {}
            Err(err) if err.kind() == ErrorKind::WouldBlock => {}
            _ => return true,
        }
        if connection.out.is_empty() {
            let report = connection.reported.elapsed() > REPORT;
            if report {
                connection.reported = Instant::now();
                let waiting = self.ring.len() as u64;
                let drops = Drops { at_us: now_us(), waiting, ..self.drops };
                connection.put(&Up::Drops(drops));
            } else if !self.ring.is_empty() && connection.spent < connection.credit {
                let count = self.ring.len().min(IN_A_FRAME);
                let messages: Vec<_> =
                    self.ring.drain(..count).map(|(at, us)| message(at, us, self.load)).collect();
                self.drops.sent += messages.len() as u64;
                connection.put(&Up::Traces(messages));
                connection.spent += connection.out.len() as u64;
            } else {
                self.connection = Some(connection);
                return false;
            }
        }
        match connection.stream.write(&connection.out[connection.written..]) {
            Ok(0) => return true,
            Ok(count) => connection.written += count,
            Err(err) if err.kind() == ErrorKind::WouldBlock => {
                std::thread::sleep(Duration::from_millis(1));
            }
            // What was being written is lost, and its sender does not know how much of it.
            Err(_) => return true,
        }
        if connection.written == connection.out.len() {
            connection.out.clear();
            connection.written = 0;
        }
        self.connection = Some(connection);
        true
    }
}

impl Connection {
    fn put(&mut self, up: &Up) {
        up.encode(&mut self.words, &mut self.out);
    }

    /// None: the runner wants nothing of it.
    fn hear(&mut self, bytes: &[u8]) -> Option<()> {
        self.splitter.push(bytes);
        while let Some(frame) = self.splitter.next_frame().unwrap() {
            match Down::decode(&frame).unwrap() {
                Down::Welcome(welcome) => self.credit = welcome.credit,
                Down::Credit { total } => self.credit = self.credit.max(total),
                Down::Refuse { .. } => return None,
                _ => {}
            }
        }
        Some(())
    }
}

fn now_us() -> u64 {
    u64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_micros()).unwrap()
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
        id: "chaos".into(),
        hash: 5,
        from: "direct:chaos".into(),
        group: "".into(),
        description: "".into(),
        location: "".into(),
        made: false,
        nodes: vec![node(1, None, "from"), node(2, Some(0), "insert")],
    }
}

/// Every fiftieth failed, so that what may not be missed is among them.
fn message(counter: u64, start_us: u64, load: Load) -> Message {
    let step = |place: u32| Step {
        node: NodeNumber(if place == 0 { 1 } else { 2 }),
        flags: StepFlags::default(),
        parent: (place > 0).then_some(0),
        offset_us: u64::from(place) * 10,
        duration_us: 9,
        iteration: None,
        redelivery: 0,
        detail: "".into(),
    };
    let failed = counter.is_multiple_of(50);
    let error = failed.then(|| ErrorReport {
        node: Some(NodeNumber(2)),
        step: Some(1),
        causes: vec![Cause { class: "java.io.IOException".into(), message: "on purpose".into() }],
        stack: "".into(),
    });
    let payload = || Payload {
        point: Point::Start,
        step: None,
        body: Body::Captured {
            bytes: format!(
                "{{\"id\":\"A-{counter}\",\"text\":\"{}\"}}",
                "tea ".repeat(load.body / 4)
            )
            .into_bytes(),
            text: true,
            view: false,
            truncated: false,
            size: load.body as u64,
            hash: 0,
        },
        content_type: "application/json".into(),
        class: "java.lang.String".into(),
        headers: Vec::new(),
        headers_total: 0,
        hidden_size: 0,
    };
    Message {
        flags: MessageFlags::default(),
        counter,
        start_us,
        duration_us: 10,
        route: RouteNumber(1),
        outcome: if failed { Outcome::Failed } else { Outcome::Completed },
        weight: 1.0,
        exchange_id: "E".into(),
        trace: Trace::Own,
        parent: None,
        breadcrumb: "".into(),
        error,
        attributes: Vec::new(),
        steps_total: u64::from(load.steps),
        steps: (0..load.steps).map(step).collect(),
        payloads: (load.body > 0).then(payload).into_iter().collect(),
    }
}
