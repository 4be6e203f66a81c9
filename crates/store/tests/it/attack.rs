//! The tenancy attack: 10,000 generated statements as the application role see no foreign row.
//!
//! One organization attacks another. Every tenant table holds rows of both, and each text of the
//! victim carries a marker that no generated statement contains. A statement is smuggled into a valid
//! transaction of the attacker; whatever comes back - rows, COPY data, plans, error messages - is
//! searched for the marker, and questions about the victim must be answered "none". Afterwards the
//! victim's rows are what they were.
//!
//! The same statements then run against a copy whose policies are off. There they must find foreign
//! rows, in every kind of statement that reads: otherwise the attack proves nothing.

mod statements;

use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use futures::TryStreamExt;
use sqlx::postgres::{PgConnection, PgDatabaseError};
use sqlx::{AssertSqlSafe, Connection, Executor, Row, ValueRef};
use testkit::Postgres;
use uuid::Uuid;

use statements::{Generator, Kind, Statement, Tokens};

const STATEMENTS: usize = 10_000;
const ROWS_EACH: usize = 3;

pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) organization_column: String,
    pub(crate) columns: Vec<(String, String)>,
    /// Its rows are in partitions.
    pub(crate) is_parent: bool,
}

struct Stage {
    tables: Vec<Table>,
    victim: Uuid,
    attacker: Uuid,
    marker: String,
    key: hmac::Key,
}

#[tokio::test]
async fn pg_ten_thousand_statements_see_no_foreign_row() {
    let pg = testkit::postgres().await;
    crate::telemetry::days(&pg.db).await;
    let mut superuser = pg.connect_as("postgres").await;
    let stage = Stage::set(&mut superuser).await;
    let before = stage.picture(&mut superuser).await;
    let found = stage.attack(&pg).await;
    assert!(found.foreign.is_empty(), "{:#?}", found.foreign);
    assert!(found.own > STATEMENTS / 20, "the attacker hardly saw its own rows: {}", found.own);
    assert_eq!(before, stage.picture(&mut superuser).await, "the victim's rows were changed");

    for table in &stage.tables {
        let off = format!("ALTER TABLE {} DISABLE ROW LEVEL SECURITY", table.name);
        superuser.execute(AssertSqlSafe(off)).await.unwrap();
    }
    let found = stage.attack(&pg).await;
    let kinds: BTreeMap<Kind, usize> =
        found.foreign.iter().fold(BTreeMap::new(), |mut kinds, (kind, _)| {
            *kinds.entry(*kind).or_default() += 1;
            kinds
        });
    for kind in Kind::READING {
        assert!(kinds.contains_key(kind), "without policies {kind:?} finds nothing: {kinds:?}");
    }
    assert!(found.foreign.len() > STATEMENTS / 10, "{kinds:?}");
}

struct Found {
    foreign: Vec<(Kind, String)>,
    own: usize,
}

impl Stage {
    /// Fills every tenant table for both organizations. Checks and foreign keys go first: they are
    /// not what is attacked, and without them any row can be made for any table.
    async fn set(superuser: &mut PgConnection) -> Self {
        let tables = tables(superuser).await;
        let constraints = sqlx::query(
            "SELECT conrelid::regclass::text, conname::text FROM pg_constraint
            WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace",
        )
        .fetch_all(&mut *superuser)
        .await
        .unwrap();
        for row in constraints {
            let (table, name): (String, String) = (row.get(0), row.get(1));
            let drop = format!("ALTER TABLE {table} DROP CONSTRAINT {name}");
            superuser.execute(AssertSqlSafe(drop)).await.unwrap();
        }
        let marker = format!("RUM{}", testkit::people::new_id().simple());
        let (victim, attacker) = (testkit::people::new_id(), testkit::people::new_id());
        for table in &tables {
            for (organization, text) in [(victim, marker.as_str()), (attacker, "TEATEATEA")] {
                let rows = if table.organization_column == "id" { 1 } else { ROWS_EACH };
                for row in 0..rows {
                    insert(superuser, table, organization, text, row).await;
                }
            }
        }
        let key: Vec<u8> =
            sqlx::query_scalar("SELECT key FROM sec.token_key").fetch_one(superuser).await.unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        Self { tables, victim, attacker, marker, key }
    }

