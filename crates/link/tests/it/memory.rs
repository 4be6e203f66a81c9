//! A control plane in memory: the rules of `domain`, a clock that the test moves, no store.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use bytes::Bytes;
use domain::digest::Digest;
use domain::enrolment::{Enrolment, Refused as Not};
use domain::id::{OrganizationId, RuntimeId};
use jiff::{SignedDuration, Timestamp};
use link::authority::{Signer, csr};
use link::refused::Refused;
use link::server::{Handler, Opened, Peer};
use link::token::secret_digest;
use link::wire;

pub(crate) fn organization() -> OrganizationId {
    "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap()
}

pub(crate) fn runtime() -> RuntimeId {
    "01890a5d-ac96-774b-bcce-b302099a8058".parse().unwrap()
}

pub(crate) struct Memory {
    pub(crate) root: Signer,
    pub(crate) intermediate: Signer,
    state: Mutex<State>,
    telemetry: std::sync::OnceLock<std::sync::Arc<dyn link::seams::telemetry::Receiver>>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) ahead: SignedDuration,
    pub(crate) enrolments: HashMap<RuntimeId, Enrolment>,
    pub(crate) epoch: u64,
    pub(crate) journal: Vec<u8>,
    pub(crate) commands: Vec<wire::Command>,
    pub(crate) acknowledged: u64,
    pub(crate) events: Vec<wire::Event>,
    pub(crate) last_event_seq: u64,
    pub(crate) beats: usize,
    pub(crate) desired: wire::Desired,
    pub(crate) artifacts: HashMap<Digest, Bytes>,
    pub(crate) fetched: usize,
}

#[expect(
    clippy::disallowed_methods,
    reason = "TLS of both ends runs on the real clock, moved by the test"
)]
fn wall() -> Timestamp {
    Timestamp::now()
}

fn not(no: Not) -> Refused {
    let code = match no {
        Not::WrongToken => "MP-ENROL-01",
        Not::Expired => "MP-ENROL-02",
        Not::UsedByAnotherKey => "MP-ENROL-03",
        Not::Revoked => "MP-ENROL-04",
        Not::Locked => "MP-ENROL-05",
        Not::Clone { .. } => "MP-ENROL-08",
        Not::NotEnrolled => "MP-ENROL-10",
    };
    Refused::new(code, no.to_string())
}

impl Memory {
    pub(crate) fn new(token: Digest) -> Self {
        let root = Signer::root(wall()).unwrap();
        let intermediate = root.intermediate(wall()).unwrap();
        let mut state = State::default();
        state.enrolments.insert(runtime(), Enrolment::offer(token, wall()));
        Self { root, intermediate, state: Mutex::new(state), telemetry: std::sync::OnceLock::new() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        wall() + self.state().ahead
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn take_telemetry(
        &self,
        receiver: std::sync::Arc<dyn link::seams::telemetry::Receiver>,
    ) {
        assert!(self.telemetry.set(receiver).is_ok(), "one store");
    }

    pub(crate) fn command(&self, kind: &str) -> u64 {
        let mut state = self.state();
        let seq = state.commands.len() as u64 + 1;
        state.commands.push(wire::Command {
            seq,
            id: format!("command-{seq}"),
            lane: "ops".to_owned(),
            kind: kind.to_owned(),
            body: b"{\"format\":1}".to_vec(),
            deadline_ms: 0,
        });
        seq
    }

    fn reply(&self, request: &csr::Csr, generation: u64) -> wire::EnrollReply {
        let now = self.now();
        let leaf =
            self.intermediate.leaf(request, organization(), runtime(), generation, now).unwrap();
        wire::EnrollReply {
            organization_id: organization().to_string(),
            runtime_id: runtime().to_string(),
            runtime_name: "laptop".to_owned(),
            chain_der: vec![leaf.to_vec(), self.intermediate.certificate.to_vec()],
            ca_der: vec![self.root.certificate.to_vec()],
            generation,
            not_after_s: 0,
        }
    }

    fn same_epoch(&self, epoch: u64) -> Result<MutexGuard<'_, State>, Refused> {
        let state = self.state();
        if state.epoch == epoch { Ok(state) } else { Err(Refused::new("MP-LINK-06", "displaced")) }
    }
}

impl Handler for Memory {
    fn telemetry(&self) -> Option<std::sync::Arc<dyn link::seams::telemetry::Receiver>> {
        self.telemetry.get().cloned()
    }

