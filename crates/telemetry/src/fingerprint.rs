//! When two faults are the same fault.
//!
//! Class, place and message, where every word of the message that holds a digit counts as the same word: `no price for TEA-10` and
//! `no price for TEA-11` are one fault. A place is a route and a node of it: `to#1` is the first send of every route, and only
//! both say which. The function is part of what is stored, so it never changes.

/// FNV-1a: stable everywhere, and nobody gains from a collision in their own failures.
const OFFSET: u64 = 0xCBF2_9CE4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01B3;
/// What is different after this is not another fault.
const MAX_CHARS: usize = 512;

pub fn fingerprint(class: &str, route: &str, node: &str, message: &str) -> u64 {
    let mut hash = Hash(OFFSET);
    hash.eat(class.as_bytes());
    hash.eat(&[0]);
    hash.eat(route.as_bytes());
    hash.eat(&[0]);
    hash.eat(node.as_bytes());
    hash.eat(&[0]);
    hash.eat(plain(message).as_bytes());
    hash.0
}

/// The message with `#` for each word that holds a digit.
pub fn plain(message: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in message.chars().take(MAX_CHARS).chain(['\0']) {
        if c.is_alphanumeric() || matches!(c, '-' | '_') {
            word.push(c);
            continue;
        }
        let changes = word.chars().any(|c| c.is_ascii_digit());
        out.push_str(if changes { "#" } else { &word });
        word.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

struct Hash(u64);

impl Hash {
    fn eat(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_in_numbers_and_ids_is_one_fault() {
        let print = |message: &str| fingerprint("Refused", "price", "throw#1", message);
        assert_eq!(print("no price for sku `TEA-10`"), print("no price for sku `TEA-11`"));
        assert_eq!(print("order 5f3c-77 of 12"), print("order 1a2b-99 of 7"));
        assert_ne!(print("no price"), print("no stock"));
        assert_ne!(fingerprint("a", "r", "b", ""), fingerprint("a", "r", "c", ""));
        assert_ne!(fingerprint("a", "r", "b", ""), fingerprint("a", "s", "b", ""), "another route");
        assert_eq!(plain("größe 12, x"), "größe #, x");
    }

    #[test]
    fn a_fingerprint_is_what_it_always_was() {
        assert_eq!(
            fingerprint("java.io.IOException", "intake", "to#1", "reset after 20 ms"),
            0x897A_8ABC_4995_8249
        );
    }
}
