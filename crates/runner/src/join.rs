//! Joining: a one-time token becomes this folder's identity. Thin over `link::client::join`.
//!
//! Repeating it with the same token is safe, because the keys are on disk before the token is burnt. A folder that has
//! joined stays what it is: the token is then not used.

use std::path::PathBuf;

use link::client::{Identity, Network};
use link::token::JoinToken;

use crate::clock::Seams;
use crate::folder::Folder;
use crate::privilege::WorkloadUser;
use crate::run::{Error, capabilities};

#[derive(Clone, Debug)]
pub struct Join {
    pub data: PathBuf,
    pub token: String,
    pub network: Network,
    pub build: String,
    pub seams: Seams,
}

/// Who this folder is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    pub organization: String,
    pub runtime: String,
    pub name: String,
    /// Of the control plane.
    pub address: String,
}

pub async fn join(join: Join) -> Result<Joined, Error> {
    let folder = Folder::new(&join.data);
    let io = |source| Error::Folder { path: join.data.clone(), source };
    folder.prepare(WorkloadUser::Auto.account().is_some()).map_err(io)?;
    if let Some(identity) = Identity::load(&join.data).map_err(Error::Identity)? {
        return Ok(joined(&identity));
    }
    let token: JoinToken = join.token.trim().parse().map_err(Error::Token)?;
    let identity = link::client::join(
        &token,
        &join.data,
        &join.network,
        &join.build,
        &capabilities(),
        &join.seams.link(),
    )
    .await?;
    Ok(joined(&identity))
}

fn joined(identity: &Identity) -> Joined {
    Joined {
        organization: identity.organization.to_string(),
        runtime: identity.runtime.to_string(),
        name: identity.name.clone(),
        address: identity.address.clone(),
    }
}
