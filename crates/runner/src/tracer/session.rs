//! One connection of one tracer, from HELLO to its end.
//!
//! Frames are worked on by a thread of the blocking pool, one handful after the other; credit is given back only then. So what a
//! tracer can make us hold is its first credit and one unfinished frame. A frame that is not what the protocol says ends the
//! connection: the tracer dials again, and what it counted is not lost with it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use telemetry::capture::Capture;
use telemetry::frame::{
    BODY_MAX, Dictionary, Down, Frame, Hello, Instance, Malformed, OLDEST, Settings, Splitter, Up,
    VERSION, Welcome,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{sleep, timeout};

use super::keeper::{Answer, Keeper};
use super::memory::Process;
use super::{Name, Tracers, lock, now_us};

/// A tracer says hello at once.
const GREETING: Duration = Duration::from_secs(5);
/// It pings every 10 s.
const SILENCE: Duration = Duration::from_secs(45);
/// Four TRACES frames of the usual size: a second of 20,000 steps with bodies goes through in turns.
const CREDIT: u64 = 1 << 20;
const READ: usize = 64 << 10;
/// An earlier connection of the same tracer is read to its end first.
const LATER: Duration = Duration::from_millis(10);

pub(super) struct Session {
    pub(super) name: Name,
    pub(super) tracers: Arc<Tracers>,
    pub(super) capture: watch::Receiver<Arc<Capture>>,
    pub(super) asked: mpsc::Receiver<oneshot::Sender<Value>>,
    /// At the other end, where the kernel can tell.
    pub(super) process: Option<Process>,
    /// Who this turned out to be.
    pub(super) admitted: Option<Instance>,
}

#[derive(Debug, thiserror::Error)]
enum End {
    #[error("the tracer is gone")]
    Gone,
    #[error("the tracer was silent")]
    Silent,
    #[error("the tracer sent what the protocol does not know: {0}")]
    Malformed(#[from] Malformed),
    #[error("the tracer did not say hello first")]
    NoHello,
    #[error("the tracer has no token of this workload")]
    Stranger,
    #[error("the tracer speaks versions {0} to {1}, this runner {OLDEST} to {VERSION}")]
    Version(u16, u16),
    #[error("the tracer sent more than it had credit for")]
    Credit,
}

impl End {
    fn code(&self) -> &'static str {
        match self {
            Self::Gone | Self::Silent => "MP-TEL-30",
            Self::Malformed(_) | Self::NoHello | Self::Credit => "MP-TEL-31",
            Self::Stranger => "MP-TEL-32",
            Self::Version(..) => "MP-TEL-33",
        }
    }
}

impl From<std::io::Error> for End {
    fn from(_: std::io::Error) -> Self {
        Self::Gone
    }
}

struct Wire {
    stream: UnixStream,
    splitter: Splitter,
    words: Dictionary,
    buffer: Vec<u8>,
    out: Vec<u8>,
}

impl Wire {
    /// Whole frames, as many as came at once; at least one.
    async fn frames(&mut self) -> Result<Vec<Frame>, End> {
        loop {
            let mut frames = Vec::new();
            let broken = loop {
                match self.splitter.next_frame() {
                    Ok(Some(frame)) => frames.push(frame),
                    Ok(None) => break None,
                    Err(err) => break Some(err),
                }
            };
            // What was whole counts; what is broken is still there at the next look.
            if !frames.is_empty() {
                return Ok(frames);
            }
            if let Some(err) = broken {
                return Err(err.into());
            }
            match self.stream.read(&mut self.buffer).await? {
                0 => return Err(End::Gone),
                count => self.splitter.push(&self.buffer[..count]),
            }
        }
    }

    async fn say(&mut self, down: &Down) -> Result<(), End> {
        self.out.clear();
        down.encode(&mut self.out);
        timeout(GREETING, self.stream.write_all(&self.out)).await.map_err(|_| End::Silent)??;
        Ok(())
    }
}

impl Session {
    pub(super) async fn run(mut self, stream: UnixStream) {
        let mut wire = Wire {
            stream,
            splitter: Splitter::default(),
            words: Dictionary::default(),
            buffer: vec![0; READ],
            out: Vec::new(),
        };
        let (instance, rest) = match self.greet(&mut wire).await {
            Ok(greeted) => greeted,
            Err(end) => {
                tracing::warn!(name = ?self.name, code = end.code(), reason = %end, "a tracer was refused");
                let refuse = Down::Refuse { code: end.code().to_owned(), reason: end.to_string() };
                let _ = wire.say(&refuse).await;
                if let Some(instance) = self.admitted {
                    self.leave(instance).await;
                }
                return;
            }
        };
        let end = match self.serve(&mut wire, instance, rest).await {
            Ok(never) => match never {},
            Err(end) => end,
        };
        if !matches!(end, End::Gone) {
            tracing::warn!(name = ?self.name, code = end.code(), reason = %end, "a tracer's connection ended");
        }
        drop(wire);
        self.leave(instance).await;
    }

    async fn leave(&self, instance: Instance) {
        let now = now_us(&self.tracers.seams);
        self.tracers.with_keeper(move |keeper| keeper.left(instance, now)).await;
    }

    async fn greet(&mut self, wire: &mut Wire) -> Result<(Instance, Vec<Frame>), End> {
        let mut frames = timeout(GREETING, wire.frames()).await.map_err(|_| End::Silent)??;
        let rest = frames.split_off(1);
        let first = frames.pop().ok_or(End::NoHello)?;
        let Up::Hello(hello) = Up::decode(&first, &mut wire.words)? else {
            return Err(End::NoHello);
        };
        let version =
            hello.agree(OLDEST, VERSION).ok_or(End::Version(hello.oldest, hello.newest))?;
        let Hello { instance, token, .. } = hello;
        let now = now_us(&self.tracers.seams);
        // Whoever is let in is let out again: no time-out may come between the two, however long the disk takes.
        let mut patience = GREETING.as_millis() / LATER.as_millis();
        loop {
            let (name, token) = (self.name.clone(), token.clone());
            let process = self.process.clone();
            let ask =
                move |keeper: &mut Keeper| keeper.welcome(&name, instance, &token, process, now);
            match self.tracers.with_keeper(ask).await.ok_or(End::Gone)? {
                Answer::Welcome => {
                    self.admitted = Some(instance);
                    break;
                }
                Answer::Later if patience == 0 => return Err(End::Silent),
                Answer::Later => {
                    patience -= 1;
                    sleep(LATER).await;
                }
                Answer::Stranger => return Err(End::Stranger),
            }
        }
        wire.say(&Down::Welcome(Welcome { version, credit: CREDIT })).await?;
        Ok((instance, rest))
    }

    async fn serve(
        &mut self,
        wire: &mut Wire,
        instance: Instance,
        rest: Vec<Frame>,
    ) -> Result<std::convert::Infallible, End> {
        let mut waiting: Option<(u64, oneshot::Sender<Value>)> = None;
        let (mut spent, mut credit, mut question) = (0_u64, CREDIT, 0_u64);
        let mut told = None;
        let mut frames = rest;
        loop {
            if told.is_none() {
                self.tell(wire, &mut told).await?;
            }
            if !frames.is_empty() {
                let mut ups = Vec::with_capacity(frames.len());
                let mut broken = None;
                for frame in frames.drain(..) {
                    let cost = frame.cost();
                    let up = match Up::decode(&frame, &mut wire.words) {
                        Ok(up) => up,
                        Err(err) => {
                            broken = Some(End::Malformed(err));
                            break;
                        }
                    };
                    match up {
                        up @ (Up::Traces(_) | Up::Log(_)) => {
                            spent += cost;
                            ups.push(up);
                        }
                        Up::Dict => spent += cost,
                        Up::InFlight(flights) => {
                            if let Some((number, answer)) = waiting.take()
                                && number == flights.request
                            {
                                let said =
                                    move |keeper: &mut Keeper| keeper.describe(instance, &flights);
                                if let Some(said) = self.tracers.with_keeper(said).await {
                                    let _ = answer.send(said);
                                }
                            }
                        }
                        Up::Hello(_) => broken = Some(End::NoHello),
                        up => ups.push(up),
                    }
                }
                if spent > credit + BODY_MAX as u64 {
                    return Err(End::Credit);
                }
                let counted = ups.iter().any(|up| matches!(up, Up::Stats(_)));
                self.keep(instance, ups).await?;
                if let Some(end) = broken {
                    return Err(end);
                }
                if counted {
                    self.tell(wire, &mut told).await?;
                }
                if spent + CREDIT / 2 > credit {
                    credit = spent + CREDIT;
                    wire.say(&Down::Credit { total: credit }).await?;
                }
            }
            let silence = sleep(SILENCE);
            tokio::select! {
                more = wire.frames() => frames = more?,
                changed = self.capture.changed() => {
                    // The door closed: so does the session.
                    changed.map_err(|_| End::Gone)?;
                    told = None;
                }
                asked = self.asked.recv() => {
                    let Some(answer) = asked else { return Err(End::Gone) };
                    question += 1;
                    waiting = Some((question, answer));
                    wire.say(&Down::GetInFlight { request: question }).await?;
                }
                () = silence => return Err(End::Silent),
            }
        }
    }

    /// Settings, and what is slow of late, if that is not what was told last.
    async fn tell(&mut self, wire: &mut Wire, told: &mut Option<Settings>) -> Result<(), End> {
        let (name, capture) = (self.name.clone(), Arc::clone(&self.capture.borrow_and_update()));
        let new = self.tracers.with_keeper(move |keeper| keeper.told(&name, &capture)).await;
        let new = new.ok_or(End::Gone)?;
        if told.as_ref() != Some(&new) {
            wire.say(&Down::Config(new.clone())).await?;
            *told = Some(new);
        }
        Ok(())
    }

    async fn keep(&self, instance: Instance, ups: Vec<Up>) -> Result<(), End> {
        let keeper = Arc::clone(&self.tracers.keeper);
        let now = now_us(&self.tracers.seams);
        let work = move || {
            let mut keeper = lock(&keeper);
            let taken = keeper.take(instance, ups, now).and_then(|()| keeper.ship(instance, now));
            let taken = taken.map_err(super::cause);
            let due = if keeper.spool().is_due() { keeper.spool().to_flush()? } else { Vec::new() };
            drop(keeper);
            super::flush_files(due)?;
            taken
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(grown)) => {
                if grown {
                    self.tracers.grown.notify_one();
                }
                Ok(())
            }
            Ok(Err(err)) => {
                // What could not be kept is counted; the workload is not made to wait for a disk.
                self.tracers.fail(&err);
                Ok(())
            }
            Err(_) => Err(End::Gone),
        }
    }
}
