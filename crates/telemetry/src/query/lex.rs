//! Cuts a query's text into words, quoted texts, operators and brackets, each with its place.
//!
//! An operator ends a word only once: in `header.url=http://x` and in `since:12:30` what follows the first operator is
//! one value. A word may hold any character but white space, brackets, quotation marks and, as long as it is a key,
//! operators.

use super::Comparison;
use super::error::{Code, Unreadable};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    /// `:`
    Has,
    Compare(Comparison),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Close,
    /// `-` before a term.
    Minus,
    Word(String),
    Quoted(String),
    Operator(Operator),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// In characters.
    pub(super) at: usize,
    pub(super) length: usize,
    /// Nothing stands between this token and the one before.
    pub(super) touches: bool,
}

pub(super) fn lex(text: &str) -> Result<Vec<Token>, Unreadable> {
    let letters: Vec<char> = text.chars().collect();
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    let mut end_of_last = usize::MAX;
    while at < letters.len() {
        let begin = at;
        let letter = letters[at];
        if letter.is_whitespace() {
            at += 1;
            continue;
        }
        let touches = end_of_last == begin;
        let is_value =
            touches && matches!(tokens.last(), Some(Token { kind: Kind::Operator(_), .. }));
        let kind = match letter {
            '(' if !is_value => {
                at += 1;
                Kind::Open
            }
            ')' => {
                at += 1;
                Kind::Close
            }
            '"' => Kind::Quoted(quoted(&letters, &mut at)?),
            '-' if !touches
                || matches!(tokens.last(), Some(Token { kind: Kind::Open | Kind::Minus, .. })) =>
            {
                at += 1;
                Kind::Minus
            }
            ':' | '<' | '>' | '=' if !is_value => Kind::Operator(operator(&letters, &mut at)),
            _ => Kind::Word(word(&letters, &mut at, is_value)),
        };
        tokens.push(Token { kind, at: begin, length: at - begin, touches });
        end_of_last = at;
    }
    Ok(tokens)
}

fn quoted(letters: &[char], at: &mut usize) -> Result<String, Unreadable> {
    let begin = *at;
    let mut text = String::new();
    *at += 1;
    while let Some(&letter) = letters.get(*at) {
        *at += 1;
        match letter {
            '"' => return Ok(text),
            '\\' => {
                if let Some(&next) = letters.get(*at) {
                    *at += 1;
                    text.push(next);
                }
            }
            other => text.push(other),
        }
    }
    Err(Unreadable {
        code: Code::Syntax,
        message: "the quotation mark is never closed".to_owned(),
        at: begin,
        length: 1,
    })
}

fn operator(letters: &[char], at: &mut usize) -> Operator {
    let or_equal = letters.get(*at + 1) == Some(&'=');
    let (operator, length) = match (letters[*at], or_equal) {
        (':', _) => (Operator::Has, 1),
        ('<', true) => (Operator::Compare(Comparison::LessOrEqual), 2),
        ('<', false) => (Operator::Compare(Comparison::Less), 1),
        ('>', true) => (Operator::Compare(Comparison::GreaterOrEqual), 2),
        ('>', false) => (Operator::Compare(Comparison::Greater), 1),
        _ => (Operator::Compare(Comparison::Equal), 1),
    };
    *at += length;
    operator
}

fn word(letters: &[char], at: &mut usize, is_value: bool) -> String {
    let mut text = String::new();
    while let Some(&letter) = letters.get(*at) {
        let ends = letter.is_whitespace()
            || matches!(letter, ')' | '"')
            || (!is_value && matches!(letter, '(' | ':' | '<' | '>' | '='));
        if ends {
            break;
        }
        text.push(letter);
        *at += 1;
    }
    text
}
