//! Splits a template into text and the tokens between `{%` and `%}`.
//!
//! The whole source becomes one list of tokens. Trimming (`{%- ` and ` -%}`) and comments end here; the parser never sees them. A trim
//! marker needs its space, because `{%-3%}` is the number -3. White space inside an action is a token, because `.a .b` are two
//! operands and `.a.b` is one.

use crate::error::{ErrorKind, Fault};
use crate::options::Delimiters;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Open,
    Close,
    Space,
    Pipe,
    LeftParen,
    RightParen,
    Assign,
    Declare,
    Comma,
    Dot,
    Field,
    Variable,
    Word,
    Keyword(Keyword),
    Bool,
    Number,
    Character,
    Quoted,
    Raw,
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl Keyword {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "block" => Self::Block,
            "break" => Self::Break,
            "continue" => Self::Continue,
            "define" => Self::Define,
            "else" => Self::Else,
            "end" => Self::End,
            "if" => Self::If,
            "nil" => Self::Nil,
            "range" => Self::Range,
            "template" => Self::Template,
            "with" => Self::With,
            _ => return None,
        })
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) at: usize,
    pub(crate) text: &'a str,
}

/// A failure with the offset where it is.
pub(crate) type Misread = (usize, Fault);

pub(crate) fn lex(source: &str, delimiters: Delimiters) -> Result<Vec<Token<'_>>, Misread> {
    let mut lexer = Lexer { source, delimiters, at: 0, tokens: Vec::new() };
    lexer.text()?;
    Ok(lexer.tokens)
}

