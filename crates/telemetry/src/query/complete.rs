//! What may stand at a place of a query: data for the search box and for the shell.
//!
//! Keys and fixed values are known here; names (routes, integrations, attributes) are the organization's and come from
//! the caller, which is told by `Values` what to look up.

use super::parse::KEYS;

/// What a value is a name of; the caller knows the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Values {
    Route,
    Integration,
    Environment,
    Runtime,
    Release,
    Node,
    ErrorClass,
    /// Values of one attribute are too many to list; its name is a key.
    AttributeName,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Replaces the characters from `Completion::at` up to the cursor.
    pub text: String,
    pub explains: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// In characters.
    pub at: usize,
    /// What stands there already.
    pub typed: String,
    pub suggestions: Vec<Suggestion>,
    /// Names to add, of this kind, that begin with `value`.
    pub values: Option<(Values, String)>,
}

/// What may be written at `cursor` (in characters).
pub fn complete(text: &str, cursor: usize) -> Completion {
    let before: Vec<char> = text.chars().take(cursor).collect();
    let begin = before
        .iter()
        .rposition(|c| c.is_whitespace() || matches!(c, '(' | '"'))
        .map_or(0, |at| at + 1);
    let minus = usize::from(before.get(begin) == Some(&'-'));
    let word: String = before[begin + minus..].iter().collect();
    let at = begin + minus;
    let Some(sign) = word.find([':', '=', '<', '>']) else {
        return keys(at, word);
    };
    let (key, value) = (&word[..sign], word[sign..].trim_start_matches([':', '=', '<', '>']));
    let at = at + word.chars().count() - value.chars().count();
    let suggestions = fixed(key)
        .iter()
        .filter(|(one, _)| one.starts_with(value))
        .map(|(one, explains)| Suggestion {
            text: (*one).to_owned(),
            explains: (*explains).to_owned(),
        })
        .collect();
    let values = match key {
        "route" => Some(Values::Route),
        "integration" => Some(Values::Integration),
        "env" | "environment" => Some(Values::Environment),
        "runtime" => Some(Values::Runtime),
        "release" => Some(Values::Release),
        "node" => Some(Values::Node),
        "class" | "error" => Some(Values::ErrorClass),
        _ => None,
    };
    Completion {
        at,
        typed: value.to_owned(),
        suggestions,
        values: values.map(|kind| (kind, value.to_owned())),
    }
}

/// Values that a key knows, each with what it means where the word does not say it.
fn fixed(key: &str) -> &'static [(&'static str, &'static str)] {
    match key {
        "outcome" | "status" => &[
            ("completed", "went to its end"),
            ("handled", "an error came up, and the route dealt with it"),
            ("failed", "ended with an error"),
            ("inflight", "has not ended yet"),
        ],
        "replayed" => &[
            ("no", "never"),
            ("ok", "a replay of it completed"),
            ("failed", "replayed, and none completed"),
            ("open", "nothing has repaired it, nor is about to: what a bulk replay takes"),
            ("yes", "at all"),
        ],
        "is" => &[
            ("replay", "it repeats another message"),
            ("skewed", "the clock was wrong where it ran"),
            ("truncated", "its steps are cut"),
        ],
        "since" | "until" => &[("15m", ""), ("1h", ""), ("6h", ""), ("1d", ""), ("7d", "")],
        "dur" | "duration" => &[("200ms", ""), ("1s", ""), ("10s", "")],
        _ => &[],
    }
}

fn keys(at: usize, word: String) -> Completion {
    let suggestions = KEYS
        .iter()
        .filter(|(key, _)| key.starts_with(word.as_str()))
        .map(|(key, explains)| Suggestion {
            text: match *key {
                "dur" | "steps" => format!("{key}>"),
                key if key.ends_with('.') => key.to_owned(),
                key => format!("{key}:"),
            },
            explains: (*explains).to_owned(),
        })
        .collect();
    Completion { at, values: Some((Values::AttributeName, word.clone())), typed: word, suggestions }
}
