//! The doors: look-ups before an organization is known.
//!
//! A request arrives with a token, a runner with a certificate, a background loop with nothing: each
//! must first learn whose it is. A door is a transaction of the nil organization, which owns no row;
//! what it can do is exactly the `SECURITY DEFINER` functions that start with `sec.require_door()`,
//! and those refuse every other transaction. They return ids; rows are then read through [`crate::Tx`].

use domain::id::{ActorId, OrganizationId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::open::Open;
use crate::{Db, Error, tx};

#[derive(Debug)]
pub struct Door {
    inner: Open,
}

impl Door {
    pub async fn begin(db: &Db) -> Result<Self, Error> {
        let inner = tx::begin(db, OrganizationId(Uuid::nil()), ActorId(Uuid::nil())).await?;
        Ok(Self { inner })
    }

    pub async fn commit(self) -> Result<(), Error> {
        self.inner.commit().await.map_err(Error::doing("commit"))
    }

    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}
