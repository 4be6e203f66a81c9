//! The id of a message: when it started, which tracer saw it, and the tracer's count.
//!
//! An id carries its start, so a look-up by id is bounded in time and never searches every day that is kept. The text form is 26
//! characters of base 32 without `I`, `L`, `O` and `U` (they are read as the digits they look like): it sorts as the ids do, and
//! its last characters differ between neighbours, so the last four are the short id that lists show. Two rows of one list with
//! the same four show more, as many as tell them apart.
//!
//! Nothing here mints an id: the tracer does, from its clock and its own random instance number.

use std::fmt;
use std::str::FromStr;

/// Base 32 for people: upper case, without the letters that look like digits.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 128 bits at five bits for each character, rounded up.
const TEXT_LEN: usize = 26;
/// What a list shows when that is enough: about a million messages of one tracer differ in it.
pub const SHORT_LEN: usize = 4;

/// One run of one tracer: random, made when its JVM starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TracerInstance(pub u32);

/// Names one message for good.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId {
    /// Microseconds since 1970 by the clock of the workload.
    pub started_us: u64,
    pub tracer: TracerInstance,
    /// Counts the messages of this tracer; it may wrap, the start tells the two apart.
    pub count: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadMessageId {
    #[error("a message id has {TEXT_LEN} characters, this has {0}")]
    Length(usize),
    #[error("`{0}` is not a character of a message id")]
    Character(char),
    #[error("a message id starts with 0 to 7")]
    TooLarge,
}

impl MessageId {
    /// Start in the high half, tracer and count in the low half: the order of the number is the order of the starts.
    pub fn to_u128(self) -> u128 {
        (u128::from(self.started_us) << 64) | u128::from(self.low())
    }

    pub fn from_u128(number: u128) -> Self {
        Self::from_halves(half(number >> 64), half(number))
    }

    /// Tracer and count in one number; with the start it makes the whole id.
    pub fn low(self) -> u64 {
        (u64::from(self.tracer.0) << 32) | u64::from(self.count)
    }

    pub fn from_halves(started_us: u64, low: u64) -> Self {
        let quarter = |part: u64| u32::try_from(part & u64::from(u32::MAX)).unwrap_or(0);
        Self { started_us, tracer: TracerInstance(quarter(low >> 32)), count: quarter(low) }
    }

    /// The last `len` characters of the text form.
    pub fn short(self, len: usize) -> String {
        let text = self.to_string();
        text[TEXT_LEN - len.clamp(1, TEXT_LEN)..].to_owned()
    }
}

fn half(number: u128) -> u64 {
    u64::try_from(number & u128::from(u64::MAX)).unwrap_or(0)
}

/// How many characters tell all of `ids` apart, never fewer than [`SHORT_LEN`].
pub fn short_len(ids: &[MessageId]) -> usize {
    let mut numbers: Vec<_> = ids.iter().map(|id| id.to_u128()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    (SHORT_LEN..TEXT_LEN)
        .find(|len| {
            let mask = (1_u128 << (5 * len)) - 1;
            let mut ends: Vec<_> = numbers.iter().map(|number| number & mask).collect();
            ends.sort_unstable();
            ends.windows(2).all(|pair| pair[0] != pair[1])
        })
        .unwrap_or(TEXT_LEN)
}

/// Reads the end of an id as people type it: any case, `O` for zero, `I` and `L` for one.
///
/// Gives the bits and how many of them count, to compare with the end of [`MessageId::to_u128`].
pub fn parse_end(text: &str) -> Result<(u128, u32), BadMessageId> {
    let len = text.chars().count();
    if len == 0 || len > TEXT_LEN {
        return Err(BadMessageId::Length(len));
    }
    let mut number = 0_u128;
    for (at, character) in text.chars().enumerate() {
        let digit = digit(character).ok_or(BadMessageId::Character(character))?;
        if at == 0 && len == TEXT_LEN && digit > 7 {
            return Err(BadMessageId::TooLarge);
        }
        number = (number << 5) | u128::from(digit);
    }
    Ok((number, u32::try_from(len * 5).unwrap_or(128).min(128)))
}

fn digit(character: char) -> Option<u8> {
    let character = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let place = ALPHABET.iter().position(|one| char::from(*one) == character)?;
    u8::try_from(place).ok()
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.to_u128();
        let mut text = String::with_capacity(TEXT_LEN);
        for at in (0..TEXT_LEN).rev() {
            let place = ((number >> (5 * at)) & 31) as usize;
            text.push(char::from(ALPHABET[place]));
        }
        f.pad(&text)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({self})")
    }
}

impl FromStr for MessageId {
    type Err = BadMessageId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.chars().count() {
            TEXT_LEN => parse_end(text).map(|(number, _)| Self::from_u128(number)),
            other => Err(BadMessageId::Length(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(started_us: u64, tracer: u32, count: u32) -> MessageId {
        MessageId { started_us, tracer: TracerInstance(tracer), count }
    }

    proptest! {
        #[test]
        fn an_id_survives_its_text(started in any::<u64>(), tracer in any::<u32>(), count in any::<u32>()) {
            let id = id(started, tracer, count);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert_eq!(id.to_string().to_lowercase().parse(), Ok(id));
            prop_assert_eq!(MessageId::from_halves(id.started_us, id.low()), id);
        }

        #[test]
        fn text_sorts_as_the_ids_do(one in any::<u128>(), other in any::<u128>()) {
            let [one, other] = [one, other].map(MessageId::from_u128);
            prop_assert_eq!(one.cmp(&other), one.to_string().cmp(&other.to_string()));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = text.parse::<MessageId>();
            let _ = parse_end(&text);
        }
    }

    #[test]
    fn the_end_of_an_id_finds_it() {
        let id = id(1_800_000_000_000_000, 7, 0x8A_1F00);
        let (bits, width) = parse_end(&id.short(6).to_lowercase()).unwrap_or_default();
        assert_eq!(width, 30);
        assert_eq!(id.to_u128() & ((1 << width) - 1), bits);
    }

    #[test]
    fn a_list_shows_as_many_characters_as_tell_its_rows_apart() {
        let near = [id(1, 1, 1), id(2, 1, 2), id(3, 1, 3)];
        assert_eq!(short_len(&near), SHORT_LEN);
        let far = [id(1, 1, 1), id(2, 1, 1 + (1 << 20))];
        assert_eq!(short_len(&far), 5);
        assert_eq!(short_len(&[id(1, 1, 1), id(1, 1, 1)]), SHORT_LEN, "the same message twice");
    }
}