struct Lexer<'a> {
    source: &'a str,
    delimiters: Delimiters,
    at: usize,
    tokens: Vec<Token<'a>>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn push(&mut self, kind: Kind, from: usize) {
        self.tokens.push(Token { kind, at: from, text: &self.source[from..self.at] });
    }

    fn text(&mut self) -> Result<(), Misread> {
        let mut trim_start = false;
        loop {
            let from = self.at;
            let found = self.rest().find(self.delimiters.open);
            let until = found.map_or(self.source.len(), |index| from + index);
            let mut text = &self.source[from..until];
            if trim_start {
                text = text.trim_start_matches(is_space);
            }
            let inside = until + self.delimiters.open.len();
            let trims = found.is_some() && left_trim(&self.source[inside..]);
            if trims {
                text = text.trim_end_matches(is_space);
            }
            if !text.is_empty() {
                self.tokens.push(Token { kind: Kind::Text, at: from, text });
            }
            self.at = until;
            if found.is_none() {
                self.push(Kind::End, until);
                return Ok(());
            }
            self.at = inside;
            let body = inside + if trims { 2 } else { 0 };
            trim_start = if self.source[body..].starts_with("/*") {
                self.at = body;
                self.comment()?
            } else {
                self.push(Kind::Open, until);
                self.at = body;
                self.action(until)?
            };
        }
    }

    /// Returns whether the text behind is trimmed.
    fn comment(&mut self) -> Result<bool, Misread> {
        let from = self.at;
        let Some(index) = self.source[from + 2..].find("*/") else {
            return Err(refuse(from, "this comment is never closed with `*/`"));
        };
        self.at = from + 2 + index + 2;
        let Some(trims) = self.at_close() else {
            return Err(refuse(
                self.at,
                format!("a comment must be followed by `{}` at once", self.delimiters.close),
            ));
        };
        self.at += self.delimiters.close.len() + if trims { 2 } else { 0 };
        Ok(trims)
    }

    /// Whether `%}` is here, and with a trim marker.
    fn at_close(&self) -> Option<bool> {
        let rest = self.rest();
        if rest.starts_with(self.delimiters.close) {
            return Some(false);
        }
        let mut characters = rest.chars();
        let marked = characters.next().is_some_and(is_space) && characters.next() == Some('-');
        (marked && rest[2..].starts_with(self.delimiters.close)).then_some(true)
    }

    fn action(&mut self, opened: usize) -> Result<bool, Misread> {
        let mut depth = 0_usize;
        loop {
            if let Some(trims) = self.at_close() {
                if depth > 0 {
                    return Err(refuse(self.at, "a `(` is not closed"));
                }
                if trims {
                    self.at += 2;
                }
                let from = self.at;
                self.at += self.delimiters.close.len();
                self.push(Kind::Close, from);
                return Ok(trims);
            }
            let from = self.at;
            let Some(character) = self.rest().chars().next() else {
                return Err(refuse(
                    opened,
                    format!("this action is never closed with `{}`", self.delimiters.close),
                ));
            };
            self.at += character.len_utf8();
            match character {
                _ if is_space(character) => self.space(from),
                '=' => self.push(Kind::Assign, from),
                ':' if self.rest().starts_with('=') => {
                    self.at += 1;
                    self.push(Kind::Declare, from);
                }
                '|' => self.push(Kind::Pipe, from),
                ',' => self.push(Kind::Comma, from),
                '(' => {
                    depth += 1;
                    self.push(Kind::LeftParen, from);
                }
                ')' if depth == 0 => return Err(refuse(from, "this `)` closes nothing")),
                ')' => {
                    depth -= 1;
                    self.push(Kind::RightParen, from);
                }
                '"' => self.quoted(from, '"', Kind::Quoted)?,
                '\'' => self.quoted(from, '\'', Kind::Character)?,
                '`' => self.raw(from)?,
                '$' => self.name(from, Kind::Variable)?,
                '.' if !self.rest().starts_with(|next: char| next.is_ascii_digit()) => {
                    self.name(from, Kind::Field)?;
                }
                '.' | '+' | '-' | '0'..='9' => self.number(from)?,
                _ if is_name(character) => self.word(from)?,
                _ => {
                    return Err(refuse(from, format!("unexpected `{character}` in an action")));
                }
            }
        }
    }

    /// A run of white space, less the one that belongs to ` -%}`.
    fn space(&mut self, from: usize) {
        while self.at_close() != Some(true)
            && let Some(next) = self.rest().chars().next().filter(|next| is_space(*next))
        {
            self.at += next.len_utf8();
        }
        self.push(Kind::Space, from);
    }

    fn quoted(&mut self, from: usize, quote: char, kind: Kind) -> Result<(), Misread> {
        let mut escaped = false;
        for (index, character) in self.rest().char_indices() {
            match character {
                '\n' => break,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if character == quote => {
                    self.at += index + 1;
                    self.push(kind, from);
                    return Ok(());
                }
                _ => {}
            }
        }
        Err(refuse(from, format!("this `{quote}` is not closed on its line")))
    }

    fn raw(&mut self, from: usize) -> Result<(), Misread> {
        let Some(index) = self.rest().find('`') else {
            return Err(refuse(from, "this raw string is never closed with a backquote"));
        };
        self.at += index + 1;
        self.push(Kind::Raw, from);
        Ok(())
    }

    fn names(&mut self) {
        let length = self.rest().find(|next| !is_name(next)).unwrap_or_else(|| self.rest().len());
        self.at += length;
    }

    /// `.name`, `$name`, or the bare `.` and `$`.
    fn name(&mut self, from: usize, kind: Kind) -> Result<(), Misread> {
        self.names();
        self.terminated()?;
        let bare = self.at == from + 1;
        self.push(if bare && kind == Kind::Field { Kind::Dot } else { kind }, from);
        Ok(())
    }

    fn word(&mut self, from: usize) -> Result<(), Misread> {
        self.names();
        self.terminated()?;
        let kind = match &self.source[from..self.at] {
            "true" | "false" => Kind::Bool,
            word => Keyword::parse(word).map_or(Kind::Word, Kind::Keyword),
        };
        self.push(kind, from);
        Ok(())
    }

    /// After a name comes a space, a point or punctuation: `$x+2` is refused rather than read as two things.
    fn terminated(&self) -> Result<(), Misread> {
        let rest = self.rest();
        match rest.chars().next() {
            None | Some('.' | ',' | '|' | ':' | ')' | '(') => Ok(()),
            Some(next) if is_space(next) || rest.starts_with(self.delimiters.close) => Ok(()),
            Some(next) => Err(refuse(self.at, format!("unexpected `{next}` after a name"))),
        }
    }

    /// Everything that could belong to a number; whether it is one says the parser.
    fn number(&mut self, from: usize) -> Result<(), Misread> {
        let hexadecimal = self.source[from..]
            .trim_start_matches(['+', '-'])
            .to_ascii_lowercase()
            .starts_with("0x");
        let mut previous = ' ';
        for character in self.rest().chars() {
            let sign = matches!(character, '+' | '-')
                && (matches!(previous, 'p' | 'P')
                    || (matches!(previous, 'e' | 'E') && !hexadecimal));
            if !(is_name(character) || character == '.' || sign) {
                break;
            }
            previous = character;
            self.at += character.len_utf8();
        }
        if self.rest().starts_with(['+', '-']) {
            return Err(refuse(from, "complex numbers are not offered"));
        }
        self.push(Kind::Number, from);
        Ok(())
    }
}

fn refuse(at: usize, message: impl Into<String>) -> Misread {
    (at, Fault::new(ErrorKind::Syntax, message))
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

fn is_name(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

fn left_trim(inside: &str) -> bool {
    let mut characters = inside.chars();
    characters.next() == Some('-') && characters.next().is_some_and(is_space)
}
