//! Who is at the other end of a connection, as its certificate says.

use std::net::SocketAddr;

use domain::digest::Digest;
use domain::id::{OrganizationId, RuntimeId};
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;

use crate::authority::{self, NotALeaf};
use crate::channel::Channel;
use crate::refused::Refused;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    pub organization: OrganizationId,
    pub runtime: RuntimeId,
    pub generation: u64,
    pub not_after: Timestamp,
    /// SHA-256 of the certificate's public key.
    pub key: Digest,
    pub address: SocketAddr,
}

impl Peer {
    pub(super) fn of(
        certificate: &CertificateDer<'_>,
        address: SocketAddr,
    ) -> Result<Self, NotALeaf> {
        let claims = authority::claims(certificate)?;
        Ok(Self {
            organization: claims.organization,
            runtime: claims.runtime,
            generation: claims.generation,
            not_after: claims.not_after,
            key: claims.key,
            address,
        })
    }

    /// Expired certificates pass the handshake and may only renew.
    pub fn fresh(&self, now: Timestamp) -> Result<(), Refused> {
        if now < self.not_after {
            return Ok(());
        }
        let message = format!("the certificate ended at {}; renew it first", self.not_after);
        Err(Refused::new("MP-LINK-03", message))
    }

    /// A channel belongs to the runtime that it names.
    pub fn may_use(&self, channel: Channel) -> Result<(), Refused> {
        if channel.organization == self.organization && channel.runtime == self.runtime {
            return Ok(());
        }
        Err(Refused::new("MP-LINK-04", "the channel belongs to another runtime"))
    }
}
