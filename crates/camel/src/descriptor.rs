//! `midplane.yaml`, version 1: what refines an integration, or, at the root of a source, all of them.
//!
//! `parse` reads one file; `merge` (beside) decides which layer wins for each key. Every field is
//! optional. An unknown key is an error with its place and the nearest known one, because a typo
//! that is silently ignored is found in production. Fields that only a Kubernetes runtime or a
//! later Midplane acts on are read, kept and answered with a warning.
//!
//! It is read from the same bounded tree as routes are, and not through a deserializer: all
//! problems of a file are reported at once, each with line and column, and a property value stays
//! the text that was written (`012` is not ten). What belongs to the release (the integration's
//! name, the Camel line, dependencies) cannot differ between environments: one release is promoted
//! by digest and never rebuilt.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::problem::Problem;

pub mod merge;
mod parse;
mod units;

pub use merge::{Effective, Inputs, Layer, Won, merge};
pub(crate) use parse::is_name;
pub use parse::parse;

/// The file's name, in an integration's folder or at the root of a source.
pub const FILE_NAME: &str = "midplane.yaml";

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Descriptor {
    pub integration: Option<String>,
    /// A line the platform offers, as `4.18`.
    pub camel: Option<String>,
    /// As written: `camel:kafka`, `mvn:group:artifact:version`.
    pub dependencies: Vec<String>,
    /// What holds in every environment.
    pub refinement: Refinement,
    pub environments: BTreeMap<String, Refinement>,
}

/// What may differ between environments.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refinement {
    pub properties: BTreeMap<String, String>,
    pub secrets: Vec<SecretMount>,
    pub expose: Option<Expose>,
    /// How long a start may take before it counts as failed.
    pub startup: Option<Duration>,
    pub memory_bytes: Option<u64>,
    pub cpu_millis: Option<u32>,
    pub profile: Option<Profile>,
    pub scale: Option<Scale>,
    pub capture: Option<Capture>,
    pub plugs: Option<Vec<Plug>>,
}

/// Names only; the value lives in the environment, never in Git.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretMount {
    pub target: SecretTarget,
    pub secret: String,
    pub key: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretTarget {
    /// An environment variable.
    Env(String),
    /// A file, relative to the integration's secrets folder.
    File(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expose {
    pub path: Option<String>,
    /// A name (`http`) or a number.
    pub port: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    #[default]
    Small,
    Throughput,
}

impl Profile {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Throughput => "throughput",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scale {
    pub min: Option<u32>,
    pub max: Option<u32>,
    pub cpu_percent: Option<u32>,
}

/// What is recorded of messages, for the integration as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Capture {
    pub level: Option<CaptureLevel>,
    pub sample_percent: Option<f64>,
    pub redact_headers: Vec<String>,
    pub redact_json: Vec<String>,
    pub redact_xml: Vec<String>,
    pub redact_patterns: Vec<String>,
    pub attributes: BTreeMap<String, AttributeFrom>,
    pub originals: Option<Originals>,
}

/// Whether a runner keeps messages as they were before they were masked; how long and how many, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Originals {
    Off,
    Kept { keep: Option<String>, cap: Option<String>, only: bool },
}

impl Capture {
    /// This layer over `below`: rules of redaction add up, so that no layer shows what another hides.
    #[must_use]
    pub fn over(mut self, below: Self) -> Self {
        self.level = self.level.or(below.level);
        self.sample_percent = self.sample_percent.or(below.sample_percent);
        self.originals = self.originals.or(below.originals);
        let pairs = [
            (&mut self.redact_headers, below.redact_headers),
            (&mut self.redact_json, below.redact_json),
            (&mut self.redact_xml, below.redact_xml),
            (&mut self.redact_patterns, below.redact_patterns),
        ];
        for (mine, theirs) in pairs {
            for one in theirs {
                if !mine.contains(&one) {
                    mine.push(one);
                }
            }
        }
        for (name, from) in below.attributes {
            self.attributes.entry(name).or_insert(from);
        }
        self
    }
}

/// Where the value of an attribute is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeFrom {
    Header(String),
    JsonPath(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureLevel {
    Off,
    Timings,
    Headers,
    Body,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plug {
    pub socket: String,
    pub config: BTreeMap<String, String>,
}

/// The JSON Schema of the file, as it is served and documented.
pub fn json_schema() -> &'static str {
    include_str!("../data/midplane.schema.json")
}

/// What `parse` returns: nothing exactly when one of the problems is an error.
pub type Parsed = (Option<Descriptor>, Vec<Problem>);
