//! The peer: one row for each step, with text columns and two indexes, as a port of span tables gives it.
//!
//! It is written with COPY by the tables' owner, without row-level security and without a ledger: the fastest that PostgreSQL
//! offers, so that what is compared is the layout.

use std::fmt::Write as _;

use sqlx::{Executor as _, PgConnection};
use telemetry::model::{Batch, Body, Message, Outcome, Record};

use crate::server::ORGANIZATION;

pub(crate) async fn make(owner: &mut PgConnection) {
    owner
        .execute(
            "DROP TABLE IF EXISTS sec.naive;
            CREATE TABLE sec.naive (org_id uuid, trace_id text, span_id text, parent text, integration text, environment text,
            route text, node text, started_at timestamptz, duration_us bigint, status text, attributes text);
            CREATE INDEX ON sec.naive (org_id, route, started_at); CREATE INDEX ON sec.naive (trace_id)",
        )
        .await
        .unwrap();
}

pub(crate) async fn store(owner: &mut PgConnection, batch: &Batch) {
    let text = rows(batch);
    let mut copy = owner.copy_in_raw("COPY sec.naive FROM STDIN").await.unwrap();
    copy.send(text.as_bytes()).await.unwrap();
    copy.finish().await.unwrap();
}

pub(crate) async fn bytes(owner: &mut PgConnection) -> i64 {
    let query = "SELECT pg_total_relation_size('sec.naive')";
    sqlx::query_scalar(query).fetch_one(owner).await.unwrap()
}

/// Lines of COPY: the message itself first, then its steps; a body is an attribute of the message.
fn rows(batch: &Batch) -> String {
    let mut out = String::with_capacity(batch.records.len() * 2_000);
    let mut body = String::new();
    for record in &batch.records {
        match record {
            Record::Payload(payload) => {
                if let Body::Bytes(bytes) = &payload.body {
                    body = String::from_utf8_lossy(bytes).into_owned();
                }
            }
            Record::Message(message) => lines(&mut out, batch, message, &std::mem::take(&mut body)),
            _ => {}
        }
    }
    out
}

fn lines(out: &mut String, batch: &Batch, message: &Message, body: &str) {
    let names = &batch.names;
    let trace = message.id.to_u128();
    let route = names.text(message.route);
    let status = if message.outcome == Outcome::Failed { "failed" } else { "ok" };
    let mut attributes = format!("exchange={}", message.id.count);
    for (key, value) in &message.attributes {
        let _ = write!(attributes, ",{}={value}", names.text(*key));
    }
    if !body.is_empty() {
        let _ = write!(attributes, ",body={body}");
    }
    let mut line = |span: u32, parent: u32, node: &str, start: u64, duration: u64, status, more| {
        let at = instant(message.id.started_us + start);
        let parent = if span == 0 { String::new() } else { format!("{parent:016x}") };
        let (organization, origin) = (ORGANIZATION.0, &batch.origin);
        let _ = writeln!(
            out,
            "{organization}\t{trace:032x}\t{span:016x}\t{parent}\t{}\t{}\t{route}\t{node}\t{at}\t{duration}\t{status}\t{more}",
            origin.integration, origin.environment
        );
    };
    line(0, 0, "", 0, message.duration_us, status, attributes.as_str());
    for step in &message.steps {
        let (node, duration) = (names.text(step.node), step.duration_us);
        line(step.sequence, step.parent, node, step.start_us, duration, "ok", "thread=worker-1");
    }
}

fn instant(us: u64) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(us.cast_signed()).unwrap()
}
