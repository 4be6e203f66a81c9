//! The id of a failure group: what it is of, in a form that nobody takes apart.
//!
//! `base64url( 1 | fingerprint: 8 | route: 4 | length of environment: 2 | environment | integration )`
//!
//! It is made of what tells groups apart, so it needs no row and never changes; the number of the route is the organization's
//! own, so the id of one organization says nothing in another. What does not read exactly as it was written is none.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use store::telemetry::NameId;
use store::telemetry::failure::Key;

const FORMAT: u8 = 1;
/// Names of environments have 63 characters; those of observed applications are as long as the runner takes them.
const LONGEST: usize = 2_000;

pub fn write(key: &Key) -> String {
    let mut bytes = vec![FORMAT];
    bytes.extend(key.fingerprint.to_be_bytes());
    bytes.extend(key.route.0.to_be_bytes());
    bytes.extend(u16::try_from(key.environment.len()).unwrap_or(u16::MAX).to_be_bytes());
    bytes.extend(key.environment.as_bytes());
    bytes.extend(key.integration.as_bytes());
    BASE64.encode(bytes)
}

pub fn read(text: &str) -> Option<Key> {
    if text.len() > LONGEST {
        return None;
    }
    let bytes = BASE64.decode(text).ok()?;
    let (format, rest) = bytes.split_first()?;
    let (fingerprint, rest) = rest.split_first_chunk()?;
    let (route, rest) = rest.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (environment, integration) = rest.split_at_checked(length)?;
    (*format == FORMAT).then_some(())?;
    Some(Key {
        fingerprint: u64::from_be_bytes(*fingerprint),
        route: NameId(i32::from_be_bytes(*route)),
        environment: text_of(environment)?,
        integration: text_of(integration)?,
    })
}

/// PostgreSQL's text has no NUL.
fn text_of(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    (!text.contains('\0')).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key {
            fingerprint: 0x7f00_0000_0000_00a1,
            integration: "orders".to_owned(),
            environment: "dev".to_owned(),
            route: NameId(-3),
        }
    }

    #[test]
    fn an_id_leads_back_to_what_it_is_of() {
        assert_eq!(read(&write(&key())), Some(key()));
        let empty = Key { integration: String::new(), environment: String::new(), ..key() };
        assert_eq!(read(&write(&empty)), Some(empty));
        assert!(
            write(&key()).bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        );
    }

    #[test]
    fn what_nobody_wrote_is_no_id() {
        let good = write(&key());
        let newer = BASE64.encode([&[2], &BASE64.decode(&good).unwrap()[1..]].concat());
        let nul = write(&Key { integration: "a\0".to_owned(), ..key() });
        for text in ["", "x", "~~", &good[..8], &newer, &nul, &"A".repeat(LONGEST + 1)] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