    /// All of the victim's rows.
    async fn picture(&self, superuser: &mut PgConnection) -> Vec<String> {
        let mut all = Vec::new();
        for table in &self.tables {
            let rows = format!(
                "SELECT t::text FROM {} AS t WHERE {} = '{}' ORDER BY 1",
                table.name, table.organization_column, self.victim
            );
            let rows: Vec<String> =
                sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(&mut *superuser).await.unwrap();
            assert!(!rows.is_empty(), "{} holds nothing of the victim", table.name);
            all.extend(rows);
        }
        all
    }

    fn token(&self, organization: Uuid, backend: i32, lifetime_s: i64) -> String {
        let expiry = testkit::people::now().as_microsecond() + lifetime_s * 1_000_000;
        let mut content = vec![1];
        content.extend(organization.as_bytes());
        content.extend(Uuid::nil().as_bytes());
        content.extend(expiry.to_be_bytes());
        content.extend(backend.to_be_bytes());
        let signature = hmac::sign(&self.key, &content);
        content.extend(signature.as_ref());
        hex::encode(content)
    }

    async fn attack(&self, pg: &Postgres) -> Found {
        let mut connection = pg.connect_as("midplane_app").await;
        let backend: i32 =
            sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await.unwrap();
        // Another connection is open meanwhile, and a token of it is known to the attacker.
        let mut other = pg.connect_as("midplane_app").await;
        let elsewhere: i32 =
            sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut other).await.unwrap();
        let own = self.token(self.attacker, backend, 3600);
        let tokens = Tokens {
            replayed: self.token(self.victim, elsewhere, 3600),
            expired: self.token(self.victim, backend, -1),
            own: own.clone(),
        };
        let mut generator = Generator::new(&self.tables, self.victim, self.attacker, tokens);
        let mut found = Found { foreign: Vec::new(), own: 0 };
        for _ in 0..STATEMENTS {
            let statement = generator.next();
            assert!(!statement.sql.contains(&self.marker));
            let output = run(&mut connection, &own, &statement).await;
            let answered = statement.oracle && output.first_number > 0;
            if answered || contains(&output.bytes, self.marker.as_bytes()) {
                found.foreign.push((statement.kind, statement.sql));
            }
            found.own += usize::from(contains(&output.bytes, b"TEATEATEA"));
        }
        other.close().await.unwrap();
        connection.close().await.unwrap();
        found
    }
}

#[derive(Default)]
struct Output {
    bytes: Vec<u8>,
    first_number: i64,
}

/// Runs the statement as if it had been injected into a transaction of the attacker.
async fn run(connection: &mut PgConnection, token: &str, statement: &Statement) -> Output {
    let begin = format!("BEGIN; SELECT set_config('midplane.token', '{token}', true)");
    sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut *connection).await.unwrap();
    let mut output = Output::default();
    let outcome = if statement.kind == Kind::Copy {
        copy(connection, &statement.sql, &mut output).await
    } else {
        fetch(connection, &statement.sql, &mut output).await
    };
    if let Err(err) = outcome {
        output.bytes.extend(err.to_string().into_bytes());
        if let sqlx::Error::Database(err) = &err {
            let err = err.downcast_ref::<PgDatabaseError>();
            for more in [err.detail(), err.hint(), err.r#where()].into_iter().flatten() {
                output.bytes.extend(more.bytes());
            }
        }
    }
    // Whatever was set for the session goes too, or the next statement would suffer for it.
    let end = "ROLLBACK; RESET ROLE; RESET ALL; DEALLOCATE ALL; UNLISTEN *; CLOSE ALL";
    sqlx::raw_sql(end).execute(&mut *connection).await.unwrap();
    output
}

