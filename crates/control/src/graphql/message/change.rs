//! What two messages carried, where it differs.

use async_graphql::SimpleObject;

use crate::app::message::compare::Change;

/// One header, or one field or line of a body, that is not the same.
#[derive(SimpleObject)]
pub struct MessageChange {
    /// `start`, `failure`, or `result`: what a replay or a dry run came to, beside what the original failed with.
    pub at: String,
    /// `header` or `body`.
    pub part: String,
    /// `orderId`, `$.lines[0].sku`, `line 3`.
    pub path: String,
    pub left: Option<String>,
    pub right: Option<String>,
}

impl From<Change> for MessageChange {
    fn from(change: Change) -> Self {
        let Change { at, part, path, left, right } = change;
        Self { at: at.to_owned(), part: part.as_str().to_owned(), path, left, right }
    }
}
