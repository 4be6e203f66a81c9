//! The way of batches into the store, as the control plane's ingest goes it, and what each part of the way costs.

use std::collections::BTreeSet;

use store::Tx;
use store::telemetry::dictionary::Squeeze;
use store::telemetry::name::{self, Kind, Known};
use store::telemetry::rows::{self, Draft, Policy, Rows};
use store::telemetry::write::Writer;
use telemetry::block::{self, Budget};
use telemetry::model::Batch;

use crate::cpu::adding;
use crate::server::{Place, Server};

pub(crate) struct Intake<'a> {
    server: &'a Server,
    place: Place,
    index_words: bool,
    known: Known,
    paths: Known,
    number: u64,
    pub(crate) cost: Cost,
}

/// Seconds of this process's CPU.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    pub(crate) decode: f64,
    pub(crate) rows: f64,
}

impl<'a> Intake<'a> {
    pub(crate) fn new(server: &'a Server, place: Place, index_words: bool) -> Self {
        let (known, paths) = (Known::new(), Known::new());
        Self { server, place, index_words, known, paths, number: 0, cost: Cost::default() }
    }

    /// Blocks as they came by the wire, in one transaction.
    pub(crate) async fn store_blocks(&mut self, blocks: &[Vec<u8>]) {
        let mut batches = Vec::with_capacity(blocks.len());
        for bytes in blocks {
            let decode = || block::decode(bytes, Budget::default()).unwrap().1;
            batches.push(adding(&mut self.cost.decode, decode));
        }
        self.store(&batches).await;
    }

    pub(crate) async fn store(&mut self, batches: &[Batch]) {
        let mut all = Vec::with_capacity(batches.len());
        for batch in batches {
            all.push(self.rows(batch).await);
        }
        let Place { agent, origin, class } = self.place;
        let now = jiff::Timestamp::now();
        let mut writer = Writer::begin(&self.server.db, self.server.organization).await.unwrap();
        for rows in &all {
            self.number += 1;
            assert!(writer.take(agent, self.number, now).await.unwrap());
            writer.insert(agent, origin, class, rows, now).await.unwrap();
        }
        writer.commit().await.unwrap();
    }

    async fn rows(&mut self, batch: &Batch) -> Rows {
        let wanted = adding(&mut self.cost.rows, || rows::needed(batch));
        learn(self.server, &mut self.known, wanted).await;
        let now_us = u64::try_from(jiff::Timestamp::now().as_microsecond()).unwrap();
        let policy = Policy {
            organization: self.server.organization,
            origin: self.place.origin,
            retention: self.place.class,
            index_words: self.index_words,
            now_us,
        };
        let draft = adding(&mut self.cost.rows, || Draft::new(batch, &self.known));
        // Every path comes often here.
        let paths = draft.paths().map(|(path, _)| (Kind::Path, path.to_owned())).collect();
        learn(self.server, &mut self.paths, paths).await;
        adding(&mut self.cost.rows, || draft.build(&self.paths, policy, &mut Squeeze::new(None)))
    }
}

/// Numbers of the names that `known` lacks.
async fn learn(server: &Server, known: &mut Known, wanted: BTreeSet<(Kind, String)>) {
    let missing: Vec<(Kind, &str)> = wanted
        .iter()
        .filter(|key| !known.contains_key(*key))
        .map(|(kind, text)| (*kind, text.as_str()))
        .collect();
    if missing.is_empty() {
        return;
    }
    let mut tx = Tx::system(&server.db, server.organization).await.unwrap();
    let found = name::ensure(&mut tx, &missing).await.unwrap();
    tx.commit().await.unwrap();
    known.extend(found);
}
