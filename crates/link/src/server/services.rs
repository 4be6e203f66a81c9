//! The five services of the wire: judge the caller, ask the handler, convert.
//!
//! Every call begins with the same questions: is there a certificate, is it fresh (renewing does without), does the
//! named channel belong to it, does the handler still admit it.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::digest::Digest;
use futures::Stream;
use tokio::sync::{mpsc, watch};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::{Request, Response, Status, Streaming};

use super::peer::Peer;
use super::{Handler, Server, session, telemetry};
use crate::channel::Channel;
use crate::refused::Refused;
use crate::wire::{
    self, artifact_server, enroll_server, renew_server, runner_frame, session_server,
    telemetry_server,
};

/// The metadata key in which a stream may name its channel.
pub(crate) const CHANNEL: &str = "midplane-channel";
/// One HTTP/2 frame of the usual size holds it, and a command never waits longer than for one of them.
const CHUNK: usize = 16 << 10;
/// A request of enrolment has about 500 bytes; hello grows with the number of workloads.
const MESSAGE: usize = 1 << 20;
/// A runner says hello at once.
const HELLO: Duration = Duration::from_secs(10);
/// Frames between the session and HTTP/2; more would only hide a slow peer.
const FRAMES: usize = 32;

/// What a connection knows of itself; travels with each request.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) peer: Option<Peer>,
    pub(super) refused: watch::Receiver<Option<Refused>>,
    /// Cancelling asks the runner to come back on a new connection.
    pub(super) aged: CancellationToken,
}

struct Services<H>(Arc<Server<H>>);

impl<H> Clone for Services<H> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

pub(super) fn routes<H: Handler>(server: &Arc<Server<H>>) -> Routes {
    let services = Services(Arc::clone(server));
    Routes::new(
        session_server::SessionServer::new(services.clone()).max_decoding_message_size(MESSAGE),
    )
    .add_service(
        enroll_server::EnrollServer::new(services.clone()).max_decoding_message_size(MESSAGE),
    )
    .add_service(
        renew_server::RenewServer::new(services.clone()).max_decoding_message_size(MESSAGE),
    )
    .add_service(
        artifact_server::ArtifactServer::new(services.clone()).max_decoding_message_size(MESSAGE),
    )
    .add_service(
        telemetry_server::TelemetryServer::new(services)
            .max_decoding_message_size(telemetry::MESSAGE),
    )
    .prepare()
}

impl<H: Handler> Services<H> {
    fn connection<T>(request: &Request<T>) -> Result<Connection, Status> {
        let connection = request.extensions().get::<Connection>().cloned();
        connection.ok_or_else(|| Refused::internal().into())
    }

    /// The peer, if it may open a stream now.
    async fn peer<T>(&self, request: &Request<T>, expired: Expired) -> Result<Peer, Status> {
        let connection = Self::connection(request)?;
        let peer = connection.peer.ok_or_else(|| {
            Refused::new("MP-LINK-02", "this call needs the certificate of a runtime")
        })?;
        if let Expired::Refused = expired {
            peer.fresh(self.0.seams.now())?;
        }
        if let Some(named) = request.metadata().get(CHANNEL) {
            let channel: Option<Channel> = named.to_str().ok().and_then(|text| text.parse().ok());
            let refused = || Refused::new("MP-LINK-04", "the stream names no channel of the link");
            peer.may_use(channel.ok_or_else(refused)?)?;
        }
        self.0.handler.admit(&peer).await?;
        Ok(peer)
    }
}

#[derive(Clone, Copy)]
enum Expired {
    Tolerated,
    Refused,
}

#[tonic::async_trait]
impl<H: Handler> enroll_server::Enroll for Services<H> {
    async fn enroll(
        &self,
        request: Request<wire::EnrollRequest>,
    ) -> Result<Response<wire::EnrollReply>, Status> {
        let request = request.into_inner();
        let hello = request.hello.clone().unwrap_or_default();
        let ours = (wire::PROTOCOL_MIN, wire::PROTOCOL);
        wire::negotiate(ours, &hello).map_err(|no| Refused::new(no.code(), no.to_string()))?;
        Ok(Response::new(self.0.handler.enroll(request).await?))
    }
}

