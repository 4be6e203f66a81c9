//! Makes the statements of the attack: the same ones for the same seed.
//!
//! The attacker knows the schema, the victim's id, and tokens that were good elsewhere or earlier. It
//! does not know the marker. A statement is an `oracle` when its answer is a number that must be zero,
//! because it counts only what is the victim's.

use std::fmt::Write as _;

use uuid::Uuid;

use super::Table;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Select,
    Join,
    Oracle,
    Leaky,
    Token,
    Role,
    Copy,
    Function,
    Write,
    Explain,
    Session,
    Stacked,
}

impl Kind {
    /// Those that must find foreign rows where there are no policies.
    pub(crate) const READING: &[Self] = &[
        Self::Select,
        Self::Join,
        Self::Oracle,
        Self::Leaky,
        Self::Token,
        Self::Copy,
        Self::Function,
        Self::Write,
        Self::Session,
        Self::Stacked,
    ];
}

pub(crate) struct Statement {
    pub(crate) kind: Kind,
    pub(crate) sql: String,
    pub(crate) oracle: bool,
}

pub(crate) struct Tokens {
    /// Good, of the victim, but made for another connection.
    pub(crate) replayed: String,
    /// Of the victim and this connection, a second too old.
    pub(crate) expired: String,
    pub(crate) own: String,
}

pub(crate) struct Generator<'a> {
    tables: &'a [Table],
    victim: Uuid,
    attacker: Uuid,
    tokens: Tokens,
    state: u64,
}

impl<'a> Generator<'a> {
    pub(crate) fn new(tables: &'a [Table], victim: Uuid, attacker: Uuid, tokens: Tokens) -> Self {
        Self { tables, victim, attacker, tokens, state: 0x6d69_6470_6c61_6e65 }
    }

    pub(crate) fn next(&mut self) -> Statement {
        let (kind, sql) = match self.below(20) {
            0..=3 => (Kind::Select, self.select()),
            4 | 5 => (Kind::Join, self.join()),
            6 | 7 => (Kind::Oracle, self.oracle()),
            8 | 9 => (Kind::Leaky, self.leaky()),
            10..=12 => (Kind::Token, self.token()),
            13 => (Kind::Role, self.role()),
            14 => (Kind::Copy, self.copy()),
            15 => (Kind::Function, self.function()),
            16 | 17 => (Kind::Write, self.write()),
            18 => (Kind::Explain, self.explain()),
            _ if self.below(2) == 0 => (Kind::Session, self.session()),
            _ => (Kind::Stacked, self.stacked()),
        };
        Statement { kind, sql, oracle: kind == Kind::Oracle }
    }

