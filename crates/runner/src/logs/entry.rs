//! One log entry as it is sent: a JSON object on one line.
//!
//! A line of the JVM's log already is one; it only gets the instance's number. A line that the process printed (or a torn
//! one) becomes the message of an entry with level OUT or ERR; its time is the best that is known.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::record::Number;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

impl Level {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "trace" => Some(Self::Trace),
            "debug" => Some(Self::Debug),
            "info" | "out" => Some(Self::Info),
            "warn" | "warning" | "err" => Some(Self::Warn),
            "error" => Some(Self::Error),
            _ => None,
        }
    }
}

/// Which of the two outputs a printed line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    Out,
    Err,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) time_ms: i64,
    pub(crate) level: Level,
    /// The JSON object, without line end.
    pub(crate) line: String,
}

#[derive(Deserialize)]
struct Known {
    time: Option<Timestamp>,
    level: Option<String>,
}

impl Entry {
    /// From a line of the log; `otherwise_ms` when it does not say its time.
    pub(crate) fn logged(line: &[u8], instance: Number, otherwise_ms: i64) -> Self {
        let text = String::from_utf8_lossy(line);
        match (serde_json::from_str::<Known>(&text), text.trim_end().strip_suffix('}')) {
            (Ok(known), Some(open)) => Self {
                time_ms: known.time.map_or(otherwise_ms, Timestamp::as_millisecond),
                level: known.level.as_deref().and_then(Level::parse).unwrap_or(Level::Info),
                line: format!("{open},\"instance\":{instance}}}"),
            },
            _ => Self::printed(line, Output::Out, instance, otherwise_ms),
        }
    }

    pub(crate) fn printed(line: &[u8], output: Output, instance: Number, time_ms: i64) -> Self {
        let (level, name, logger) = match output {
            Output::Out => (Level::Info, "OUT", "stdout"),
            Output::Err => (Level::Warn, "ERR", "stderr"),
        };
        let time = Timestamp::from_millisecond(time_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let message = String::from_utf8_lossy(line);
        let line = json!({"time": format!("{time:.3}"), "level": name, "logger": logger, "thread": "",
            "message": message.trim_end(), "instance": instance});
        Self { time_ms, level, line: line.to_string() }
    }

    /// Looks in what a person sees, not in the JSON around it.
    pub(crate) fn contains(&self, text: &str) -> bool {
        #[derive(Deserialize)]
        struct Seen {
            #[serde(default)]
            message: String,
            #[serde(default)]
            logger: String,
            #[serde(default)]
            stack: Option<String>,
        }
        let Ok(seen) = serde_json::from_str::<Seen>(&self.line) else { return false };
        seen.message.contains(text)
            || seen.logger.contains(text)
            || seen.stack.is_some_and(|stack| stack.contains(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_becomes_one_json_object() {
        let line = br#"{"time":"2026-01-01T12:00:00.123Z","level":"WARN","message":"a \"b\""}"#;
        let entry = Entry::logged(line, 7, 0);
        assert_eq!((entry.time_ms, entry.level), (1_767_268_800_123, Level::Warn));
        let json: serde_json::Value = serde_json::from_str(&entry.line).unwrap();
        assert_eq!(json["instance"], 7);
        assert!(entry.contains("\"b\"") && !entry.contains("instance"));
        let torn = Entry::logged(br#"{"time":"2026-0"#, 7, 5);
        let json: serde_json::Value = serde_json::from_str(&torn.line).unwrap();
        assert_eq!((json["level"].as_str(), torn.time_ms), (Some("OUT"), 5));
    }
}
