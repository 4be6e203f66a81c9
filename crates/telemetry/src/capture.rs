//! What is captured of a workload: the settings as the control plane worked them out and a runner obeys them.
//!
//! They travel beside the desired state, not in it: changing them changes no generation and restarts nothing. Fields that an older
//! runner does not know are ignored by it; a format that it does not know leaves the settings that held before.
//!
//! Which organization, environment, integration or route said what is decided by the control plane; here is the result.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::frame;
use crate::redact::Additions;

const FORMAT: u32 = 1;
/// The tracer keeps no more of a body.
const MAX_PAYLOAD: u32 = 64 << 10;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Capture {
    pub format: u32,
    /// Counts up with every change.
    pub revision: u64,
    pub level: Level,
    /// The share of successful messages that is kept, in millionths.
    pub rate_millionths: u32,
    pub payload_bytes: u32,
    /// A message that takes longer is kept whatever the rate says.
    pub slow_us: Option<u64>,
    pub attributes: BTreeMap<String, Attribute>,
    /// Whether remote sends carry a `traceparent`.
    pub propagate: bool,
    pub routes: BTreeMap<String, RouteCapture>,
    pub tail: Tail,
    pub redaction: Redaction,
    pub originals: Originals,
}

/// What the runner keeps of messages as they were before they were masked, for replays; it never leaves the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Originals {
    /// 0: nothing is kept.
    pub keep_s: u64,
    pub cap_bytes: u64,
    /// Bodies are kept by the runner alone: no record has one.
    pub only: bool,
}

/// tracing.md: 24 h and 256 MiB.
impl Default for Originals {
    fn default() -> Self {
        Self { keep_s: 24 * 3600, cap_bytes: 256 << 20, only: false }
    }
}

impl Originals {
    pub const OFF: Self = Self { keep_s: 0, cap_bytes: 0, only: false };

    pub fn is_off(self) -> bool {
        self.keep_s == 0 || self.cap_bytes == 0
    }
}

/// Each holds what those before it hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Off,
    Timings,
    Headers,
    Bodies,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Attribute {
    Header(String),
    /// `$.a.b[0].c` only.
    JsonPath(String),
}

/// What differs for one route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RouteCapture {
    pub level: Option<Level>,
    pub rate_millionths: Option<u32>,
    pub slow_us: Option<u64>,
}

/// What of the successful messages is kept after they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tail {
    /// Only what failed, was handled, was slower than the live 95th percentile of its route, or is the first of its path in a minute.
    pub only_notable: bool,
    pub next: Vec<Next>,
}

/// "The next `count` where ..": kept whatever else says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Next {
    /// Tells rules apart, so that one which is repeated does not count anew.
    pub id: u64,
    pub count: u32,
    pub route: Option<String>,
    /// Name and value.
    pub attribute: Option<(String, String)>,
    pub longer_than_us: Option<u64>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Redaction {
    pub headers: Vec<String>,
    pub json_paths: Vec<String>,
    pub xml_paths: Vec<String>,
    pub patterns: Vec<(String, String)>,
    /// 64 hexadecimal digits, if masks are to be keyed hashes.
    pub hash_key: Option<String>,
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redaction")
            .field("hashes", &self.hash_key.is_some())
            .finish_non_exhaustive()
    }
}

impl Default for Capture {
    fn default() -> Self {
        Self {
            format: FORMAT,
            revision: 0,
            level: Level::Bodies,
            rate_millionths: 1_000_000,
            payload_bytes: MAX_PAYLOAD,
            slow_us: None,
            attributes: BTreeMap::new(),
            propagate: true,
            routes: BTreeMap::new(),
            tail: Tail::default(),
            redaction: Redaction::default(),
            originals: Originals::default(),
        }
    }
}

/// Routes of a large application.
const MAX_LIVE: usize = 1_000;

#[derive(Debug, thiserror::Error)]
pub enum BadCapture {
    #[error("the settings of capture are not readable: {0}")]
    Damaged(String),
    #[error("the settings of capture have format {0}, this version of midplane reads {FORMAT}")]
    Newer(u32),
}

impl BadCapture {
    pub fn code(&self) -> &'static str {
        "MP-TEL-05"
    }
}

impl Capture {
    pub fn parse(text: &str) -> Result<Self, BadCapture> {
        let capture: Self =
            serde_json::from_str(text).map_err(|err| BadCapture::Damaged(err.to_string()))?;
        if capture.format == FORMAT { Ok(capture) } else { Err(BadCapture::Newer(capture.format)) }
    }

