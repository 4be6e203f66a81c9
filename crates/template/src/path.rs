//! Finds a value inside an object, by the paths of gjson.
//!
//! `data.tls\.crt`, `list.0.name`, `list.#` (the length), `list.#.name` (of each), `list.#(name=="a").port` (the first), `#(...)#` (all),
//! `a*` (a wildcard key), and the modifiers `@this @reverse @flatten @keys @values @tostr @fromstr`. A path that finds nothing is
//! `None`, never an error; a path that means nothing is [`Unreadable`]. Left out are literals (`!`), multipaths (`{a,b}`) and JSON lines: they
//! make values instead of finding them.

mod parse;
mod query;
#[cfg(test)]
mod tests;

use serde_json::Value;

use self::parse::Step;

/// A path is written by hand; this is a screen full.
const LONGEST: usize = 1_024;
/// What one look-up may visit: an object of 1 MiB has fewer values, and a path that multiplies them is stopped.
const VISITS: u32 = 100_000;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the path is not readable at character {at}: {message}")]
pub struct Unreadable {
    pub at: usize,
    pub message: String,
}

#[derive(Clone, Debug)]
pub struct Path(Vec<Step>);

impl Path {
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        if text.len() > LONGEST {
            return Err(Unreadable { at: LONGEST, message: format!("longer than {LONGEST}") });
        }
        parse::parse(text).map(Self)
    }

    /// The value at this path; none also where the look-up would take too long.
    pub fn find(&self, value: &Value) -> Option<Value> {
        walk(value, &self.0, &mut 0)
    }
}

fn walk(value: &Value, steps: &[Step], visits: &mut u32) -> Option<Value> {
    *visits += 1;
    if *visits > VISITS {
        return None;
    }
    let Some((step, rest)) = steps.split_first() else { return Some(value.clone()) };
    match (step, value) {
        (Step::Key { name, wild: false }, Value::Object(entries)) => {
            walk(entries.get(name)?, rest, visits)
        }
        (Step::Key { name, wild: true }, Value::Object(entries)) => {
            let (_, found) = entries.iter().find(|(key, _)| query::matches(key, name))?;
            walk(found, rest, visits)
        }
        (Step::Key { name, .. }, Value::Array(items)) => {
            let index: usize = name.parse().ok()?;
            walk(items.get(index)?, rest, visits)
        }
        (Step::Count, Value::Array(items)) if rest.is_empty() => Some(items.len().into()),
        (Step::Count, Value::Array(items)) => each(items.iter(), rest, visits),
        (Step::Find { test, all }, Value::Array(items)) => {
            let mut found = items.iter().filter(|item| test.holds(item));
            if *all { each(found, rest, visits) } else { walk(found.next()?, rest, visits) }
        }
        (Step::Modify(modifier), value) => walk(&modifier.apply(value)?, rest, visits),
        _ => None,
    }
}

/// What the rest of the path finds in each; elements without it are left out.
fn each<'v>(
    items: impl Iterator<Item = &'v Value>,
    rest: &[Step],
    visits: &mut u32,
) -> Option<Value> {
    let mut found = Vec::new();
    for item in items {
        found.extend(walk(item, rest, visits));
        if *visits > VISITS {
            return None;
        }
    }
    Some(Value::Array(found))
}
