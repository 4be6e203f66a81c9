//! Two messages side by side.

use async_graphql::SimpleObject;

use super::detail::{MessageDetail, MessageStep};
use crate::app::message;

/// One step of two messages: `both`, `left` (only in the first) or `right`.
#[derive(SimpleObject)]
pub struct MessageDiffLine {
    pub side: String,
    pub left: Option<MessageStep>,
    pub right: Option<MessageStep>,
}

#[derive(SimpleObject)]
pub struct MessageDifference {
    pub name: String,
    pub left: Option<String>,
    pub right: Option<String>,
}

#[derive(SimpleObject)]
pub struct MessageDiff {
    pub left: MessageDetail,
    pub right: MessageDetail,
    pub lines: Vec<MessageDiffLine>,
    pub attributes: Vec<MessageDifference>,
}

impl From<message::diff::Diff> for MessageDiff {
    fn from(diff: message::diff::Diff) -> Self {
        use message::diff::Line;
        let line = |line: Line| {
            let (side, left, right) = match line {
                Line::Both(a, b) => ("both", Some(a.into()), Some(b.into())),
                Line::Left(a) => ("left", Some(a.into()), None),
                Line::Right(b) => ("right", None, Some(b.into())),
            };
            MessageDiffLine { side: side.to_owned(), left, right }
        };
        let attributes = diff.attributes.into_iter();
        Self {
            left: diff.left.into(),
            right: diff.right.into(),
            lines: diff.lines.into_iter().map(line).collect(),
            attributes: attributes
                .map(|(name, left, right)| MessageDifference { name, left, right })
                .collect(),
        }
    }
}
