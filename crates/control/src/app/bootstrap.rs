//! The first start: an organization, its owner, and the owner's token in a file.
//!
//! Later starts find the organization and do nothing; a token file that is gone is written again with a new token,
//! because whoever may write that folder may do everything anyway. Projects and environments are made by clients through
//! the API, as everything else.
//!
//! Two servers may start on an empty database at once: an advisory decision is not needed, because the organization's
//! id is fixed by its name and the second insert is refused by the primary key.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use domain::id::{ActorId, OrganizationId, TokenId};
use domain::permission::{Role, Scope};
use store::role_binding::RoleBinding;
use store::{Door, Tx, actor, api_token, organization, role_binding};
use uuid::Uuid;

use crate::app::{Error, secret};
use crate::server::Server;
use crate::system::digest;

/// The organization of an installation that nobody named otherwise.
const NAME: &str = "default";
const OWNER: &str = "admin";

/// Makes what a new database lacks.
pub async fn bootstrap(server: &Server) -> Result<(), Error> {
    let mut door = Door::begin(&server.db).await.map_err(Error::internal)?;
    let known = organization::list_ids(&mut door).await.map_err(Error::internal)?;
    door.commit().await.map_err(Error::internal)?;
    let file = server.settings.token_file();
    let organization = match known.first() {
        Some(id) if file.exists() => {
            tracing::debug!(organization = %id, "the installation is known");
            return Ok(());
        }
        Some(id) => *id,
        None => make_organization(server).await?,
    };
    let secret = issue_token(server, organization).await?;
    write_secret(&file, &secret).map_err(Error::internal)?;
    tracing::info!(file = %file.display(), "the administrator's token was written");
    Ok(())
}

/// What a start does in every organization there is.
pub async fn each_start(server: &Server) -> Result<(), Error> {
    let mut door = Door::begin(&server.db).await.map_err(Error::internal)?;
    let known = organization::list_ids(&mut door).await.map_err(Error::internal)?;
    door.commit().await.map_err(Error::internal)?;
    for organization in known {
        secret::adopt_kek(&server.engine("start", organization)).await?;
    }
    Ok(())
}

async fn make_organization(server: &Server) -> Result<OrganizationId, Error> {
    // Fixed, so that two servers that start at once on an empty database agree.
    let id = OrganizationId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));
    let now = server.system.now();
    let mut tx = Tx::system(&server.db, id).await.map_err(Error::internal)?;
    match organization::insert(&mut tx, NAME, now).await {
        Ok(()) => {}
        Err(err) if err.violates("organization_pkey") => return Ok(id),
        Err(err) => return Err(Error::internal(err)),
    }
    let owner = ActorId(server.system.new_id());
    actor::insert(&mut tx, owner, actor::Kind::User, OWNER, now).await.map_err(Error::internal)?;
    let binding = RoleBinding { actor: owner, role: Role::Owner, scope: Scope::Organization(id) };
    role_binding::insert(&mut tx, binding, now).await.map_err(Error::internal)?;
    tx.commit().await.map_err(Error::internal)?;
    Ok(id)
}

/// A token of the organization's first owner.
async fn issue_token(server: &Server, organization: OrganizationId) -> Result<String, Error> {
    let secret = format!("mpt_{}", server.system.new_secret());
    let now = server.system.now();
    let mut tx = Tx::system(&server.db, organization).await.map_err(Error::internal)?;
    let actors = actor::list(&mut tx).await.map_err(Error::internal)?;
    let owner = actors
        .iter()
        .find(|actor| actor.kind == actor::Kind::User && actor.name == OWNER)
        .ok_or_else(|| Error::not_found("actor `admin` to issue a token for"))?;
    let new = api_token::New {
        id: TokenId(server.system.new_id()),
        actor: owner.id,
        kind: api_token::Kind::Api,
        label: "administrator",
        digest: digest(&secret),
        expires_at: None,
    };
    api_token::insert(&mut tx, &new, now).await.map_err(Error::internal)?;
    tx.commit().await.map_err(Error::internal)?;
    Ok(secret)
}

/// Written beside and renamed, so that nobody reads half a token; never readable by others.
fn write_secret(path: &Path, secret: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let fresh = path.with_extension("new");
    let _ = std::fs::remove_file(&fresh);
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    file.write_all(secret.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)
}
