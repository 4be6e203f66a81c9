//! The same question asked of one message in memory: for the live tail, which is served before anything is stored.

use super::{Condition, Field, Filter, Flag, OutcomeIs, Pattern, Query, Replays};

/// What a query may ask of a message, whoever holds it.
pub trait Subject {
    fn started_us(&self) -> i64;
    fn outcome(&self) -> OutcomeIs;
    fn duration_us(&self) -> u64;
    fn steps(&self) -> u64;
    /// Whether what the field names matches; `is_error` decides for the two fields of errors.
    fn is(&self, field: Field, pattern: &Pattern) -> bool;
    fn attributes(&self) -> impl Iterator<Item = (&str, &str)>;
    fn fingerprint(&self) -> Option<u64>;
    fn replays(&self) -> Replays;
    fn has(&self, flag: Flag) -> bool;
    /// Whether it is a message id or the end of one, the exchange id, the breadcrumb or the traceparent.
    fn has_id(&self, text: &str) -> bool;
    fn header_is(&self, name: &str, value: &str) -> bool;
    fn body_has(&self, words: &str) -> bool;
}

impl Query {
    pub fn matches(&self, subject: &impl Subject) -> bool {
        let at = subject.started_us();
        self.since_us.is_none_or(|since| at >= since)
            && self.until_us.is_none_or(|until| at < until)
            && self.filter.matches(subject)
    }
}

impl Filter {
    pub fn matches(&self, subject: &impl Subject) -> bool {
        match self {
            Self::All(filters) => filters.iter().all(|filter| filter.matches(subject)),
            Self::Any(filters) => filters.iter().any(|filter| filter.matches(subject)),
            Self::Not(filter) => !filter.matches(subject),
            Self::Is(condition) => condition.matches(subject),
        }
    }
}

impl Condition {
    fn matches(&self, subject: &impl Subject) -> bool {
        match self {
            Self::Named(field, pattern) => subject.is(*field, pattern),
            Self::Outcome(outcome) => subject.outcome() == *outcome,
            Self::Duration(comparison, us) => comparison.holds(subject.duration_us(), *us),
            Self::Steps(comparison, count) => comparison.holds(subject.steps(), *count),
            Self::Attribute { name, value } => {
                subject.attributes().any(|(known, text)| known == name && value.matches(text))
            }
            Self::Header { name, value } => subject.header_is(name, value),
            Self::Body(words) => subject.body_has(words),
            Self::Fingerprint(fingerprint) => subject.fingerprint() == Some(*fingerprint),
            Self::Replayed(replayed) => replayed.holds(subject.replays()),
            Self::Flag(flag) => subject.has(*flag),
            Self::Text(text) => {
                subject.has_id(text) || subject.attributes().any(|(_, value)| value == text)
            }
        }
    }
}

/// A node by its key, or by what lists call it: `throwException` means `throwException#1` and those after it.
pub fn is_node(pattern: &Pattern, node: &str) -> bool {
    let of_kind = || node.split_once('#').is_some_and(|(kind, _)| pattern.as_exact() == Some(kind));
    pattern.matches(node) || of_kind()
}

/// `class:` asks for the class, `error:` for the class or a part of the message.
pub fn is_error(
    field: Field,
    pattern: &Pattern,
    class: Option<&str>,
    message: Option<&str>,
) -> bool {
    let Some(class) = class else { return false };
    // People write `SQLException`, not `java.sql.SQLException`.
    let is_class = pattern.matches(class)
        || class.rsplit('.').next().is_some_and(|simple| pattern.matches(simple));
    let in_message = message.is_some_and(|message| match pattern.as_exact() {
        Some(part) => message.contains(part),
        None => pattern.matches(message),
    });
    is_class || (field == Field::Error && in_message)
}