#[tonic::async_trait]
impl<H: Handler> renew_server::Renew for Services<H> {
    async fn renew(
        &self,
        request: Request<wire::RenewRequest>,
    ) -> Result<Response<wire::EnrollReply>, Status> {
        let peer = self.peer(&request, Expired::Tolerated).await?;
        Ok(Response::new(self.0.handler.renew(&peer, request.into_inner()).await?))
    }
}

type Frames = Pin<Box<dyn Stream<Item = Result<wire::ServerFrame, Status>> + Send>>;

#[tonic::async_trait]
impl<H: Handler> session_server::Session for Services<H> {
    type SessionStream = Frames;

    async fn session(
        &self,
        request: Request<Streaming<wire::RunnerFrame>>,
    ) -> Result<Response<Frames>, Status> {
        let peer = self.peer(&request, Expired::Refused).await?;
        let connection = Self::connection(&request)?;
        let mut inbound = request.into_inner();
        let first = tokio::time::timeout(HELLO, inbound.message())
            .await
            .map_err(|_| Status::deadline_exceeded("no hello"))??;
        let Some(runner_frame::Frame::Hello(hello)) = first.and_then(|frame| frame.frame) else {
            return Err(Refused::new("MP-LINK-09", "a session begins with hello").into());
        };
        let ours = (wire::PROTOCOL_MIN, wire::PROTOCOL);
        wire::negotiate(ours, &hello.hello.clone().unwrap_or_default())
            .map_err(|no| Refused::new(no.code(), no.to_string()))?;
        let opened = self.0.handler.open(&peer, &hello).await?;
        let (out, frames) = mpsc::channel(FRAMES);
        let session =
            session::Session::new(Arc::clone(&self.0), peer, opened, &hello, connection, out);
        self.0.tasks.spawn(session.run(inbound));
        Ok(Response::new(Box::pin(ReceiverStream::new(frames))))
    }
}

#[tonic::async_trait]
impl<H: Handler> artifact_server::Artifact for Services<H> {
    type FetchStream = Pin<Box<dyn Stream<Item = Result<wire::Chunk, Status>> + Send>>;

    async fn fetch(
        &self,
        request: Request<wire::FetchRequest>,
    ) -> Result<Response<Self::FetchStream>, Status> {
        let peer = self.peer(&request, Expired::Refused).await?;
        let wire::FetchRequest { digest, offset } = request.into_inner();
        let no = || Refused::new("MP-LINK-05", "this runtime has no such artifact");
        let digest: Digest = digest.parse().map_err(|_| no())?;
        let bytes = self.0.handler.artifact(&peer, digest).await?;
        let total = bytes.len() as u64;
        let offset = usize::try_from(offset).ok().filter(|&offset| offset <= bytes.len());
        let rest = bytes.slice(offset.ok_or_else(no)?..);
        Ok(Response::new(Box::pin(chunks(rest, total))))
    }
}

#[tonic::async_trait]
impl<H: Handler> telemetry_server::Telemetry for Services<H> {
    type ShipStream = Pin<Box<dyn Stream<Item = Result<wire::TelemetryDown, Status>> + Send>>;

    async fn ship(
        &self,
        request: Request<Streaming<wire::TelemetryUp>>,
    ) -> Result<Response<Self::ShipStream>, Status> {
        let peer = self.peer(&request, Expired::Refused).await?;
        let connection = Self::connection(&request)?;
        let receiver = self.0.handler.telemetry().ok_or_else(telemetry::nobody)?;
        let (verdicts, heard) = mpsc::channel(FRAMES);
        let blocks = receiver.open(&peer, verdicts).await?;
        let (out, frames) = mpsc::channel(FRAMES);
        let stop = self.0.stop.clone();
        let intake = telemetry::Intake::new(blocks, heard, out, connection.refused, stop);
        self.0.tasks.spawn(intake.run(request.into_inner()));
        Ok(Response::new(Box::pin(ReceiverStream::new(frames))))
    }
}

/// At least one chunk, because it carries the total.
fn chunks(bytes: Bytes, total: u64) -> impl Stream<Item = Result<wire::Chunk, Status>> + Send {
    let count = bytes.len().div_ceil(CHUNK).max(1);
    tokio_stream::iter(0..count).map(move |index| {
        let start = index * CHUNK;
        let end = bytes.len().min(start + CHUNK);
        Ok(wire::Chunk { bytes: bytes.slice(start..end).into(), total })
    })
}
