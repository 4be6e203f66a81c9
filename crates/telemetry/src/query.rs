//! What one may ask of messages: a typed tree, and the text that people write for it.
//!
//! ```text
//! text --parse--> Query (tree, period, columns, notes) --store's emitter--> SQL
//!                   └─ matches(): the same question asked of one message, for the live tail
//! ```
//! The tree knows neither SQL nor names of columns; the one emitter is `store::telemetry::emit`. A key that is none of
//! ours is an attribute's name, because attributes are the organization's own words; when it looks like a slip of the
//! pen, the query carries a note that says so. Nothing here reads a clock: `since:1h` counts back from the `now` that
//! the caller passes.

mod complete;
mod error;
mod lex;
mod matches;
mod parse;
mod pattern;
mod tokens;

#[cfg(test)]
mod tests;

pub use complete::{Completion, Suggestion, Values, complete};
pub use error::{Code, Unreadable};
pub use matches::{Subject, is_error, is_node};
pub use parse::parse;
pub use pattern::Pattern;
pub use tokens::{
    TOKEN_LONGEST, attribute_token, correlation_token, header_token, word_token, words,
};

/// Longer than anything a person types, and than anything a saved search needs.
pub const LONGEST: usize = 4_096;
/// Brackets and `-` inside one another; the parser recurses once for each.
pub const DEEPEST: usize = 16;
/// Conditions of one query. Each becomes one condition of one statement; a planner stays quick with that many.
pub const MOST: usize = 64;

/// A question about messages.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub filter: Filter,
    /// Microseconds since 1970; the end is exclusive.
    pub since_us: Option<i64>,
    pub until_us: Option<i64>,
    /// Names of attributes that the text mentions: they become columns of the list.
    pub columns: Vec<String>,
    /// What the reader should know although the text was understood.
    pub notes: Vec<String>,
}

impl Query {
    /// Every message.
    pub fn everything() -> Self {
        Self {
            filter: Filter::All(Vec::new()),
            since_us: None,
            until_us: None,
            columns: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The same question of one more condition.
    #[must_use]
    pub fn and(mut self, condition: Condition) -> Self {
        let more = Filter::Is(condition);
        self.filter = match self.filter {
            Filter::All(mut all) => {
                all.push(more);
                Filter::All(all)
            }
            other => Filter::All(vec![other, more]),
        };
        self
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Every one of them; none at all is true.
    All(Vec<Self>),
    /// One of them.
    Any(Vec<Self>),
    Not(Box<Self>),
    Is(Condition),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A named place or thing of the message.
    Named(Field, Pattern),
    Outcome(OutcomeIs),
    /// Microseconds.
    Duration(Comparison, u64),
    Steps(Comparison, u64),
    Attribute {
        name: String,
        value: Pattern,
    },
    /// Asked of token rows; only what is captured and indexed can be found.
    Header {
        name: String,
        value: String,
    },
    /// All words, next to each other when there are several.
    Body(String),
    Fingerprint(u64),
    Replayed(ReplayedIs),
    Flag(Flag),
    /// Text without a key: message id, exchange id, breadcrumb, traceparent, then attribute.
    Text(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    Integration,
    Route,
    Environment,
    Runtime,
    Release,
    /// Where it failed.
    Node,
    ErrorClass,
    /// Class or message of the error.
    Error,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutcomeIs {
    Completed,
    Handled,
    Failed,
    InFlight,
}

impl OutcomeIs {
    pub const ALL: &[Self] = &[Self::Completed, Self::Handled, Self::Failed, Self::InFlight];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Handled => "handled",
            Self::Failed => "failed",
            Self::InFlight => "inflight",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase().replace(['-', '_'], "");
        match text.as_str() {
            "ok" | "success" | "succeeded" => Some(Self::Completed),
            "error" => Some(Self::Failed),
            _ => Self::ALL.iter().copied().find(|outcome| outcome.as_str() == text),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flag {
    /// It repeats a recorded message.
    Replay,
    Skewed,
    Truncated,
}

/// Whether a message was repeated by a replay, and how that went. In flight it was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReplayedIs {
    No,
    /// However it went.
    Yes,
    /// One of its replays completed.
    Ok,
    /// There were some, and none completed.
    Failed,
    /// None repaired it or may have done so, and none is going on: what a bulk replay takes.
    Open,
}

/// What became of a message's replays; the default is that of a message that has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replays {
    /// Whether one completed, if any has ended.
    pub done: Option<bool>,
    /// Whether one repaired it, ended in a way that nobody knows, or is going on.
    pub is_settled: bool,
}

impl ReplayedIs {
    pub fn holds(self, replays: Replays) -> bool {
        match self {
            Self::No => replays.done.is_none(),
            Self::Yes => replays.done.is_some(),
            Self::Ok => replays.done == Some(true),
            Self::Failed => replays.done == Some(false),
            Self::Open => !replays.is_settled,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

impl Comparison {
    pub fn holds(self, left: u64, right: u64) -> bool {
        match self {
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Equal => left == right,
            Self::GreaterOrEqual => left >= right,
            Self::Greater => left > right,
        }
    }
}
