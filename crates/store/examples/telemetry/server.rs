//! A PostgreSQL as `midplane up` runs it, with one organization; or the one of a Midplane that runs.

use std::path::Path;
use std::time::Duration;

use domain::id::{OrganizationId, RuntimeId};
use provision::postgres::{
    APPLICATION_ROLE, Account, Address, Binaries, Cluster, DATABASE, OWNER_ROLE, Purpose, Running,
    Search, Settings,
};
use sqlx::{Connection as _, PgConnection};
use store::telemetry::name::{self, Origin};
use store::telemetry::{Agent, OriginId, partition};
use store::{Db, Door, Tx, Urls};

use crate::cpu;

pub(crate) const ORGANIZATION: OrganizationId = OrganizationId(uuid::Uuid::from_u128(0x7ea));
pub(crate) const RUNTIME: RuntimeId = RuntimeId(uuid::Uuid::from_u128(0x7eb));
pub(crate) const DAY_US: u64 = 86_400_000_000;

pub(crate) struct Server {
    pub(crate) db: Db,
    pub(crate) organization: OrganizationId,
    urls: Urls,
    postmaster: i32,
    /// `None`: somebody else's.
    running: Option<Running>,
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(running) = &mut self.running {
            running.stop(Duration::from_secs(10));
        }
    }
}

impl Server {
    pub(crate) async fn start(folder: &Path) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let settings = Settings {
            folder: folder.join("postgres"),
            log: folder.join("postgres.log"),
            purpose: Purpose::Control,
            short: None,
        };
        let path = std::env::var_os("PATH");
        let search = Search { path, cache: folder.join("cache"), ..Search::default() };
        let binaries = Binaries::choose(&search, &settings.folder, &|_, _| ()).expect("PostgreSQL");
        let account = Account::for_database().expect("an account");
        let cluster = Cluster::prepare(&binaries, &account, &settings).expect("a cluster");
        let running = cluster.start(Duration::from_secs(60)).expect("a server");
        let urls = urls(cluster.address());
        store::migrate::migrate(&urls.owner).await.unwrap();
        let db = Db::open(&urls).await.unwrap();
        let postmaster = running.pid();
        let server =
            Self { db, organization: ORGANIZATION, urls, postmaster, running: Some(running) };
        let mut tx = Tx::system(&server.db, ORGANIZATION).await.unwrap();
        if store::organization::insert(&mut tx, "bench", jiff::Timestamp::now()).await.is_ok() {
            tx.commit().await.unwrap();
        }
        server
    }

    /// The server of a Midplane that runs, with the organization that it has; `folder` is the one of its cluster.
    pub(crate) async fn attach(folder: &Path) -> Self {
        let urls = urls(&Address::Socket { folder: folder.join("s") });
        let db = Db::open(&urls).await.unwrap();
        let mut door = Door::begin(&db).await.unwrap();
        let organizations = store::organization::list_ids(&mut door).await.unwrap();
        drop(door);
        let organization = *organizations.first().expect("an organization");
        Self { db, organization, urls, postmaster: 0, running: None }
    }

    pub(crate) fn postgres_cpu_s(&self) -> f64 {
        cpu::postgres_s(self.postmaster)
    }

    pub(crate) async fn owner(&self) -> PgConnection {
        PgConnection::connect_with(&self.urls.owner).await.unwrap()
    }

    /// Bytes of tables whose names match, with their indexes.
    pub(crate) async fn size(&self, pattern: &str) -> f64 {
        let query = "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class WHERE relname ~ $1 AND relkind = 'r'";
        let owner = &mut self.owner().await;
        let bytes: i64 = sqlx::query_scalar(query).bind(pattern).fetch_one(owner).await.unwrap();
        bytes as f64
    }

    /// Where the writer of this run begins; days of `class` from `days` ago on are there afterwards.
    pub(crate) async fn place(&self, class: i16, days: i64) -> Place {
        let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let mut door = Door::begin(&self.db).await.unwrap();
        let first = today.saturating_sub(jiff::Span::new().days(days));
        let last = today.saturating_add(jiff::Span::new().days(1));
        partition::prepare(&mut door, class, first, last).await.unwrap();
        door.commit().await.unwrap();
        let origin = Origin {
            runtime: RUNTIME,
            workload: None,
            deployment: None,
            project: None,
            environment_id: None,
            integration: "orders".to_owned(),
            environment: "production".to_owned(),
            release: "4f2c".to_owned(),
        };
        let mut tx = Tx::system(&self.db, self.organization).await.unwrap();
        let origin = name::ensure_origin(&mut tx, &origin, jiff::Timestamp::now()).await.unwrap();
        tx.commit().await.unwrap();
        // Each run is an epoch of its own.
        let query = "SELECT coalesce(max(epoch), 0) + 1 FROM telemetry_ledger";
        let epoch: i64 =
            sqlx::query_scalar(query).fetch_one(&mut self.owner().await).await.unwrap();
        Place { agent: Agent { runtime: RUNTIME, epoch: epoch.unsigned_abs() }, origin, class }
    }
}

fn urls(address: &Address) -> Urls {
    let url = |role: &str| address.url(role, DATABASE, None);
    Urls::parse(&url(OWNER_ROLE), &url(APPLICATION_ROLE)).unwrap()
}

/// Who writes, and under what.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) agent: Agent,
    pub(crate) origin: OriginId,
    pub(crate) class: i16,
}
