//! What is recorded of messages: levels, sampling, sizes, retention, redaction, attributes.
//!
//! ```text
//! organization < environment < integration < route      each may say something; the most exact one wins
//! a window (`--for 10m`) < nothing                       while it lasts its level wins over all
//! ```
//! Redaction is the exception: rules add up, so that an integration can hide more and never show what its organization
//! hides. What nobody says is [`Effective::default`]. How long days are kept is rounded up to a class by the store.

use std::collections::BTreeMap;

/// How much of a message is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Off,
    Timings,
    Headers,
    Bodies,
}

impl Level {
    pub const ALL: &[Self] = &[Self::Off, Self::Timings, Self::Headers, Self::Bodies];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Timings => "timings",
            Self::Headers => "headers",
            Self::Bodies => "bodies",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|level| level.as_str() == text)
    }
}

/// Where an attribute's value is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    Header(String),
    JsonPath(String),
}

/// What is hidden beside what always is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redaction {
    /// Names of headers, `*` at either end.
    pub headers: Vec<String>,
    /// `$.card.number`
    pub json: Vec<String>,
    /// `/order/card/number`
    pub xml: Vec<String>,
    /// Regular expressions.
    pub patterns: Vec<String>,
}

/// How long a runner keeps messages as they were before they were masked, for replays; they never leave its machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Originals {
    Off,
    Kept {
        keep_seconds: u64,
        cap_bytes: u64,
        /// Bodies are kept there alone: the control plane gets none.
        only: bool,
    },
}

impl Originals {
    /// tracing.md: 24 h and 256 MiB, for each workload.
    pub const USUAL: Self =
        Self::Kept { keep_seconds: 24 * 3_600, cap_bytes: 256 << 20, only: false };
}

/// What one layer says; `None` leaves it to the layer above.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub level: Option<Level>,
    /// Thousandths of successful messages that are kept.
    pub sample_per_mille: Option<u32>,
    pub payload_bytes: Option<u32>,
    pub retention_days: Option<u32>,
    /// Words of bodies and headers can be searched.
    pub index_words: Option<bool>,
    /// Masks are keyed hashes, so that equal values can be found.
    pub hash_masks: Option<bool>,
    pub originals: Option<Originals>,
    pub redaction: Redaction,
    pub attributes: BTreeMap<String, Attribute>,
}

/// A minute is enough to try it; longer than a month nobody repairs a message, and the secrets would lie there.
pub const ORIGINALS_KEPT_SECONDS: std::ops::RangeInclusive<u64> = 60..=31 * 24 * 3_600;
/// One large message, and as much as a disk of a runner may give.
pub const ORIGINALS_CAP_BYTES: std::ops::RangeInclusive<u64> = 1 << 20..=64 << 30;
/// telemetry protocol: `payload.cap` is at most this.
pub const LARGEST_PAYLOAD: u32 = 65_536;
/// Three years; the longest class of the store.
pub const LONGEST_RETENTION: u32 = 1_095;
/// Columns of a list, and a look-up row for each message.
pub const MOST_ATTRIBUTES: usize = 16;
/// Each is looked for in every body.
pub const MOST_RULES: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error("`sample` is between 0 and 100 percent")]
    Sample,
    #[error("`payloadBytes` is at most {LARGEST_PAYLOAD}")]
    PayloadBytes,
    #[error("`retentionDays` is between 1 and {LONGEST_RETENTION}")]
    Retention,
    #[error("at most {MOST_ATTRIBUTES} attributes are recorded")]
    Attributes,
    #[error(
        "`{0}` cannot be the name of an attribute: letters, digits, `_`, `-` and `.`, at most 64"
    )]
    AttributeName(String),
    #[error("at most {MOST_RULES} rules of redaction for one place")]
    Rules,
    #[error("`originals` are kept between 1 minute and 31 days, in 1 MiB to 64 GiB")]
    Originals,
}

impl Settings {
    pub fn check(&self) -> Result<(), Unusable> {
        if self.sample_per_mille.is_some_and(|it| it > 1_000) {
            return Err(Unusable::Sample);
        }
        if self.payload_bytes.is_some_and(|it| it > LARGEST_PAYLOAD) {
            return Err(Unusable::PayloadBytes);
        }
        if self.retention_days.is_some_and(|it| !(1..=LONGEST_RETENTION).contains(&it)) {
            return Err(Unusable::Retention);
        }
        if self.attributes.len() > MOST_ATTRIBUTES {
            return Err(Unusable::Attributes);
        }
        let is_name = |name: &str| {
            (1..=64).contains(&name.len())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
        };
        if let Some(bad) = self.attributes.keys().find(|name| !is_name(name)) {
            return Err(Unusable::AttributeName(bad.clone()));
        }
        if let Some(Originals::Kept { keep_seconds, cap_bytes, only: _ }) = &self.originals
            && !(ORIGINALS_KEPT_SECONDS.contains(keep_seconds)
                && ORIGINALS_CAP_BYTES.contains(cap_bytes))
        {
            return Err(Unusable::Originals);
        }
        let Redaction { headers, json, xml, patterns } = &self.redaction;
        if headers.len() + json.len() + xml.len() + patterns.len() > MOST_RULES {
            return Err(Unusable::Rules);
        }
        Ok(())
    }

