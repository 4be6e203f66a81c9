//! What the link asks, answered from the store: each answer is one transaction of the peer's organization.
//!
//! Everything that a session writes goes through its epoch first (`store::session`), so that a displaced one stops at its
//! next word.

use std::sync::Arc;

use bytes::Bytes;
use domain::digest::Digest;
use domain::enrolment::{Enrolment, Refused as NotEnrolled};
use domain::id::{CommandId, OrganizationId, RuntimeId};
use domain::runtime::Standing;
use jiff::SignedDuration;
use link::authority::csr;
use link::refused::Refused;
use link::server::{Opened, Peer};
use link::wire;
use store::{Door, Tx};
use uuid::Uuid;

use super::convert;
use crate::app;
use crate::ingest::Ingest;
use crate::server::Server;

/// Three missed heartbeats; then another replica may say that nobody holds the session.
const LEASE: SignedDuration = SignedDuration::from_secs(45);

pub(super) struct Handler {
    server: Server,
    replica: Uuid,
    ingest: Ingest,
}

/// Logs what went wrong; the runner only hears that something did.
fn internal<E: std::error::Error + 'static>(doing: &'static str) -> impl FnOnce(E) -> Refused {
    move |err| {
        tracing::error!(error = &err as &dyn std::error::Error, doing, "the link's store");
        Refused::internal()
    }
}

fn not_enrolled(no: NotEnrolled) -> Refused {
    let code = match no {
        NotEnrolled::WrongToken => "MP-ENROL-01",
        NotEnrolled::Expired => "MP-ENROL-02",
        NotEnrolled::UsedByAnotherKey => "MP-ENROL-03",
        NotEnrolled::Revoked => "MP-ENROL-04",
        NotEnrolled::Locked => "MP-ENROL-05",
        NotEnrolled::Clone { .. } => "MP-ENROL-08",
        NotEnrolled::NotEnrolled => "MP-ENROL-10",
    };
    Refused::new(code, no.to_string())
}

fn displaced() -> Refused {
    Refused::new("MP-LINK-06", "a newer session took the place of this one")
}

impl Handler {
    pub(super) fn new(server: Server, replica: Uuid, ingest: Ingest) -> Self {
        Self { server, replica, ingest }
    }

    async fn begin(&self, organization: OrganizationId) -> Result<Tx, Refused> {
        Tx::system(&self.server.db, organization).await.map_err(internal("begin"))
    }

    async fn commit(tx: Tx) -> Result<(), Refused> {
        tx.commit().await.map_err(internal("commit"))
    }

    async fn audit(
        &self,
        tx: &mut Tx,
        action: &str,
        runtime: RuntimeId,
        detail: serde_json::Value,
    ) -> Result<(), Refused> {
        let now = self.server.system.now();
        store::audit::append(tx, now, action, "runtime", &runtime.to_string(), &detail)
            .await
            .map(drop)
            .map_err(internal("audit"))
    }

    async fn reply(
        &self,
        tx: &mut Tx,
        runtime: RuntimeId,
        csr: &csr::Csr,
        enrolment: &Enrolment,
    ) -> Result<wire::EnrollReply, Refused> {
        let Enrolment::Enrolled { generation, not_after, .. } = enrolment else {
            return Err(not_enrolled(NotEnrolled::NotEnrolled));
        };
        let now = self.server.system.now();
        let row = store::runtime::find(tx, runtime).await.map_err(internal("find the runtime"))?;
        let name = row.map(|row| row.name).unwrap_or_default();
        let chain_der = self
            .server
            .authority
            .sign(csr, tx.organization(), runtime, *generation, now)
            .map_err(internal("sign"))?;
        Ok(wire::EnrollReply {
            organization_id: tx.organization().to_string(),
            runtime_id: runtime.to_string(),
            runtime_name: name,
            chain_der,
            ca_der: self.server.authority.roots().iter().map(|root| root.to_vec()).collect(),
            generation: *generation,
            not_after_s: not_after.as_second(),
        })
    }

