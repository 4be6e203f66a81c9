//! What goes in where something was masked. Pure.
//!
//! Unedited: the original, whole. Edited: what stands in place of a mask that nobody touched. The editor never saw the values, so two
//! things are refused rather than guessed: a mask that may stand for several values, and one that stands where its value would not be
//! masked again (moved to another field, it would be shown by the next record).
//!
//! Which value a mask stands for: of one within what is equal before and after the edit, the one at its place; else the one that all
//! masks of that kind have, or the only one that the edit can mean.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use telemetry::admit::{Original, OriginalHeader};
use telemetry::model::HeaderValue;
use telemetry::redact::{Mask, Redactor};

/// How every mask begins (`telemetry::redact`).
const MASK: &str = "[masked ";

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfilled {
    #[error("`{token}` stands for {values} different values, and it cannot be told which is meant")]
    Ambiguous { token: String, values: usize },
    #[error("`{0}` stands where its value would not be masked again")]
    Shown(String),
    #[error("the header `{0}` was changed around a value that is masked")]
    Header(String),
    #[error(
        "the header `{0}` is Camel's own and may say where things go, so it stays as it was where values are filled in"
    )]
    Steered(String),
}

/// A body in which masks were replaced, and how many.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FilledBody {
    pub(super) bytes: Vec<u8>,
    pub(super) count: usize,
}

pub(super) fn body(
    original: &Original,
    edited: &[u8],
    redactor: &Redactor,
) -> Result<FilledBody, Unfilled> {
    let (Some(body), Some(masks)) = (&original.body, &original.masks) else {
        return Ok(FilledBody { bytes: edited.to_vec(), count: 0 });
    };
    let recorded = Mask::apply(masks, body);
    let (same, places) = (Same::of(&recorded, edited), places(masks));
    let tokens = tokens(edited, masks);
    let meanings = Meanings { masks, body, places: &places, same: &same, edited, tokens: &tokens };
    let mut known: HashMap<&[u8], &Mask> = HashMap::new();
    let mut out = Vec::with_capacity(edited.len());
    let (mut at, mut filled) = (0, Vec::new());
    for range in &tokens {
        let mask = match same.before(range) {
            Some(was) => match places.binary_search(&was) {
                Ok(place) => &masks[place],
                // The original had these very words there.
                Err(_) => continue,
            },
            None => match known.entry(&edited[range.clone()]) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => *new.insert(meanings.of(&edited[range.clone()])?),
            },
        };
        let quotes = mask.is_quoted
            && range.start > at
            && edited[range.start - 1] == b'"'
            && edited.get(range.end) == Some(&b'"');
        let quote = usize::from(quotes);
        out.extend_from_slice(&edited[at..range.start - quote]);
        let start = out.len();
        out.extend_from_slice(&body[mask.range.clone()]);
        filled.push((start..out.len(), &mask.token));
        at = range.end + quote;
    }
    out.extend_from_slice(&edited[at..]);
    // Where nothing of the body would be recorded, nothing is shown.
    if let Some(again) = redactor.masks(&out, original.content_type.as_deref()) {
        let is_hidden = |range: &Range<usize>| {
            let next = again.partition_point(|mask| mask.range.end < range.end);
            again.get(next).is_some_and(|mask| mask.range.start <= range.start)
        };
        if let Some((_, token)) = filled.iter().find(|(range, _)| !is_hidden(range)) {
            return Err(Unfilled::Shown((*token).clone()));
        }
    }
    let count = filled.len();
    Ok(FilledBody { bytes: out, count })
}

/// Where the tokens of masks begin in what was recorded, in order.
fn places(masks: &[Mask]) -> Vec<usize> {
    let (mut places, mut at, mut before) = (Vec::with_capacity(masks.len()), 0, 0);
    for mask in masks {
        let quote = usize::from(mask.is_quoted);
        at += mask.range.start - before;
        places.push(at + quote);
        at += mask.token.len() + 2 * quote;
        before = mask.range.end;
    }
    places
}

