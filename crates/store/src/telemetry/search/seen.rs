//! A row as the query's own words ask about it: what verifies a row that SQL could not decide.

use telemetry::model::MessageFlags;
use telemetry::query::{Field, Flag, OutcomeIs, Pattern, Replays, Subject};

use super::{Found, Scene};
use crate::telemetry::emit;
use crate::telemetry::payload::Payload;
use crate::telemetry::rows::{self, header_text};

pub(super) struct Seen<'a> {
    pub(super) found: &'a Found,
    pub(super) scene: &'a Scene,
    pub(super) payloads: &'a [Payload],
    /// As of a message without replays when the query does not ask.
    pub(super) replays: Replays,
}

impl Subject for Seen<'_> {
    fn started_us(&self) -> i64 {
        i64::try_from(self.found.id.started_us).unwrap_or(i64::MAX)
    }

    fn outcome(&self) -> OutcomeIs {
        self.found.outcome
    }

    fn duration_us(&self) -> u64 {
        self.found.duration_us
    }

    fn steps(&self) -> u64 {
        u64::from(self.found.steps)
    }

    fn is(&self, field: Field, pattern: &Pattern) -> bool {
        let found = self.found;
        match field {
            Field::Route => pattern.matches(&found.route),
            Field::Node => {
                found.node.as_deref().is_some_and(|node| telemetry::query::is_node(pattern, node))
            }
            Field::ErrorClass | Field::Error => telemetry::query::is_error(
                field,
                pattern,
                found.class.as_deref(),
                found.detail.fault.as_ref().map(|fault| fault.message.as_str()),
            ),
            Field::Integration | Field::Environment | Field::Runtime | Field::Release => {
                let origin = self.scene.origins.get(&found.origin);
                origin.is_some_and(|origin| self.scene.is(origin, field, pattern))
            }
        }
    }

    fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        let detail = &self.found.detail;
        detail.attributes.iter().map(|(key, value)| (self.found.name(*key), value.as_str()))
    }

    fn fingerprint(&self) -> Option<u64> {
        self.found.fingerprint
    }

    fn replays(&self) -> Replays {
        self.replays
    }

    fn has(&self, flag: Flag) -> bool {
        self.found.flags.has(match flag {
            Flag::Replay => return self.found.is_replay,
            Flag::Skewed => MessageFlags::SKEWED,
            Flag::Truncated => MessageFlags::TRUNCATED,
        })
    }

    fn has_id(&self, text: &str) -> bool {
        let detail = &self.found.detail;
        let id = self.found.id.to_string();
        let ends = emit::end_of_id(text).is_some_and(|(bits, width)| {
            let mask = if width >= 128 { u128::MAX } else { (1 << width) - 1 };
            self.found.id.to_u128() & mask == bits
        });
        ends || id.eq_ignore_ascii_case(text)
            || self.found.exchange() == text
            || detail.breadcrumb.as_deref() == Some(text)
            || detail.trace.is_some_and(|trace| {
                let id = rows::trace_name(trace.id);
                id == text || text.split('-').nth(1) == Some(&id)
            })
    }

    fn header_is(&self, name: &str, value: &str) -> bool {
        self.payloads.iter().flat_map(|payload| &payload.headers).any(|(known, found)| {
            known.eq_ignore_ascii_case(name) && header_text(found).as_deref() == Some(value)
        })
    }

    fn body_has(&self, words: &str) -> bool {
        let wanted: Vec<String> = telemetry::query::words(words).collect();
        self.payloads.iter().filter_map(|payload| payload.body.as_deref()).any(|body| {
            let text = String::from_utf8_lossy(body);
            let found: Vec<String> = telemetry::query::words(&text).collect();
            found.windows(wanted.len().max(1)).any(|window| window == wanted)
        })
    }
}
