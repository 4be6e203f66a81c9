//! The audit in the API: a connection over the chain, from either end.

use async_graphql::{Context, ID, Object, SimpleObject};
use domain::permission::Permission as P;

use super::permission::{Fields, fields, whole};
use super::to_gql;
use crate::app::Error;
use crate::app::audit::{self, Order};
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    fields("Query", &["audit"], P::ReadAudit),
    whole("AuditConnection", P::ReadAudit),
    whole("AuditEntry", P::ReadAudit),
];

#[derive(SimpleObject)]
pub struct AuditEntry {
    /// Its place in the chain.
    pub seq: i64,
    pub at: String,
    pub actor: ID,
    pub action: String,
    pub target_kind: String,
    pub target: String,
    /// JSON.
    pub detail: String,
    /// Hexadecimal; covers this entry and the hash before it.
    pub hash: String,
}

impl From<store::audit::Entry> for AuditEntry {
    fn from(row: store::audit::Entry) -> Self {
        Self {
            seq: row.seq,
            at: row.at.to_string(),
            actor: ID(row.actor.to_string()),
            action: row.action,
            target_kind: row.target_kind,
            target: row.target_id,
            detail: row.detail,
            hash: hex::encode(row.hash),
        }
    }
}

#[derive(SimpleObject)]
pub struct AuditConnection {
    pub entries: Vec<AuditEntry>,
    /// Give it as `after` for what follows; null at the end.
    pub next: Option<String>,
}

#[derive(Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// Who changed what, the oldest first unless it is told otherwise.
    async fn audit(
        &self,
        gql: &Context<'_>,
        #[graphql(default = 50)] first: u32,
        after: Option<String>,
        #[graphql(default)] newest_first: bool,
    ) -> async_graphql::Result<AuditConnection> {
        let ctx = gql.data::<Ctx>()?;
        let bad = |_| to_gql(Error::invalid("MP-API-10", "`after` is no cursor of ours"));
        let after = after.map(|cursor| cursor.parse()).transpose().map_err(bad)?;
        let order = if newest_first { Order::NewestFirst } else { Order::OldestFirst };
        let (entries, has_more) = audit::list(ctx, first, after, order).await.map_err(to_gql)?;
        let last = entries.last().map(|entry| entry.seq.to_string());
        let entries = entries.into_iter().map(AuditEntry::from).collect();
        Ok(AuditConnection { entries, next: last.filter(|_| has_more) })
    }
}
