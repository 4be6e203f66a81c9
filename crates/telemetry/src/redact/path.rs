//! Paths into a document, in the two notations people know.
//!
//! `$.a.b[0].c`, `$.a[*]`, `$..c` for JSON; `/a/b`, `//c`, `/a/@b` for XML. Both become the same steps and are compared with the place where a
//! scanner stands.

/// A longer path than a document may be deep can never match.
const MAX_STEPS: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) text: String,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
    Any,
    /// Any number of levels, also none.
    Deep,
}

/// Where a scanner stands, level by level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Key(String),
    Index(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPath {
    #[error("a JSON path begins with `$`")]
    NoDollar,
    #[error("an XML path begins with `/`")]
    NoSlash,
    #[error("it has an empty step")]
    EmptyStep,
    #[error("`[` is followed by a number or `*`, and `]`")]
    Index,
    #[error("it is longer than a document may be deep")]
    TooLong,
    #[error("it names the whole document")]
    Whole,
}

impl Path {
    pub(super) fn json(text: &str) -> Result<Self, BadPath> {
        let mut rest = text.strip_prefix('$').ok_or(BadPath::NoDollar)?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("..") {
                steps.push(Step::Deep);
                rest = after;
            } else if let Some(after) = rest.strip_prefix('.') {
                rest = after;
            } else if let Some(after) = rest.strip_prefix('[') {
                let (inside, after) = after.split_once(']').ok_or(BadPath::Index)?;
                let inside = inside.trim_matches(['\'', '"']);
                steps.push(match inside.parse() {
                    _ if inside == "*" => Step::Any,
                    Ok(index) => Step::Index(index),
                    Err(_) if !inside.is_empty() => Step::Key(inside.to_owned()),
                    Err(_) => return Err(BadPath::Index),
                });
                rest = after;
                continue;
            } else {
                return Err(BadPath::EmptyStep);
            }
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (key, after) = rest.split_at(end);
            match key {
                "" if rest.starts_with('[') => {}
                "" => return Err(BadPath::EmptyStep),
                "*" => steps.push(Step::Any),
                key => steps.push(Step::Key(key.to_owned())),
            }
            rest = after;
        }
        Self::checked(text, steps)
    }

    pub(super) fn xml(text: &str) -> Result<Self, BadPath> {
        let mut rest = text.strip_prefix('/').ok_or(BadPath::NoSlash)?;
        let mut steps = Vec::new();
        loop {
            if let Some(after) = rest.strip_prefix('/') {
                steps.push(Step::Deep);
                rest = after;
            }
            let (name, after) =
                rest.split_once('/').map_or((rest, None), |(name, after)| (name, Some(after)));
            match name {
                "" | "@" => return Err(BadPath::EmptyStep),
                "*" => steps.push(Step::Any),
                name => steps.push(Step::Key(name.to_owned())),
            }
            match after {
                Some(after) => rest = after,
                None => return Self::checked(text, steps),
            }
        }
    }

    fn checked(text: &str, steps: Vec<Step>) -> Result<Self, BadPath> {
        match steps.last() {
            None => Err(BadPath::Whole),
            Some(Step::Deep) => Err(BadPath::EmptyStep),
            Some(_) if steps.len() > MAX_STEPS => Err(BadPath::TooLong),
            Some(_) => Ok(Self { text: text.to_owned(), steps }),
        }
    }

    pub(super) fn matches(&self, place: &[Place]) -> bool {
        // Which steps may be reached after each level: linear in both, whatever the path repeats.
        let mut reached = vec![false; self.steps.len() + 1];
        reached[0] = true;
        self.skip_deep(&mut reached);
        for level in place {
            let mut next = vec![false; reached.len()];
            for (at, step) in self.steps.iter().enumerate().filter(|(at, _)| reached[*at]) {
                match (step, level) {
                    (Step::Deep, _) => next[at] = true,
                    (Step::Any, _) => next[at + 1] = true,
                    (Step::Key(key), Place::Key(is)) if key == is => next[at + 1] = true,
                    (Step::Index(index), Place::Index(is)) if index == is => next[at + 1] = true,
                    (Step::Key(_) | Step::Index(_), _) => {}
                }
            }
            self.skip_deep(&mut next);
            reached = next;
        }
        reached.last().copied().unwrap_or(false)
    }

    fn skip_deep(&self, reached: &mut [bool]) {
        for (at, step) in self.steps.iter().enumerate() {
            if reached[at] && *step == Step::Deep {
                reached[at + 1] = true;
            }
        }
    }
}