/// Every token of a mask in a text, in order.
fn tokens(text: &[u8], masks: &[Mask]) -> Vec<Range<usize>> {
    let known: HashSet<&[u8]> = masks.iter().map(|mask| mask.token.as_bytes()).collect();
    let longest = known.iter().map(|token| token.len()).max().unwrap_or(0);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = find(&text[at..], MASK.as_bytes()) {
        let start = at + next;
        let rest = &text[start..text.len().min(start + longest)];
        let end = rest.iter().position(|byte| *byte == b']').map(|end| start + end + 1);
        match end.filter(|end| known.contains(&text[start..*end])) {
            Some(end) => {
                found.push(start..end);
                at = end;
            }
            None => at = start + MASK.len(),
        }
    }
    found
}

/// What an edit left as it was: the beginning and the end.
struct Same {
    head: usize,
    tail: usize,
    /// Lengths of what was recorded, and of what it became.
    was: usize,
    is: usize,
}

impl Same {
    fn of(recorded: &[u8], edited: &[u8]) -> Self {
        let head = recorded.iter().zip(edited).take_while(|(one, other)| one == other).count();
        let rest = recorded.len().min(edited.len()) - head;
        let ends = recorded.iter().rev().zip(edited.iter().rev()).take(rest);
        let tail = ends.take_while(|(one, other)| one == other).count();
        Self { head, tail, was: recorded.len(), is: edited.len() }
    }

    /// Where it stood, of what stands in what is equal.
    fn before(&self, range: &Range<usize>) -> Option<usize> {
        if range.end <= self.head {
            Some(range.start)
        } else if range.start >= self.is - self.tail {
            Some(range.start + self.was - self.is)
        } else {
            None
        }
    }

    fn was_changed(&self, range: &Range<usize>) -> bool {
        range.end > self.head && range.start < self.was - self.tail
    }
}

/// What tokens within the edit stand for.
struct Meanings<'a> {
    masks: &'a [Mask],
    body: &'a [u8],
    places: &'a [usize],
    same: &'a Same,
    edited: &'a [u8],
    tokens: &'a [Range<usize>],
}

impl<'a> Meanings<'a> {
    fn of(&self, token: &[u8]) -> Result<&'a Mask, Unfilled> {
        let masks = self.masks;
        let alike: Vec<_> = masks
            .iter()
            .zip(self.places)
            .filter(|(mask, _)| mask.token.as_bytes() == token)
            .collect();
        let values: HashSet<&[u8]> =
            alike.iter().map(|(mask, _)| &self.body[mask.range.clone()]).collect();
        let mut within = alike
            .iter()
            .filter(|(mask, place)| self.same.was_changed(&(**place..**place + mask.token.len())));
        let is_asked = |range: &&Range<usize>| {
            self.edited[(*range).clone()] == *token && self.same.before(range).is_none()
        };
        let asked = self.tokens.iter().filter(is_asked).count();
        match (within.next(), within.next(), alike.first()) {
            (Some((only, _)), None, _) if asked == 1 => Ok(only),
            (.., Some((first, _))) if values.len() == 1 => Ok(first),
            _ => Err(Unfilled::Ambiguous {
                token: String::from_utf8_lossy(token).into_owned(),
                values: values.len(),
            }),
        }
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

/// As the launcher takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) value: String,
}

/// Set anew by whoever calls; a replay is a call of its own.
const OF_THE_CALL: &[&str] = &["traceparent", "tracestate"];

/// All headers of an original that can go in again, and how many of them were masked.
pub(super) fn headers(original: &Original) -> (Vec<Header>, usize) {
    let mut count = 0;
    let all = original.headers.iter().filter_map(|OriginalHeader { name, value, recorded }| {
        if OF_THE_CALL.iter().any(|one| one.eq_ignore_ascii_case(name)) {
            return None;
        }
        count += usize::from(recorded.is_some());
        told(name, value)
    });
    (all.collect(), count)
}

/// An edited header: one that was left alone becomes what it was.
pub(super) fn header(original: &Original, edited: Header) -> Result<(Header, bool), Unfilled> {
    if edited.kind != "bytes" && !edited.value.contains(MASK) {
        return Ok((edited, false));
    }
    let masked = original.headers.iter().filter_map(|one| Some((one, one.recorded.as_ref()?)));
    let mut of_name =
        masked.filter(|(one, _)| one.name.eq_ignore_ascii_case(&edited.name)).peekable();
    if of_name.peek().is_none() {
        return Ok((edited, false));
    }
    let was = of_name.find(|(one, recorded)| told(&one.name, recorded).as_ref() == Some(&edited));
    if let Some((one, _)) = was
        && let Some(header) = told(&one.name, &one.value)
    {
        return Ok((header, true));
    }
    if edited.value.contains(MASK) {
        Err(Unfilled::Header(edited.name))
    } else {
        Ok((edited, false))
    }
}

