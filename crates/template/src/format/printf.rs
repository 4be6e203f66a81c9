//! `printf`: Go's verbs, flags, widths, precisions and argument indexes.
//!
//! A verb that does not fit its value is not an error: `%!d(string=hi)` appears in the text, as in Go. Not offered are hexadecimal
//! and binary floats and `%p`, whose output would be an address.

mod parts;

use self::parts::Parts;
use super::{float, quote, time};
use crate::error::Fault;
use crate::meter::{Meter, Sink};
use crate::value::{Value, Width};

/// Flags, width and precision of one verb.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "these are Go's flags, each independent")]
pub(super) struct Spec {
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    go_syntax: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

pub(crate) fn sprintf(
    format: &str,
    values: &[Value],
    meter: &mut Meter<'_>,
    out: &mut Sink,
) -> Result<(), Fault> {
    let mut parts = Parts::new(format, values);
    while let Some(text) = parts.text() {
        out.push(text)?;
        let Some((verb, mut spec)) = parts.verb(out)? else { break };
        meter.step()?;
        if verb == '%' {
            out.push("%")?;
            continue;
        }
        if !parts.good_index {
            out.push(&format!("%!{verb}(BADINDEX)"))?;
            continue;
        }
        let Some(value) = parts.argument() else {
            out.push(&format!("%!{verb}(MISSING)"))?;
            continue;
        };
        if verb == 'v' {
            spec.go_syntax = std::mem::take(&mut spec.sharp);
            spec.plus = false;
        }
        Printer { spec, meter, out }.top(value, verb)?;
    }
    let extra = parts.extra();
    if !extra.is_empty() {
        out.push("%!(EXTRA ")?;
        for (index, value) in extra.iter().enumerate() {
            if index > 0 {
                out.push(", ")?;
            }
            if value.is_nothing() {
                out.push("<nil>")?;
            } else {
                out.push(value.type_name())?;
                out.push("=")?;
                super::write(value, 0, meter, out)?;
            }
        }
        out.push(")")?;
    }
    Ok(())
}

struct Printer<'p, 'b> {
    spec: Spec,
    meter: &'p mut Meter<'b>,
    out: &'p mut Sink,
}

impl Printer<'_, '_> {
    fn top(&mut self, value: &Value, verb: char) -> Result<(), Fault> {
        match (value, verb) {
            (Value::Missing | Value::Nil, 'T' | 'v') => self.pad("<nil>"),
            (Value::Missing | Value::Nil, _) => self.out.push(&format!("%!{verb}(<nil>)")),
            (_, 'T') => self.string(value.type_name()),
            (_, 'p') => Err("`%p` is not offered: it prints an address".into()),
            _ => self.value(value, verb, 0),
        }
    }

    fn value(&mut self, value: &Value, verb: char, depth: u32) -> Result<(), Fault> {
        self.meter.step()?;
        self.meter.check_depth(depth)?;
        match value {
            Value::Missing | Value::Nil if self.spec.go_syntax => {
                self.out.push("interface {}(nil)")
            }
            Value::Missing | Value::Nil => self.out.push("<nil>"),
            Value::Bool(truth) => match verb {
                't' | 'v' => self.pad(if *truth { "true" } else { "false" }),
                _ => self.bad_verb(value, verb, depth),
            },
            Value::Int(int, width) => self.int(value, *int, *width, verb, depth),
            Value::Float(float) => self.float(value, *float, verb, depth),
            Value::Text(text) => self.text(value, text, verb, depth),
            Value::Time(at) => self.text(value, &time::go_string(at), verb, depth),
            Value::Version(version) => self.text(value, &version.to_string(), verb, depth),
            Value::List(list) => {
                let (open, between, close) = if self.spec.go_syntax {
                    self.out.push(value.type_name())?;
                    if list.nil {
                        return self.out.push("(nil)");
                    }
                    ("{", ", ", "}")
                } else {
                    ("[", " ", "]")
                };
                self.out.push(open)?;
                for (index, item) in list.items.iter().enumerate() {
                    if index > 0 {
                        self.out.push(between)?;
                    }
                    self.value(item, verb, depth + 1)?;
                }
                self.out.push(close)
            }
            Value::Map(map) => {
                let (open, between, close) = if self.spec.go_syntax {
                    self.out.push(value.type_name())?;
                    ("{", ", ", "}")
                } else {
                    ("map[", " ", "]")
                };
                self.out.push(open)?;
                for (index, (key, item)) in map.entries.borrow().iter().enumerate() {
                    if index > 0 {
                        self.out.push(between)?;
                    }
                    self.value(&Value::Text(key.clone()), verb, depth + 1)?;
                    self.out.push(":")?;
                    self.value(item, verb, depth + 1)?;
                }
                self.out.push(close)
            }
        }
    }