    /// `SplitMix64`: small, and the same everywhere.
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.random() % limit as u64).unwrap_or(0)
    }

    fn pick<'b>(&mut self, from: &[&'b str]) -> &'b str {
        from[self.below(from.len())]
    }

    fn table(&mut self) -> &'a Table {
        let tables = self.tables;
        &tables[self.below(tables.len())]
    }

    fn column(&mut self, table: &'a Table) -> &'a str {
        &table.columns[self.below(table.columns.len())].0
    }

    /// A condition over table `t` that an attacker would like to be true of foreign rows.
    fn predicate(&mut self, table: &'a Table, depth: usize) -> String {
        let (victim, attacker) = (self.victim, self.attacker);
        let org = &table.organization_column;
        match self.below(if depth == 0 { 10 } else { 13 }) {
            0 => "true".to_owned(),
            1 => format!("t.{org} = '{victim}'"),
            2 => format!("t.{org} <> '{attacker}'"),
            3 => format!("t.{org} <> (SELECT sec.current_org())"),
            4 => format!("t.{org} = '{attacker}' OR 1 = 1"),
            5 => "t.ctid >= '(0,0)'::tid".to_owned(),
            6 => format!("t.{org} IN (SELECT id FROM organization)"),
            7 => format!("t.{org}::text LIKE '%{}'", self.pick(&["", "0", "a", "7", "f"])),
            8 => {
                let column = self.column(table);
                format!("t.{column} IS NOT NULL")
            }
            9 => "t::text <> ''".to_owned(),
            10 => format!("NOT ({})", self.predicate(table, depth - 1)),
            11 => {
                let (left, right) =
                    (self.predicate(table, depth - 1), self.predicate(table, depth - 1));
                let operator = self.pick(&["AND", "OR"]);
                format!("({left}) {operator} ({right})")
            }
            _ => {
                let other = self.table();
                let condition = self.predicate(other, 0);
                format!("EXISTS (SELECT 1 FROM {} AS t WHERE {condition})", other.name)
            }
        }
    }

    fn select(&mut self) -> String {
        let table = self.table();
        let (name, condition) = (&table.name, self.predicate(table, 2));
        let column = self.column(table);
        match self.below(12) {
            0..=3 => format!("SELECT * FROM {name} AS t WHERE {condition}"),
            4 => format!("SELECT t FROM ONLY {name} AS t WHERE {condition}"),
            5 => format!("SELECT t.{column} FROM {name} AS t WHERE {condition} ORDER BY 1 DESC"),
            6 => format!("SELECT row_to_json(t) FROM {name} AS t WHERE {condition}"),
            7 => format!("SELECT string_agg(t::text, '') FROM {name} AS t WHERE {condition}"),
            8 => format!("SELECT * FROM {name} AS t TABLESAMPLE SYSTEM (100) WHERE {condition}"),
            9 => format!(
                "SELECT t, lag(t) OVER (), rank() OVER (ORDER BY {column}) FROM {name} AS t"
            ),
            10 => format!(
                "WITH w AS MATERIALIZED (SELECT * FROM {name} AS t WHERE {condition}) TABLE w"
            ),
            _ => format!("TABLE {name}"),
        }
    }

    fn join(&mut self) -> String {
        let (one, two) = (self.table(), self.table());
        let condition = self.predicate(one, 1);
        let (a, b) = (&one.name, &two.name);
        let (x, y) = (&one.organization_column, &two.organization_column);
        match self.below(6) {
            0 => format!("SELECT t, u FROM {a} AS t, {b} AS u WHERE {condition}"),
            1 => format!("SELECT t, u FROM {a} AS t FULL JOIN {b} AS u ON t.{x} = u.{y}"),
            2 => format!("SELECT u FROM {a} AS t RIGHT JOIN {b} AS u ON t.{x} <> u.{y}"),
            3 => format!(
                "SELECT l FROM {a} AS t, LATERAL (SELECT u FROM {b} AS u WHERE u.{y} <> t.{x} OR true) AS l"
            ),
            4 => format!("SELECT t::text FROM {a} AS t UNION ALL SELECT u::text FROM {b} AS u"),
            _ => format!(
                "SELECT (SELECT max(u::text) FROM {b} AS u) FROM {a} AS t WHERE {condition}"
            ),
        }
    }

    fn oracle(&mut self) -> String {
        let table = self.table();
        let (name, org, victim) = (&table.name, &table.organization_column, self.victim);
        let attacker = self.attacker;
        match self.below(5) {
            0 => format!("SELECT count(*) FROM {name} WHERE {org} = '{victim}'"),
            1 => format!("SELECT count(*) FROM {name} WHERE {org} <> '{attacker}'"),
            2 => format!("SELECT count(DISTINCT {org}) - 1 FROM {name}"),
            3 => format!("SELECT (EXISTS (SELECT 1 FROM {name} WHERE {org} = '{victim}'))::int"),
            _ => {
                format!("SELECT sum(CASE WHEN {org} = '{attacker}' THEN 0 ELSE 1 END) FROM {name}")
            }
        }
    }

    /// Conditions that tell of a row by failing on it, or by what the error says.
    fn leaky(&mut self) -> String {
        let table = self.table();
        let (name, org) = (&table.name, &table.organization_column);
        let attacker = self.attacker;
        match self.below(5) {
            0 => format!(
                "SELECT 1 FROM {name} AS t WHERE t.{org} <> '{attacker}' AND (t::text)::integer = 1"
            ),
            1 => format!(
                "SELECT 1 FROM {name} AS t WHERE CASE WHEN t.{org} = '{attacker}' THEN false ELSE (t::text)::date IS NULL END"
            ),
            2 => format!(
                "SELECT 1 FROM {name} AS t WHERE t.{org} = '{attacker}' OR (row_to_json(t)::text)::bigint > 0"
            ),
            3 => format!(
                "SELECT 1 FROM {name} AS t ORDER BY CASE WHEN t.{org} = '{attacker}' THEN 0 ELSE (t::text)::integer END"
            ),
            _ => format!(
                "DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM {name} WHERE {org} <> '{attacker}' LOOP RAISE EXCEPTION '%', r; END LOOP; END $$"
            ),
        }
    }

    /// Other tokens, in every way to set one, and then a look.
    fn token(&mut self) -> String {
        let mut token = match self.below(8) {
            0 => self.tokens.replayed.clone(),
            1 => self.tokens.expired.clone(),
            2 => String::new(),
            3 => {
                // The victim's id over one's own token: the signature no longer fits.
                let own = &self.tokens.own;
                format!("{}{}{}", &own[..2], self.victim.simple(), &own[34..])
            }
            4 => {
                let mut forged = format!("01{}", self.victim.simple());
                while forged.len() < 154 {
                    let _ = write!(forged, "{:016x}", self.random());
                }
                forged[..154].to_owned()
            }
            5 => {
                let own = self.tokens.own.clone();
                let at = self.below(own.len());
                let digit = self.pick(&["0", "5", "a", "f"]);
                format!("{}{digit}{}", &own[..at], &own[at + 1..])
            }
            6 => {
                let length = self.below(154);
                self.tokens.replayed[..length].to_owned()
            }
            _ => format!("00{}", &self.tokens.own[2..]),
        };
        if self.below(10) == 0 {
            token = token.to_uppercase();
        }
        let set = match self.below(3) {
            0 => format!("SELECT set_config('midplane.token', '{token}', true)"),
            1 => format!("SET LOCAL midplane.token = '{token}'"),
            _ => format!("SET SESSION midplane.token = '{token}'"),
        };
        let select = self.select();
        format!("{set}; {select}")
    }

    fn role(&mut self) -> String {
        let name = &self.table().name;
        let first = match self.below(16) {
            0 => "SET ROLE midplane_owner".to_owned(),
            1 => "SET ROLE postgres".to_owned(),
            2 => "SET SESSION AUTHORIZATION midplane_owner".to_owned(),
            3 => "SET SESSION AUTHORIZATION postgres".to_owned(),
            4 => "RESET SESSION AUTHORIZATION; RESET ROLE".to_owned(),
            5 => "SET row_security = off".to_owned(),
            6 => format!("ALTER TABLE {name} DISABLE ROW LEVEL SECURITY"),
            7 => format!("DROP POLICY tenant ON {name}"),
            8 => format!("CREATE POLICY more ON {name} USING (true)"),
            9 => "ALTER ROLE midplane_app BYPASSRLS".to_owned(),
            10 => "GRANT midplane_owner TO midplane_app".to_owned(),
            11 => format!("CREATE VIEW public.v AS SELECT * FROM {name}; TABLE public.v"),
            12 => "CREATE TEMP TABLE organization (id uuid)".to_owned(),
            13 => "CREATE FUNCTION sec.current_org() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'".to_owned(),
            14 => "ALTER FUNCTION sec.current_org() SECURITY INVOKER".to_owned(),
            _ => "CREATE FUNCTION public.uuid_eq(uuid, uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true'".to_owned(),
        };
        format!("{first}; SELECT * FROM {name}")
    }

    fn copy(&mut self) -> String {
        let table = self.table();
        let (name, condition) = (&table.name, self.predicate(table, 1));
        // Of a parent there is nothing to copy but a query, unless policies make one of it.
        let choice = if table.is_parent { 1 + self.below(2) } else { self.below(4) };
        match choice {
            0 => format!("COPY {name} TO STDOUT"),
            1 => format!("COPY (SELECT * FROM {name} AS t WHERE {condition}) TO STDOUT"),
            2 => {
                format!("COPY (SELECT t FROM {name} AS t WHERE {condition}) TO STDOUT (FORMAT csv)")
            }
            _ => format!("COPY {name} TO STDOUT (FORMAT csv, HEADER)"),
        }
    }

    fn function(&mut self) -> String {
        let name = &self.table().name;
        let victim = self.victim;
        match self.below(20) {
            0 => "SELECT * FROM sec.organizations()".to_owned(),
            1 => "SELECT * FROM sec.find_token(convert_to('x', 'UTF8'), now())".to_owned(),
            2 => "SELECT * FROM sec.use_login_link(convert_to('x', 'UTF8'), now())".to_owned(),
            3 => format!("SELECT * FROM sec.claim_jobs('{name}', '{victim}', now(), '1 h', 100)"),
            4 => "SELECT sec.verified_token()".to_owned(),
            5 => "SELECT * FROM sec.token_key".to_owned(),
            6 => format!("SELECT query_to_xml('SELECT * FROM {name}', true, true, '')"),
            7 => format!("SELECT table_to_xml('{name}', true, true, '')"),
            8 => "SELECT schema_to_xml('public', true, true, '')".to_owned(),
            9 => format!("SELECT pg_read_file('base/{name}')"),
            10 => "SELECT * FROM pg_stats WHERE schemaname = 'public'".to_owned(),
            11 => "SELECT * FROM pg_statistic".to_owned(),
            12 => "SELECT query FROM pg_stat_activity".to_owned(),
            13 => format!("SELECT sec.protect('{name}')"),
            14 => "SELECT * FROM pg_stat_statements".to_owned(),
            15 => "SELECT lo_import('/etc/passwd')".to_owned(),
            16 => format!(
                "SELECT query_to_xml('SELECT * FROM {name} WHERE true OR org_id = ''{victim}''', true, true, '')"
            ),
            17 => "SELECT database_to_xml(true, true, '')".to_owned(),
            18 => "SELECT * FROM pg_authid".to_owned(),
            _ => format!(
                "SELECT pg_get_viewdef('{name}'::regclass), obj_description('{name}'::regclass)"
            ),
        }
    }

    fn write(&mut self) -> String {
        let (table, other) = (self.table(), self.table());
        let (name, org, victim) = (&table.name, &table.organization_column, self.victim);
        let (condition, column) = (self.predicate(table, 1), self.column(table));
        let attacker = self.attacker;
        match self.below(10) {
            0 => {
                format!("UPDATE {name} AS t SET {org} = '{attacker}' WHERE {condition} RETURNING t")
            }
            1 => {
                format!("UPDATE {name} AS t SET {column} = {column} WHERE {condition} RETURNING t")
            }
            2 => format!(
                "UPDATE {name} AS t SET {column} = t.{column} FROM {} AS u WHERE true RETURNING t, u",
                other.name
            ),
            3 => format!("DELETE FROM {name} AS t WHERE {condition} RETURNING t"),
            4 => format!(
                "DELETE FROM {name} AS t USING {} AS u WHERE t.{org} = '{victim}' RETURNING t, u",
                other.name
            ),
            5 => format!(
                "INSERT INTO {name} SELECT * FROM {name} AS t WHERE {condition} ON CONFLICT DO NOTHING RETURNING *"
            ),
            6 => format!("UPDATE {name} SET {org} = '{victim}'"),
            7 => format!(
                "MERGE INTO {name} AS t USING {} AS u ON true WHEN MATCHED THEN DELETE; TABLE {name}",
                other.name
            ),
            8 => format!("TRUNCATE {name} CASCADE"),
            _ => format!("SELECT * FROM {name} AS t WHERE {condition} FOR UPDATE"),
        }
    }

    fn explain(&mut self) -> String {
        let select = self.select();
        let options = self.pick(&[
            "",
            "(VERBOSE)",
            "(ANALYZE)",
            "(ANALYZE, VERBOSE, BUFFERS)",
            "(FORMAT json)",
        ]);
        let settings = self.pick(&[
            "",
            "SET LOCAL enable_seqscan = off; ",
            "SET LOCAL plan_cache_mode = force_generic_plan; ",
        ]);
        format!("{settings}EXPLAIN {options} {select}")
    }

    fn session(&mut self) -> String {
        let table = self.table();
        let (name, condition) = (&table.name, self.predicate(table, 1));
        match self.below(4) {
            0 => format!(
                "DECLARE c SCROLL CURSOR FOR SELECT * FROM {name} AS t WHERE {condition}; FETCH ALL FROM c"
            ),
            1 => format!("PREPARE p AS SELECT * FROM {name} AS t WHERE {condition}; EXECUTE p"),
            2 => format!(
                "SAVEPOINT s; SELECT * FROM {name}; ROLLBACK TO s; SELECT * FROM {name} AS t WHERE {condition}"
            ),
            _ => format!(
                "SET LOCAL search_path = pg_temp, public, sec; SELECT * FROM {name} AS t WHERE {condition}"
            ),
        }
    }

    /// Out of the transaction, where there is no token.
    fn stacked(&mut self) -> String {
        let select = self.select();
        let end = self.pick(&[
            "COMMIT",
            "ROLLBACK",
            "COMMIT AND CHAIN",
            "ROLLBACK; BEGIN ISOLATION LEVEL SERIALIZABLE",
        ]);
        format!("{end}; {select}")
    }
}
