//! Reads a query.
//!
//! ```text
//! query := any                    any  := all ("OR" all)*
//! all   := one+                   one  := ("-" | "NOT") one | "(" any ")" | term
//! term  := key op value | value   op   := ":" | "=" | "<" | "<=" | ">" | ">="
//! ```
//! `since:` and `until:` bound the whole question, so they stand outside brackets, `OR` and `NOT`: a look-up without a
//! bound in time would otherwise read every day that is kept.

use jiff::Timestamp;

use super::error::{Code, Unreadable};
use super::lex::{Kind, Operator, Token, lex};
use super::{
    Comparison, Condition, DEEPEST, Field, Filter, Flag, LONGEST, MOST, OutcomeIs, Pattern, Query,
    ReplayedIs,
};

/// Keys with a meaning of their own, in the order in which they are offered.
pub(super) const KEYS: &[(&str, &str)] = &[
    ("route", "route's id, `*` for any run of characters"),
    ("integration", "name of the integration"),
    ("outcome", "completed, handled, failed or inflight"),
    ("dur", "how long it took: dur>2s"),
    ("since", "not older than: 15m, 1h, 2d, or a time"),
    ("until", "older than"),
    ("error", "class or message of the error"),
    ("class", "class of the error"),
    ("node", "where it failed"),
    ("body", "words of a captured body: body:\"green tea\""),
    ("header.", "a captured header: header.orderId=A-17"),
    ("attr.", "an attribute whose name is also a key"),
    ("env", "environment"),
    ("runtime", "runtime it ran on"),
    ("release", "release that was running"),
    ("steps", "number of steps: steps>100"),
    ("fingerprint", "failures of one kind"),
    ("replayed", "no, ok, failed or open: how its replays went"),
    ("is", "replay, skewed or truncated"),
];

/// Reads `text`, counting times back from `now`.
pub fn parse(text: &str, now: Timestamp) -> Result<Query, Unreadable> {
    if text.len() > LONGEST {
        return Err(Unreadable {
            code: Code::TooLarge,
            message: format!("a query has at most {LONGEST} bytes, this one has {}", text.len()),
            at: 0,
            length: 1,
        });
    }
    let tokens = lex(text)?;
    let mut parser = Parser {
        end: text.chars().count(),
        tokens: &tokens,
        next: 0,
        depth: 0,
        bound: true,
        conditions: 0,
        now,
        query: Query::everything(),
    };
    if !tokens.is_empty() {
        parser.query.filter = parser.any()?;
    }
    if let Some(token) = parser.peek() {
        return Err(parser.wrong(token, "there is no bracket to close here"));
    }
    let Query { since_us, until_us, .. } = parser.query;
    if let (Some(since), Some(until)) = (since_us, until_us)
        && since >= until
    {
        return Err(Unreadable {
            code: Code::Value,
            message: "`since` is not before `until`, so nothing can match".to_owned(),
            at: 0,
            length: text.chars().count(),
        });
    }
    Ok(parser.query)
}