    /// Two machines hold this identity: neither may go on until an administrator looked.
    async fn lock(&self, mut tx: Tx, runtime: RuntimeId, seen: u64, newest: u64) -> Refused {
        let no = NotEnrolled::Clone { seen, newest };
        let detail = serde_json::json!({ "seen": seen, "newest": newest });
        let locked = async {
            store::runtime::set_standing(&mut tx, runtime, Standing::Locked, &no.to_string())
                .await
                .map_err(internal("lock"))?;
            self.audit(&mut tx, "runtime.lock", runtime, detail).await?;
            Self::commit(tx).await
        };
        match locked.await {
            Ok(()) => {
                tracing::warn!(%runtime, seen, newest, "two machines use one identity; the runtime is locked");
                not_enrolled(no)
            }
            Err(refused) => refused,
        }
    }

    async fn event(
        &self,
        tx: &mut Tx,
        runtime: RuntimeId,
        event: wire::Event,
    ) -> Result<(), Refused> {
        let wire::Event { seq, at_ms, event } = event;
        match event {
            Some(wire::event::Event::Phase(phase)) => {
                if let Some(phase) = convert::phase(&phase, at_ms) {
                    app::deployment::apply_phase(tx, runtime, &phase)
                        .await
                        .map_err(internal("apply the phase"))
                } else {
                    tracing::warn!(%runtime, seq, "a phase that does not read");
                    Ok(())
                }
            }
            Some(wire::event::Event::Result(result)) => {
                let Ok(id) = result.command_id.parse::<CommandId>() else { return Ok(()) };
                let ctx = self.server.engine("link", tx.organization());
                app::command::complete(&ctx, tx, runtime, id, &result)
                    .await
                    .map_err(internal("complete the command"))
            }
            Some(wire::event::Event::Exit(exit)) => {
                let wire::Exit { workload_id, generation, reason, restarts, log: _ } = exit;
                tracing::info!(%runtime, workload_id, generation, restarts, reason, "a workload ended");
                Ok(())
            }
            // An event of a newer minor version.
            None => Ok(()),
        }
    }
}

impl link::server::Handler for Handler {
    async fn enroll(&self, request: wire::EnrollRequest) -> Result<wire::EnrollReply, Refused> {
        let csr =
            csr::check(&request.csr_der).map_err(|no| Refused::new(no.code(), no.to_string()))?;
        if !link::seal::is_public_key(&request.sealing_key) {
            return Err(Refused::new("MP-ENROL-06", "the sealing key is not a P-256 key"));
        }
        let token = link::token::secret_digest(&request.token);
        let mut door = Door::begin(&self.server.db).await.map_err(internal("open the door"))?;
        let offer = store::enrolment::find_offer(&mut door, token)
            .await
            .map_err(internal("find the offer"))?;
        drop(door);
        let (organization, runtime) = offer.ok_or_else(|| not_enrolled(NotEnrolled::WrongToken))?;
        let now = self.server.system.now();
        let mut tx = self.begin(organization).await?;
        let known = store::enrolment::load(&mut tx, runtime).await.map_err(internal("load"))?;
        let known = known.ok_or_else(|| not_enrolled(NotEnrolled::WrongToken))?;
        let first = matches!(known, Enrolment::Offered { .. });
        let enrolled = known
            .redeem(token, csr.key, now)
            .and_then(|redeemed| redeemed.certify(now))
            .map_err(not_enrolled)?;
        let reply = self.reply(&mut tx, runtime, &csr, &enrolled).await?;
        if first {
            store::enrolment::save(&mut tx, runtime, &enrolled).await.map_err(internal("save"))?;
            store::runtime::set_sealing_key(&mut tx, runtime, &request.sealing_key)
                .await
                .map_err(internal("save"))?;
            let detail = serde_json::json!({ "key": csr.key.to_string() });
            let ctx = self.server.engine("link", organization);
            app::enrolment::joined(&ctx, &mut tx, runtime).await.map_err(internal("join"))?;
            self.audit(&mut tx, "runtime.enrol", runtime, detail).await?;
        }
        Self::commit(tx).await?;
        Ok(reply)
    }

