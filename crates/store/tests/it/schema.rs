//! The schema is what `schema.sql` says, and every table in it is somebody's.
//!
//! `UPDATE_SCHEMA=1 cargo test -p store --test it pg_the_schema` writes the file anew; it is read from
//! `pg_catalog`, because the fetched PostgreSQL has no `pg_dump`.

use std::path::Path;

use sqlx::Row;
use sqlx::postgres::PgConnection;

async fn lines(connection: &mut PgConnection, query: &'static str) -> Vec<String> {
    sqlx::query_scalar(query).fetch_all(connection).await.unwrap()
}

/// Everything that a query of ours can meet, one line each, in an order that depends on names alone.
const CATALOG: &[(&str, &str)] = &[
    (
        "tables and columns",
        "SELECT format('%s.%s.%s %s%s%s', n.nspname, c.relname, a.attname,
            format_type(a.atttypid, a.atttypmod),
            CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
            coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), ''))
        FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE n.nspname IN ('public', 'sec') AND c.relkind IN ('r', 'p', 'v', 'm')
            AND c.relname <> '_sqlx_migrations'
        ORDER BY n.nspname, c.relname, a.attnum",
    ),
    (
        "constraints",
        "SELECT format('%s %s %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
        FROM pg_constraint AS c JOIN pg_namespace AS n ON n.oid = c.connamespace
        WHERE n.nspname IN ('public', 'sec') AND c.contype <> 'n'
            AND c.conrelid::regclass::text <> '_sqlx_migrations'
        ORDER BY c.conrelid::regclass::text, c.conname",
    ),
    (
        "indexes",
        "SELECT pg_get_indexdef(i.indexrelid)
        FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('public', 'sec') AND c.relname <> '_sqlx_migrations'
            AND NOT EXISTS (SELECT 1 FROM pg_constraint AS k WHERE k.conindid = i.indexrelid)
        ORDER BY 1",
    ),
    (
        "row-level security",
        "SELECT format('%s%s%s %s TO %s USING (%s) CHECK (%s)', c.relname,
            CASE WHEN c.relrowsecurity THEN ' enabled' ELSE '' END,
            CASE WHEN c.relforcerowsecurity THEN ' forced' ELSE '' END,
            p.polname, array_to_string(ARRAY(SELECT r.rolname FROM pg_roles AS r WHERE r.oid = ANY (p.polroles) ORDER BY 1), ', '),
            pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
        FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
        ORDER BY c.relname, p.polname",
    ),
    (
        "functions",
        "SELECT format('%s.%s(%s) %s%s%s %s', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid),
            p.provolatile, CASE WHEN p.prosecdef THEN ' definer' ELSE '' END,
            coalesce(' ' || array_to_string(p.proconfig, ' '), ''),
            left(encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex'), 16))
        FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname IN ('public', 'sec') ORDER BY 1",
    ),
    (
        "privileges",
        "SELECT format('%s %s %s', grantee, object, string_agg(privilege, ', ' ORDER BY privilege)) FROM (
            SELECT coalesce(r.rolname, 'PUBLIC') AS grantee, c.oid::regclass::text AS object, a.privilege_type AS privilege
            FROM pg_class AS c CROSS JOIN aclexplode(c.relacl) AS a LEFT JOIN pg_roles AS r ON r.oid = a.grantee
            WHERE c.relnamespace::regnamespace::text IN ('public', 'sec')
            UNION ALL
            SELECT coalesce(r.rolname, 'PUBLIC'), p.oid::regprocedure::text, a.privilege_type
            FROM pg_proc AS p CROSS JOIN aclexplode(p.proacl) AS a LEFT JOIN pg_roles AS r ON r.oid = a.grantee
            WHERE p.pronamespace::regnamespace::text IN ('public', 'sec')
            UNION ALL
            SELECT coalesce(r.rolname, 'PUBLIC'), 'schema ' || n.nspname, a.privilege_type
            FROM pg_namespace AS n CROSS JOIN aclexplode(n.nspacl) AS a LEFT JOIN pg_roles AS r ON r.oid = a.grantee
            WHERE n.nspname IN ('public', 'sec')
        ) AS g WHERE grantee NOT IN ('midplane_owner', 'pg_database_owner')
        GROUP BY grantee, object ORDER BY 1",
    ),
];

