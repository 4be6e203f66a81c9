//! The first frame of a tracer: who it is, and proof that it may say so.

use std::collections::BTreeMap;
use std::fmt;

use super::wire::{Malformed, Reader, Writer};

/// One life of one tracer: 8 random bytes made when it is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instance(pub u64);

/// Facts are a dozen; a hostile peer gets no more.
const FACTS_MAX: usize = 64;

#[derive(Clone, PartialEq, Eq)]
pub struct Hello {
    pub oldest: u16,
    pub newest: u16,
    pub instance: Instance,
    pub pid: u64,
    /// When the tracer was installed, microseconds since 1970.
    pub started_us: u64,
    /// What the runner gave to this workload; never printed.
    pub token: String,
    /// `name`, `camel`, `java`, `runtime`, `tracer`, `host`: words for people, all of them optional.
    pub facts: BTreeMap<String, String>,
}

impl fmt::Debug for Hello {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hello")
            .field("oldest", &self.oldest)
            .field("newest", &self.newest)
            .field("instance", &self.instance)
            .field("pid", &self.pid)
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}

impl Hello {
    /// The version to speak: the newest that both know.
    pub fn agree(&self, oldest: u16, newest: u16) -> Option<u16> {
        let version = self.newest.min(newest);
        (version >= self.oldest && version >= oldest).then_some(version)
    }

    pub(super) fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (oldest, newest) = (r.u16("oldest version")?, r.u16("newest version")?);
        let instance = Instance(r.u64("instance")?);
        let pid = r.varint("pid")?;
        let started_us = r.varint("start")?;
        let token = r.text("token")?;
        let facts = r.many(FACTS_MAX, "facts", |r| Ok((r.text("fact")?, r.text("fact")?)))?;
        let facts = facts.into_iter().collect();
        Ok(Self { oldest, newest, instance, pid, started_us, token, facts })
    }

    pub(super) fn encode(&self, w: &mut Writer<'_>) {
        w.bytes(&self.oldest.to_le_bytes());
        w.bytes(&self.newest.to_le_bytes());
        w.bytes(&self.instance.0.to_le_bytes());
        w.varint(self.pid);
        w.varint(self.started_us);
        w.text(&self.token);
        w.count(self.facts.len());
        for (name, value) in &self.facts {
            w.text(name);
            w.text(value);
        }
    }
}
