//! Why a text is no query: what, where, and what would be one.

/// Which rule the text breaks; each has a page in `docs/errors/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// It cannot be read: a bracket, a quotation mark, an operator.
    Syntax,
    /// A value is not of its key's kind.
    Value,
    /// Too long, too deep, too many conditions.
    TooLarge,
}

impl Code {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "MP-QUERY-01",
            Self::Value => "MP-QUERY-02",
            Self::TooLarge => "MP-QUERY-03",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at character {})", .at + 1)]
pub struct Unreadable {
    pub code: Code,
    pub message: String,
    /// Characters before the place; with `length` it can be underlined.
    pub at: usize,
    pub length: usize,
}

impl Unreadable {
    /// The text with the place underlined, for a terminal. The text has no line breaks after `parse` saw it.
    pub fn underline(&self, text: &str) -> String {
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        format!("{line}\n{}{}", " ".repeat(self.at), "^".repeat(self.length.max(1)))
    }
}
