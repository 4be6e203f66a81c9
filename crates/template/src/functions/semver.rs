//! Semantic versions and constraints, as sprig's library of 2.22.0 reads them.
//!
//! `v1.2` is `1.2.0`. A constraint is `||` of `,` of comparisons; `1.x`, `1.2` and `~` leave the rest open, `1.2 - 1.4` is a range. A
//! pre-release fits only a constraint that names one.

use std::cmp::Ordering;
use std::fmt;
use std::rc::Rc;
use std::sync::LazyLock;

use ::regex::{Captures, Regex};

use super::{Function, Kind};
use crate::error::Fault;
use crate::value::Value;

use Kind::Text;

const SUFFIX: &str =
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?";

static VERSION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(&format!(r"^v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?{SUFFIX}$")).ok()
});
static CONSTRAINT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let number = r"[0-9xX*|]+";
    Regex::new(&format!(
        r"^\s*(|=|!=|>|<|>=|=>|<=|=<|~|~>|\^)\s*v?({number})(?:\.({number}))?(?:\.({number}))?{SUFFIX}\s*$"
    ))
    .ok()
});
static RANGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let number = r"v?[0-9xX*|]+(?:\.[0-9xX*|]+)?(?:\.[0-9xX*|]+)?(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z.-]+)?";
    Regex::new(&format!(r"\s*({number})\s+-\s+({number})\s*")).ok()
});

pub(super) const TABLE: &[Function] = &[
    Function::fixed("semver", &[Text], |_, given| {
        Ok(Value::Version(Rc::new(Version::parse(given.text(0))?)))
    }),
    Function::fixed("semverCompare", &[Text, Text], |meter, given| {
        meter.steps(16 + given.text(0).len() + given.text(1).len())?;
        let alternatives = constraints(given.text(0))?;
        let version = Version::parse(given.text(1))?;
        let fits = alternatives.iter().any(|all| all.iter().all(|one| one.fits(&version)));
        Ok(Value::Bool(fits))
    }),
];

#[derive(Clone, Debug)]
pub(crate) struct Version {
    major: i64,
    minor: i64,
    patch: i64,
    pre: String,
    metadata: String,
    original: String,
}

impl Version {
    fn parse(text: &str) -> Result<Self, Fault> {
        let wrong = || Fault::from("this is not a semantic version");
        let captures = VERSION.as_ref().and_then(|regex| regex.captures(text)).ok_or_else(wrong)?;
        let number = |index| match captures.get(index) {
            Some(digits) => digits.as_str().parse().map_err(|_| wrong()),
            None => Ok(0),
        };
        Ok(Self {
            major: number(1)?,
            minor: number(2)?,
            patch: number(3)?,
            pre: text_of(&captures, 4),
            metadata: text_of(&captures, 5),
            original: text.to_owned(),
        })
    }

    pub(crate) fn original(&self) -> &str {
        &self.original
    }

