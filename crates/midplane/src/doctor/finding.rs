//! What one check found.

use std::fmt::Write as _;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    Fine,
    /// Works, but somebody should know.
    Warning,
    Fault,
    /// Could not be looked at, for a reason that another line tells.
    Skipped,
}

impl Grade {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Warning => "warning",
            Self::Fault => "fault",
            Self::Skipped => "skipped",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Finding {
    pub check: &'static str,
    pub grade: Grade,
    pub found: String,
    pub next: Option<String>,
}

impl Finding {
    pub fn fine(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, grade: Grade::Fine, found: found.into(), next: None }
    }

    pub fn warning(check: &'static str, found: impl Into<String>, next: impl Into<String>) -> Self {
        Self { check, grade: Grade::Warning, found: found.into(), next: Some(next.into()) }
    }

    pub fn fault(check: &'static str, found: impl Into<String>, next: impl Into<String>) -> Self {
        Self { check, grade: Grade::Fault, found: found.into(), next: Some(next.into()) }
    }

    pub fn skipped(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, grade: Grade::Skipped, found: found.into(), next: None }
    }

    /// A failure of the code that `up` uses, as a fault with the same words.
    pub fn of(check: &'static str, failure: &crate::failure::Failure) -> Self {
        let mut found = format!("{} [{}]", failure.message, failure.code);
        if let Some(cause) = failure.causes.last() {
            let _ = write!(found, ": {cause}");
        }
        Self { check, grade: Grade::Fault, found, next: failure.next.clone() }
    }
}
