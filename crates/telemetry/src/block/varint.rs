//! Whole numbers in as few bytes as they need: seven bits in each byte, the lowest first.
//!
//! A signed number is folded first, so that small ones of either sign stay small.

/// 64 bits at seven for each byte.
pub const MAX_LEN: usize = 10;

pub fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(u8::try_from(number & 0x7F).unwrap_or(0) | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).unwrap_or(0));
}

/// The number at the start of `bytes` and what follows it. None if there is none, or it does not fit.
pub fn take(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if *first < 0x80 {
        return Some((u64::from(*first), rest));
    }
    let mut number = u64::from(first & 0x7F);
    for (at, byte) in rest.iter().enumerate().take(MAX_LEN - 1) {
        let shift = 7 * (at + 1);
        let part = u64::from(byte & 0x7F);
        if shift == 63 && part > 1 {
            return None;
        }
        number |= part << shift;
        if *byte < 0x80 {
            return Some((number, &rest[at + 1..]));
        }
    }
    None
}

/// 0, -1, 1, -2, .. become 0, 1, 2, 3, ..
pub fn fold(number: i64) -> u64 {
    (number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned()
}

pub fn unfold(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_number_survives(number in any::<u64>(), shift in 0_u32..64, rest in any::<[u8; 3]>()) {
            let number = number >> shift;
            let mut bytes = Vec::new();
            put(&mut bytes, number);
            prop_assert!(bytes.len() <= MAX_LEN);
            bytes.extend(rest);
            prop_assert_eq!(take(&bytes), Some((number, rest.as_slice())));
            prop_assert_eq!(unfold(fold(number.cast_signed())), number.cast_signed());
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..16)) {
            let _ = take(&bytes);
        }
    }

    #[test]
    fn a_number_that_does_not_fit_or_end_is_none() {
        assert_eq!(take(&[0xFF; 10]), None);
        assert_eq!(take(&[0x80; 9]), None);
        assert_eq!(take(&[]), None);
        assert_eq!([0, -1, 1, -2].map(fold), [0, 1, 2, 3]);
    }
}
