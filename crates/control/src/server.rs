//! The process: what all its parts share, and the order in which they start and end.
//!
//! ```text
//! migrate (owner) -> open the database -> key-encryption key -> bootstrap -> bus
//!                 -> listeners bound   -> link, gitops, http as critical tasks -> ready
//! ```
//! Every part may run in several processes on one database. Whatever ends before shutdown ends the process; the soft
//! signal stops accepting, requests in flight finish, then the pool closes.

use std::net::SocketAddr;
use std::sync::Arc;

use store::bus::Bus;
use store::{Db, Urls};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::secret::{Kek, KekError};
use crate::app::{self, bootstrap};
use crate::ca::{Authority, CaError};
use crate::ctx::{Actor, Ctx};
use crate::gitops::fetch::{BadReach, Reach};
use crate::graphql::Api;
use crate::ingest::Ingest;
use crate::lifecycle::{Ended, GRACE, Lifecycle};
use crate::link_server::{LinkServer, LinkServerError};
use crate::one_port::OnePortError;
use crate::rest::metrics::Metrics;
use crate::rest::{self, Front};
use crate::settings::{OnePort, Settings};
use crate::system::System;

/// What every part of the process shares.
#[derive(Clone)]
pub struct Server {
    pub db: Db,
    pub bus: Bus,
    pub system: System,
    pub settings: Arc<Settings>,
    pub life: Lifecycle,
    pub kek: Arc<Kek>,
    pub authority: Arc<Authority>,
    pub metrics: Arc<Metrics>,
}

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("the address of the database is wrong")]
    BadUrl(#[from] store::db::BadUrl),
    #[error("prepare the database")]
    Database(#[from] store::Error),
    #[error("listen on {address}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("prepare the key-encryption key")]
    Kek(#[from] KekError),
    #[error("open the certificate authority")]
    Authority(#[from] CaError),
    #[error("prepare the link")]
    Link(#[from] LinkServerError),
    #[error("prepare the way to Git sources")]
    Reach(#[from] BadReach),
    #[error("share one port between console and link")]
    OnePort(#[from] OnePortError),
    #[error("make the first organization")]
    Bootstrap(#[from] app::Error),
    #[error("build the schema")]
    Schema(#[from] crate::graphql::permission::Unreadable),
    #[error(transparent)]
    Ended(#[from] Ended),
}

impl RunError {
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadUrl(_) => "MP-PG-10",
            Self::Database(err) => err.code(),
            Self::Listen { .. } => "MP-API-20",
            Self::Kek(_) => "MP-API-21",
            Self::Authority(err) => err.code(),
            Self::Link(err) => err.code(),
            Self::OnePort(err) => err.code(),
            Self::Reach(_) => "MP-GIT-25",
            Self::Bootstrap(err) => err.code(),
            Self::Schema(_) | Self::Ended(_) => "MP-API-04",
        }
    }
}

/// A server whose listeners are bound; `finish` waits for its end.
pub struct Running {
    pub server: Server,
    pub http: SocketAddr,
    pub link: SocketAddr,
    pub link_server: Arc<LinkServer>,
    pub ingest: Ingest,
}

impl Server {
    /// The context of one of our own engines in one organization.
    pub fn engine(&self, label: &'static str, organization: domain::id::OrganizationId) -> Ctx {
        Ctx { actor: Actor::engine(label, organization), server: self.clone() }
    }
}

/// Runs the whole control plane until `shutdown` or until a part of it ends.
pub async fn run(settings: Settings, shutdown: CancellationToken) -> Result<(), RunError> {
    let running = start(settings, System::real(), shutdown).await?;
    running.finish().await
}

/// Starts everything; returns when the listeners accept.
pub async fn start(
    mut settings: Settings,
    system: System,
    shutdown: CancellationToken,
) -> Result<Running, RunError> {
    let bound = bind(&mut settings).await?;
    let reach = Reach::of(&settings)?;
    let (http_at, link_at) = (settings.http, settings.link);

    let urls = Urls::parse(&settings.owner_url, &settings.application_url)?;
    store::migrate::migrate(&urls.owner).await?;
    let db = Db::open(&urls).await?;
    let server = Server {
        bus: db.bus().clone(),
        db,
        kek: Arc::new(Kek::open(&settings.data.join("kek"), &system)?),
        authority: Arc::new(Authority::open(&settings.data.join("ca"), system.now())?),
        system,
        settings: Arc::new(settings),
        life: Lifecycle::under(shutdown),
        metrics: Arc::new(Metrics::default()),
    };
    bootstrap::bootstrap(&server).await?;
    bootstrap::each_start(&server).await?;
    let ingest = Ingest::new(&server);
    let link_server = LinkServer::new(&server, &ingest)?;
    let (front, link, beside) = match bound {
        Bound::Two { http, link } => (Front::Plain(http), link, None),
        Bound::One { port, certificate } => {
            let (beside, arrivals) = link_server.share(certificate)?;
            (Front::Shared(arrivals), port, Some(beside))
        }
    };
    let api = Api::serving(Arc::clone(&link_server), ingest.clone())?;

    let life = server.life.clone();
    let (bus, soft) = (server.bus.clone(), life.soft().clone());
    life.spawn("bus", async move { bus.run(urls, soft.cancelled_owned()).await });
    life.spawn("telemetry", ingest.clone().keep());
    life.spawn("bulk replays", crate::app::bulk_replay::keep(server.clone()));
    life.spawn("capture windows", ingest.clone().close_windows());
    life.spawn_critical("link", Arc::clone(&link_server).run(link, beside, life.soft().clone()));
    life.spawn("alerts", crate::alerting::watch(server.clone()));
    life.spawn("alert deliveries", crate::alerting::deliver(server.clone(), reach.clone()));
    life.spawn_critical("gitops", crate::gitops::run(server.clone(), reach));
    life.spawn_critical("http", rest::serve(server.clone(), api, front));
    tracing::info!(http = %http_at, link = %link_at, "the control plane listens");
    Ok(Running { server, http: http_at, link: link_at, link_server, ingest })
}

impl Running {
    pub async fn finish(self) -> Result<(), RunError> {
        let ended = self.server.life.finish(GRACE).await;
        self.server.db.close().await;
        Ok(ended?)
    }
}

enum Bound {
    Two { http: TcpListener, link: TcpListener },
    One { port: TcpListener, certificate: OnePort },
}

/// Listens, and writes the addresses down where port 0 was asked for.
async fn bind(settings: &mut Settings) -> Result<Bound, RunError> {
    let http = listen(settings.http).await?;
    settings.http = address(&http, settings.http);
    if let Some(certificate) = settings.one_port.clone() {
        settings.link = settings.http;
        return Ok(Bound::One { port: http, certificate });
    }
    let link = listen(settings.link).await?;
    settings.link = address(&link, settings.link);
    Ok(Bound::Two { http, link })
}

async fn listen(address: SocketAddr) -> Result<TcpListener, RunError> {
    TcpListener::bind(address).await.map_err(|source| RunError::Listen { address, source })
}

fn address(listener: &TcpListener, asked: SocketAddr) -> SocketAddr {
    listener.local_addr().unwrap_or(asked)
}
