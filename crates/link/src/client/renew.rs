//! Renewal: a new key and certificate at half life, or after any sleep, however long.
//!
//! The next key is on disk before it is asked for, so that a lost reply is repeated with the same key and not taken for
//! a clone.

use std::time::Duration;

use domain::enrolment::LEAF_LIFETIME;
use jiff::Timestamp;
use tokio::time::Instant;

use super::dial::Link;
use super::identity::{self, Identity};
use super::session::Ended;
use super::{Client, IdentityError};
use crate::authority::csr;
use crate::wire::{self, renew_client::RenewClient};

/// Between two renewals.
const PAUSE: Duration = Duration::from_mins(10);

impl Client {
    /// Whether half of the certificate's life is over.
    pub(super) fn renewal_due(&self) -> bool {
        let renewed = *self.renewed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // A clock half a day ahead would find every new certificate due.
        renewed.is_none_or(|at| at.elapsed() >= PAUSE)
            && due(self.identity().not_after, self.settings.seams.now())
    }

    pub(super) async fn renew(&self, link: Link) -> Result<(), Ended> {
        let key = identity::next_key(&self.settings.dir)?;
        let csr_der = csr::request(&key).map_err(|_| IdentityError::Key)?;
        let mut client = RenewClient::with_origin(link, Link::origin());
        let reply = client.renew(wire::RenewRequest { csr_der }).await?.into_inner();
        let next = Identity::store(&self.settings.dir, &reply, &self.identity().address)?;
        tracing::info!(generation = next.generation, not_after = %next.not_after, "certificate renewed");
        *self.renewed.lock().unwrap_or_else(std::sync::PoisonError::into_inner) =
            Some(Instant::now());
        *self.identity.write().unwrap_or_else(std::sync::PoisonError::into_inner) = next.into();
        Ok(())
    }
}

fn due(not_after: Timestamp, now: Timestamp) -> bool {
    now >= not_after - LEAF_LIFETIME / 2
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn renewal_is_due_at_half_life() {
        let issued = Timestamp::UNIX_EPOCH;
        let not_after = issued + LEAF_LIFETIME;
        assert!(!due(not_after, issued + SignedDuration::from_hours(11)));
        assert!(due(not_after, issued + SignedDuration::from_hours(12)));
        assert!(due(not_after, issued + SignedDuration::from_hours(999)));
    }
}
