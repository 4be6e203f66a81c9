//! A release: what a commit became.
//!
//! `Drafted -> Resolving -> Released | Refused`. A refused release never runs and says why; a commit that touches nothing of
//! an integration makes no release. Promotion moves digests, so a released release is never rebuilt.

use crate::digest::Digest;

/// One reason why a release was refused, as the pusher reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Stable, with a page in `docs/errors/`.
    pub code: String,
    /// Starts with `file:line:column` where there is one.
    pub message: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Release {
    Drafted {
        bundle: Digest,
    },
    /// Dependencies are being resolved by a runner of purpose build.
    Resolving {
        bundle: Digest,
    },
    Released {
        bundle: Digest,
        lock: Option<Digest>,
        base: Digest,
        camel: String,
    },
    Refused {
        problems: Vec<Refusal>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the release is already {0}")]
pub struct Settled(pub &'static str);

impl Release {
    pub fn state(&self) -> &'static str {
        match self {
            Self::Drafted { .. } => "drafted",
            Self::Resolving { .. } => "resolving",
            Self::Released { .. } => "released",
            Self::Refused { .. } => "refused",
        }
    }

    pub fn resolve(self) -> Result<Self, Settled> {
        match self {
            Self::Drafted { bundle } | Self::Resolving { bundle } => Ok(Self::Resolving { bundle }),
            settled @ (Self::Released { .. } | Self::Refused { .. }) => {
                Err(Settled(settled.state()))
            }
        }
    }

    pub fn release(
        self,
        lock: Option<Digest>,
        base: Digest,
        camel: String,
    ) -> Result<Self, Settled> {
        match self {
            Self::Drafted { bundle } | Self::Resolving { bundle } => {
                Ok(Self::Released { bundle, lock, base, camel })
            }
            settled @ (Self::Released { .. } | Self::Refused { .. }) => {
                Err(Settled(settled.state()))
            }
        }
    }

    pub fn refuse(self, problems: Vec<Refusal>) -> Result<Self, Settled> {
        match self {
            Self::Drafted { .. } | Self::Resolving { .. } => Ok(Self::Refused { problems }),
            settled @ (Self::Released { .. } | Self::Refused { .. }) => {
                Err(Settled(settled.state()))
            }
        }
    }
}