    fn bad_verb(&mut self, value: &Value, verb: char, depth: u32) -> Result<(), Fault> {
        self.out.push(&format!("%!{verb}({}=", value.type_name()))?;
        self.value(value, 'v', depth)?;
        self.out.push(")")
    }

    fn text(&mut self, value: &Value, text: &str, verb: char, depth: u32) -> Result<(), Fault> {
        match verb {
            'v' if self.spec.go_syntax => self.quoted(text),
            'v' | 's' => self.string(text),
            'q' => self.quoted(text),
            'x' | 'X' => self.hexadecimal(text, verb == 'X'),
            _ if matches!(value, Value::Text(_)) => self.bad_verb(value, verb, depth),
            _ => Err(format!("`%{verb}` does not fit a {}", value.type_name()).into()),
        }
    }

    fn truncated<'a>(&self, text: &'a str) -> &'a str {
        match self.spec.precision {
            Some(most) => match text.char_indices().nth(most) {
                Some((index, _)) => &text[..index],
                None => text,
            },
            None => text,
        }
    }

    fn string(&mut self, text: &str) -> Result<(), Fault> {
        let text = self.truncated(text).to_owned();
        self.pad(&text)
    }

    fn quoted(&mut self, text: &str) -> Result<(), Fault> {
        let text = self.truncated(text);
        let shown = if self.spec.sharp && quote::can_backquote(text) {
            format!("`{text}`")
        } else {
            quote::quote(text, self.spec.plus)
        };
        self.pad(&shown)
    }

    fn hexadecimal(&mut self, text: &str, upper: bool) -> Result<(), Fault> {
        let most = self.spec.precision.unwrap_or(usize::MAX).min(text.len());
        self.meter.reserve(most * 5)?;
        let prefix = if upper { "0X" } else { "0x" };
        let mut shown = String::new();
        for (index, byte) in text.as_bytes()[..most].iter().enumerate() {
            if self.spec.space && index > 0 {
                shown.push(' ');
            }
            if self.spec.sharp && (index == 0 || self.spec.space) {
                shown.push_str(prefix);
            }
            let digits = if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
            shown.push_str(&digits);
        }
        self.spec.zero = false;
        self.pad(&shown)
    }

    fn int(
        &mut self,
        value: &Value,
        int: i64,
        width: Width,
        verb: char,
        depth: u32,
    ) -> Result<(), Fault> {
        let size = int.unsigned_abs();
        let digits = match verb {
            'v' if self.spec.go_syntax && width == Width::Byte => {
                self.spec.sharp = true;
                format!("{size:x}")
            }
            'v' | 'd' => size.to_string(),
            'b' => format!("{size:b}"),
            'o' | 'O' => format!("{size:o}"),
            'x' => format!("{size:x}"),
            'X' => format!("{size:X}"),
            'c' => {
                let character = character(int);
                return self.pad(&character.to_string());
            }
            'q' => {
                let shown = quote::quote_character(character(int), self.spec.plus);
                return self.pad(&shown);
            }
            'U' => return self.unicode(int),
            _ => return self.bad_verb(value, verb, depth),
        };
        self.integer(&digits, int < 0, verb)
    }

    fn integer(&mut self, digits: &str, negative: bool, verb: char) -> Result<(), Fault> {
        let Spec { plus, minus, sharp, space, zero, width, precision, .. } = self.spec;
        self.spec.zero = false;
        let least = match (precision, width) {
            (Some(0), _) if digits == "0" => return self.pad(""),
            (Some(precision), _) => precision,
            (None, Some(width)) if zero && !minus => {
                width.saturating_sub(usize::from(negative || plus || space))
            }
            _ => 0,
        };
        self.meter.reserve(least)?;
        let mut shown = format!("{digits:0>least$}");
        if sharp {
            let prefix = match verb {
                'b' => "0b",
                'o' | 'O' if !shown.starts_with('0') => "0",
                'x' | 'v' => "0x",
                'X' => "0X",
                _ => "",
            };
            shown.insert_str(0, prefix);
        }
        if verb == 'O' {
            shown.insert_str(0, "0o");
        }
        if negative {
            shown.insert(0, '-');
        } else if plus {
            shown.insert(0, '+');
        } else if space {
            shown.insert(0, ' ');
        }
        self.pad(&shown)
    }

    fn unicode(&mut self, int: i64) -> Result<(), Fault> {
        let least = self.spec.precision.unwrap_or(4).max(4);
        self.meter.reserve(least)?;
        let mut shown = format!("U+{int:0>least$X}");
        let character = u32::try_from(int).ok().and_then(char::from_u32);
        if let Some(character) = character.filter(|_| self.spec.sharp)
            && quote::is_printable(character)
        {
            shown.push_str(&format!(" '{character}'"));
        }
        self.spec.zero = false;
        self.pad(&shown)
    }

    fn float(&mut self, value: &Value, number: f64, verb: char, depth: u32) -> Result<(), Fault> {
        let precision = self.spec.precision;
        self.meter.reserve(precision.unwrap_or(0))?;
        let shown = match verb {
            'v' | 'g' => float::general(number, precision),
            'G' => float::general(number, precision).replace('e', "E"),
            'e' => float::exponent(number, precision.or(Some(6))),
            'E' => float::exponent(number, precision.or(Some(6))).replace('e', "E"),
            'f' | 'F' => float::fixed(number, precision.or(Some(6))),
            'b' | 'x' | 'X' => {
                return Err(format!("`%{verb}` is not offered for a float64").into());
            }
            _ => return self.bad_verb(value, verb, depth),
        };
        let (negative, digits) = match shown.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, shown.strip_prefix('+').unwrap_or(&shown)),
        };
        let sign = match self.spec {
            _ if negative => "-",
            Spec { plus: true, .. } => "+",
            Spec { space: true, .. } => " ",
            _ => "",
        };
        // Go writes the sign of an infinity always.
        let sign = if number.is_infinite() && sign.is_empty() { "+" } else { sign };
        if !number.is_finite() {
            self.spec.zero = false;
        }
        let length = sign.len() + digits.len();
        if let Some(width) = self.spec.width
            && self.spec.zero
            && !self.spec.minus
            && width > length
        {
            self.out.push(sign)?;
            self.out.repeat("0", width - length)?;
            return self.out.push(digits);
        }
        self.pad(&format!("{sign}{digits}"))
    }

    fn pad(&mut self, text: &str) -> Result<(), Fault> {
        let length = text.chars().count();
        let missing = self.spec.width.unwrap_or(0).saturating_sub(length);
        if self.spec.minus {
            self.out.push(text)?;
            return self.out.repeat(" ", missing);
        }
        self.out.repeat(if self.spec.zero { "0" } else { " " }, missing)?;
        self.out.push(text)
    }
}

/// What is not a character prints as the replacement character.
fn character(int: i64) -> char {
    u32::try_from(int).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}
