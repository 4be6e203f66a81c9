//! The live tail: every message that arrives, handed on before it is stored.
//!
//! A reader subscribes to its organization and filters for itself. What is offered is bounded: a reader who does not keep
//! up misses the oldest and is told how many. It works while the store is away: then blocks come again and again, and each
//! is shown once. It shows what arrives at this process; a runner's stream is at one process at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use domain::id::{OrganizationId, RuntimeId};
use store::telemetry::Agent;
use store::telemetry::name::Origin;
use telemetry::id::MessageId;
use telemetry::model::{
    Batch, Body, CamelId, HeaderValue, Message, MessageFlags, Outcome, Payload, Record,
};
use telemetry::query::{self, Field, Flag, OutcomeIs, Pattern, Replays, Subject};
use tokio::sync::broadcast;

use super::names::Place;

/// Messages that a slow reader may be behind: a second of a busy organization, some megabytes.
const BEHIND: usize = 4_096;

#[derive(Clone, Default)]
pub struct Live {
    organizations: Arc<Mutex<HashMap<OrganizationId, Watched>>>,
}

/// An organization that somebody watches.
struct Watched {
    sender: broadcast::Sender<Arc<Passing>>,
    /// The newest block of each runner that was shown.
    shown: HashMap<RuntimeId, (u64, u64)>,
}

/// A message on its way into the store, with its batch's texts.
#[derive(Clone, Debug)]
pub struct Passing {
    pub id: MessageId,
    pub origin: Arc<Origin>,
    pub route: String,
    pub outcome: OutcomeIs,
    pub duration_us: u64,
    pub steps: u32,
    pub flags: MessageFlags,
    pub is_replay: bool,
    pub node: Option<String>,
    pub class: Option<String>,
    pub error: Option<String>,
    pub fingerprint: Option<u64>,
    pub attributes: Vec<(String, String)>,
    exchange: String,
    breadcrumb: Option<String>,
    trace: String,
    headers: Vec<(String, String)>,
    bodies: Vec<Arc<[u8]>>,
}

impl Live {
    /// What arrives from now on.
    pub fn subscribe(&self, organization: OrganizationId) -> broadcast::Receiver<Arc<Passing>> {
        let watched = || Watched { sender: broadcast::Sender::new(BEHIND), shown: HashMap::new() };
        self.lock().entry(organization).or_insert_with(watched).sender.subscribe()
    }

