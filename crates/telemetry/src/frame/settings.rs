//! What a tracer is asked to capture, as lines `key=value`.
//!
//! The same text is the body of CONFIG and the file that a tracer reads at its start, so that it is right
//! from the first message even when the runner is away. Keys that a tracer does not know are ignored; a
//! value it cannot read keeps its default. `\n`, `\r` and `\` are escaped with a backslash, `=` in a name is `\e`.

use std::collections::BTreeMap;

/// 64 KiB is all that one frame of settings may take; a route needs about 40 bytes.
const LINES_MAX: usize = 2_000;

#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Counts up with every change.
    pub revision: u64,
    pub level: Level,
    /// The share of successful messages that is kept, 0 to 1.
    pub rate: f64,
    /// How much of a body is kept; the tracer never keeps more than 64 KiB.
    pub payload_cap: u32,
    /// A message that takes longer is kept whatever the rate says.
    pub slow_us: Option<u64>,
    /// Names of headers whose values stay in the JVM, beside the built-in ones; `*` at either end matches.
    pub masked_headers: Vec<String>,
    pub attributes: BTreeMap<String, AttributeRule>,
    /// Whether remote sends carry a `traceparent` header.
    pub propagate: bool,
    /// Share of the process's CPU from which on the tracer halves its sampling.
    pub governor_percent: f64,
    pub routes: BTreeMap<String, RouteSettings>,
}

/// What differs for one route.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteSettings {
    pub level: Option<Level>,
    pub rate: Option<f64>,
    pub slow_us: Option<u64>,
}

/// Each holds what those before it hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Off,
    Timings,
    Headers,
    Bodies,
}

/// Where an attribute comes from at the start of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeRule {
    Header(String),
    /// `$.a.b[0].c` only: it is evaluated in the JVM without a library.
    JsonPath(String),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            revision: 0,
            level: Level::Bodies,
            rate: 1.0,
            payload_cap: 64 << 10,
            slow_us: None,
            masked_headers: Vec::new(),
            attributes: BTreeMap::new(),
            propagate: true,
            governor_percent: 3.0,
            routes: BTreeMap::new(),
        }
    }
}

impl Level {
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Timings => "timings",
            Self::Headers => "headers",
            Self::Bodies => "bodies",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::Off, Self::Timings, Self::Headers, Self::Bodies]
            .into_iter()
            .find(|level| level.word() == word)
    }
}

impl AttributeRule {
    fn to_text(&self) -> String {
        match self {
            Self::Header(name) => format!("header:{name}"),
            Self::JsonPath(path) => format!("jsonpath:{path}"),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        match kind {
            "header" => Some(Self::Header(rest.to_owned())),
            "jsonpath" => Some(Self::JsonPath(rest.to_owned())),
            _ => None,
        }
    }
}

impl Settings {
    pub fn to_text(&self) -> String {
        let mut lines = vec![
            format!("rev={}", self.revision),
            format!("level={}", self.level.word()),
            format!("rate={}", self.rate),
            format!("payload.cap={}", self.payload_cap),
            format!("propagate={}", self.propagate),
            format!("governor.percent={}", self.governor_percent),
        ];
        lines.extend(self.slow_us.map(|us| format!("slow.us={us}")));
        lines.extend(self.masked_headers.iter().map(|name| format!("mask={}", escape(name))));
        for (name, rule) in &self.attributes {
            lines.push(format!("attribute={}={}", escape_name(name), escape(&rule.to_text())));
        }
        for (route, settings) in &self.routes {
            let route = escape_name(route);
            let RouteSettings { level, rate, slow_us } = settings;
            lines.extend(level.map(|level| format!("route.level={route}={}", level.word())));
            lines.extend(rate.map(|rate| format!("route.rate={route}={rate}")));
            lines.extend(slow_us.map(|us| format!("route.slow.us={route}={us}")));
        }
        lines.truncate(LINES_MAX);
        lines.push(String::new());
        lines.join("\n")
    }

    pub fn parse(text: &str) -> Self {
        let mut settings = Self::default();
        for line in text.lines().take(LINES_MAX) {
            if let Some((key, value)) = line.split_once('=') {
                settings.set(key, value);
            }
        }
        settings
    }

    fn set(&mut self, key: &str, value: &str) {
        match key {
            "rev" => self.revision = value.parse().unwrap_or(self.revision),
            "level" => self.level = Level::parse(value).unwrap_or(self.level),
            "rate" => self.rate = share(value).unwrap_or(self.rate),
            "payload.cap" => self.payload_cap = value.parse().unwrap_or(self.payload_cap),
            "propagate" => self.propagate = value.parse().unwrap_or(self.propagate),
            "governor.percent" => {
                self.governor_percent = value.parse().unwrap_or(self.governor_percent);
            }
            "slow.us" => self.slow_us = value.parse().ok(),
            "mask" => self.masked_headers.push(unescape(value)),
            _ => self.set_named(key, value),
        }
    }

    fn set_named(&mut self, key: &str, value: &str) {
        let (name, value) = value.split_once('=').unwrap_or_default();
        let name = unescape(name);
        match key {
            "attribute" => {
                if let Some(rule) = AttributeRule::parse(&unescape(value)) {
                    self.attributes.insert(name, rule);
                }
            }
            "route.level" => self.routes.entry(name).or_default().level = Level::parse(value),
            "route.rate" => self.routes.entry(name).or_default().rate = share(value),
            "route.slow.us" => self.routes.entry(name).or_default().slow_us = value.parse().ok(),
            _ => {}
        }
    }
}

fn share(text: &str) -> Option<f64> {
    text.parse().ok().filter(|share| (0.0..=1.0).contains(share))
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r")
}

/// A name ends at the first `=`.
fn escape_name(text: &str) -> String {
    escape(text).replace('=', "\\e")
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('e') => out.push('='),
                Some(other) => out.push(other),
                None => {}
            },
            _ => out.push(c),
        }
    }
    out
}
