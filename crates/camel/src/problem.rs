//! What is wrong with a file, where, and what was probably meant.
//!
//! A problem is an error when Camel would refuse the folder, too, or when a rule of ours is broken
//! (bounds, tags, duplicate keys); it is a warning when only a run can tell. The text is written so
//! that `Display` is the line a person reads in the terminal that pushed:
//! ``orders/orders.camel.yaml:14:9 unknown component `htpp`, did you mean `http`?``
//!
//! Codes are stable and each has a page under `docs/errors/`.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Error,
    Warning,
}

impl Severity {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One-based; `0:0` stands for the whole file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub severity: Severity,
    pub code: &'static str,
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub message: String,
    /// The known name that is closest to the unknown one.
    pub nearest: Option<String>,
}

impl Problem {
    pub fn error(code: &'static str, file: &str, at: Position, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            file: file.to_owned(),
            line: at.line,
            column: at.column,
            message: message.into(),
            nearest: None,
        }
    }

    pub fn warning(
        code: &'static str,
        file: &str,
        at: Position,
        message: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, file, at, message) }
    }

    /// Adds the nearest of `known`, when one is near enough to be what was meant.
    #[must_use]
    pub fn suggest<'a>(mut self, wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        self.nearest = nearest(wrong, known).map(ToOwned::to_owned);
        self
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, " {}", self.message)?;
        if let Some(nearest) = &self.nearest {
            write!(f, ", did you mean `{nearest}`?")?;
        }
        Ok(())
    }
}

/// Names longer than this are not compared: the distance is quadratic in their lengths.
const MAX_COMPARED_CHARS: usize = 64;

/// The name within a third of its length, the first of equally near ones.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = wrong.chars().count();
    if length == 0 || length > MAX_COMPARED_CHARS {
        return None;
    }
    let wrong = wrong.to_lowercase();
    let allowed = (length / 3).max(1);
    known
        .into_iter()
        .filter(|name| name.len() <= MAX_COMPARED_CHARS)
        .map(|name| (strsim::osa_distance(&wrong, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        assert_eq!(nearest("htpp", ["ftp", "http", "https"]), Some("http"));
        assert_eq!(nearest("dirct", ["direct", "disruptor"]), Some("direct"));
        assert_eq!(nearest("zzz", ["direct", "seda"]), None);
        assert_eq!(nearest("", ["direct"]), None);
    }

    #[test]
    fn a_problem_reads_as_a_line() {
        let at = Position { line: 14, column: 9 };
        let problem =
            Problem::error("MP-CAMEL-10", "orders/a.yaml", at, "unknown component `htpp`")
                .suggest("htpp", ["http"]);
        assert_eq!(
            problem.to_string(),
            "orders/a.yaml:14:9 unknown component `htpp`, did you mean `http`?"
        );
    }
}
