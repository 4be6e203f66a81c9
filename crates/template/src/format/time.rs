//! Times as Go writes and reads them: a layout is the reference time `Mon Jan 2 15:04:05 MST 2006`.
//!
//! Without a zone a time is UTC: the machine's zone would make the same template differ from place to place. Read are the same
//! elements that are written; what does not fit gives no time.

use jiff::{Zoned, civil, tz};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The elements of a layout, the longer before what it begins with.
const ELEMENTS: [&str; 29] = [
    "January", "Jan", "Monday", "Mon", "MST", "2006", "-07:00", "-0700", "-07", "Z07:00", "Z0700",
    "002", "01", "02", "03", "04", "05", "06", "15", "_2", "PM", "pm", "1", "2", "3", "4", "5",
    ".0", ".9",
];

/// The next element of a layout: text before it, the element, what follows.
fn split(layout: &str) -> Option<(&str, &str, &str)> {
    for (index, _) in layout.char_indices() {
        let rest = &layout[index..];
        for element in ELEMENTS {
            if !rest.starts_with(element) {
                continue;
            }
            let mut length = element.len();
            if element == "Jan" && rest[3..].starts_with(|next: char| next.is_ascii_lowercase()) {
                continue;
            }
            if matches!(element, ".0" | ".9") {
                let digit = element.as_bytes()[1];
                length = 1 + rest[1..].bytes().take_while(|byte| *byte == digit).count();
                if rest[length..].starts_with(|next: char| next.is_ascii_digit()) {
                    continue;
                }
            }
            return Some((&layout[..index], &rest[..length], &rest[length..]));
        }
    }
    None
}

pub(crate) fn format(at: &Zoned, layout: &str) -> String {
    let mut out = String::new();
    let mut layout = layout;
    while let Some((before, element, rest)) = split(layout) {
        out.push_str(before);
        out.push_str(&write(at, element));
        layout = rest;
    }
    out.push_str(layout);
    out
}

fn write(at: &Zoned, element: &str) -> String {
    let month = MONTHS[usize::try_from(at.month() - 1).unwrap_or(0)];
    let day = DAYS[usize::try_from(at.weekday().to_monday_zero_offset()).unwrap_or(0)];
    let hour12 = match at.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    match element {
        "January" => month.to_owned(),
        "Jan" => month[..3].to_owned(),
        "Monday" => day.to_owned(),
        "Mon" => day[..3].to_owned(),
        "MST" => zone_name(at),
        "2006" => format!("{:04}", at.year()),
        "06" => format!("{:02}", at.year().rem_euclid(100)),
        "01" => format!("{:02}", at.month()),
        "1" => at.month().to_string(),
        "002" => format!("{:03}", at.day_of_year()),
        "02" => format!("{:02}", at.day()),
        "_2" => format!("{:>2}", at.day()),
        "2" => at.day().to_string(),
        "15" => format!("{:02}", at.hour()),
        "03" => format!("{hour12:02}"),
        "3" => hour12.to_string(),
        "04" => format!("{:02}", at.minute()),
        "4" => at.minute().to_string(),
        "05" => format!("{:02}", at.second()),
        "5" => at.second().to_string(),
        "PM" => if at.hour() >= 12 { "PM" } else { "AM" }.to_owned(),
        "pm" => if at.hour() >= 12 { "pm" } else { "am" }.to_owned(),
        "-07:00" => offset(at, ":", false),
        "-0700" => offset(at, "", false),
        "-07" => offset(at, "", false)[..3].to_owned(),
        "Z07:00" => offset(at, ":", true),
        "Z0700" => offset(at, "", true),
        fraction => {
            let digits = format!("{:09}", at.subsec_nanosecond());
            let digits = &digits[..(fraction.len() - 1).min(9)];
            if fraction.starts_with(".0") {
                return format!(".{digits}");
            }
            match digits.trim_end_matches('0') {
                "" => String::new(),
                digits => format!(".{digits}"),
            }
        }
    }
}

fn offset(at: &Zoned, between: &str, zulu: bool) -> String {
    let seconds = at.offset().seconds();
    if zulu && seconds == 0 {
        return "Z".to_owned();
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}{between}{:02}", minutes / 60, minutes % 60)
}

fn zone_name(at: &Zoned) -> String {
    let info = at.time_zone().to_offset_info(at.timestamp());
    match info.abbreviation() {
        "" => offset(at, "", false),
        name => name.to_owned(),
    }
}

/// As a time prints: `2006-01-02 15:04:05.999999999 -0700 MST`.
pub(crate) fn go_string(at: &Zoned) -> String {
    format(at, "2006-01-02 15:04:05.999999999 -0700 MST")
}

pub(crate) fn rfc3339_nano(at: &Zoned) -> String {
    format(at, "2006-01-02T15:04:05.999999999Z07:00")
}