struct Parser<'a> {
    tokens: &'a [Token],
    next: usize,
    depth: usize,
    /// `since` and `until` may stand here.
    bound: bool,
    conditions: usize,
    now: Timestamp,
    query: Query,
    end: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.next)
    }

    fn take(&mut self) -> Option<&'a Token> {
        let token = self.peek();
        self.next += 1;
        token
    }

    #[expect(clippy::unused_self, reason = "reads as the other complaints do")]
    fn wrong(&self, token: &Token, message: impl Into<String>) -> Unreadable {
        Unreadable {
            code: Code::Syntax,
            message: message.into(),
            at: token.at,
            length: token.length,
        }
    }

    fn ended(&self, message: impl Into<String>) -> Unreadable {
        Unreadable { code: Code::Syntax, message: message.into(), at: self.end, length: 1 }
    }

    fn is_or(&self) -> bool {
        matches!(self.peek(), Some(Token { kind: Kind::Word(word), .. }) if word == "OR")
    }

    fn any(&mut self) -> Result<Filter, Unreadable> {
        // Whether an OR follows is known only afterwards; a bound before it is refused then.
        let before = (self.query.since_us, self.query.until_us);
        let first = self.all()?;
        if !self.is_or() {
            return Ok(first);
        }
        if before != (self.query.since_us, self.query.until_us) {
            let token = &self.tokens[self.next];
            return Err(self.wrong(token, BOUND_STANDS_ALONE));
        }
        let bound = std::mem::replace(&mut self.bound, false);
        let mut sides = vec![first];
        while self.is_or() {
            self.next += 1;
            sides.push(self.all()?);
        }
        self.bound = bound;
        Ok(Filter::Any(sides))
    }

    fn all(&mut self) -> Result<Filter, Unreadable> {
        let mut every = Vec::new();
        let mut any = false;
        while let Some(token) = self.peek() {
            if token.kind == Kind::Close || self.is_or() {
                break;
            }
            any = true;
            if let Some(filter) = self.one()? {
                every.push(filter);
            }
        }
        if !any {
            return Err(match self.peek() {
                Some(token) => self.wrong(token, "something to look for must stand before this"),
                None => self.ended("something to look for must stand here"),
            });
        }
        if every.len() == 1 { Ok(every.remove(0)) } else { Ok(Filter::All(every)) }
    }

    fn deeper(&mut self, token: &Token) -> Result<(), Unreadable> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Unreadable {
                code: Code::TooLarge,
                message: format!("brackets and `-` may stand {DEEPEST} deep, not deeper"),
                at: token.at,
                length: token.length,
            });
        }
        Ok(())
    }

    /// `None` for a bound in time, which is no condition.
    fn one(&mut self) -> Result<Option<Filter>, Unreadable> {
        let mut token = self.take();
        // Said aloud; it is what standing side by side means.
        while matches!(token, Some(Token { kind: Kind::Word(word), .. }) if word == "AND") {
            token = self.take();
        }
        let Some(token) = token else {
            return Err(self.ended("something to look for must stand here"));
        };
        match &token.kind {
            Kind::Minus => self.not(token),
            Kind::Word(word) if word == "NOT" => self.not(token),
            Kind::Open => {
                self.deeper(token)?;
                let bound = std::mem::replace(&mut self.bound, false);
                let inside = self.any()?;
                self.bound = bound;
                self.depth -= 1;
                match self.take() {
                    Some(Token { kind: Kind::Close, .. }) => Ok(Some(inside)),
                    Some(other) => Err(self.wrong(other, "a `)` must stand before this")),
                    None => Err(self.wrong(token, "this bracket is never closed")),
                }
            }
            Kind::Close => Err(self.wrong(token, "there is no bracket to close here")),
            Kind::Operator(_) => {
                Err(self.wrong(token, "a key must stand before the operator, as in `route:intake`"))
            }
            Kind::Quoted(text) => {
                self.count(token)?;
                Ok(Some(Filter::Is(Condition::Text(text.clone()))))
            }
            Kind::Word(word) => self.term(token, word),
        }
    }

    fn not(&mut self, token: &Token) -> Result<Option<Filter>, Unreadable> {
        self.deeper(token)?;
        let bound = std::mem::replace(&mut self.bound, false);
        let inside = self.one()?;
        self.bound = bound;
        self.depth -= 1;
        let inside = inside.ok_or_else(|| self.wrong(token, BOUND_STANDS_ALONE))?;
        Ok(Some(Filter::Not(Box::new(inside))))
    }

    fn count(&mut self, token: &Token) -> Result<(), Unreadable> {
        self.conditions += 1;
        if self.conditions > MOST {
            return Err(Unreadable {
                code: Code::TooLarge,
                message: format!("a query has at most {MOST} conditions"),
                at: token.at,
                length: token.length,
            });
        }
        Ok(())
    }

    fn term(&mut self, key: &Token, word: &str) -> Result<Option<Filter>, Unreadable> {
        self.count(key)?;
        let operator = match self.peek() {
            Some(Token { kind: Kind::Operator(operator), touches: true, .. }) => *operator,
            _ => return Ok(Some(Filter::Is(Condition::Text(word.to_owned())))),
        };
        let sign = &self.tokens[self.next];
        self.next += 1;
        let Some(value @ Token { kind: Kind::Word(_) | Kind::Quoted(_), touches: true, .. }) =
            self.peek()
        else {
            let message = format!("a value must follow, as in `{}`", example(word));
            return Err(self.wrong(sign, message));
        };
        self.next += 1;
        let (text, is_quoted) = match &value.kind {
            Kind::Quoted(text) => (text.as_str(), true),
            Kind::Word(text) => (text.as_str(), false),
            _ => ("", false),
        };
        let term = Term { key, word, operator, sign, value, text, is_quoted };
        self.condition(&term)
    }

    fn condition(&mut self, term: &Term<'_>) -> Result<Option<Filter>, Unreadable> {
        let Term { word, text, .. } = *term;
        let condition = match word {
            "since" | "until" => return self.bound(term).map(|()| None),
            "dur" | "duration" => {
                let us = duration_us(text).ok_or_else(|| {
                    term.bad("is no duration", "200ms, 2s or 1.5m (units: us, ms, s, m, h)")
                })?;
                Condition::Duration(term.comparison(), us)
            }
            "steps" => {
                let count = text.parse().map_err(|_| term.bad("is no number", "100"))?;
                Condition::Steps(term.comparison(), count)
            }
            _ => {
                term.equal()?;
                self.equal(term)?
            }
        };
        Ok(Some(Filter::Is(condition)))
    }

    /// The conditions of keys that know only `:` and `=`.
    fn equal(&mut self, term: &Term<'_>) -> Result<Condition, Unreadable> {
        let Term { word, text, .. } = *term;
        let named = |field| Condition::Named(field, term.pattern());
        Ok(match word {
            "integration" => named(Field::Integration),
            "route" => named(Field::Route),
            "env" | "environment" => named(Field::Environment),
            "runtime" => named(Field::Runtime),
            "release" => named(Field::Release),
            "node" => named(Field::Node),
            "class" => named(Field::ErrorClass),
            "error" => named(Field::Error),
            "outcome" | "status" => {
                let outcome = OutcomeIs::parse(text);
                Condition::Outcome(outcome.ok_or_else(|| {
                    term.bad("is no outcome", "completed, handled, failed or inflight")
                })?)
            }
            "fingerprint" => {
                let fingerprint = u64::from_str_radix(text, 16);
                Condition::Fingerprint(fingerprint.map_err(|_| {
                    term.bad("is no fingerprint", "the 16 hexadecimal digits of a failure group")
                })?)
            }
            "replayed" => Condition::Replayed(match text {
                "yes" | "true" | "*" => ReplayedIs::Yes,
                "no" | "false" => ReplayedIs::No,
                "ok" => ReplayedIs::Ok,
                "failed" => ReplayedIs::Failed,
                "open" => ReplayedIs::Open,
                _ => return Err(term.bad("is not known of replays", "no, ok, failed or open")),
            }),
            "is" => Condition::Flag(match text {
                "replay" => Flag::Replay,
                "skewed" => Flag::Skewed,
                "truncated" => Flag::Truncated,
                _ => return Err(term.bad("is no mark of a message", "replay, skewed or truncated")),
            }),
            "body" => {
                if super::words(text).next().is_none() {
                    return Err(term.bad("holds no word", "body:\"green tea\""));
                }
                Condition::Body(text.to_owned())
            }
            "header" | "attr" => {
                let message = format!("`{word}` needs a name, as in `{word}.orderId=A-17`");
                return Err(Unreadable { code: Code::Syntax, message, ..term.complaint() });
            }
            _ => match word.split_once('.') {
                Some(("header", name)) if !name.is_empty() => {
                    Condition::Header { name: name.to_owned(), value: text.to_owned() }
                }
                Some(("attr", name)) if !name.is_empty() => self.attribute(name, term),
                Some(("header" | "attr", _)) => {
                    let message = format!("`{word}` needs a name, as in `{word}orderId=A-17`");
                    return Err(Unreadable { code: Code::Syntax, message, ..term.complaint() });
                }
                _ => {
                    if let Some(near) = near(word) {
                        self.query.notes.push(format!(
                            "`{word}` is taken as the name of an attribute; did you mean `{near}`?"
                        ));
                    }
                    self.attribute(word, term)
                }
            },
        })
    }

    fn attribute(&mut self, name: &str, term: &Term<'_>) -> Condition {
        if self.query.columns.iter().all(|column| column != name) {
            self.query.columns.push(name.to_owned());
        }
        Condition::Attribute { name: name.to_owned(), value: term.pattern() }
    }

    fn bound(&mut self, term: &Term<'_>) -> Result<(), Unreadable> {
        term.equal()?;
        if !self.bound {
            return Err(self.wrong(term.key, BOUND_STANDS_ALONE));
        }
        let us = instant_us(term.text, self.now).ok_or_else(|| {
            term.bad("is no time", "1h, 2d, 12:30, 2026-11-26 or 2026-11-26T12:30:00Z")
        })?;
        if term.word == "since" {
            self.query.since_us = Some(self.query.since_us.map_or(us, |known| known.max(us)));
        } else {
            self.query.until_us = Some(self.query.until_us.map_or(us, |known| known.min(us)));
        }
        Ok(())
    }
}

