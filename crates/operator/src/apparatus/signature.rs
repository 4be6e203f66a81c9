//! The signature of a call: HMAC-SHA256 with a key that both sides know.
//!
//! Signed is `TIMESTAMP.EVENT_ID.ACTION.BODY`, so that a call cannot be replayed later, as another event or at another path. The
//! apparatus compares in constant time and refuses a timestamp that is more than a few minutes old.

use aws_lc_rs::hmac;

pub(super) fn signature(
    key: &[u8],
    timestamp: i64,
    event_id: &str,
    action: &str,
    body: &[u8],
) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let mut context = hmac::Context::with_key(&key);
    context.update(format!("{timestamp}.{event_id}.{action}.").as_bytes());
    context.update(body);
    format!("t={timestamp},v1={}", hex::encode(context.sign().as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_covers_every_part() {
        let whole = signature(b"key", 1_700_000_000, "e1", "coupled", b"{}");
        // `printf '1700000000.e1.coupled.{}' | openssl dgst -sha256 -hmac key`
        assert_eq!(
            whole,
            "t=1700000000,v1=d4471dc8ff6790effa4bcd85b2c5c4dabbdd7bdadc571019fe7238244c19707f"
        );
        assert_ne!(whole, signature(b"yek", 1_700_000_000, "e1", "coupled", b"{}"));
        assert_ne!(whole, signature(b"key", 1_700_000_001, "e1", "coupled", b"{}"));
        assert_ne!(whole, signature(b"key", 1_700_000_000, "e2", "coupled", b"{}"));
        assert_ne!(whole, signature(b"key", 1_700_000_000, "e1", "updated", b"{}"));
        assert_ne!(whole, signature(b"key", 1_700_000_000, "e1", "coupled", b"{ }"));
    }
}