/// Reads `text` by `layout`, in UTC unless the text names an offset.
pub(crate) fn parse(layout: &str, text: &str) -> Option<Zoned> {
    let mut read = Read { year: 0, month: 1, day: 1, ..Read::default() };
    let (mut layout, mut text) = (layout, text);
    while let Some((before, element, rest)) = split(layout) {
        text = text.strip_prefix(before)?;
        text = read.element(element, rest, text)?;
        layout = rest;
    }
    if layout != text {
        return None;
    }
    let hour = match (read.afternoon, read.hour) {
        (Some(true), hour) if hour < 12 => hour + 12,
        (Some(false), 12) => 0,
        (_, hour) => hour,
    };
    let date = civil::Date::new(read.year, read.month, read.day).ok()?;
    let time = civil::Time::new(hour, read.minute, read.second, read.nanosecond).ok()?;
    let offset = tz::Offset::from_seconds(read.offset.unwrap_or(0)).ok()?;
    let zone = match read.offset {
        None | Some(0) => tz::TimeZone::UTC,
        Some(_) => tz::TimeZone::fixed(offset),
    };
    date.to_datetime(time).to_zoned(zone).ok()
}

#[derive(Default)]
struct Read {
    year: i16,
    month: i8,
    day: i8,
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
    afternoon: Option<bool>,
    offset: Option<i32>,
}

impl Read {
    /// Reads one element; returns what is left of the text.
    fn element<'t>(&mut self, element: &str, behind: &str, text: &'t str) -> Option<&'t str> {
        let mut text = text;
        match element {
            "January" | "Jan" => {
                let (index, rest) = name(text, &MONTHS, element.len() == 3)?;
                self.month = i8::try_from(index + 1).ok()?;
                text = rest;
            }
            "Monday" | "Mon" => text = name(text, &DAYS, element.len() == 3)?.1,
            "MST" => text = text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT"))?,
            "2006" => self.year = number(&mut text, 4, 4)?.try_into().ok()?,
            "06" => {
                let year: i16 = number(&mut text, 2, 2)?.try_into().ok()?;
                self.year = year + if year >= 69 { 1900 } else { 2000 };
            }
            "01" => self.month = number(&mut text, 2, 2)?.try_into().ok()?,
            "1" => self.month = number(&mut text, 1, 2)?.try_into().ok()?,
            "02" => self.day = number(&mut text, 2, 2)?.try_into().ok()?,
            "_2" => {
                text = text.strip_prefix(' ').unwrap_or(text);
                self.day = number(&mut text, 1, 2)?.try_into().ok()?;
            }
            "2" => self.day = number(&mut text, 1, 2)?.try_into().ok()?,
            "15" | "03" => self.hour = number(&mut text, 2, 2)?.try_into().ok()?,
            "3" => self.hour = number(&mut text, 1, 2)?.try_into().ok()?,
            "04" => self.minute = number(&mut text, 2, 2)?.try_into().ok()?,
            "4" => self.minute = number(&mut text, 1, 2)?.try_into().ok()?,
            "05" | "5" => {
                let least = element.len();
                self.second = number(&mut text, least, 2)?.try_into().ok()?;
                // A fraction is read behind the seconds even where the layout has none.
                if !behind.starts_with('.') && text.starts_with('.') {
                    self.fraction(&mut text)?;
                }
            }
            "PM" | "pm" => {
                let (sign, rest) = text.split_at_checked(2)?;
                self.afternoon = Some(match sign.to_ascii_uppercase().as_str() {
                    "PM" => true,
                    "AM" => false,
                    _ => return None,
                });
                text = rest;
            }
            "-07:00" | "-0700" | "-07" | "Z07:00" | "Z0700" => {
                text = self.zone(element, text)?;
            }
            "002" => return None,
            _ => {
                if text.starts_with('.') {
                    self.fraction(&mut text)?;
                } else if element.starts_with(".0") {
                    return None;
                }
            }
        }
        Some(text)
    }

    fn fraction(&mut self, text: &mut &str) -> Option<()> {
        let length = text[1..].bytes().take_while(u8::is_ascii_digit).count();
        let digits = &text[1..=length];
        if digits.is_empty() {
            return None;
        }
        let padded = format!("{digits:0<9}");
        self.nanosecond = padded.get(..9)?.parse().ok()?;
        *text = &text[1 + length..];
        Some(())
    }

    fn zone<'t>(&mut self, element: &str, text: &'t str) -> Option<&'t str> {
        if let (true, Some(rest)) = (element.starts_with('Z'), text.strip_prefix('Z')) {
            self.offset = Some(0);
            return Some(rest);
        }
        let sign = match text.as_bytes().first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let mut text = &text[1..];
        let hours = number(&mut text, 2, 2)?;
        if element.contains(':') {
            text = text.strip_prefix(':')?;
        }
        let minutes = if element == "-07" { 0 } else { number(&mut text, 2, 2)? };
        self.offset = Some(sign * (hours * 3600 + minutes * 60));
        Some(text)
    }
}

fn name<'t>(text: &'t str, names: &[&str], short: bool) -> Option<(usize, &'t str)> {
    names.iter().enumerate().find_map(|(index, name)| {
        let name = if short { &name[..3] } else { name };
        let start = text.get(..name.len())?;
        start.eq_ignore_ascii_case(name).then(|| (index, &text[name.len()..]))
    })
}

fn number(text: &mut &str, least: usize, most: usize) -> Option<i32> {
    let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if length < least {
        return None;
    }
    let number = text[..length].parse().ok()?;
    *text = &text[length..];
    Some(number)
}
