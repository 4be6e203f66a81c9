//! One thing to say about a file: where it is, what is wrong, what to do.
//!
//! Codes are stable and have a page each. No value of a Secret or configuration stands in a message, only names.

use std::fmt;

use crate::core::object::ObjectRef;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The operator or the API server would refuse it.
    Error,
    /// It works, and probably not as meant.
    Warning,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    pub code: &'static str,
    pub file: String,
    pub line: u32,
    pub column: u32,
    /// Absent where a file is not YAML at all.
    pub object: Option<ObjectRef>,
    pub field: String,
    pub message: String,
    pub next: String,
}

/// `socket.yaml:12:7: socket infra/pg spec.limit: ... Next: ...`
impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}:{}: ", self.file, self.line, self.column)?;
        if let Some(object) = &self.object {
            write!(out, "{object} ")?;
        }
        if !self.field.is_empty() {
            write!(out, "{}: ", self.field)?;
        }
        write!(out, "{}. Next: {}", self.message, self.next)
    }
}

/// Not YAML, or not as strict as we read it.
pub const NOT_READABLE: &str = "MP-LINT-01";
/// A field that the definition does not have; an API server would drop it.
pub const UNKNOWN_FIELD: &str = "MP-LINT-02";
/// A value of another type, or outside of what the definition allows.
pub const WRONG_VALUE: &str = "MP-LINT-03";
/// The wrong group and version.
pub const WRONG_VERSION: &str = "MP-LINT-04";
/// A template that cannot be parsed, or is accepted although Go would refuse it.
pub const TEMPLATE: &str = "MP-LINT-05";
/// A template asks for something that is never there.
pub const NEVER_THERE: &str = "MP-LINT-06";
/// A key that never arrives: not declared by the interface, or another place wins.
pub const KEY_LOST: &str = "MP-LINT-07";
/// A required key that nothing gives.
pub const KEY_MISSING: &str = "MP-LINT-08";
/// A regular expression or a path that cannot be read.
pub const EXPRESSION: &str = "MP-LINT-09";
/// An apparatus that cannot be called or started.
pub const APPARATUS: &str = "MP-LINT-10";
