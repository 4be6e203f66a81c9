//! Enrolments: one row for each runtime, the stored form of `domain::enrolment::Enrolment`.
//!
//! `load` locks the row until the transaction ends: of a thousand that burn the same token one goes first, and the others
//! see what it left. Locked and revoked are the runtime's standing and read from there.

use domain::digest::Digest;
use domain::enrolment::Enrolment;
use domain::id::{OrganizationId, RuntimeId};
use jiff::Timestamp;

use crate::time::Time;
use crate::{Door, Error, Tx};

pub async fn insert_offered(
    tx: &mut Tx,
    runtime: RuntimeId,
    token: Digest,
    expires_at: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO enrolment (org_id, runtime_id, state, token, expires_at) VALUES ($1, $2, 'offered', $3, $4)",
        tx.organization().0,
        runtime.0,
        &token.0[..],
        Time::from(expires_at) as _
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("insert the enrolment"))
}

/// Whose offer a token is.
pub async fn find_offer(
    door: &mut Door,
    token: Digest,
) -> Result<Option<(OrganizationId, RuntimeId)>, Error> {
    let row = sqlx::query!(
        r#"SELECT org_id AS "org_id!", runtime_id AS "runtime_id!" FROM sec.find_offer($1)"#,
        &token.0[..]
    )
    .fetch_optional(door.connection())
    .await
    .map_err(Error::doing("find the offer"))?;
    Ok(row.map(|row| (OrganizationId(row.org_id), RuntimeId(row.runtime_id))))
}

/// The enrolment of a runtime, locked until the transaction ends.
pub async fn load(tx: &mut Tx, runtime: RuntimeId) -> Result<Option<Enrolment>, Error> {
    let row = sqlx::query!(
        r#"SELECT e.state, e.token, e.expires_at AS "expires_at: Time", e.key, e.generation,
            e.not_after AS "not_after: Time", r.standing
        FROM enrolment AS e JOIN runtime AS r ON r.org_id = e.org_id AND r.id = e.runtime_id
        WHERE e.runtime_id = $1 FOR UPDATE"#,
        runtime.0
    )
    .fetch_optional(tx.connection())
    .await
    .map_err(Error::doing("load the enrolment"))?;
    let Some(row) = row else { return Ok(None) };
    match row.standing.as_str() {
        "locked" => return Ok(Some(Enrolment::Locked)),
        "revoked" => return Ok(Some(Enrolment::Revoked)),
        _ => {}
    }
    let digest = |bytes: &[u8]| bytes.try_into().map(Digest).ok();
    let token = digest(&row.token);
    let key = row.key.as_deref().and_then(digest);
    let read = match (row.state.as_str(), token, key) {
        ("offered", Some(token), _) => row
            .expires_at
            .map(|expires_at| Enrolment::Offered { token, expires_at: expires_at.into() }),
        ("redeemed", Some(token), Some(key)) => Some(Enrolment::Redeemed { token, key }),
        ("enrolled", Some(token), Some(key)) => {
            row.generation.zip(row.not_after).map(|(generation, not_after)| Enrolment::Enrolled {
                token,
                key,
                generation: generation.unsigned_abs(),
                not_after: not_after.into(),
            })
        }
        _ => None,
    };
    read.map(Some).ok_or(Error::Unreadable { what: "enrolment", value: row.state })
}

/// Stores what `load` and the rules made of it. Locked and revoked are stored with the runtime.
pub async fn save(tx: &mut Tx, runtime: RuntimeId, enrolment: &Enrolment) -> Result<(), Error> {
    let (state, key, generation, not_after) = match enrolment {
        Enrolment::Offered { .. } | Enrolment::Locked | Enrolment::Revoked => return Ok(()),
        Enrolment::Redeemed { token: _, key } => ("redeemed", key, None, None),
        Enrolment::Enrolled { token: _, key, generation, not_after } => {
            let generation = i64::try_from(*generation).unwrap_or(i64::MAX);
            ("enrolled", key, Some(generation), Some(Time::from(*not_after)))
        }
    };
    sqlx::query!(
        "UPDATE enrolment SET state = $2, key = $3, generation = $4, not_after = $5, expires_at = NULL
        WHERE runtime_id = $1",
        runtime.0,
        state,
        &key.0[..],
        generation,
        not_after as _
    )
    .execute(tx.connection())
    .await
    .map(drop)
    .map_err(Error::doing("save the enrolment"))
}
