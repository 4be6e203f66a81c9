//! One message, step by step, with what its failure usually means.

use async_graphql::SimpleObject;

use super::{Message, number};
use crate::app::message;

#[derive(SimpleObject)]
pub struct MessageStep {
    pub sequence: i64,
    /// The sequence of the step around it, 0 at the top.
    pub parent: i64,
    /// Which round of the parent, 0 if it has none.
    pub iteration: i64,
    /// The route that the node is of: another than the message's behind `direct:` and in a Kamelet.
    pub route: String,
    pub node: String,
    pub kind: Option<String>,
    pub label: Option<String>,
    /// As a person would say it: `to sql insert orders`.
    pub title: String,
    /// What is worth saying beside it: a status, the branch that was taken.
    pub remark: Option<String>,
    pub start_us: i64,
    pub duration_us: i64,
    pub failed: bool,
    /// Bits of the record model: 1 failed, 2 asynchronous, 4 unfinished, 8 remote, 16 filtered, 32 another thread.
    pub flags: i64,
    pub redelivery: i64,
    pub detail: Option<String>,
}

impl From<message::Step> for MessageStep {
    fn from(step: message::Step) -> Self {
        Self {
            sequence: i64::from(step.sequence),
            parent: i64::from(step.parent),
            iteration: i64::from(step.iteration),
            route: step.route,
            node: step.node,
            kind: step.kind,
            label: step.label,
            title: step.title,
            remark: step.remark,
            start_us: number(step.start_us),
            duration_us: number(step.duration_us),
            failed: step.is_failed,
            flags: i64::from(step.flags),
            redelivery: i64::from(step.redelivery),
            detail: step.detail,
        }
    }
}

/// The commit of a release.
#[derive(SimpleObject)]
pub struct MessageCommit {
    pub short: String,
    pub author: String,
    pub subject: String,
}

impl From<message::Commit> for MessageCommit {
    fn from(commit: message::Commit) -> Self {
        let message::Commit { short, author, subject } = commit;
        Self { short, author, subject }
    }
}

/// What a failure usually means; a hint, never a verdict.
#[derive(SimpleObject)]
pub struct MessageCause {
    pub likely: String,
    pub look: String,
    pub next: String,
}

/// How much a message carried when it began; what it was needs a permission of its own.
#[derive(SimpleObject)]
pub struct MessageSize {
    pub headers: i64,
    /// Null if it is not known.
    pub bytes: Option<i64>,
    pub content_type: Option<String>,
    pub class: Option<String>,
}

impl From<message::Carried> for MessageSize {
    fn from(carried: message::Carried) -> Self {
        let message::Carried { headers, bytes, content_type, class } = carried;
        Self { headers: number(headers), bytes: bytes.map(number), content_type, class }
    }
}

#[derive(SimpleObject)]
pub struct MessageDetail {
    pub message: Message,
    pub exchange: String,
    pub breadcrumb: Option<String>,
    pub trace_id: String,
    pub from: Option<String>,
    pub start: Option<MessageSize>,
    pub commit: Option<MessageCommit>,
    pub steps: Vec<MessageStep>,
    pub steps_total: i64,
    pub failed_step: Option<i64>,
    /// What the route saw, when the error came wrapped in another exception.
    pub outer_class: Option<String>,
    pub outer_message: Option<String>,
    pub stack: Option<String>,
    pub likely_cause: Option<MessageCause>,
    /// What the workload's clock said, when the message is stored under the time of receipt.
    pub claimed_start: Option<String>,
}

impl From<message::Detail> for MessageDetail {
    fn from(detail: message::Detail) -> Self {
        let likely = detail.likely.map(|cause| MessageCause {
            likely: cause.likely,
            look: cause.look,
            next: cause.next,
        });
        Self {
            message: Message::of(detail.row, telemetry::id::SHORT_LEN),
            exchange: detail.exchange,
            breadcrumb: detail.breadcrumb,
            trace_id: detail.trace_id,
            from: detail.from,
            start: detail.start.map(MessageSize::from),
            commit: detail.commit.map(MessageCommit::from),
            steps: detail.steps.into_iter().map(MessageStep::from).collect(),
            steps_total: i64::from(detail.steps_total),
            failed_step: detail.failed_step.map(i64::from),
            outer_class: detail.outer_class,
            outer_message: detail.outer_message,
            stack: detail.stack,
            likely_cause: likely,
            claimed_start: detail.claimed_start.map(|at| at.to_string()),
        }
    }
}