const BOUND_STANDS_ALONE: &str =
    "`since` and `until` bound the whole query: write them outside of brackets, `OR` and `NOT`";

struct Term<'a> {
    key: &'a Token,
    word: &'a str,
    operator: Operator,
    sign: &'a Token,
    value: &'a Token,
    text: &'a str,
    is_quoted: bool,
}

impl Term<'_> {
    /// A star inside quotation marks is a star.
    fn pattern(&self) -> Pattern {
        if self.is_quoted { Pattern::exact(self.text) } else { Pattern::parse(self.text) }
    }

    fn comparison(&self) -> Comparison {
        match self.operator {
            Operator::Has => Comparison::Equal,
            Operator::Compare(comparison) => comparison,
        }
    }

    fn equal(&self) -> Result<(), Unreadable> {
        match self.operator {
            Operator::Has | Operator::Compare(Comparison::Equal) => Ok(()),
            Operator::Compare(_) => Err(Unreadable {
                code: Code::Syntax,
                message: format!(
                    "`{}` is compared with `:`; `<` and `>` are for `dur` and `steps`",
                    self.word
                ),
                at: self.sign.at,
                length: self.sign.length,
            }),
        }
    }

    fn complaint(&self) -> Unreadable {
        let (at, length) = (self.key.at, self.key.length);
        Unreadable { code: Code::Syntax, message: String::new(), at, length }
    }

    fn bad(&self, what: &str, good: &str) -> Unreadable {
        Unreadable {
            code: Code::Value,
            message: format!("`{}` {what}; write {good}", self.text),
            at: self.value.at,
            length: self.value.length,
        }
    }
}

