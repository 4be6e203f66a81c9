//! Tokens: 64-bit numbers that stand for a word, a header or an attribute, so that they can be looked up under tenancy.
//!
//! PostgreSQL may use an index before it has applied row-level security only for operators that leak nothing; equality
//! of integers is one, full-text search is none. So what is searched is hashed here, by writer and reader alike, and a
//! hit is verified against the text itself: two words with one token cost a look, never a wrong answer.
//!
//! The hash is part of what is stored. It is FNV-1a with a final mix, spelled out here because it must never change;
//! it guards nothing, so a hostile writer who forges collisions only slows its own searches.

/// Words past this are cut: a base64 body is one word otherwise.
pub const TOKEN_LONGEST: usize = 64;

fn hash(kind: u8, parts: &[&str]) -> i64 {
    let mut state: u64 = 0xcbf2_9ce4_8422_2325;
    let mut eat = |byte: u8| {
        state ^= u64::from(byte);
        state = state.wrapping_mul(0x0000_0100_0000_01b3);
    };
    eat(kind);
    for part in parts {
        part.bytes().for_each(&mut eat);
        // No byte of UTF-8: ("ab", "c") and ("a", "bc") differ.
        eat(0xff);
    }
    state ^= state >> 32;
    state = state.wrapping_mul(0xd6e8_feb8_6659_fd93);
    state ^= state >> 32;
    i64::from_ne_bytes(state.to_ne_bytes())
}

/// A word of a body.
pub fn word_token(word: &str) -> i64 {
    hash(b'w', &[&fold(word)])
}

/// A header and its value. Camel's header names ignore case.
pub fn header_token(name: &str, value: &str) -> i64 {
    hash(b'h', &[&name.to_ascii_lowercase(), value])
}

pub fn attribute_token(name: &str, value: &str) -> i64 {
    hash(b'a', &[name, value])
}

/// Exchange id, breadcrumb or trace id: whatever ties messages together.
pub fn correlation_token(id: &str) -> i64 {
    hash(b'c', &[id])
}

/// The words of a text: runs of letters and digits, at least two long, folded to lower case.
pub fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() >= 2).map(fold)
}

fn fold(word: &str) -> String {
    word.chars().take(TOKEN_LONGEST).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_never_changes() {
        assert_eq!(word_token("Inverter"), word_token("inverter"));
        assert_eq!(
            [
                word_token("tea"),
                header_token("OrderId", "A-17"),
                attribute_token("orderId", "A-17")
            ],
            GOLDEN
        );
    }

    const GOLDEN: [i64; 3] =
        [6_327_027_652_308_552_529, -978_444_573_488_910_265, 2_523_849_667_412_689_489];

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(attribute_token("ab", "c"), attribute_token("a", "bc"));
        assert_ne!(attribute_token("a", "b"), correlation_token("a"));
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        let found: Vec<_> = words("{\"Item\": \"Grüner Tee\", \"n\": 12}").collect();
        assert_eq!(found, ["item", "grüner", "tee", "12"]);
    }
}
