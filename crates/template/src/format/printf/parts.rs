//! A format string in pieces: text, then a verb with its flags, then text again.
//!
//! `%[2]*.[1]*f` takes width, precision and value from any argument. Once an index was used, arguments that are left over are not
//! reported.

use super::Spec;
use crate::error::Fault;
use crate::meter::Sink;
use crate::value::Value;

/// Go refuses larger widths and precisions.
const WIDEST: usize = 1_000_000;

pub(super) struct Parts<'a> {
    format: &'a str,
    at: usize,
    values: &'a [Value],
    next: usize,
    reordered: bool,
    pub(super) good_index: bool,
}

impl<'a> Parts<'a> {
    pub(super) fn new(format: &'a str, values: &'a [Value]) -> Self {
        Self { format, at: 0, values, next: 0, reordered: false, good_index: true }
    }

    fn peek(&self) -> Option<u8> {
        self.format.as_bytes().get(self.at).copied()
    }

    /// Text up to the next `%`; none at the end.
    pub(super) fn text(&mut self) -> Option<&'a str> {
        if self.at >= self.format.len() {
            return None;
        }
        let rest = &self.format[self.at..];
        let length = rest.find('%').unwrap_or(rest.len());
        self.at += length;
        Some(&rest[..length])
    }

    /// The verb behind a `%`; none where the format ends.
    pub(super) fn verb(&mut self, out: &mut Sink) -> Result<Option<(char, Spec)>, Fault> {
        if self.peek().is_none() {
            return Ok(None);
        }
        self.at += 1;
        self.good_index = true;
        let mut spec = Spec::default();
        while let Some(flag) = self.peek() {
            match flag {
                b'#' => spec.sharp = true,
                b'0' => spec.zero = true,
                b'+' => spec.plus = true,
                b'-' => spec.minus = true,
                b' ' => spec.space = true,
                _ => break,
            }
            self.at += 1;
        }
        let mut indexed = self.index();
        if self.peek() == Some(b'*') {
            self.at += 1;
            match self.star() {
                Some(width) => {
                    spec.width = Some(width.unsigned_abs());
                    if width < 0 {
                        spec.minus = true;
                        spec.zero = false;
                    }
                }
                None => out.push("%!(BADWIDTH)")?,
            }
            indexed = false;
        } else {
            spec.width = self.number();
            if indexed && spec.width.is_some() {
                self.good_index = false;
            }
        }
        if self.peek() == Some(b'.') && self.at + 1 < self.format.len() {
            self.at += 1;
            if indexed {
                self.good_index = false;
            }
            indexed = self.index();
            if self.peek() == Some(b'*') {
                self.at += 1;
                match self.star() {
                    Some(precision) => spec.precision = usize::try_from(precision).ok(),
                    None => out.push("%!(BADPREC)")?,
                }
                if spec.precision.is_none() && self.last_was_negative() {
                    out.push("%!(BADPREC)")?;
                }
                indexed = false;
            } else {
                spec.precision = Some(self.number().unwrap_or(0));
            }
        }
        if !indexed {
            self.index();
        }
        let Some(verb) = self.format[self.at.min(self.format.len())..].chars().next() else {
            out.push("%!(NOVERB)")?;
            return Ok(None);
        };
        self.at += verb.len_utf8();
        Ok(Some((verb, spec)))
    }

    pub(super) fn argument(&mut self) -> Option<&'a Value> {
        let value = self.values.get(self.next)?;
        self.next += 1;
        Some(value)
    }

    pub(super) fn extra(&self) -> &'a [Value] {
        if self.reordered { &[] } else { self.values.get(self.next..).unwrap_or(&[]) }
    }

    /// `[n]`; whether one was there.
    fn index(&mut self) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let rest = &self.format[self.at..];
        let Some(close) = rest.find(']').filter(|_| rest.len() >= 3) else {
            self.at += 1;
            self.good_index = false;
            return false;
        };
        self.at += close + 1;
        let digits = &rest[1..close];
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let Some(index) = digits.parse::<usize>().ok().filter(|_| plain) else {
            self.good_index = false;
            return false;
        };
        match index.checked_sub(1).filter(|index| *index < self.values.len()) {
            Some(index) => self.next = index,
            None => self.good_index = false,
        }
        true
    }

    fn number(&mut self) -> Option<usize> {
        let rest = &self.format[self.at..];
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[..length].parse::<usize>().ok()?;
        if number > WIDEST {
            return None;
        }
        self.at += length;
        Some(number)
    }

    /// A width or precision that is an argument.
    fn star(&mut self) -> Option<isize> {
        match self.argument()? {
            Value::Int(number, _) => {
                isize::try_from(*number).ok().filter(|number| number.unsigned_abs() <= WIDEST)
            }
            _ => None,
        }
    }

    fn last_was_negative(&self) -> bool {
        let last = self.next.checked_sub(1).and_then(|index| self.values.get(index));
        matches!(last, Some(Value::Int(number, _)) if *number < 0)
    }
}
