//! One transaction of the ingest role: the ledger, then the rows of one or more batches.
//!
//! ```text
//! Writer::begin -> take(batch)? -> insert(rows)   again for the next batch   -> commit: flushed, so it may be acknowledged
//! ```
//! Rows go in as whole columns (`INSERT .. SELECT FROM unnest`), not with COPY: COPY is refused on tables with row-level
//! security unless a role may bypass it, and no role of ours may. So PostgreSQL itself checks the organization of every
//! row, once for each statement. The role can insert and call a few functions that act for its organization; it reads
//! nothing.

use std::collections::BTreeSet;

use domain::id::OrganizationId;

use super::rows::{Failure, Rows};
use super::{Agent, Instant, OriginId, count};
use crate::open::Open;
use crate::time::Time;
use crate::{Db, Error, tx};

#[derive(Debug)]
pub struct Writer {
    inner: Open,
    organization: OrganizationId,
}

/// What is added up first; see `rollup`.
const TEN_US: u64 = 600_000_000;

fn instants(us: &[u64]) -> Vec<Instant> {
    us.iter().copied().map(Instant).collect()
}

impl Writer {
    pub async fn begin(db: &Db, organization: OrganizationId) -> Result<Self, Error> {
        let inner = tx::begin_ingest(db, organization).await?;
        Ok(Self { inner, organization })
    }

    /// Claims a batch; `false` when it was stored before. A second writer of the same agent waits here for the first.
    pub async fn take(
        &mut self,
        agent: Agent,
        number: u64,
        now: jiff::Timestamp,
    ) -> Result<bool, Error> {
        sqlx::query_scalar("SELECT sec.telemetry_take($1, $2, $3, $4)")
            .bind(agent.runtime.0)
            .bind(count(agent.epoch))
            .bind(count(number))
            .bind(Time::from(now))
            .fetch_one(&mut *self.inner)
            .await
            .map_err(Error::doing("claim a batch"))
    }

    pub async fn insert(
        &mut self,
        agent: Agent,
        origin: OriginId,
        retention: i16,
        rows: &Rows,
        now: jiff::Timestamp,
    ) -> Result<(), Error> {
        self.messages(origin, retention, rows).await?;
        self.payloads(origin, retention, rows).await?;
        self.tokens(retention, rows).await?;
        self.logs(origin, retention, rows).await?;
        self.rollups(origin, retention, rows).await?;
        self.accounts(agent, origin, retention, rows).await?;
        self.routes(origin, rows, now).await?;
        self.failures(origin, &rows.failures).await
    }

    /// Returns when the rows are on disk (`synchronous_commit` is on for this role's sessions).
    pub async fn commit(self) -> Result<(), Error> {
        self.inner.commit().await.map_err(Error::doing("commit telemetry"))
    }