    fn compare(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| {
            match (self.pre.as_str(), other.pre.as_str()) {
                ("", "") => Ordering::Equal,
                ("", _) => Ordering::Greater,
                (_, "") => Ordering::Less,
                (left, right) => compare_pre(left, right),
            }
        })
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.original == other.original
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre.is_empty() {
            write!(out, "-{}", self.pre)?;
        }
        if !self.metadata.is_empty() {
            write!(out, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

fn text_of(captures: &Captures<'_>, index: usize) -> String {
    captures.get(index).map_or_else(String::new, |found| found.as_str().to_owned())
}

/// Part by part: numbers before words, a shorter list before a longer one.
fn compare_pre(left: &str, right: &str) -> Ordering {
    let (mut lefts, mut rights) = (left.split('.'), right.split('.'));
    loop {
        let ordering = match (lefts.next(), rights.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) => match (left.parse::<u64>(), right.parse::<u64>()) {
                (Ok(left), Ok(right)) => left.cmp(&right),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => left.cmp(right),
            },
        };
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
}

struct Constraint {
    operator: String,
    version: Version,
    open_minor: bool,
    open_patch: bool,
    open: bool,
}

fn constraints(text: &str) -> Result<Vec<Vec<Constraint>>, Fault> {
    let ranged = match RANGE.as_ref() {
        Some(range) => range.replace_all(text, ">= $1, <= $2").into_owned(),
        None => text.to_owned(),
    };
    ranged.split("||").map(|all| all.split(',').map(constraint).collect()).collect()
}

fn constraint(text: &str) -> Result<Constraint, Fault> {
    let wrong = || Fault::from("this is not a version constraint");
    let captures = CONSTRAINT.as_ref().and_then(|regex| regex.captures(text)).ok_or_else(wrong)?;
    let part = |index| text_of(&captures, index);
    let is_open = |text: &str| matches!(text, "x" | "X" | "*");
    let (major, minor, patch) = (part(2), part(3), part(4));
    let suffix = if part(5).is_empty() { String::new() } else { format!("-{}", part(5)) };
    let (version, open_minor, open_patch, open) = if is_open(&major) {
        ("0.0.0".to_owned(), false, false, true)
    } else if minor.is_empty() || is_open(&minor) {
        (format!("{major}.0.0{suffix}"), true, false, true)
    } else if is_open(&patch) {
        (format!("{major}.{minor}.0{suffix}"), false, true, true)
    } else {
        let patch = if patch.is_empty() { patch } else { format!(".{patch}") };
        (format!("{major}.{minor}{patch}{suffix}"), false, false, false)
    };
    let version = Version::parse(&version).map_err(|_| wrong())?;
    Ok(Constraint { operator: part(1), version, open_minor, open_patch, open })
}

impl Constraint {
    fn fits(&self, version: &Version) -> bool {
        let wanted = &self.version;
        let unwanted_pre = !version.pre.is_empty() && wanted.pre.is_empty();
        if self.operator == "!=" && !self.open {
            return version.compare(wanted) != Ordering::Equal;
        }
        if unwanted_pre {
            return false;
        }
        let ordering = version.compare(wanted);
        match self.operator.as_str() {
            "!=" => {
                version.major != wanted.major || (version.minor != wanted.minor && !self.open_minor)
            }
            ">" => ordering == Ordering::Greater,
            ">=" | "=>" => ordering != Ordering::Less,
            "<" if !self.open => ordering == Ordering::Less,
            "<=" | "=<" if !self.open => ordering != Ordering::Greater,
            "<" | "<=" | "=<" => {
                version.major <= wanted.major && (version.minor <= wanted.minor || self.open_minor)
            }
            "^" => ordering != Ordering::Less && version.major == wanted.major,
            "~" | "~>" => self.about(version, ordering),
            _ if self.open => self.about(version, ordering),
            _ => ordering == Ordering::Equal,
        }
    }

    fn about(&self, version: &Version, ordering: Ordering) -> bool {
        let wanted = &self.version;
        let any = wanted.major == 0 && wanted.minor == 0 && wanted.patch == 0;
        if ordering == Ordering::Less {
            return false;
        }
        if any && !self.open_minor && !self.open_patch {
            return true;
        }
        version.major == wanted.major && (version.minor == wanted.minor || self.open_minor)
    }
}

/// The methods of a version.
pub(crate) fn method(
    version: &Rc<Version>,
    name: &str,
    arguments: &[Value],
) -> Result<Value, Fault> {
    Ok(match (name, arguments) {
        ("Major", []) => Value::int64(version.major),
        ("Minor", []) => Value::int64(version.minor),
        ("Patch", []) => Value::int64(version.patch),
        ("Prerelease", []) => Value::text(&version.pre),
        ("Metadata", []) => Value::text(&version.metadata),
        ("Original", []) => Value::text(&version.original),
        ("String", []) => Value::from(version.to_string()),
        ("Compare", [Value::Version(other)]) => Value::int(version.compare(other) as i64),
        ("Equal", [Value::Version(other)]) => {
            Value::Bool(version.compare(other) == Ordering::Equal)
        }
        ("LessThan", [Value::Version(other)]) => {
            Value::Bool(version.compare(other) == Ordering::Less)
        }
        ("GreaterThan", [Value::Version(other)]) => {
            Value::Bool(version.compare(other) == Ordering::Greater)
        }
        _ => {
            let message = format!("a version has no `{name}` with {} arguments", arguments.len());
            return Err(message.into());
        }
    })
}
