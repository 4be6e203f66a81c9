//! A database of its own for each test, in one cluster per test process.
//!
//! ```text
//! first call:  initdb (no fsync) -> start -> migrate the database `midplane`      about a second
//! every call:  CREATE DATABASE test_n TEMPLATE midplane                           tens of milliseconds
//! ```
//! The cluster ends with the process, however that ends: a small shell waits for the other end of a
//! pipe that only this process holds, then kills the server and removes the folder. Folders whose
//! shell was killed as well are removed by the next process that comes along.

mod cluster;

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use provision::postgres::{APPLICATION_ROLE, Address, DATABASE, INGEST_ROLE, OWNER_ROLE};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};
use store::{Db, Urls};

pub use cluster::Cluster;

/// A migrated, empty database.
#[derive(Clone, Debug)]
pub struct Postgres {
    pub db: Db,
    pub name: String,
    socket: PathBuf,
}

/// A database of its own in the cluster of this test process.
pub async fn postgres() -> Postgres {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    let cluster = tokio::task::spawn_blocking(|| SHARED.get_or_init(Cluster::migrated))
        .await
        .expect("make the cluster of this process");
    cluster.database().await
}

/// One number out of any database, such as the demo's: `SELECT count(*) ..`.
pub async fn number(url: &str, query: &str) -> Result<i64, sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    let number =
        sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(&mut connection).await;
    connection.close().await?;
    number
}

impl Cluster {
    /// A further database in this cluster.
    pub async fn database(&self) -> Postgres {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let Address::Socket { folder } = self.address() else { unreachable!("a test cluster") };
        let mut superuser = PgConnection::connect_with(&options(folder, "postgres", "postgres"))
            .await
            .expect("connect as the superuser");
        for statement in [
            // Without fsync copying files costs a third of logging every block.
            format!(
                "CREATE DATABASE {name} OWNER {OWNER_ROLE} TEMPLATE {DATABASE} STRATEGY file_copy"
            ),
            // Privileges on a database are not part of the template.
            format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC"),
            format!("GRANT CONNECT ON DATABASE {name} TO {APPLICATION_ROLE}, {INGEST_ROLE}"),
        ] {
            superuser.execute(AssertSqlSafe(statement)).await.expect("make a database");
        }
        superuser.close().await.expect("leave");
        let socket = folder.clone();
        let urls = urls(&socket, &name);
        let db = Db::open(&urls).await.expect("open the database");
        Postgres { db, name, socket }
    }
}

impl Postgres {
    pub fn urls(&self) -> Urls {
        urls(&self.socket, &self.name)
    }

    /// A URL for a program that is given one: `midplane server --database ...`.
    pub fn url(&self, role: &str) -> String {
        Address::Socket { folder: self.socket.clone() }.url(role, &self.name, None)
    }

    /// One statement as the superuser, for tests that break the database.
    pub async fn break_with(&self, statement: &str) {
        let mut superuser = self.connect_as("postgres").await;
        let statement = AssertSqlSafe(statement.to_owned());
        superuser.execute(statement).await.expect("break the database");
        superuser.close().await.expect("leave");
    }

    /// A bare connection as any role, for tests of the database itself.
    pub async fn connect_as(&self, role: &str) -> PgConnection {
        PgConnection::connect_with(&options(&self.socket, role, &self.name))
            .await
            .expect("connect to the database")
    }
}

impl Postgres {
    /// Runs a statement as any role, for tests that change what the database takes.
    pub async fn run(&self, role: &str, statement: &str) {
        let mut connection = self.connect_as(role).await;
        connection.execute(AssertSqlSafe(statement.to_owned())).await.expect("run a statement");
        connection.close().await.expect("leave");
    }
}

fn urls(socket: &std::path::Path, database: &str) -> Urls {
    Urls {
        owner: options(socket, OWNER_ROLE, database),
        application: options(socket, APPLICATION_ROLE, database),
    }
}

fn options(socket: &std::path::Path, role: &str, database: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass().socket(socket).username(role).database(database)
}