async fn fetch(
    connection: &mut PgConnection,
    sql: &str,
    output: &mut Output,
) -> Result<(), sqlx::Error> {
    let rows = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_all(connection).await?;
    for row in rows {
        for column in 0..row.len() {
            let value = row.try_get_raw(column)?;
            if value.is_null() {
                continue;
            }
            // The simple protocol sends text; a bytea comes as hexadecimal.
            let text = value.as_str().unwrap_or_default().to_owned();
            if let Some(hex) = text.strip_prefix("\\x") {
                output.bytes.extend(hex::decode(hex).unwrap_or_default());
            }
            output.first_number = output.first_number.max(text.parse().unwrap_or(0));
            output.bytes.extend(text.into_bytes());
            output.bytes.push(b'\n');
        }
    }
    Ok(())
}

async fn copy(
    connection: &mut PgConnection,
    sql: &str,
    output: &mut Output,
) -> Result<(), sqlx::Error> {
    let mut data = connection.copy_out_raw(sql).await?;
    while let Some(bytes) = data.try_next().await? {
        output.bytes.extend(bytes);
    }
    Ok(())
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

async fn tables(connection: &mut PgConnection) -> Vec<Table> {
    let rows = sqlx::query(
        "SELECT c.relname::text AS name, c.relkind = 'p' AS is_parent, a.attname::text AS attribute,
            format_type(a.atttypid, NULL) AS type
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            AND c.relname <> '_sqlx_migrations' AND a.attnum > 0 AND NOT a.attisdropped
            AND a.attgenerated = ''
        ORDER BY c.relname, a.attnum",
    )
    .fetch_all(connection)
    .await
    .unwrap();
    let mut tables: Vec<Table> = Vec::new();
    for row in rows {
        let (name, attribute, kind): (String, String, String) =
            (row.get("name"), row.get("attribute"), row.get("type"));
        if tables.last().is_none_or(|table| table.name != name) {
            let organization_column = if name == "organization" { "id" } else { "org_id" };
            let organization_column = organization_column.to_owned();
            let is_parent = row.get("is_parent");
            tables.push(Table { name, organization_column, columns: Vec::new(), is_parent });
        }
        tables.last_mut().unwrap().columns.push((attribute, kind));
    }
    tables
}

/// `message_r14_d20261126` holds class 14; a parent takes any class that is there.
fn class_of(table: &str) -> i32 {
    let class = table.rsplit_once("_r").and_then(|(_, rest)| rest.split('_').next()?.parse().ok());
    class.unwrap_or(14)
}

/// An instant of the partition's day; of today where there is none.
fn day_of(table: &str) -> String {
    match table.rsplit_once("_d").filter(|(_, day)| day.len() == 8) {
        Some((_, day)) => format!("'{day} 12:00:00+00'"),
        None => "date_trunc('day', clock_timestamp() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + interval '1 hour'".to_owned(),
    }
}

async fn insert(
    connection: &mut PgConnection,
    table: &Table,
    organization: Uuid,
    marker: &str,
    row: usize,
) {
    let values: Vec<String> = table
        .columns
        .iter()
        .map(|(column, kind)| match kind.as_str() {
            "uuid" if *column == table.organization_column => format!("'{organization}'"),
            "uuid" => format!("'{}'", testkit::people::new_id()),
            // A partition takes its class and day alone: the days around today are there.
            "smallint" if column == "retention" => class_of(&table.name).to_string(),
            "timestamp with time zone" if column == "started_at" => day_of(&table.name),
            "text" => format!("'{marker}-{row}'"),
            "text[]" => format!("ARRAY['{marker}']"),
            "jsonb" | "json" => format!("'{{\"a\": \"{marker}\"}}'"),
            "bytea" => format!("convert_to('{marker}{row}', 'UTF8')"),
            "timestamp with time zone" => "clock_timestamp()".to_owned(),
            "boolean" => "true".to_owned(),
            "smallint" | "integer" | "bigint" | "double precision" | "numeric" => row.to_string(),
            other => unreachable!("{}.{column} is `{other}`: say how to fill it", table.name),
        })
        .collect();
    let statement =
        format!("INSERT INTO {} VALUES ({}) ON CONFLICT DO NOTHING", table.name, values.join(", "));
    connection.execute(AssertSqlSafe(statement)).await.unwrap();
}
