//! The join token: one string that an administrator pastes on the machine to enrol.
//!
//! `mp1.<host:port>.<pin>.<secret>`, each part base64url without padding. The pin is the SHA-256 of the root
//! certificate's public key, so that the first connection already knows whom to trust; the secret is good once and the
//! server keeps only its digest. The text is never logged: `Debug` shows the address and hides the rest.
//!
//! Whether a token is still good is the server's business (`domain::enrolment`).

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use domain::digest::Digest;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// Names the format; another one is refused by name.
const PREFIX: &str = "mp1";
/// A DNS name has at most 253 characters, a port five.
const LONGEST_ADDRESS: usize = 260;

/// 256 random bits that are good for one enrolment.
#[derive(Clone)]
pub struct Secret(Zeroizing<[u8; 32]>);

#[derive(Clone)]
pub struct JoinToken {
    /// `host:port` of the link.
    pub address: String,
    /// SHA-256 of the root certificate's `SubjectPublicKeyInfo`.
    pub pin: [u8; 32],
    pub secret: Secret,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAToken {
    #[error("a token starts with `mp1.`; copy the whole line that was shown")]
    Prefix,
    #[error(
        "a token has four parts with a dot between them, this one has {0}; copy the whole line that was shown"
    )]
    Parts(usize),
    #[error("the {0} of the token is damaged; copy the whole line that was shown")]
    Damaged(&'static str),
}

impl NotAToken {
    pub fn code(&self) -> &'static str {
        "MP-ENROL-09"
    }
}

impl Secret {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// What the server stores and compares.
    pub fn digest(&self) -> Digest {
        secret_digest(self.expose())
    }
}

/// The stored form of a secret that arrived on the wire.
pub fn secret_digest(secret: &[u8]) -> Digest {
    Digest(Sha256::digest(secret).into())
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl fmt::Debug for JoinToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinToken").field("address", &self.address).finish_non_exhaustive()
    }
}

impl fmt::Display for JoinToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{PREFIX}.{}.{}.{}",
            BASE64.encode(&self.address),
            BASE64.encode(self.pin),
            BASE64.encode(self.secret.expose())
        )
    }
}

impl FromStr for JoinToken {
    type Err = NotAToken;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let parts: Vec<&str> = text.split('.').take(6).collect();
        if parts[0] != PREFIX {
            return Err(NotAToken::Prefix);
        }
        let [_, address, pin, secret] = parts[..] else {
            return Err(NotAToken::Parts(parts.len()));
        };
        let address = BASE64
            .decode(address)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .filter(|address| is_address(address))
            .ok_or(NotAToken::Damaged("address"))?;
        let pin = decode32(pin).ok_or(NotAToken::Damaged("certificate pin"))?;
        let secret = decode32(secret).ok_or(NotAToken::Damaged("secret"))?;
        Ok(Self { address, pin, secret: Secret::new(secret) })
    }
}

fn decode32(text: &str) -> Option<[u8; 32]> {
    BASE64.decode(text).ok()?.try_into().ok()
}

/// `host:port` without anything that could smuggle a second meaning into a CONNECT line or a log.
fn is_address(address: &str) -> bool {
    let Some((host, port)) = address.rsplit_once(':') else { return false };
    let host_ok = host.bytes().all(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']')
    });
    address.len() <= LONGEST_ADDRESS
        && !host.is_empty()
        && host_ok
        && port.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token() -> JoinToken {
        JoinToken {
            address: "127.0.0.1:7443".to_owned(),
            pin: [7; 32],
            secret: Secret::new([9; 32]),
        }
    }

    #[test]
    fn a_token_with_a_piece_missing_says_what_to_do() {
        let text = token().to_string();
        let check = |text: &str, want: NotAToken| {
            assert_eq!(text.parse::<JoinToken>().unwrap_err(), want);
        };
        check("", NotAToken::Prefix);
        check("mp2.a.b.c", NotAToken::Prefix);
        check(&text[..text.rfind('.').unwrap()], NotAToken::Parts(3));
        check(&text[..text.len() - 1], NotAToken::Damaged("secret"));
        check(&format!("{text}.x"), NotAToken::Parts(5));
    }

    #[test]
    fn debug_hides_the_secret() {
        let shown = format!("{:?}", token());
        assert!(!shown.contains('9') && shown.contains("127.0.0.1"), "{shown}");
    }

    proptest! {
        #[test]
        fn a_token_reads_back_what_it_prints(
            host in "[a-z0-9.-]{1,40}", port in 1_u16.., pin: [u8; 32], secret: [u8; 32],
        ) {
            let token = JoinToken { address: format!("{host}:{port}"), pin, secret: Secret::new(secret) };
            let back: JoinToken = format!(" {token}\n").parse().unwrap();
            prop_assert_eq!(back.address, token.address);
            prop_assert_eq!(back.pin, pin);
            prop_assert_eq!(back.secret.expose(), &secret);
        }

        #[test]
        fn any_text_is_judged_without_harm(text in ".{0,200}") {
            let _ = text.parse::<JoinToken>();
        }
    }
}