    async fn messages(
        &mut self,
        origin: OriginId,
        retention: i16,
        rows: &Rows,
    ) -> Result<(), Error> {
        let rows = &rows.messages;
        if rows.low.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO message (org_id, started_at, low, duration_us, fingerprint, origin, route, steps, flags, node,
                class, retention, outcome, packed)
            SELECT $1, r.started_at, r.low, r.duration_us, r.fingerprint, $2, r.route, r.steps, r.flags, r.node,
                r.class, $3, r.outcome, r.packed
            FROM unnest($4::timestamptz[], $5::bigint[], $6::bigint[], $7::bigint[], $8::integer[], $9::integer[],
                $10::integer[], $11::integer[], $12::integer[], $13::smallint[], $14::bytea[])
            AS r (started_at, low, duration_us, fingerprint, route, steps, flags, node, class, outcome, packed)",
        )
        .bind(self.organization.0)
        .bind(origin.0)
        .bind(retention)
        .bind(instants(&rows.started_us))
        .bind(&rows.low)
        .bind(&rows.duration_us)
        .bind(&rows.fingerprint)
        .bind(&rows.route)
        .bind(&rows.steps)
        .bind(&rows.flags)
        .bind(&rows.node)
        .bind(&rows.class)
        .bind(&rows.outcome)
        .bind(&rows.packed)
        .execute(&mut *self.inner)
        .await
        .map(drop)
        .map_err(Error::doing("insert messages"))
    }

    async fn payloads(
        &mut self,
        origin: OriginId,
        retention: i16,
        rows: &Rows,
    ) -> Result<(), Error> {
        let rows = &rows.payloads;
        if rows.low.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO message_payload (org_id, started_at, low, full_size, hash, step, flags, content_type, class,
                dictionary, origin, retention, point, kind, headers, body)
            SELECT $1, r.started_at, r.low, r.full_size, r.hash, r.step, r.flags, r.content_type, r.class, r.dictionary,
                $2, $3, r.point, r.kind, r.headers, r.body
            FROM unnest($4::timestamptz[], $5::bigint[], $6::bigint[], $7::bigint[], $8::integer[], $9::integer[],
                $10::integer[], $11::integer[], $12::integer[], $13::smallint[], $14::smallint[], $15::bytea[],
                $16::bytea[])
            AS r (started_at, low, full_size, hash, step, flags, content_type, class, dictionary, point, kind, headers,
                body)",
        )
        .bind(self.organization.0)
        .bind(origin.0)
        .bind(retention)
        .bind(instants(&rows.started_us))
        .bind(&rows.low)
        .bind(&rows.full_size)
        .bind(&rows.hash)
        .bind(&rows.step)
        .bind(&rows.flags)
        .bind(&rows.content_type)
        .bind(&rows.class)
        .bind(&rows.dictionary)
        .bind(&rows.point)
        .bind(&rows.kind)
        .bind(&rows.headers)
        .bind(&rows.body)
        .execute(&mut *self.inner)
        .await
        .map(drop)
        .map_err(Error::doing("insert payloads"))
    }

    async fn tokens(&mut self, retention: i16, rows: &Rows) -> Result<(), Error> {
        let rows = &rows.tokens;
        if rows.low.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO message_token (org_id, started_at, low, token, retention)
            SELECT $1, r.started_at, r.low, r.token, $2
            FROM unnest($3::timestamptz[], $4::bigint[], $5::bigint[]) AS r (started_at, low, token)",
        )
        .bind(self.organization.0)
        .bind(retention)
        .bind(instants(&rows.started_us))
        .bind(&rows.low)
        .bind(&rows.token)
        .execute(&mut *self.inner)
        .await
        .map(drop)
        .map_err(Error::doing("insert tokens"))
    }

    async fn logs(&mut self, origin: OriginId, retention: i16, rows: &Rows) -> Result<(), Error> {
        let rows = &rows.logs;
        if rows.at_us.is_empty() {
            return Ok(());
        }
        let messages: Vec<Option<Instant>> =
            rows.message_us.iter().map(|us| us.map(Instant)).collect();
        sqlx::query(
            "INSERT INTO telemetry_log (org_id, started_at, message_started_at, message_low, origin, logger, thread, route,
                node, retention, level, source, body, stack)
            SELECT $1, r.started_at, r.message_at, r.message_low, $2, r.logger, r.thread, r.route, r.node, $3, r.level,
                r.source, r.body, r.stack
            FROM unnest($4::timestamptz[], $5::timestamptz[], $6::bigint[], $7::integer[], $8::integer[], $9::integer[],
                $10::integer[], $11::smallint[], $12::smallint[], $13::text[], $14::text[])
            AS r (started_at, message_at, message_low, logger, thread, route, node, level, source, body, stack)",
        )
        .bind(self.organization.0)
        .bind(origin.0)
        .bind(retention)
        .bind(instants(&rows.at_us))
        .bind(messages)
        .bind(&rows.message_low)
        .bind(&rows.logger)
        .bind(&rows.thread)
        .bind(&rows.route)
        .bind(&rows.node)
        .bind(&rows.level)
        .bind(&rows.source)
        .bind(&rows.body)
        .bind(&rows.stack)
        .execute(&mut *self.inner)
        .await
        .map(drop)
        .map_err(Error::doing("insert log lines"))
    }

    async fn rollups(
        &mut self,
        origin: OriginId,
        retention: i16,
        rows: &Rows,
    ) -> Result<(), Error> {
        let rows = &rows.rollups;
        if rows.count.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO telemetry_rollup (org_id, started_at, count, failed, handled, duration_sum_us, duration_max_us,
                origin, route, node, retention, histogram, nodes)
            SELECT $1, r.started_at, r.count, r.failed, r.handled, r.sum, r.max, $2, r.route, 0, $3, r.histogram, r.nodes
            FROM unnest($4::timestamptz[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
                $10::integer[], $11::bytea[], $12::bytea[])
            AS r (started_at, count, failed, handled, sum, max, route, histogram, nodes)",
        )
        .bind(self.organization.0)
        .bind(origin.0)
        .bind(retention)
        .bind(instants(&rows.started_us))
        .bind(&rows.count)
        .bind(&rows.failed)
        .bind(&rows.handled)
        .bind(&rows.sum_us)
        .bind(&rows.max_us)
        .bind(&rows.route)
        .bind(&rows.histogram)
        .bind(&rows.nodes)
        .execute(&mut *self.inner)
        .await
        .map_err(Error::doing("insert rollups"))?;
        let tens: BTreeSet<u64> = rows.started_us.iter().map(|us| us - us % TEN_US).collect();
        sqlx::query("SELECT sec.telemetry_touch($1)")
            .bind(tens.into_iter().map(Instant).collect::<Vec<_>>())
            .execute(&mut *self.inner)
            .await
            .map(drop)
            .map_err(Error::doing("mark minutes that changed"))
    }

    async fn accounts(
        &mut self,
        agent: Agent,
        origin: OriginId,
        retention: i16,
        rows: &Rows,
    ) -> Result<(), Error> {
        let rows = &rows.accounts;
        if rows.count.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO telemetry_account (org_id, started_at, ended_at, runtime_id, epoch, count, origin, route,
                retention, entry, kind, stage, reason)
            SELECT $1, r.started_at, r.ended_at, $2, $3, r.count, $4, r.route, $5, r.entry, r.kind, r.stage, r.reason
            FROM unnest($6::timestamptz[], $7::timestamptz[], $8::bigint[], $9::integer[], $10::smallint[],
                $11::smallint[], $12::smallint[], $13::smallint[])
            AS r (started_at, ended_at, count, route, entry, kind, stage, reason)",
        )
        .bind(self.organization.0)
        .bind(agent.runtime.0)
        .bind(count(agent.epoch))
        .bind(origin.0)
        .bind(retention)
        .bind(instants(&rows.from_us))
        .bind(instants(&rows.to_us))
        .bind(&rows.count)
        .bind(&rows.route)
        .bind(&rows.entry)
        .bind(&rows.kind)
        .bind(&rows.stage)
        .bind(&rows.reason)
        .execute(&mut *self.inner)
        .await
        .map(drop)
        .map_err(Error::doing("insert accounts"))
    }

    async fn routes(
        &mut self,
        origin: OriginId,
        rows: &Rows,
        now: jiff::Timestamp,
    ) -> Result<(), Error> {
        let rows = &rows.routes;
        if rows.route.is_empty() {
            return Ok(());
        }
        sqlx::query("SELECT sec.telemetry_routes($1, $2, $3, $4, $5)")
            .bind(origin.0)
            .bind(&rows.route)
            .bind(&rows.structure)
            .bind(Time::from(now))
            .bind(&rows.packed)
            .execute(&mut *self.inner)
            .await
            .map(drop)
            .map_err(Error::doing("insert routes"))
    }

    async fn failures(&mut self, origin: OriginId, groups: &[Failure]) -> Result<(), Error> {
        if groups.is_empty() {
            return Ok(());
        }
        fn column<T>(groups: &[Failure], of: impl Fn(&Failure) -> T) -> Vec<T> {
            groups.iter().map(of).collect()
        }
        sqlx::query(
            "SELECT sec.telemetry_failures($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(origin.0)
        .bind(column(groups, |group| group.fingerprint))
        .bind(column(groups, |group| group.route))
        .bind(column(groups, |group| group.node))
        .bind(column(groups, |group| group.class))
        .bind(column(groups, |group| group.message.clone()))
        .bind(column(groups, |group| group.count))
        .bind(column(groups, |group| group.handled))
        .bind(column(groups, |group| Instant(group.first_us)))
        .bind(column(groups, |group| group.first_low))
        .bind(column(groups, |group| Instant(group.last_us)))
        .bind(column(groups, |group| group.last_low))
        .execute(&mut *self.inner)
        .await
        .map(drop)
        .map_err(Error::doing("count failures"))
    }
}
