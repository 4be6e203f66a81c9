//! From the wire to flushed and searchable: steps for each second of CPU, where it goes, and bytes at rest.

use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor as _};
use store::telemetry::DEFAULT_RETENTION;
use telemetry::block::{self, Class};
use telemetry::generate::fleet::{Carries, Fleet, STEPS};
use telemetry::model::Sequence;

use crate::intake::Intake;
use crate::server::{DAY_US, Server};
use crate::{cpu, naive};

/// A runner closes a block at so many records.
const BLOCK: u32 = 512;
/// Blocks of one transaction when ingest is behind.
const GROUP: usize = 8;
/// The peer is ten times slower.
const NAIVE_PART: u32 = 8;

const TABLES: &str = "^(message|message_token|message_payload)_r";

pub(crate) async fn run(folder: &Path, steps: u64) -> Value {
    // What an earlier run left would be in the way of the sizes.
    let _ = std::fs::remove_dir_all(folder);
    let server = Server::start(folder).await;
    let messages = u32::try_from(steps / u64::from(STEPS)).unwrap();
    let plain = Carries { attributes: false, body_each: 0 };
    let blocks = encoded(messages, plain);
    let wire: usize = blocks.iter().map(Vec::len).sum();
    // Connections, plans and names are there before the clock starts.
    let place = server.place(DEFAULT_RETENTION, 1).await;
    Intake::new(&server, place, false).store_blocks(&encoded(BLOCK, plain)).await;

    let before = server.size(TABLES).await;
    let place = server.place(DEFAULT_RETENTION, 1).await;
    let mut intake = Intake::new(&server, place, false);
    let (own, postgres, clock) = (cpu::own_s(), server.postgres_cpu_s(), Instant::now());
    for group in blocks.chunks(GROUP) {
        intake.store_blocks(group).await;
    }
    let wall = clock.elapsed().as_secs_f64();
    let (own, postgres) = (cpu::own_s() - own, server.postgres_cpu_s() - postgres);
    let bytes = (server.size(TABLES).await - before) / steps as f64;
    let cost = intake.cost;
    let (bare_s, indexed_s) = copies(&server).await;

    // The same with two attributes for each message: what looking up by key costs.
    let carries = Carries { attributes: true, body_each: 0 };
    let some = encoded(messages / 4, carries);
    let before = server.size(TABLES).await;
    let place = server.place(DEFAULT_RETENTION, 1).await;
    let mut intake = Intake::new(&server, place, false);
    let keyed = cpu::own_s() + server.postgres_cpu_s();
    for group in some.chunks(GROUP) {
        intake.store_blocks(group).await;
    }
    let keyed = cpu::own_s() + server.postgres_cpu_s() - keyed;
    let keyed_steps = f64::from(messages / 4 * STEPS);
    let keyed_bytes = (server.size(TABLES).await - before) / keyed_steps;

    let peer = blocks.len() / NAIVE_PART as usize;
    let (naive_rate, naive_bytes) = naive_peer(&server, &blocks[..peer.max(1)]).await;
    let each_us = |seconds: f64| seconds * 1e6 / f64::from(messages);
    json!({
        "steps_per_core_s": steps as f64 / (own + postgres),
        "bytes_per_step": bytes,
        "wire_bytes_per_message": wire as f64 / f64::from(messages),
        "wall_steps_s": steps as f64 / wall,
        "keyed_steps_per_core_s": keyed_steps / keyed,
        "keyed_bytes_per_step": keyed_bytes,
        "decode_us": each_us(cost.decode),
        "rows_us": each_us(cost.rows),
        "send_us": each_us(own - cost.decode - cost.rows),
        "postgres_us": each_us(postgres),
        "heap_us": each_us(bare_s),
        "index_us": each_us(indexed_s - bare_s),
        "naive_steps_per_core_s": naive_rate,
        "naive_bytes_per_step": naive_bytes,
    })
}

/// What a runner sends, encoded before any clock starts: the last ten minutes of a busy integration.
fn encoded(messages: u32, carries: Carries) -> Vec<Vec<u8>> {
    let now = u64::try_from(jiff::Timestamp::now().as_microsecond()).unwrap();
    let apart_us = (600_000_000 / u64::from(messages)).max(1);
    let from_us = now - apart_us * u64::from(messages);
    // A day begins somewhere in between, once in a while: its partition is there too.
    assert!(from_us > now - DAY_US);
    let mut fleet = Fleet::new(u64::from(messages), carries, 0);
    (0..messages.div_ceil(BLOCK))
        .map(|at| {
            let first = at * BLOCK;
            let start = from_us + apart_us * u64::from(first);
            let batch = fleet.batch(BLOCK.min(messages - first), start, apart_us);
            let sequence = Sequence { epoch: 1, number: u64::from(at) + 1 };
            block::encode(Class::Routine, sequence, &batch).unwrap()
        })
        .collect()
}

/// The stored messages copied once more inside the server, without indexes and with them: CPU of both.
async fn copies(server: &Server) -> (f64, f64) {
    let mut owner = server.owner().await;
    let mut found = [0.0; 2];
    for (at, including) in ["", "INCLUDING INDEXES"].into_iter().enumerate() {
        let make = format!("CREATE TABLE sec.copied (LIKE public.message {including})");
        owner.execute(AssertSqlSafe(make)).await.unwrap();
        let before = server.postgres_cpu_s();
        owner.execute("INSERT INTO sec.copied SELECT * FROM public.message").await.unwrap();
        found[at] = server.postgres_cpu_s() - before;
        owner.execute("DROP TABLE sec.copied").await.unwrap();
    }
    (found[0], found[1])
}

async fn naive_peer(server: &Server, blocks: &[Vec<u8>]) -> (f64, f64) {
    let mut owner = server.owner().await;
    naive::make(&mut owner).await;
    let before = cpu::own_s() + server.postgres_cpu_s();
    let mut rows = 0;
    for bytes in blocks {
        let (_, batch) = block::decode(bytes, block::Budget::default()).unwrap();
        // A message has a row too, and it counts as a step.
        rows += batch.records.len() * (STEPS as usize + 1);
        naive::store(&mut owner, &batch).await;
    }
    let cpu = cpu::own_s() + server.postgres_cpu_s() - before;
    (rows as f64 / cpu, naive::bytes(&mut owner).await as f64 / rows as f64)
}
