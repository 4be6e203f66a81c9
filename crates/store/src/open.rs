//! An open transaction on a pooled connection, begun in one round trip.
//!
//! `BEGIN` and the question for backend and clock go together, as does `COMMIT` with what it announces; an idle
//! connection is not pinged first. One that died with its server shows that here, before anything was asked, and the
//! next one is tried. With sqlx's own transaction each begin took four round trips where this takes one.
//!
//! Dropping it rolls back, in a task of its own; a connection that cannot be rolled back is closed, which does the same.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Row as _};

/// The token is signed for this backend, and for a minute of its clock.
const BEGIN: &str = "BEGIN; SELECT pg_backend_pid() AS pid, \
    (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now_micros";

#[derive(Debug)]
pub(crate) struct Open {
    /// `None` once it has ended.
    connection: Option<PoolConnection<Postgres>>,
}

/// Who serves the connection, and what its clock says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backend {
    pub(crate) pid: i32,
    pub(crate) now_micros: i64,
}

impl Open {
    /// Begins on the next connection that lives.
    pub(crate) async fn begin(pool: &PgPool) -> Result<(Self, Backend), sqlx::Error> {
        // Every idle connection may be a dead one; the one after them is new.
        for _ in 0..pool.options().get_max_connections() {
            let mut open = Self { connection: Some(pool.acquire().await?) };
            match sqlx::raw_sql(BEGIN).fetch_one(&mut *open).await {
                Ok(row) => {
                    let backend = Backend {
                        pid: row.try_get("pid")?,
                        now_micros: row.try_get("now_micros")?,
                    };
                    return Ok((open, backend));
                }
                Err(err) if is_gone(&err) => open.close(),
                Err(err) => return Err(err),
            }
        }
        Err(sqlx::Error::PoolTimedOut)
    }

    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        self.commit_with("").await
    }

    /// Commits after `statements`, each of which ends with a semicolon, in one round trip.
    pub(crate) async fn commit_with(mut self, statements: &str) -> Result<(), sqlx::Error> {
        let commit = AssertSqlSafe(format!("{statements}COMMIT"));
        sqlx::raw_sql(commit).execute(&mut *self).await?;
        // Back into the pool.
        drop(self.connection.take());
        Ok(())
    }

    fn close(&mut self) {
        drop(self.connection.take().map(PoolConnection::detach));
    }
}

/// Whether the server behind the connection went away, told by an error or by silence.
fn is_gone(err: &sqlx::Error) -> bool {
    match err {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(err) => err.code().is_some_and(|code| code.starts_with("57P")),
        _ => false,
    }
}

impl Deref for Open {
    type Target = PgConnection;

    #[expect(
        clippy::expect_used,
        reason = "ending takes the value, so nobody holds one that has ended"
    )]
    fn deref(&self) -> &PgConnection {
        self.connection.as_ref().expect("the transaction is open")
    }
}

impl DerefMut for Open {
    #[expect(
        clippy::expect_used,
        reason = "ending takes the value, so nobody holds one that has ended"
    )]
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.connection.as_mut().expect("the transaction is open")
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            drop(connection.detach());
            return;
        };
        // Bounded by the pool: the connection is not back before this ends.
        runtime.spawn(async move {
            if sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await.is_err() {
                drop(connection.detach());
            }
        });
    }
}
