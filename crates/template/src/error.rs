//! What can go wrong with a template, and where.
//!
//! The kind is stable and decides the code a user sees; the message says what is wrong in the words of the template. A message
//! names types, keys and functions, never a value of the context: values may be secrets.

use std::fmt;

/// Line and column count from 1; a column counts bytes, as Go's does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub kind: ErrorKind,
    pub line: u32,
    pub column: u32,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The template cannot be parsed.
    Syntax,
    /// A function that does not exist, or one that is not offered because it reads the machine.
    UnknownFunction,
    /// A value of the wrong type, a failing function, an index out of range.
    Evaluation,
    /// A key that does not exist, when [`crate::MissingKey::Error`] is asked for.
    MissingKey,
    /// The template called `fail`.
    Failed,
    /// More steps than the budget has.
    Steps,
    /// More output than the budget has.
    Output,
    /// More memory than the budget has.
    Memory,
    /// Templates, parentheses or values nested deeper than the budget has.
    Depth,
    /// The caller's deadline passed.
    Deadline,
    /// The rendered text is not YAML that we accept.
    Document,
}

impl ErrorKind {
    /// A bound was hit: rendering the same again may or may not end differently, but the template is to blame.
    pub fn is_limit(self) -> bool {
        match self {
            Self::Steps | Self::Output | Self::Memory | Self::Depth | Self::Deadline => true,
            Self::Syntax
            | Self::UnknownFunction
            | Self::Evaluation
            | Self::MissingKey
            | Self::Failed
            | Self::Document => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for Error {}

/// Something accepted that Go would refuse, or that is better written otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub line: u32,
    pub column: u32,
    pub message: String,
}

/// A failure inside a function or a limit, before it has a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(crate) fn at(self, source: &str, offset: usize) -> Error {
        let (line, column) = place(source, offset);
        Error { kind: self.kind, line, column, message: self.message }
    }
}

impl From<String> for Fault {
    fn from(message: String) -> Self {
        Self { kind: ErrorKind::Evaluation, message }
    }
}

impl From<&str> for Fault {
    fn from(message: &str) -> Self {
        Self { kind: ErrorKind::Evaluation, message: message.to_owned() }
    }
}

/// Line and column of a byte offset.
pub(crate) fn place(source: &str, offset: usize) -> (u32, u32) {
    let before = &source.as_bytes()[..offset.min(source.len())];
    let line = before.split(|byte| *byte == b'\n').count();
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}
