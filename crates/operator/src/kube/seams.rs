//! What the edges take from outside: the time, randomness, who we are.

use jiff::Timestamp;

pub trait Seams: Send + Sync {
    fn now(&self) -> Timestamp;
    /// Fresh randomness each time.
    fn random(&self) -> [u8; 32];
    /// This process, as leases and Events name it.
    fn identity(&self) -> &str;

    fn nonce(&self) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce.copy_from_slice(&self.random()[..12]);
        nonce
    }
}
