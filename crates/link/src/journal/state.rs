//! What a journal says: the fold over its entries. Pure.

use std::collections::BTreeMap;

use prost::Message;

use crate::wire;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct State {
    pub(super) last_command_seq: u64,
    pub(super) last_event_seq: u64,
    /// Accepted, without a result; by sequence number.
    pub(super) commands: BTreeMap<u64, wire::Command>,
    /// Not known to be stored by the server.
    pub(super) events: BTreeMap<u64, wire::Event>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Entry {
    Command(wire::Command),
    Event(wire::Event),
    Trim(u64),
    /// Where the numbers stood when the file was rewritten.
    Mark(Mark),
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Mark {
    #[prost(uint64, tag = "1")]
    pub(super) last_command_seq: u64,
    #[prost(uint64, tag = "2")]
    pub(super) last_event_seq: u64,
}

impl State {
    pub(super) fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Command(command) => {
                if command.seq > self.last_command_seq {
                    self.last_command_seq = command.seq;
                    self.commands.insert(command.seq, command);
                }
            }
            Entry::Event(event) => {
                if let Some(wire::event::Event::Result(result)) = &event.event {
                    self.commands.retain(|_, command| command.id != result.command_id);
                }
                self.last_event_seq = self.last_event_seq.max(event.seq);
                self.events.insert(event.seq, event);
            }
            Entry::Trim(seq) => self.events = self.events.split_off(&(seq + 1)),
            Entry::Mark(mark) => {
                self.last_command_seq = self.last_command_seq.max(mark.last_command_seq);
                self.last_event_seq = self.last_event_seq.max(mark.last_event_seq);
            }
        }
    }

    /// The shortest list of entries that leads here.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let commands = self.commands.values().cloned().map(Entry::Command);
        let events = self.events.values().cloned().map(Entry::Event);
        let mark =
            Mark { last_command_seq: self.last_command_seq, last_event_seq: self.last_event_seq };
        commands.chain(events).chain([Entry::Mark(mark)]).collect()
    }

    /// The same with events counted from 1, for a journal with a new id.
    pub(super) fn renumbered(mut self) -> Self {
        let events = std::mem::take(&mut self.events).into_values();
        self.events = (1..)
            .zip(events)
            .map(|(seq, mut event)| {
                event.seq = seq;
                (seq, event)
            })
            .collect();
        self.last_event_seq = self.events.len() as u64;
        self
    }
}