/// Whether a header of an edited message may send what is filled in elsewhere (`CamelHttpUri`): one of Camel's own that is not as it was.
pub(super) fn steers(original: &Original, edited: &Header) -> bool {
    let is_camels = edited.name.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("camel"));
    is_camels
        && !original.headers.iter().any(|one| told(&one.name, &one.value).as_ref() == Some(edited))
}

fn told(name: &str, value: &HeaderValue) -> Option<Header> {
    let (kind, value) = match value {
        HeaderValue::Null => ("null", String::new()),
        HeaderValue::Text(text) => ("text", text.clone()),
        HeaderValue::Long(number) => ("long", number.to_string()),
        HeaderValue::Double(number) => ("double", number.to_string()),
        HeaderValue::Bool(is) => ("bool", is.to_string()),
        HeaderValue::Bytes(bytes) => ("bytes", super::order::base64(bytes)),
        HeaderValue::Instant(ms) => ("instant", ms.to_string()),
        HeaderValue::Masked(_) | HeaderValue::Opaque(_) => return None,
    };
    Some(Header { name: name.to_owned(), kind: kind.to_owned(), value })
}

#[cfg(test)]
mod tests {
    use telemetry::id::MessageId;
    use telemetry::redact::Additions;

    use super::*;

    fn redactor() -> Redactor {
        let additions =
            Additions { json_paths: vec!["$..iban".to_owned()], ..Additions::default() };
        Redactor::new(&additions, None).unwrap()
    }

    fn original(body: &str) -> Original {
        let masks = redactor().masks(body.as_bytes(), None).unwrap();
        Original {
            message: MessageId::from_u128(1),
            content_type: None,
            body: Some(body.as_bytes().to_vec()),
            masks: Some(masks),
            headers: Vec::new(),
        }
    }

    /// `edit` makes of what was recorded what somebody wants; gives what goes in.
    #[track_caller]
    fn filled(body: &str, edit: impl Fn(&str) -> String) -> Result<String, Unfilled> {
        let original = original(body);
        let recorded = Mask::apply(original.masks.as_ref().unwrap(), body.as_bytes());
        let recorded = String::from_utf8(recorded).unwrap();
        assert!(recorded.contains(MASK), "{recorded}");
        let edited = edit(&recorded);
        super::body(&original, edited.as_bytes(), &redactor())
            .map(|filled| String::from_utf8(filled.bytes).unwrap())
    }

    const ORDER: &str =
        r#"{"sku":"TEA-10","mail":"ann@example.com","iban":4711,"password":"p\"w"}"#;