#[tokio::test]
async fn pg_the_schema_is_the_one_that_is_written_down() {
    let pg = testkit::postgres().await;
    let mut owner = pg.connect_as("midplane_owner").await;
    let mut schema =
        "-- Read from pg_catalog by crates/store/tests/it/schema.rs; do not edit.\n".to_owned();
    for (title, query) in CATALOG {
        schema += &format!("\n-- {title}\n");
        for line in lines(&mut owner, query).await {
            schema += &line;
            schema.push('\n');
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.sql");
    #[expect(clippy::disallowed_methods, reason = "asked for by hand")]
    if std::env::var("UPDATE_SCHEMA").is_ok() {
        std::fs::write(&path, &schema).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        schema == written,
        "schema.sql is stale: run this test with UPDATE_SCHEMA=1\n{}",
        difference(&written, &schema)
    );
}

fn difference(old: &str, new: &str) -> String {
    let missing = |from: &str, to: &str, sign: &str| {
        let lines = from.lines().filter(|line| !to.lines().any(|other| other == *line));
        lines.map(|line| format!("{sign} {line}\n")).collect::<String>()
    };
    missing(old, new, "-") + &missing(new, old, "+")
}

/// Each query finds violations; none may.
const RULES: &[(&str, &str)] = &[
    (
        "a table without forced row-level security",
        "SELECT c.relname::text FROM pg_class AS c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            AND c.relname <> '_sqlx_migrations' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)",
    ),
    (
        "a table whose application policy is not the organization's",
        "SELECT c.relname::text FROM pg_class AS c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            AND c.relname <> '_sqlx_migrations'
            AND (SELECT count(*) FILTER (WHERE
                    pg_get_expr(p.polqual, p.polrelid) = pg_get_expr(p.polwithcheck, p.polrelid)
                    AND pg_get_expr(p.polqual, p.polrelid) ~ '^\\((org_id|id) = \\( SELECT sec.current_org\\(\\) AS current_org\\)\\)$'
                    AND p.polcmd = '*' AND p.polpermissive
                ) = 1 AND count(*) = 1
                FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polroles = ARRAY['midplane_app'::regrole::oid]
            ) IS NOT TRUE",
    ),
    (
        "a policy for anybody but the application and the owner, or one of the ingest role for more than adding its organization's",
        "SELECT p.polrelid::regclass::text || ' ' || p.polname FROM pg_policy AS p
        WHERE p.polroles NOT IN (ARRAY['midplane_app'::regrole::oid], ARRAY['midplane_owner'::regrole::oid])
            AND (p.polroles <> ARRAY['midplane_ingest'::regrole::oid] OR p.polcmd <> 'a'
                OR pg_get_expr(p.polwithcheck, p.polrelid) <> '(org_id = ( SELECT sec.current_org() AS current_org))')",
    ),
    (
        "something that the ingest role may do beside adding rows",
        "SELECT c.oid::regclass::text FROM pg_class AS c
        WHERE c.relnamespace::regnamespace::text IN ('public', 'sec') AND c.relkind IN ('r', 'p')
            AND has_table_privilege('midplane_ingest', c.oid, 'SELECT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')",
    ),
    (
        "something that is not the owner's",
        "SELECT o FROM (
            SELECT oid::regclass::text AS o, relowner AS owner FROM pg_class
            WHERE relnamespace::regnamespace::text IN ('public', 'sec')
            UNION ALL SELECT oid::regprocedure::text, proowner FROM pg_proc
            WHERE pronamespace::regnamespace::text IN ('public', 'sec')
            UNION ALL SELECT nspname::text, nspowner FROM pg_namespace WHERE nspname = 'sec'
        ) AS x WHERE owner <> 'midplane_owner'::regrole",
    ),
    (
        "an attribute or membership that a role of ours should not have",
        "SELECT rolname::text FROM pg_roles AS r WHERE rolname LIKE 'midplane%'
            AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication
                OR EXISTS (SELECT 1 FROM pg_auth_members AS m WHERE m.member = r.oid OR m.roleid = r.oid))",
    ),
    (
        "a unique key without the organization in front",
        "SELECT i.indexrelid::regclass::text FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
        WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique AND c.relname <> '_sqlx_migrations'
            AND a.attname <> CASE c.relname WHEN 'organization' THEN 'id' ELSE 'org_id' END",
    ),
    (
        "a foreign key that could point into another organization",
        "SELECT k.conname::text FROM pg_constraint AS k
        WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace AND NOT EXISTS (
            SELECT 1 FROM unnest(k.conkey, k.confkey) AS u (mine, theirs)
            JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.mine
            JOIN pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = u.theirs
            WHERE a.attname = 'org_id' AND (b.attname = 'org_id' OR k.confrelid = 'organization'::regclass))",
    ),
    (
        "a sequence: its numbers tell how much others do",
        "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'S'
            AND relnamespace::regnamespace::text IN ('public', 'sec')",
    ),
    (
        "a view that looks with its owner's eyes",
        "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('v', 'm')
            AND relnamespace::regnamespace::text IN ('public', 'sec')
            AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)",
    ),
    (
        "a definer's function with the caller's search path",
        "SELECT oid::regprocedure::text FROM pg_proc WHERE prosecdef
            AND pronamespace::regnamespace::text IN ('public', 'sec')
            AND NOT coalesce('search_path=\"\"' = ANY (proconfig), false)",
    ),
    (
        "a definer's function for the application that asks nobody who is calling",
        "SELECT oid::regprocedure::text FROM pg_proc WHERE prosecdef
            AND pronamespace::regnamespace::text IN ('public', 'sec')
            AND has_function_privilege('midplane_app', oid, 'EXECUTE')
            AND prosrc NOT LIKE '%sec.require_door()%' AND prosrc NOT LIKE '%sec.current_org()%'
            AND prosrc NOT LIKE '%sec.verified_token()%'",
    ),
    (
        "something that PUBLIC may call or create",
        "SELECT o FROM (
            SELECT p.oid::regprocedure::text AS o FROM pg_proc AS p
            CROSS JOIN aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
            WHERE p.pronamespace::regnamespace::text IN ('public', 'sec') AND a.grantee = 0
            UNION ALL SELECT n.nspname FROM pg_namespace AS n
            WHERE n.nspname IN ('public', 'sec') AND (
                has_schema_privilege('midplane_app', n.oid, 'CREATE') OR has_schema_privilege('midplane_ingest', n.oid, 'CREATE'))
            UNION ALL SELECT datname FROM pg_database WHERE datname = current_database() AND (
                has_database_privilege('midplane_app', oid, 'TEMPORARY') OR has_database_privilege('midplane_app', oid, 'CREATE'))
        ) AS x",
    ),
    (
        "a table that the application can truncate or hang triggers on",
        "SELECT c.oid::regclass::text FROM pg_class AS c
        WHERE c.relnamespace::regnamespace::text IN ('public', 'sec') AND c.relkind IN ('r', 'p')
            AND (has_table_privilege('midplane_app', c.oid, 'TRUNCATE, REFERENCES, TRIGGER')
                OR (c.relnamespace = 'sec'::regnamespace AND has_table_privilege('midplane_app', c.oid, 'SELECT')))",
    ),
];

#[tokio::test]
async fn pg_every_table_is_a_tenants_table() {
    let pg = testkit::postgres().await;
    // Partitions are made while the product runs; they are tables like all others.
    crate::telemetry::days(&pg.db).await;
    let mut owner = pg.connect_as("midplane_owner").await;
    let mut violations = Vec::new();
    for (rule, query) in RULES {
        for found in lines(&mut owner, query).await {
            violations.push(format!("{rule}: {found}"));
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
    let count: i64 =
        sqlx::query("SELECT count(*) FROM pg_policy").fetch_one(&mut owner).await.unwrap().get(0);
    assert!(count > 10, "the walk saw hardly anything: {count}");
}

#[tokio::test]
async fn pg_migrating_again_changes_nothing_and_a_newer_database_is_refused() {
    let pg = testkit::postgres().await;
    store::migrate::migrate(&pg.urls().owner).await.unwrap();
    let mut owner = pg.connect_as("midplane_owner").await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9999, 'from the future', true, '\\x00', 0)",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    let err = store::migrate::migrate(&pg.urls().owner).await.unwrap_err();
    assert_eq!(err.code(), "MP-PG-12", "{err:?}");
}