    async fn renew(
        &self,
        peer: &Peer,
        request: wire::RenewRequest,
    ) -> Result<wire::EnrollReply, Refused> {
        let csr =
            csr::check(&request.csr_der).map_err(|no| Refused::new(no.code(), no.to_string()))?;
        let now = self.server.system.now();
        let mut tx = self.begin(peer.organization).await?;
        let known =
            store::enrolment::load(&mut tx, peer.runtime).await.map_err(internal("load"))?;
        let known = known.ok_or_else(|| not_enrolled(NotEnrolled::Revoked))?;
        match known.renew(csr.key, peer.generation, now) {
            Ok(renewed) => {
                let reply = self.reply(&mut tx, peer.runtime, &csr, &renewed).await?;
                store::enrolment::save(&mut tx, peer.runtime, &renewed)
                    .await
                    .map_err(internal("save"))?;
                Self::commit(tx).await?;
                Ok(reply)
            }
            Err(NotEnrolled::Clone { seen, newest }) => {
                Err(self.lock(tx, peer.runtime, seen, newest).await)
            }
            Err(no) => Err(not_enrolled(no)),
        }
    }

    async fn admit(&self, peer: &Peer) -> Result<(), Refused> {
        let mut tx = self.begin(peer.organization).await?;
        let seen = store::runtime::seen(&mut tx, peer.runtime).await.map_err(internal("judge"))?;
        let seen = seen.ok_or_else(|| not_enrolled(NotEnrolled::Revoked))?;
        match seen.standing {
            Standing::Revoked => Err(not_enrolled(NotEnrolled::Revoked)),
            Standing::Locked => Err(not_enrolled(NotEnrolled::Locked)),
            Standing::Good => Ok(()),
        }
    }

    async fn open(&self, peer: &Peer, hello: &wire::RunnerHello) -> Result<Opened, Refused> {
        let now = self.server.system.now();
        let mut tx = self.begin(peer.organization).await?;
        let seen = store::runtime::seen(&mut tx, peer.runtime).await.map_err(internal("judge"))?;
        let seen = seen.ok_or_else(|| not_enrolled(NotEnrolled::Revoked))?;
        if peer.generation < seen.generation {
            // The same process may be overtaken by itself; another one with the older certificate is a clone.
            if seen.boot_id.as_deref() == Some(hello.boot_id.as_str()) {
                return Err(displaced());
            }
            return Err(self.lock(tx, peer.runtime, peer.generation, seen.generation).await);
        }
        let boot: String = hello.boot_id.chars().take(64).collect();
        store::runtime::present(&mut tx, peer.runtime, peer.generation, &boot, now)
            .await
            .map_err(internal("note the certificate"))?;
        let opening = store::session::Opening {
            runtime: peer.runtime,
            replica: self.replica,
            replica_address: &self.server.settings.replica_address(),
            journal_id: &hello.journal_id,
            lease_until: now + LEASE,
            now,
        };
        let opened = store::session::open(&mut tx, &opening).await.map_err(internal("open"))?;
        // The replica that held the session before looks, and finds the newer epoch.
        store::bus::publish(&mut tx, store::desired::TOPIC, peer.runtime.0)
            .await
            .map_err(internal("publish"))?;
        Self::commit(tx).await?;
        let store::session::Opened { epoch, last_event_seq } = opened;
        Ok(Opened { epoch, last_event_seq, clock_ms: now.as_millisecond() })
    }

    async fn commands_after(
        &self,
        peer: &Peer,
        epoch: u64,
        seq: u64,
        limit: u32,
    ) -> Result<Vec<wire::Command>, Refused> {
        let mut tx = self.begin(peer.organization).await?;
        let now = self.server.system.now();
        let rows = store::command::after(&mut tx, peer.runtime, epoch, seq, limit, now)
            .await
            .map_err(internal("read commands"))?;
        if rows.is_empty() {
            // Nothing to do, or not ours to do any more.
            let newest = store::session::epoch(&mut tx, peer.runtime)
                .await
                .map_err(internal("read the epoch"))?;
            if newest != Some(epoch) {
                return Err(displaced());
            }
        }
        Ok(rows.into_iter().map(convert::command).collect())
    }

