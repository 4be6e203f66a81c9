//! Tests of an element: `name=="a"`, `age>40`, `name%"a*"`, or that something is there.

use serde_json::Value;

use super::parse::Step;
use super::walk;

#[derive(Clone, Debug)]
pub(super) struct Test {
    pub(super) path: Vec<Step>,
    pub(super) comparison: Option<(Comparison, Value)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
    NotLike,
}

impl Comparison {
    /// The comparison at the start of a text, and what follows it.
    pub(super) fn parse(text: &str) -> Option<(Self, &str)> {
        let known = [
            ("==", Self::Equal),
            ("!=", Self::NotEqual),
            ("<=", Self::LessOrEqual),
            (">=", Self::GreaterOrEqual),
            ("!%", Self::NotLike),
            ("=", Self::Equal),
            ("<", Self::Less),
            (">", Self::Greater),
            ("%", Self::Like),
        ];
        known.iter().find_map(|(sign, known)| Some((*known, text.strip_prefix(sign)?)))
    }
}

impl Test {
    pub(super) fn holds(&self, item: &Value) -> bool {
        let Some(found) = walk(item, &self.path, &mut 0) else { return false };
        let Some((comparison, wanted)) = &self.comparison else { return true };
        match (&found, wanted) {
            (Value::String(found), Value::String(wanted)) => match comparison {
                Comparison::Like => matches(found, wanted),
                Comparison::NotLike => !matches(found, wanted),
                other => other.orders(found.as_str().partial_cmp(wanted.as_str())),
            },
            (Value::Number(found), Value::Number(wanted)) => {
                comparison.orders(found.as_f64().partial_cmp(&wanted.as_f64()))
            }
            (Value::Bool(found), Value::Bool(wanted)) => {
                comparison.orders(found.partial_cmp(wanted))
            }
            (Value::Null, Value::Null) => comparison.orders(Some(std::cmp::Ordering::Equal)),
            _ => *comparison == Comparison::NotEqual,
        }
    }
}

impl Comparison {
    fn orders(self, ordering: Option<std::cmp::Ordering>) -> bool {
        let Some(ordering) = ordering else { return self == Self::NotEqual };
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
            Self::Like | Self::NotLike => false,
        }
    }
}

/// `*` is any text, `?` one character, a backslash makes the next stand for itself. Linear in the text for each star.
pub(super) fn matches(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut wanted: Vec<(char, bool)> = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => wanted.extend(characters.next().map(|next| (next, false))),
            other => wanted.push((other, true)),
        }
    }
    let (mut at, mut next) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match wanted.get(next) {
            Some(('*', true)) => {
                star = Some((next, at));
                next += 1;
            }
            Some((character, special))
                if (*special && *character == '?') || *character == text[at] =>
            {
                at += 1;
                next += 1;
            }
            _ => {
                let Some((mark, from)) = star else { return false };
                star = Some((mark, from + 1));
                at = from + 1;
                next = mark + 1;
            }
        }
    }
    wanted[next..].iter().all(|one| *one == ('*', true))
}