    async fn enroll(&self, request: wire::EnrollRequest) -> Result<wire::EnrollReply, Refused> {
        let csr =
            csr::check(&request.csr_der).map_err(|no| Refused::new(no.code(), no.to_string()))?;
        let now = self.now();
        let known = self.state().enrolments.get(&runtime()).cloned().unwrap();
        let next = known
            .redeem(secret_digest(&request.token), csr.key, now)
            .and_then(|redeemed| redeemed.certify(now))
            .map_err(not)?;
        self.state().enrolments.insert(runtime(), next);
        Ok(self.reply(&csr, 1))
    }

    async fn renew(
        &self,
        peer: &Peer,
        request: wire::RenewRequest,
    ) -> Result<wire::EnrollReply, Refused> {
        let csr =
            csr::check(&request.csr_der).map_err(|no| Refused::new(no.code(), no.to_string()))?;
        let known = self.state().enrolments.get(&peer.runtime).cloned().unwrap();
        let next = known.renew(csr.key, peer.generation, self.now());
        if let Err(Not::Clone { .. }) = next {
            self.state().enrolments.insert(peer.runtime, Enrolment::Locked);
        }
        let next = next.map_err(not)?;
        let Enrolment::Enrolled { generation, .. } = next else { unreachable!() };
        self.state().enrolments.insert(peer.runtime, next);
        Ok(self.reply(&csr, generation))
    }

    async fn admit(&self, peer: &Peer) -> Result<(), Refused> {
        let state = self.state();
        state.enrolments.get(&peer.runtime).unwrap().present(peer.generation).map_err(not)
    }

    async fn open(&self, _: &Peer, hello: &wire::RunnerHello) -> Result<Opened, Refused> {
        let clock_ms = self.now().as_millisecond();
        let mut state = self.state();
        if state.journal != hello.journal_id {
            state.journal.clone_from(&hello.journal_id);
            state.last_event_seq = 0;
        }
        state.epoch += 1;
        Ok(Opened { epoch: state.epoch, last_event_seq: state.last_event_seq, clock_ms })
    }

    async fn commands_after(
        &self,
        _: &Peer,
        epoch: u64,
        seq: u64,
        limit: u32,
    ) -> Result<Vec<wire::Command>, Refused> {
        let state = self.same_epoch(epoch)?;
        let open = state.commands.iter().filter(|command| command.seq > seq);
        Ok(open.take(limit as usize).cloned().collect())
    }

    async fn acknowledged(&self, _: &Peer, epoch: u64, seq: u64) -> Result<(), Refused> {
        self.same_epoch(epoch)?.acknowledged = seq;
        Ok(())
    }

    async fn desired(&self, _: &Peer, epoch: u64) -> Result<wire::Desired, Refused> {
        Ok(self.same_epoch(epoch)?.desired.clone())
    }

    async fn events(&self, _: &Peer, epoch: u64, events: Vec<wire::Event>) -> Result<(), Refused> {
        let mut state = self.same_epoch(epoch)?;
        state.last_event_seq = events.last().unwrap().seq;
        state.events.extend(events);
        Ok(())
    }

    async fn heartbeat(&self, _: &Peer, epoch: u64, _: wire::Heartbeat) -> Result<(), Refused> {
        self.same_epoch(epoch)?.beats += 1;
        Ok(())
    }

    async fn closed(&self, _: &Peer, _: u64) {}

    async fn artifact(&self, _: &Peer, digest: Digest) -> Result<Bytes, Refused> {
        let mut state = self.state();
        state.fetched += 1;
        let found = state.artifacts.get(&digest).cloned();
        found.ok_or_else(|| Refused::new("MP-LINK-05", "no such artifact"))
    }
}
