//! Brings a database to this version's schema, as its owner.
//!
//! Migrations are embedded, forward only, one change each, and run under an advisory lock, so replicas
//! that start together migrate once. A database that knows a migration which we do not is of a newer
//! version and is refused: nothing here ever goes back.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};

use crate::Error;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The newest migration that this version has.
pub fn newest() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

pub async fn migrate(owner: &PgConnectOptions) -> Result<(), Error> {
    let mut connection =
        PgConnection::connect_with(owner).await.map_err(Error::doing("connect as the owner"))?;
    migrate_to(&mut connection, newest()).await?;
    connection.close().await.map_err(Error::doing("leave as the owner"))
}

/// Up to one migration, for a backup that was made there.
pub(crate) async fn migrate_to(connection: &mut PgConnection, target: i64) -> Result<(), Error> {
    if target > newest() {
        return Err(Error::Newer { found: target, known: newest() });
    }
    match MIGRATIONS.run_to(target, connection).await {
        Ok(()) => Ok(()),
        Err(MigrateError::VersionMissing(found)) => Err(Error::Newer { found, known: newest() }),
        Err(err) => Err(Error::Migrate(Box::new(err))),
    }
}
