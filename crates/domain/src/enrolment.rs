//! Enrolment: how a runner trades a one-time token for a certificate, and keeps it fresh.
//!
//! `Offered --redeem--> Redeemed --certify--> Enrolled --renew--> Enrolled (generation + 1)`; `Locked` when a clone is
//! seen; `Revoked` from anywhere.
//!
//! A token works once and for a short time. Redeeming and certifying are two steps because the signer may be another
//! process: after a crash in between, the same key may finish and no other can. Each certificate carries a generation: an older one seen
//! after a newer one means that two machines hold the identity, and locks both. Nothing here reads a clock or
//! stores anything; the rows live in `store::enrolment`.

use jiff::{SignedDuration, Timestamp};

use crate::digest::Digest;

/// Long enough to paste a command on site, short enough to leak harmlessly.
pub const OFFER_LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// Short enough that an unnoticed theft ends within a day.
pub const LEAF_LIFETIME: SignedDuration = SignedDuration::from_hours(24);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enrolment {
    Offered { token: Digest, expires_at: Timestamp },
    Redeemed { token: Digest, key: Digest },
    Enrolled { token: Digest, key: Digest, generation: u64, not_after: Timestamp },
    Locked,
    Revoked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the token is not known")]
    WrongToken,
    #[error("the token has expired")]
    Expired,
    #[error("the token was used by another key")]
    UsedByAnotherKey,
    #[error("the runtime is locked: two machines used its identity")]
    Locked,
    #[error("the runtime is revoked")]
    Revoked,
    #[error("the runtime has no certificate yet")]
    NotEnrolled,
    #[error("generation {seen} was seen after generation {newest}: two machines use this identity")]
    Clone { seen: u64, newest: u64 },
}

impl Enrolment {
    pub fn offer(token: Digest, now: Timestamp) -> Self {
        Self::Offered { token, expires_at: now + OFFER_LIFETIME }
    }

    /// Binds the offer to `key`. The bound key may repeat this, because replies get lost.
    pub fn redeem(self, token: Digest, key: Digest, now: Timestamp) -> Result<Self, Refused> {
        match self {
            Self::Offered { token: known, .. }
            | Self::Redeemed { token: known, .. }
            | Self::Enrolled { token: known, .. }
                if known != token =>
            {
                Err(Refused::WrongToken)
            }
            Self::Offered { expires_at, .. } if expires_at <= now => Err(Refused::Expired),
            Self::Offered { .. } => Ok(Self::Redeemed { token, key }),
            Self::Redeemed { key: bound, .. } | Self::Enrolled { key: bound, .. }
                if bound == key =>
            {
                Ok(self)
            }
            Self::Redeemed { .. } | Self::Enrolled { .. } => Err(Refused::UsedByAnotherKey),
            Self::Locked => Err(Refused::Locked),
            Self::Revoked => Err(Refused::Revoked),
        }
    }

    /// Records the first certificate. A repetition keeps the generation that was issued.
    pub fn certify(self, now: Timestamp) -> Result<Self, Refused> {
        match self {
            Self::Redeemed { token, key } => {
                Ok(Self::Enrolled { token, key, generation: 1, not_after: now + LEAF_LIFETIME })
            }
            Self::Enrolled { .. } => Ok(self),
            Self::Offered { .. } => Err(Refused::NotEnrolled),
            Self::Locked => Err(Refused::Locked),
            Self::Revoked => Err(Refused::Revoked),
        }
    }

    /// Judges a certificate that was presented on a connection.
    pub fn present(&self, seen: u64) -> Result<(), Refused> {
        match self {
            Self::Enrolled { generation, .. } if seen == *generation => Ok(()),
            // The reply with the newest certificate may have been lost: its holder still shows the one before.
            Self::Enrolled { generation, .. } if seen + 1 == *generation => Ok(()),
            Self::Enrolled { generation, .. } => Err(Refused::Clone { seen, newest: *generation }),
            Self::Offered { .. } | Self::Redeemed { .. } => Err(Refused::NotEnrolled),
            Self::Locked => Err(Refused::Locked),
            Self::Revoked => Err(Refused::Revoked),
        }
    }

    /// Moves to `key` with the next generation.
    pub fn renew(self, key: Digest, seen: u64, now: Timestamp) -> Result<Self, Refused> {
        self.present(seen)?;
        match self {
            Self::Enrolled { token, generation, .. } if seen == generation => Ok(Self::Enrolled {
                token,
                key,
                generation: generation + 1,
                not_after: now + LEAF_LIFETIME,
            }),
            // A lost reply is repeated by the same new key; another key under the old generation is a clone.
            Self::Enrolled { token, key: bound, generation, .. } if bound == key => {
                Ok(Self::Enrolled { token, key, generation, not_after: now + LEAF_LIFETIME })
            }
            Self::Enrolled { generation, .. } => Err(Refused::Clone { seen, newest: generation }),
            Self::Offered { .. } | Self::Redeemed { .. } => Err(Refused::NotEnrolled),
            Self::Locked => Err(Refused::Locked),
            Self::Revoked => Err(Refused::Revoked),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: Digest = Digest([1; 32]);
    const KEY: Digest = Digest([2; 32]);
    const OTHER: Digest = Digest([3; 32]);
    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[track_caller]
    fn check(from: Enrolment, token: Digest, mins: i64, want: Result<Enrolment, Refused>) {
        assert_eq!(from.redeem(token, KEY, NOW + SignedDuration::from_mins(mins)), want);
    }

    fn enrolled() -> Enrolment {
        Enrolment::offer(TOKEN, NOW).redeem(TOKEN, KEY, NOW).unwrap().certify(NOW).unwrap()
    }

    #[test]
    fn an_offer_is_good_once_and_briefly() {
        let offer = || Enrolment::offer(TOKEN, NOW);
        check(offer(), TOKEN, 14, Ok(Enrolment::Redeemed { token: TOKEN, key: KEY }));
        check(offer(), TOKEN, 15, Err(Refused::Expired));
        check(offer(), OTHER, 0, Err(Refused::WrongToken));
        assert_eq!(enrolled().redeem(TOKEN, OTHER, NOW), Err(Refused::UsedByAnotherKey));
    }

    #[test]
    fn a_lost_reply_may_be_asked_for_again_by_the_same_key_only() {
        assert_eq!(enrolled().redeem(TOKEN, KEY, NOW), Ok(enrolled()));
        let renewed = enrolled().renew(OTHER, 1, NOW).unwrap();
        assert_eq!(renewed.clone().renew(OTHER, 1, NOW), Ok(renewed.clone()));
        assert_eq!(renewed.renew(KEY, 1, NOW), Err(Refused::Clone { seen: 1, newest: 2 }));
    }

    #[test]
    fn an_old_generation_after_a_newer_one_is_a_clone() {
        let third = enrolled().renew(OTHER, 1, NOW).unwrap().renew(KEY, 2, NOW).unwrap();
        assert_eq!(third.present(1), Err(Refused::Clone { seen: 1, newest: 3 }));
        assert_eq!(third.present(3), Ok(()));
    }
}
