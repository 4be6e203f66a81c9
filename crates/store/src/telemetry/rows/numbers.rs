//! The names of a batch as numbers of the organization: which are needed, and each looked up once.
//!
//! A batch names its routes and nodes thousands of times, so what is asked for every step is an index into a vector.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};

use telemetry::model::{Batch, CamelId, Message, Name, Names, Record};

use crate::telemetry::NameId;
use crate::telemetry::name::{self, Kind, Known};
use crate::telemetry::pack::Naming;

/// One more than the largest number of a kind.
const KINDS: usize = 1 + Kind::ALL.len();

/// Which names are needed as what, a bit for each kind.
struct Marks(Vec<u8>);

impl Marks {
    fn need(&mut self, kind: Kind, name: Name) {
        if let Some(marks) = self.0.get_mut(name.0 as usize) {
            *marks |= 1 << (kind as u8);
        }
    }

    fn may_need(&mut self, kind: Kind, name: Option<Name>) {
        if let Some(name) = name {
            self.need(kind, name);
        }
    }

    fn message(&mut self, message: &Message) {
        self.need(Kind::Route, message.route);
        self.may_need(Kind::Other, message.from);
        self.may_need(Kind::Node, message.failed_node);
        if let CamelId::Counted { prefix, .. } = message.exchange {
            self.need(Kind::Other, prefix);
        }
        for (key, _) in &message.attributes {
            self.need(Kind::Attribute, *key);
        }
        if let Some(fault) = &message.fault {
            self.need(Kind::Class, fault.class);
            self.may_need(Kind::Class, fault.outer_class);
        }
        for step in &message.steps {
            self.need(Kind::Route, step.route);
            self.need(Kind::Node, step.node);
        }
    }

    fn record(&mut self, record: &Record) {
        match record {
            Record::Message(message) => self.message(message),
            Record::Payload(payload) => {
                self.may_need(Kind::Other, payload.content_type);
                self.may_need(Kind::Other, payload.class);
            }
            Record::Log(log) => {
                self.may_need(Kind::Other, log.logger);
                self.may_need(Kind::Other, log.thread);
                self.may_need(Kind::Route, log.route);
                self.may_need(Kind::Node, log.node);
            }
            Record::Rollup(rollup) => {
                self.need(Kind::Route, rollup.route);
                self.may_need(Kind::Node, rollup.node);
            }
            Record::Route(model) => self.need(Kind::Route, model.route),
            Record::Dropped(report) => self.may_need(Kind::Route, report.route),
            Record::Produced(_) | Record::Lost(_) => {}
        }
    }
}

/// The names of the batch that become numbers, with their kinds.
pub fn needed(batch: &Batch) -> BTreeSet<(Kind, String)> {
    let mut marks = Marks(vec![0; batch.names.len()]);
    let mut structures = BTreeSet::new();
    for record in &batch.records {
        marks.record(record);
        if let Record::Message(message) = record {
            structures.insert(message.structure);
        }
    }
    let mut all = BTreeSet::new();
    for (name, text) in batch.names.iter() {
        let marked = marks.0[name.0 as usize];
        for kind in Kind::ALL.iter().filter(|kind| marked & (1 << (**kind as u8)) != 0) {
            all.insert((*kind, name::cut(text).to_owned()));
        }
    }
    for hash in structures.into_iter().chain([batch.origin.trace_base]) {
        all.insert((Kind::Other, hash_name(hash)));
    }
    all
}

/// A hash or a random number as a name: many messages share a few, and the name's number is shorter.
pub fn hash_name(hash: u64) -> String {
    format!("{hash:016x}")
}

/// What stands for a number that was not looked up yet.
const UNKNOWN: i32 = -1;

pub(super) struct Numbers<'a> {
    names: &'a Names,
    known: &'a Known,
    /// For each name of the batch its number as each kind.
    found: Vec<[Cell<i32>; KINDS]>,
    hashes: RefCell<HashMap<u64, NameId>>,
}

impl<'a> Numbers<'a> {
    pub(super) fn new(names: &'a Names, known: &'a Known) -> Self {
        let found = (0..names.len()).map(|_| [const { Cell::new(UNKNOWN) }; KINDS]).collect();
        Self { names, known, found, hashes: RefCell::default() }
    }

    fn look_up(&self, kind: Kind, text: &str) -> NameId {
        let key = (kind, name::cut(text).to_owned());
        self.known.get(&key).copied().unwrap_or(NameId(0))
    }

    pub(super) fn maybe(&self, kind: Kind, name: Option<Name>) -> Option<i32> {
        name.map(|name| self.number(kind, name).0)
    }

    pub(super) fn hash(&self, hash: u64) -> NameId {
        let mut hashes = self.hashes.borrow_mut();
        *hashes.entry(hash).or_insert_with(|| self.look_up(Kind::Other, &hash_name(hash)))
    }
}

impl<'a> Naming<'a> for Numbers<'a> {
    fn number(&self, kind: Kind, name: Name) -> NameId {
        let Some(found) = self.found.get(name.0 as usize) else { return NameId(0) };
        let found = &found[kind as usize];
        if found.get() == UNKNOWN {
            found.set(self.look_up(kind, self.names.text(name)).0);
        }
        NameId(found.get())
    }

    fn text(&self, name: Name) -> &'a str {
        self.names.text(name)
    }
}