    pub fn to_text(&self) -> String {
        // A struct of plain fields has no way to fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What the tracer is told. It never learns of rules for bodies: those are applied outside the JVM.
    pub fn to_tracer(&self) -> frame::Settings {
        let rate = |millionths: u32| f64::from(millionths.min(1_000_000)) / 1e6;
        frame::Settings {
            revision: self.revision,
            level: level(self.level),
            rate: rate(self.rate_millionths),
            payload_cap: self.payload_bytes.min(MAX_PAYLOAD),
            slow_us: self.slow_us,
            masked_headers: self.redaction.headers.clone(),
            attributes: self
                .attributes
                .iter()
                .map(|(name, rule)| (name.clone(), attribute(rule)))
                .collect(),
            propagate: self.propagate,
            routes: self
                .routes
                .iter()
                .map(|(name, route)| {
                    let settings = frame::RouteSettings {
                        level: route.level.map(level),
                        rate: route.rate_millionths.map(rate),
                        slow_us: route.slow_us,
                    };
                    (name.clone(), settings)
                })
                .collect(),
            ..frame::Settings::default()
        }
    }
}

/// Adds what is slow for each route by what was seen of late, where nobody set it.
pub fn slower_than<'a>(
    mut told: frame::Settings,
    live: impl Iterator<Item = (&'a str, u64)>,
) -> frame::Settings {
    if told.slow_us.is_some() {
        return told;
    }
    // Names in order, so that the same is said in the same way and the bound cuts the same ones.
    let live: BTreeMap<&str, u64> = live.collect();
    for (route, us) in live.into_iter().take(MAX_LIVE) {
        let route = told.routes.entry(route.to_owned()).or_default();
        route.slow_us = route.slow_us.or(Some(us));
    }
    told
}

impl Redaction {
    pub fn additions(&self) -> Additions {
        Additions {
            headers: self.headers.clone(),
            json_paths: self.json_paths.clone(),
            xml_paths: self.xml_paths.clone(),
            patterns: self.patterns.clone(),
        }
    }

    pub fn key(&self) -> Option<[u8; 32]> {
        let text = self.hash_key.as_ref()?;
        let mut key = [0; 32];
        for (place, byte) in key.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(place * 2..place * 2 + 2)?, 16).ok()?;
        }
        Some(key)
    }
}

fn level(level: Level) -> frame::Level {
    match level {
        Level::Off => frame::Level::Off,
        Level::Timings => frame::Level::Timings,
        Level::Headers => frame::Level::Headers,
        Level::Bodies => frame::Level::Bodies,
    }
}

fn attribute(rule: &Attribute) -> frame::AttributeRule {
    match rule {
        Attribute::Header(name) => frame::AttributeRule::Header(name.clone()),
        Attribute::JsonPath(path) => frame::AttributeRule::JsonPath(path.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_their_text_and_what_is_not_said_is_the_default() {
        let mut capture = Capture { revision: 7, level: Level::Timings, ..Capture::default() };
        capture.attributes.insert("orderId".to_owned(), Attribute::JsonPath("$.id".to_owned()));
        capture.tail.next.push(Next {
            id: 1,
            count: 5,
            route: Some("intake".to_owned()),
            attribute: Some(("orderId".to_owned(), "A-17".to_owned())),
            longer_than_us: None,
        });
        assert_eq!(Capture::parse(&capture.to_text()).unwrap(), capture);
        assert_eq!(Capture::parse("{}").unwrap(), Capture::default());
        assert_eq!(Capture::parse(r#"{"new":1}"#).unwrap(), Capture::default());
        assert!(matches!(Capture::parse(r#"{"format":2}"#), Err(BadCapture::Newer(2))));
        assert_eq!(Capture::parse("nonsense").unwrap_err().code(), "MP-TEL-05");
    }

    #[test]
    fn the_tracer_is_told_all_that_concerns_it() {
        let mut capture =
            Capture { rate_millionths: 250_000, slow_us: Some(9), ..Capture::default() };
        let route = RouteCapture { level: Some(Level::Off), ..RouteCapture::default() };
        capture.routes.insert("noisy".to_owned(), route);
        let told = frame::Settings::parse(&capture.to_tracer().to_text());
        assert_eq!((told.rate, told.slow_us, told.level), (0.25, Some(9), frame::Level::Bodies));
        assert_eq!(told.routes["noisy"].level, Some(frame::Level::Off));
    }

    #[test]
    fn what_is_slow_of_late_is_told_unless_somebody_set_it() {
        let mut capture = Capture::default();
        let set = RouteCapture { slow_us: Some(7), ..RouteCapture::default() };
        capture.routes.insert("set".to_owned(), set);
        let live = [("set", 900), ("live", 800)];
        let told = slower_than(capture.to_tracer(), live.into_iter());
        let slow = |name: &str| told.routes[name].slow_us;
        assert_eq!((slow("set"), slow("live")), (Some(7), Some(800)));
        capture.slow_us = Some(5);
        let told = slower_than(capture.to_tracer(), live.into_iter());
        assert!(!told.routes.contains_key("live"));
    }

    #[test]
    fn a_key_is_read_and_never_shown() {
        let redaction = Redaction { hash_key: Some("0a".repeat(32)), ..Redaction::default() };
        assert_eq!(redaction.key(), Some([10; 32]));
        assert_eq!(
            Redaction { hash_key: Some("0a".to_owned()), ..Redaction::default() }.key(),
            None
        );
        assert!(!format!("{redaction:?}").contains("0a0a"));
    }
}
