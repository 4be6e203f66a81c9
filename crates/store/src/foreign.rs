//! A database that is not ours: the demo's, which its workloads fill.
//!
//! Nothing here goes through `Tx`: there is no organization in it, and its address comes from the demo's own folder. Its
//! tables are whatever the demo's routes made, so the statement is put together from the catalogue.

use sqlx::{Connection as _, PgConnection};

use crate::Error;

/// Takes every row out of every table of the schema `public`; says how many tables there are.
pub async fn empty_tables(url: &str) -> Result<u64, Error> {
    let doing = Error::doing;
    let mut connection =
        PgConnection::connect(url).await.map_err(doing("connect to the demo's database"))?;
    // Workloads hold short locks only; one that does not let go must not hold up a person.
    sqlx::raw_sql("SET lock_timeout = '10s'")
        .execute(&mut connection)
        .await
        .map_err(doing("bound the wait for locks"))?;
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
            .fetch_one(&mut connection)
            .await
            .map_err(doing("count the demo's tables"))?;
    sqlx::raw_sql(
        "DO $$ DECLARE tables text; BEGIN
            SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') INTO tables
            FROM pg_tables WHERE schemaname = 'public';
            IF tables IS NOT NULL THEN EXECUTE 'TRUNCATE ' || tables; END IF;
        END $$",
    )
    .execute(&mut connection)
    .await
    .map_err(doing("empty the demo's tables"))?;
    connection.close().await.map_err(doing("leave the demo's database"))?;
    Ok(tables.unsigned_abs())
}