    pub(super) fn is_watched(&self, organization: OrganizationId) -> bool {
        self.lock().get(&organization).is_some_and(|one| one.sender.receiver_count() > 0)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<OrganizationId, Watched>> {
        self.organizations.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Who the messages of this block go to; none if nobody watches or it was shown before.
    fn audience(
        &self,
        organization: OrganizationId,
        agent: Agent,
        number: u64,
    ) -> Option<broadcast::Sender<Arc<Passing>>> {
        let mut organizations = self.lock();
        let watched = organizations.get_mut(&organization)?;
        if watched.sender.receiver_count() == 0 {
            // The last reader left.
            organizations.remove(&organization);
            return None;
        }
        let newest = watched.shown.entry(agent.runtime).or_default();
        if (agent.epoch, number) <= *newest {
            return None;
        }
        *newest = (agent.epoch, number);
        Some(watched.sender.clone())
    }

    pub(super) fn publish(
        &self,
        organization: OrganizationId,
        agent: Agent,
        number: u64,
        place: &Place,
        batch: &Batch,
    ) {
        let Some(sender) = self.audience(organization, agent, number) else { return };
        let mut payloads: HashMap<MessageId, Vec<&Payload>> = HashMap::new();
        for record in &batch.records {
            if let Record::Payload(payload) = record {
                payloads.entry(payload.message).or_default().push(payload);
            }
        }
        for record in &batch.records {
            if let Record::Message(message) = record {
                let carried = payloads.get(&message.id).map_or(&[][..], Vec::as_slice);
                // Nobody may be there any more; that is no error.
                let _ = sender.send(Arc::new(passing(batch, place, message, carried)));
            }
        }
    }
}

fn passing(batch: &Batch, place: &Place, message: &Message, payloads: &[&Payload]) -> Passing {
    let text = |name| batch.names.text(name).to_owned();
    let headers = payloads
        .iter()
        .flat_map(|payload| &payload.headers)
        .filter_map(|header| match &header.value {
            HeaderValue::Text(value) | HeaderValue::Masked(value) | HeaderValue::Opaque(value) => {
                Some((text(header.name), value.clone()))
            }
            HeaderValue::Long(value) => Some((text(header.name), value.to_string())),
            HeaderValue::Bool(value) => Some((text(header.name), value.to_string())),
            HeaderValue::Null
            | HeaderValue::Double(_)
            | HeaderValue::Bytes(_)
            | HeaderValue::Instant(_) => None,
        })
        .collect();
    let bodies = payloads
        .iter()
        .filter_map(|payload| match &payload.body {
            Body::Bytes(bytes) => Some(Arc::from(bytes.as_slice())),
            Body::None | Body::Unavailable(_) => None,
        })
        .collect();
    Passing {
        id: message.id,
        origin: Arc::clone(&place.origin),
        route: text(message.route),
        outcome: match message.outcome {
            Outcome::Completed => OutcomeIs::Completed,
            Outcome::Handled => OutcomeIs::Handled,
            Outcome::Failed => OutcomeIs::Failed,
            Outcome::InFlight => OutcomeIs::InFlight,
        },
        duration_us: message.duration_us,
        steps: message.steps_total,
        flags: message.flags,
        is_replay: message.replay_of.is_some(),
        node: message.failed_node.map(text),
        class: message.fault.as_ref().map(|fault| text(fault.class)),
        error: message.fault.as_ref().map(|fault| fault.message.clone()),
        fingerprint: message.fault.as_ref().map(|fault| fault.fingerprint),
        attributes: message
            .attributes
            .iter()
            .map(|(key, value)| (text(*key), value.clone()))
            .collect(),
        exchange: match &message.exchange {
            CamelId::Text(id) => id.clone(),
            CamelId::Counted { prefix, count } => format!("{}-{count:016X}", text(*prefix)),
        },
        breadcrumb: message.correlation.breadcrumb.clone(),
        trace: store::telemetry::rows::trace_name(message.trace_id(&batch.origin)),
        headers,
        bodies,
    }
}

impl Subject for Passing {
    fn started_us(&self) -> i64 {
        i64::try_from(self.id.started_us).unwrap_or(i64::MAX)
    }

    fn outcome(&self) -> OutcomeIs {
        self.outcome
    }

    fn duration_us(&self) -> u64 {
        self.duration_us
    }

    fn steps(&self) -> u64 {
        u64::from(self.steps)
    }

    fn is(&self, field: Field, pattern: &Pattern) -> bool {
        match field {
            Field::Integration => pattern.matches(&self.origin.integration),
            Field::Environment => pattern.matches(&self.origin.environment),
            Field::Route => pattern.matches(&self.route),
            Field::Runtime => pattern.matches(&self.origin.runtime.to_string()),
            Field::Release => match pattern.as_exact() {
                Some(start) => !start.is_empty() && self.origin.release.starts_with(start),
                None => pattern.matches(&self.origin.release),
            },
            Field::Node => {
                self.node.as_deref().is_some_and(|node| telemetry::query::is_node(pattern, node))
            }
            Field::ErrorClass | Field::Error => {
                query::is_error(field, pattern, self.class.as_deref(), self.error.as_deref())
            }
        }
    }

    fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    fn fingerprint(&self) -> Option<u64> {
        self.fingerprint
    }

    /// It has just come in.
    fn replays(&self) -> Replays {
        Replays::default()
    }

    fn has(&self, flag: Flag) -> bool {
        self.flags.has(match flag {
            Flag::Replay => return self.is_replay,
            Flag::Skewed => MessageFlags::SKEWED,
            Flag::Truncated => MessageFlags::TRUNCATED,
        })
    }

    fn has_id(&self, text: &str) -> bool {
        let id = self.id.to_string();
        id.eq_ignore_ascii_case(text)
            || (text.len() >= telemetry::id::SHORT_LEN && id.ends_with(&text.to_ascii_uppercase()))
            || self.exchange == text
            || self.breadcrumb.as_deref() == Some(text)
            || self.trace == text
    }

    fn header_is(&self, name: &str, value: &str) -> bool {
        self.headers.iter().any(|(key, known)| key.eq_ignore_ascii_case(name) && known == value)
    }

    fn body_has(&self, words: &str) -> bool {
        let wanted: Vec<String> = query::words(words).collect();
        self.bodies.iter().any(|body| {
            let text = String::from_utf8_lossy(body);
            let found: Vec<String> = query::words(&text).collect();
            found.windows(wanted.len().max(1)).any(|window| window == wanted)
        })
    }
}