    async fn acknowledged(&self, peer: &Peer, _: u64, seq: u64) -> Result<(), Refused> {
        let now = self.server.system.now();
        let mut tx = self.begin(peer.organization).await?;
        store::command::acknowledge(&mut tx, peer.runtime, seq, now)
            .await
            .map_err(internal("acknowledge"))?;
        Self::commit(tx).await
    }

    async fn desired(&self, peer: &Peer, _: u64) -> Result<wire::Desired, Refused> {
        let mut tx = self.begin(peer.organization).await?;
        let rows = store::desired::of_runtime(&mut tx, peer.runtime)
            .await
            .map_err(internal("read the desired state"))?;
        let now = self.server.system.now();
        let captures = app::capture::delivered::of(&self.server, &mut tx, &rows, now)
            .await
            .map_err(internal("read what is captured"))?;
        let routes = app::route_hold::documents(&mut tx, &rows)
            .await
            .map_err(internal("read which routes are held"))?;
        Ok(convert::desired(rows, &captures, &routes))
    }

    async fn events(
        &self,
        peer: &Peer,
        epoch: u64,
        events: Vec<wire::Event>,
    ) -> Result<(), Refused> {
        let Some(last) = events.last().map(|event| event.seq) else { return Ok(()) };
        let mut tx = self.begin(peer.organization).await?;
        // First, because it takes the row: a displaced session writes nothing below.
        let ours = store::session::advance(&mut tx, peer.runtime, epoch, last)
            .await
            .map_err(internal("move the cursor"))?;
        if !ours {
            return Err(displaced());
        }
        for event in events {
            self.event(&mut tx, peer.runtime, event).await?;
        }
        Self::commit(tx).await
    }

    async fn heartbeat(
        &self,
        peer: &Peer,
        epoch: u64,
        beat: wire::Heartbeat,
    ) -> Result<(), Refused> {
        let now = self.server.system.now();
        let mut tx = self.begin(peer.organization).await?;
        let ours = store::session::renew(&mut tx, peer.runtime, epoch, now + LEASE)
            .await
            .map_err(internal("renew the lease"))?;
        if !ours {
            return Err(displaced());
        }
        let hello = beat.hello.unwrap_or_default();
        let heard = store::runtime::Heard {
            at: now,
            version: &hello.build,
            capabilities: &hello.capabilities,
            conditions: &convert::conditions(&beat.conditions),
            rss_bytes: beat.rss_bytes,
            figures: &convert::figures(&beat.figures),
            clock_skew_ms: beat.clock_ms.saturating_sub(now.as_millisecond()),
            address: &peer.address.ip().to_string(),
        };
        let seen = beat.workloads.iter().filter_map(|state| convert::seen(state, now)).collect();
        app::workload::heard(&mut tx, peer.runtime, seen, &heard)
            .await
            .map_err(internal("note the heartbeat"))?;
        Self::commit(tx).await
    }

    async fn closed(&self, peer: &Peer, epoch: u64) {
        let closed = async {
            let mut tx = self.begin(peer.organization).await?;
            store::session::close(&mut tx, peer.runtime, epoch).await.map_err(internal("close"))?;
            Self::commit(tx).await
        };
        // Its lease ends by itself.
        let _ = closed.await;
    }

    fn telemetry(&self) -> Option<Arc<dyn link::seams::telemetry::Receiver>> {
        Some(Arc::new(self.ingest.clone()))
    }

    async fn artifact(&self, peer: &Peer, digest: Digest) -> Result<Bytes, Refused> {
        let mut tx = self.begin(peer.organization).await?;
        let bytes = store::artifact::read_for(&mut tx, peer.runtime, &digest)
            .await
            .map_err(internal("read the artifact"))?;
        let no = || Refused::new("MP-LINK-05", format!("this runtime has no artifact `{digest}`"));
        bytes.map(Bytes::from).ok_or_else(no)
    }
}
