//! Backup and restore of everything that the database knows, in one file.
//!
//! ```text
//! gzip( frame {"format":1,"migration":42}
//!       for each table: frame {"table":"actor","columns":[..]}  frame COPY text ...  empty frame
//!       frame {"rows":1234}   32 bytes SHA-256 of all before )        frame = 4 bytes length, bytes
//! ```
//! Written from one snapshot while the product runs, with COPY, because the fetched PostgreSQL has no
//! `pg_dump`. Restoring brings an empty database to the schema of the backup, loads it in one
//! transaction, and then migrates on: an older backup is always good, a newer one is refused.
//!
//! Messages, logs and counts are left out: they are many times the rest, end with their retention anyway, and a restored
//! product collects anew. Their names, failure groups and sums by hour and day are tables like all others and come along.
//!
//! The key that signs organization tokens stays where it is (every database has its own), and so do
//! files outside the database: certificate authority and key-encryption key are the caller's business.

mod file;

use std::path::Path;

use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{Urls, migrate};
use file::{Reader, Writer};

/// The only format so far.
const FORMAT: u32 = 1;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("use the backup `{path}`")]
    File { path: String, source: std::io::Error },
    #[error("`{path}` is not a backup of Midplane")]
    NotABackup { path: String },
    #[error("the backup `{path}` is damaged: {what}")]
    Damaged { path: String, what: &'static str },
    #[error("the backup is of format {found}, this version reads {FORMAT}")]
    NewerFormat { found: u32 },
    #[error("the database holds data already")]
    NotEmpty,
    #[error("the database was migrated to {applied}, beyond the backup's {wanted}")]
    MigratedBeyond { applied: i64, wanted: i64 },
    #[error(transparent)]
    Store(#[from] crate::Error),
}

impl Error {
    pub fn code(&self) -> &'static str {
        match self {
            Self::File { .. }
            | Self::NotABackup { .. }
            | Self::Damaged { .. }
            | Self::NewerFormat { .. } => "MP-PG-13",
            Self::NotEmpty | Self::MigratedBeyond { .. } => "MP-PG-14",
            Self::Store(source) => source.code(),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Head {
    format: u32,
    migration: i64,
}

#[derive(Serialize, Deserialize)]
struct Table {
    table: String,
    columns: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct End {
    rows: u64,
}

/// Writes the backup (mode 0600) and returns the number of rows in it.
pub async fn write(urls: &Urls, path: &Path) -> Result<u64, Error> {
    let doing = crate::Error::doing;
    let mut owner = connect(urls).await?;
    // One snapshot for all tables.
    sqlx::raw_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .execute(&mut owner)
        .await
        .map_err(doing("begin the snapshot"))?;
    let migration = applied(&mut owner).await?;
    let mut file = Writer::create(path)?;
    file.json(&Head { format: FORMAT, migration })?;
    let mut rows = 0;
    for table in tables(&mut owner).await? {
        let copy = format!("COPY {} ({}) TO STDOUT", quote(&table.table), columns(&table));
        file.json(&table)?;
        let mut data = owner.copy_out_raw(&copy).await.map_err(doing("copy a table out"))?;
        while let Some(bytes) = data.try_next().await.map_err(doing("copy a table out"))? {
            // In this format a line break inside a value is escaped.
            rows += bytes.split(|byte| *byte == b'\n').count() as u64 - 1;
            file.frame(&bytes)?;
        }
        drop(data);
        file.frame(&[])?;
    }
    file.json(&End { rows })?;
    file.finish()?;
    sqlx::raw_sql("COMMIT").execute(&mut owner).await.map_err(doing("end the snapshot"))?;
    owner.close().await.map_err(doing("leave as the owner"))?;
    Ok(rows)
}

/// Restores into a database without data and returns the number of rows. Nothing is kept of a backup
/// that turns out to be damaged, not even at its last byte.
pub async fn read(urls: &Urls, path: &Path) -> Result<u64, Error> {
    let doing = crate::Error::doing;
    let mut file = Reader::open(path)?;
    let head: Head = file.json()?;
    if head.format != FORMAT {
        return Err(Error::NewerFormat { found: head.format });
    }
    let mut owner = connect(urls).await?;
    let before = applied(&mut owner).await?;
    if before > head.migration {
        return Err(Error::MigratedBeyond { applied: before, wanted: head.migration });
    }
    migrate::migrate_to(&mut owner, head.migration).await?;
    let mut tx = owner.begin().await.map_err(doing("begin to restore"))?;
    let known = tables(&mut tx).await?;
    for table in &known {
        let any = format!("SELECT EXISTS (SELECT 1 FROM {})", quote(&table.table));
        let any: bool = sqlx::query_scalar(AssertSqlSafe(any))
            .fetch_one(&mut *tx)
            .await
            .map_err(doing("look whether a table is empty"))?;
        if any {
            return Err(Error::NotEmpty);
        }
    }
    let keys = unlock(&mut tx, &known).await?;
    let mut rows = 0;
    let end = loop {
        let frame = file.need_frame()?;
        if let Ok(table) = serde_json::from_slice::<Table>(&frame) {
            rows += load(&mut tx, &table, &mut file).await?;
        } else {
            break serde_json::from_slice::<End>(&frame)
                .map_err(|_| file.damaged("an unknown part"))?;
        }
    };
    if end.rows != rows {
        return Err(file.damaged("it holds another number of rows than it says"));
    }
    file.finish()?;
    lock(&mut tx, &known, &keys).await?;
    tx.commit().await.map_err(doing("commit what was restored"))?;
    owner.close().await.map_err(doing("leave as the owner"))?;
    migrate::migrate(&urls.owner).await?;
    Ok(rows)
}

async fn load(tx: &mut PgConnection, table: &Table, file: &mut Reader) -> Result<u64, Error> {
    let doing = crate::Error::doing;
    let copy = format!("COPY {} ({}) FROM STDIN", quote(&table.table), columns(table));
    let mut data = tx.copy_in_raw(&copy).await.map_err(doing("copy a table in"))?;
    loop {
        match file.need_frame() {
            Ok(frame) if frame.is_empty() => break,
            Ok(frame) => {
                data.send(frame).await.map_err(doing("copy a table in"))?;
            }
            Err(err) => {
                // Without this the connection would wait for more.
                let _ = data.abort("the backup is damaged").await;
                return Err(err);
            }
        }
    }
    Ok(data.finish().await.map_err(doing("copy a table in"))?)
}

struct ForeignKey {
    table: String,
    name: String,
    definition: String,
}

/// Takes foreign keys away (tables may refer to each other in circles) and lets the owner COPY into
/// tables with row-level security. All of it is part of the transaction.
async fn unlock(tx: &mut PgConnection, tables: &[Table]) -> Result<Vec<ForeignKey>, Error> {
    let keys: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace",
    )
    .fetch_all(&mut *tx)
    .await
    .map_err(crate::Error::doing("read the foreign keys"))?;
    let keys: Vec<_> = keys
        .into_iter()
        .map(|(table, name, definition)| ForeignKey { table, name, definition })
        .collect();
    for key in &keys {
        execute(tx, format!("ALTER TABLE {} DROP CONSTRAINT {}", key.table, quote(&key.name)))
            .await?;
    }
    for table in tables {
        let table = quote(&table.table);
        execute(tx, format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")).await?;
    }
    Ok(keys)
}

async fn lock(tx: &mut PgConnection, tables: &[Table], keys: &[ForeignKey]) -> Result<(), Error> {
    for key in keys {
        let ForeignKey { table, name, definition } = key;
        execute(tx, format!("ALTER TABLE {table} ADD CONSTRAINT {} {definition}", quote(name)))
            .await?;
    }
    for table in tables {
        let table = quote(&table.table);
        execute(tx, format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY")).await?;
    }
    Ok(())
}

async fn execute(tx: &mut PgConnection, statement: String) -> Result<(), Error> {
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(tx)
        .await
        .map_err(crate::Error::doing("prepare a table"))?;
    Ok(())
}

async fn connect(urls: &Urls) -> Result<PgConnection, Error> {
    let connected = PgConnection::connect_with(&urls.owner).await;
    Ok(connected.map_err(crate::Error::doing("connect as the owner"))?)
}

/// The newest migration that this database has, 0 for none.
async fn applied(connection: &mut PgConnection) -> Result<i64, Error> {
    let doing = crate::Error::doing("look at the migrations");
    let any: bool = sqlx::query_scalar("SELECT to_regclass('public._sqlx_migrations') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await
        .map_err(&doing)?;
    if !any {
        return Ok(0);
    }
    let newest = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations")
        .fetch_one(connection)
        .await
        .map_err(&doing)?;
    Ok(newest)
}

async fn tables(connection: &mut PgConnection) -> Result<Vec<Table>, Error> {
    let rows: Vec<(String, Vec<String>)> = sqlx::query_as(
        "SELECT c.relname::text, array_agg(a.attname::text ORDER BY a.attnum)
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT c.relispartition
            AND c.relname <> '_sqlx_migrations'
            AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        GROUP BY c.relname ORDER BY c.relname",
    )
    .fetch_all(connection)
    .await
    .map_err(crate::Error::doing("list the tables"))?;
    Ok(rows.into_iter().map(|(table, columns)| Table { table, columns }).collect())
}

fn columns(table: &Table) -> String {
    table.columns.iter().map(|column| quote(column)).collect::<Vec<_>>().join(", ")
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