    #[test]
    fn untouched_masks_become_what_they_stand_for() {
        let same = filled(ORDER, str::to_owned);
        assert_eq!(same.as_deref(), Ok(ORDER), "also a number, whose mask stands in quotes");
        let other = filled(ORDER, |text| text.replace("TEA-10", "TEA-01"));
        assert_eq!(other.unwrap(), ORDER.replace("TEA-10", "TEA-01"));
        let without = filled(ORDER, |text| {
            text.replace(r#""mail":"[masked email]","#, "").replace("TEA-10", "X")
        });
        assert_eq!(without.unwrap(), r#"{"sku":"X","iban":4711,"password":"p\"w"}"#);
        let words = r#"{"a":"[masked email]","mail":"ann@example.com","n":1}"#;
        let kept = filled(words, |text| text.replace(":1", ":2"));
        assert_eq!(kept.unwrap(), words.replace(":1", ":2"), "words that look like a mask");
        let given = filled(ORDER, |text| text.replace("[masked email]", "bob@example.com"));
        assert_eq!(given.unwrap(), ORDER.replace("ann@", "bob@"));
        let own = filled(ORDER, |text| text.replace("TEA-10", "[masked thing]"));
        assert_eq!(own.unwrap(), ORDER.replace("TEA-10", "[masked thing]"), "no mask of ours");
    }

    #[test]
    fn a_value_goes_only_where_it_is_masked_again() {
        let moved = filled(ORDER, |text| text.replace("\"password\"", "\"note\""));
        assert_eq!(moved, Err(Unfilled::Shown("[masked password]".to_owned())));
        let copied = filled(ORDER, |text| text.replace("TEA-10", "[masked password]"));
        assert_eq!(copied, Err(Unfilled::Shown("[masked password]".to_owned())));
        let mail = filled(ORDER, |text| text.replace("TEA-10", "[masked email]"));
        assert_eq!(mail.unwrap(), ORDER.replace("TEA-10", "ann@example.com"), "hidden anywhere");
    }

    #[test]
    fn what_a_mask_stands_for_is_never_guessed() {
        let two = "to ann@example.com, copy bob@example.com, sku TEA-10";
        let after = filled(two, |text| text.replace("TEA-10", "X"));
        assert_eq!(after.unwrap(), two.replace("TEA-10", "X"), "both stand where they stood");
        let between = filled(two, |text| text.replace("copy", "and"));
        assert_eq!(between.unwrap(), two.replace("copy", "and"));
        let one = filled(two, |text| text.replace("to [masked email], copy", "only"));
        assert_eq!(one.unwrap(), "only bob@example.com, sku TEA-10", "the end is as it was");
        let both = filled(two, |text| format!("dear {}!", text.replace("copy", "and")));
        let ambiguous = Unfilled::Ambiguous { token: "[masked email]".to_owned(), values: 2 };
        assert_eq!(both, Err(ambiguous));
        let alike = "to ann@example.com, copy ann@example.com";
        let anywhere = filled(alike, |text| format!("dear {}!", text.replace("copy", "and")));
        assert_eq!(anywhere.unwrap(), "dear to ann@example.com, and ann@example.com!");
    }

    #[test]
    fn headers_that_were_left_alone_become_what_they_were() {
        let header = |name: &str, value: &str, recorded: Option<HeaderValue>| OriginalHeader {
            name: name.to_owned(),
            value: HeaderValue::Text(value.to_owned()),
            recorded,
        };
        let masked = |text: &str| Some(HeaderValue::Text(text.to_owned()));
        let original = Original {
            headers: vec![
                header("from", "ann@example.com", masked("[masked email]")),
                header("X-Auth-Key", "k", Some(HeaderValue::Masked("[masked header]".to_owned()))),
                header("traceparent", "00-", None),
                header("n", "5", None),
            ],
            ..original(ORDER)
        };
        let (all, count) = headers(&original);
        let names: Vec<&str> = all.iter().map(|one| &*one.name).collect();
        assert_eq!((names, count), (vec!["from", "X-Auth-Key", "n"], 2));
        let edited = |value: &str| Header {
            name: "From".to_owned(),
            kind: "text".to_owned(),
            value: value.to_owned(),
        };
        let same = Header { name: "from".to_owned(), ..edited("[masked email]") };
        let (filled, is_filled) = super::header(&original, same).unwrap();
        assert_eq!((&*filled.value, is_filled), ("ann@example.com", true));
        let own = super::header(&original, edited("bob@example.com")).unwrap();
        assert_eq!(own, (edited("bob@example.com"), false));
        let around = super::header(&original, edited("to [masked email]"));
        assert_eq!(around, Err(Unfilled::Header("From".to_owned())));
    }

    #[test]
    fn a_header_that_says_where_things_go_stays_as_it_was() {
        let uri = |name: &str, value: &str| Header {
            name: name.to_owned(),
            kind: "text".to_owned(),
            value: value.to_owned(),
        };
        let was = OriginalHeader {
            name: "CamelHttpUri".to_owned(),
            value: HeaderValue::Text("http://a".to_owned()),
            recorded: None,
        };
        let original = Original { headers: vec![was], ..original(ORDER) };
        assert!(!steers(&original, &uri("CamelHttpUri", "http://a")));
        assert!(steers(&original, &uri("CamelHttpUri", "http://b")));
        assert!(steers(&original, &uri("camelFileName", "x")));
        assert!(!steers(&original, &uri("orderId", "x")));
    }

    #[test]
    fn nothing_is_filled_where_nothing_of_the_body_was_recorded() {
        let original = Original { masks: None, ..original(ORDER) };
        let kept = super::body(&original, b"[masked email]", &redactor()).unwrap();
        assert_eq!((&*kept.bytes, kept.count), (&b"[masked email]"[..], 0));
    }
}
