//! Clock, ids and randomness as functions that are passed in.
//!
//! `System::real` is the only place of the control plane that reads the machine's; tests and simulations bring their
//! own. Nothing else mints an id or a secret.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

type Now = dyn Fn() -> Timestamp + Send + Sync;
type NewId = dyn Fn() -> Uuid + Send + Sync;
type Fill = dyn Fn(&mut [u8]) + Send + Sync;

/// Clock, ids and randomness.
#[derive(Clone)]
pub struct System {
    now: Arc<Now>,
    new_id: Arc<NewId>,
    fill: Arc<Fill>,
}

impl System {
    pub fn new(
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        new_id: impl Fn() -> Uuid + Send + Sync + 'static,
        fill: impl Fn(&mut [u8]) + Send + Sync + 'static,
    ) -> Self {
        Self { now: Arc::new(now), new_id: Arc::new(new_id), fill: Arc::new(fill) }
    }

    /// The machine's clock, `UUIDv7` and the operating system's random source.
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine is read")]
    #[expect(
        clippy::expect_used,
        reason = "without randomness nothing safe can be done; ends the process"
    )]
    pub fn real() -> Self {
        Self::new(Timestamp::now, Uuid::now_v7, |bytes| {
            aws_lc_rs::rand::fill(bytes).expect("the operating system has randomness");
        })
    }

    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// A fresh `UUIDv7`; wrap it in the noun's newtype.
    pub fn new_id(&self) -> Uuid {
        (self.new_id)()
    }

    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.fill)(&mut bytes);
        bytes
    }

    /// 256 random bits as 43 characters of base64url: tokens, login links, sessions.
    pub fn new_secret(&self) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.random::<32>())
    }
}

impl fmt::Debug for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("System")
    }
}

/// SHA-256 of a secret: all that is ever kept of one.
pub fn digest(secret: &str) -> domain::digest::Digest {
    domain::digest::Digest(Sha256::digest(secret.as_bytes()).into())
}
