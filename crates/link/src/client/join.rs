//! Joining: a token becomes an identity, once.
//!
//! The keys are on disk before the token is sent. When the reply is lost, the same command again sends the same key and
//! gets the same answer; a second machine with the same token is refused.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use tokio_util::task::TaskTracker;

use super::dial::{DialError, Link};
use super::identity::{self, Identity, IdentityError};
use super::network::Network;
use crate::authority::{self, csr};
use crate::refused::Heard;
use crate::seams::Seams;
use crate::tls::{ALPN_LINK, Pinned, Trust, client_config};
use crate::token::JoinToken;
use crate::wire::{self, enroll_client::EnrollClient};

#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    #[error("reach the control plane at `{address}`")]
    Dial { address: String, source: DialError },
    #[error(
        "the server at `{0}` is not the one that made the token: its certificate authority does not match the token's pin"
    )]
    Pin(String),
    #[error(transparent)]
    Refused(Heard),
    #[error("ask for a certificate")]
    Call(#[source] Box<tonic::Status>),
    #[error("keep the identity")]
    Identity(#[from] IdentityError),
}

impl JoinError {
    pub fn code(&self) -> &str {
        match self {
            Self::Dial { source, .. } => source.code(),
            Self::Pin(_) => "MP-ENROL-07",
            Self::Refused(heard) => &heard.code,
            Self::Call(_) => "MP-LINK-18",
            Self::Identity(err) => err.code(),
        }
    }
}

/// Trades `token` for an identity in `dir`. A folder that joined before keeps its identity and the token stays good.
pub async fn join(
    token: &JoinToken,
    dir: &Path,
    network: &Network,
    build: &str,
    capabilities: &[String],
    seams: &Seams,
) -> Result<Identity, JoinError> {
    if let Some(known) = Identity::load(dir)? {
        return Ok(known);
    }
    let key = identity::joining_key(dir)?;
    let sealing = identity::sealing_key(dir)?;
    let pinned = Pinned::new(token.pin);
    let dialled = |source| JoinError::Dial { address: token.address.clone(), source };
    let config = client_config(Trust::Pin(pinned.clone()), None, ALPN_LINK, seams)
        .map_err(|err| dialled(DialError::Setup(err)))?;
    let tasks = TaskTracker::new();
    let link = match Link::open(&token.address, network, config, &tasks).await {
        Err(DialError::Tls { .. }) if pinned.root().is_none() => {
            return Err(JoinError::Pin(token.address.clone()));
        }
        other => other.map_err(dialled)?,
    };
    let request = wire::EnrollRequest {
        hello: Some(wire::Hello::ours(build, capabilities)),
        token: token.secret.expose().to_vec(),
        csr_der: csr::request(&key).map_err(|_| IdentityError::Key)?,
        sealing_key: sealing.public().to_vec(),
    };
    let mut client = EnrollClient::with_origin(link, Link::origin());
    let reply = client.enroll(request).await.map_err(refused)?.into_inner();
    // What is trusted from now on must include what was pinned.
    let matches =
        |der: &Vec<u8>| authority::pin(&CertificateDer::from(der.as_slice())) == Some(token.pin);
    if !reply.ca_der.iter().any(matches) {
        return Err(JoinError::Pin(token.address.clone()));
    }
    Ok(Identity::store(dir, &reply, &token.address)?)
}

fn refused(status: tonic::Status) -> JoinError {
    match Heard::from_status(&status) {
        Some(heard) => JoinError::Refused(heard),
        None => JoinError::Call(Box::new(status)),
    }
}