fn example(key: &str) -> String {
    match key {
        "dur" | "duration" => "dur>2s".to_owned(),
        "since" | "until" => format!("{key}:1h"),
        "outcome" | "status" => format!("{key}:failed"),
        "steps" => "steps>100".to_owned(),
        "body" => "body:\"green tea\"".to_owned(),
        "replayed" => "replayed:no".to_owned(),
        other => format!("{other}:value"),
    }
}

/// A key of ours that differs by one letter.
fn near(word: &str) -> Option<&'static str> {
    if word.chars().count() < 3 {
        return None;
    }
    let known = KEYS.iter().map(|(key, _)| key.trim_end_matches('.'));
    known.into_iter().find(|key| differ_by_one(key, word))
}

fn differ_by_one(left: &str, right: &str) -> bool {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let same = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
    let (l, r) = (&left[same..], &right[same..]);
    let swapped = l.len() >= 2 && r.len() == l.len() && l[0] == r[1] && l[1] == r[0];
    match (l.len(), r.len()) {
        (0, 1) | (1, 0) => true,
        (a, b) if a == b => l[1..] == r[1..] || (swapped && l[2..] == r[2..]),
        (a, b) if a == b + 1 => l[1..] == *r,
        (a, b) if b == a + 1 => *l == r[1..],
        _ => false,
    }
}

/// `200ms`, `1.5s`: microseconds. No unit means milliseconds, as everywhere in the lists.
pub(super) fn duration_us(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    if number.len() > 12 || !number.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let number: f64 = number.parse().ok()?;
    let factor = match unit {
        "us" | "µs" => 1.0,
        "" | "ms" => 1e3,
        "s" => 1e6,
        "m" | "min" => 60e6,
        "h" => 3600e6,
        _ => return None,
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most 12 digits and times 3.6e9, never negative: within 2^64 after saturation"
    )]
    Some((number * factor).round() as u64)
}

/// A span back from `now`, a time of today, a day, or an instant (UTC unless it names an offset).
fn instant_us(text: &str, now: Timestamp) -> Option<i64> {
    if let Some(us) = span_us(text) {
        return now.as_microsecond().checked_sub(us).filter(|us| *us >= 0);
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_microsecond());
    }
    let utc = jiff::tz::TimeZone::UTC;
    let civil = if let Ok(at) = text.parse::<jiff::civil::DateTime>() {
        at
    } else {
        let time = text.parse::<jiff::civil::Time>().ok().filter(|_| text.contains(':'))?;
        now.to_zoned(utc.clone()).date().to_datetime(time)
    };
    civil.to_zoned(utc).ok().map(|at| at.timestamp().as_microsecond())
}

fn span_us(text: &str) -> Option<i64> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &text[number.len()..];
    if number.len() > 9 {
        return None;
    }
    let number: i64 = number.parse().ok().filter(|number| *number >= 0)?;
    let seconds = match unit {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    number.checked_mul(seconds)?.checked_mul(1_000_000)
}
