//! TLS 1.3 for both ends, with our own authority as the only root.
//!
//! The server asks for a client certificate and does without one (`Enroll` has none); it tolerates one that only
//! expired, because a runner that slept for months must still be able to renew. Who a peer is and what it may call is
//! decided after the handshake. There is no resumption on either side: a resumed handshake shows no certificate and
//! would pass by the verifier.
//!
//! The runner believes the roots it keeps, or for its first call the root whose public key the join token pins. The
//! server's certificate is for one fixed name whatever address was dialled (`authority::SERVER_NAME`).

mod client;
mod server;

pub use client::{Pinned, Trust, client_config};
pub use server::{ServerCertificate, ServerTls, console_config};

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

/// Session, enrolment, artifacts.
pub const ALPN_LINK: &[u8] = b"h2";
/// The reversed connection for bulk data.
pub const ALPN_DATA: &[u8] = b"midplane-data/1";
/// From one server to another: a request for a runtime whose session is there.
pub const ALPN_REPLICA: &[u8] = b"midplane-replica/1";

/// Whether a caller that offers these protocols means the link. Browsers and clients of the console offer `http/1.1`, beside
/// `h2` or alone, or nothing at all; a runner offers one protocol of ours.
pub fn is_link(offered: &[&[u8]]) -> bool {
    offered.contains(&ALPN_DATA) || offered.contains(&ALPN_REPLICA) || offered == [ALPN_LINK]
}

#[derive(Debug, thiserror::Error)]
#[error("set up TLS for the link")]
pub struct Unusable(#[source] Box<dyn std::error::Error + Send + Sync>);

impl Unusable {
    pub(crate) fn of(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_told_from_a_runner_by_what_it_offers() {
        for link in [&[ALPN_LINK][..], &[ALPN_DATA], &[ALPN_REPLICA]] {
            assert!(is_link(link));
        }
        let http: &[u8] = b"http/1.1";
        for console in [&[][..], &[http], &[ALPN_LINK, http], &[http, ALPN_LINK]] {
            assert!(!is_link(console));
        }
    }
}