    /// This layer, more exact, laid over `below`.
    pub fn over(&self, below: Self) -> Self {
        let mut attributes = below.attributes;
        attributes.extend(self.attributes.iter().map(|(name, from)| (name.clone(), from.clone())));
        Self {
            level: self.level.or(below.level),
            sample_per_mille: self.sample_per_mille.or(below.sample_per_mille),
            payload_bytes: self.payload_bytes.or(below.payload_bytes),
            retention_days: self.retention_days.or(below.retention_days),
            index_words: self.index_words.or(below.index_words),
            hash_masks: self.hash_masks.or(below.hash_masks),
            originals: self.originals.or(below.originals),
            redaction: self.redaction.clone().with(below.redaction),
            attributes,
        }
    }
}

impl Redaction {
    fn with(mut self, other: Self) -> Self {
        let add = |mine: &mut Vec<String>, more: Vec<String>| {
            for one in more {
                if !mine.contains(&one) {
                    mine.push(one);
                }
            }
        };
        add(&mut self.headers, other.headers);
        add(&mut self.json, other.json);
        add(&mut self.xml, other.xml);
        add(&mut self.patterns, other.patterns);
        self
    }
}

/// What holds in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    pub level: Level,
    pub sample_per_mille: u32,
    pub payload_bytes: u32,
    pub retention_days: u32,
    pub index_words: bool,
    pub hash_masks: bool,
    pub originals: Originals,
    pub redaction: Redaction,
    pub attributes: BTreeMap<String, Attribute>,
}

impl Default for Effective {
    /// tracing.md: timings for every message, headers and body at route start and at failure, sample 100 %.
    fn default() -> Self {
        Self {
            level: Level::Bodies,
            sample_per_mille: 1_000,
            payload_bytes: LARGEST_PAYLOAD,
            retention_days: 14,
            index_words: false,
            hash_masks: false,
            originals: Originals::USUAL,
            redaction: Redaction::default(),
            attributes: BTreeMap::new(),
        }
    }
}

impl Effective {
    /// Of layers, the least exact first; `window` is a level that holds for now.
    pub fn of<'a>(layers: impl IntoIterator<Item = &'a Settings>, window: Option<Level>) -> Self {
        let all = layers.into_iter().fold(Settings::default(), |below, layer| layer.over(below));
        let usual = Self::default();
        Self {
            level: window.or(all.level).unwrap_or(usual.level),
            sample_per_mille: all.sample_per_mille.unwrap_or(usual.sample_per_mille),
            payload_bytes: all.payload_bytes.unwrap_or(usual.payload_bytes),
            retention_days: all.retention_days.unwrap_or(usual.retention_days),
            index_words: all.index_words.unwrap_or(usual.index_words),
            hash_masks: all.hash_masks.unwrap_or(usual.hash_masks),
            originals: all.originals.unwrap_or(usual.originals),
            redaction: all.redaction,
            attributes: all.attributes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(level: Level) -> Settings {
        Settings { level: Some(level), ..Settings::default() }
    }

    #[test]
    fn the_most_exact_layer_wins_and_a_window_wins_over_all() {
        let layers = [level(Level::Headers), Settings::default(), level(Level::Timings)];
        assert_eq!(Effective::of(&layers, None).level, Level::Timings);
        assert_eq!(Effective::of(&layers, Some(Level::Bodies)).level, Level::Bodies);
        assert_eq!(Effective::of(&[], None), Effective::default());
    }

    #[test]
    fn redaction_only_ever_grows() {
        let hide = |header: &str| Settings {
            redaction: Redaction { headers: vec![header.to_owned()], ..Redaction::default() },
            ..Settings::default()
        };
        let all = Effective::of(&[hide("x-token"), hide("x-key"), hide("x-token")], None);
        assert_eq!(all.redaction.headers, ["x-token", "x-key"]);
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        assert_eq!(Settings::default().check(), Ok(()));
        let days = |days| Settings { retention_days: Some(days), ..Settings::default() };
        assert_eq!(days(0).check(), Err(Unusable::Retention));
        assert_eq!(days(1_096).check(), Err(Unusable::Retention));
        let named = |name: &str| Settings {
            attributes: BTreeMap::from([(name.to_owned(), Attribute::Header("a".to_owned()))]),
            ..Settings::default()
        };
        assert_eq!(named("order.id").check(), Ok(()));
        assert!(matches!(named("order id").check(), Err(Unusable::AttributeName(_))));
        let kept = |keep_seconds, cap_bytes| Settings {
            originals: Some(Originals::Kept { keep_seconds, cap_bytes, only: false }),
            ..Settings::default()
        };
        assert_eq!(kept(60, 1 << 20).check(), Ok(()));
        assert_eq!(kept(59, 1 << 20).check(), Err(Unusable::Originals));
        assert_eq!(kept(60, 1 << 19).check(), Err(Unusable::Originals));
    }
}
