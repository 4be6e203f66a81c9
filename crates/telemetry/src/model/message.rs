//! A finished message and its steps.
//!
//! A message is what Camel calls an exchange at the start of a route, with all that happened to it in this JVM: children made by a
//! split or a multicast are steps below the step that made them, told apart by their iteration. It is recorded once, when it is
//! done; one that is still running is [`Outcome::InFlight`] only in live answers and never in a batch.
//!
//! `handled` is not `completed`: something failed, and an `onException`, a dead letter channel or a `doCatch` took care of it. Camel counts
//! such a message as a success and logs nothing.

use crate::id::MessageId;

use super::Name;

/// How a message ended. The numbers are those of the block and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    Completed = 0,
    Handled = 1,
    Failed = 2,
    InFlight = 3,
}

impl Outcome {
    pub const ALL: [Self; 4] = [Self::Completed, Self::Handled, Self::Failed, Self::InFlight];

    pub fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Handled => "handled",
            Self::Failed => "failed",
            Self::InFlight => "in flight",
        }
    }
}

/// Camel's own id of an exchange. The default form is a process prefix and a count, which batches well; any other is text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CamelId {
    /// `{prefix}-{count as 16 upper-case hexadecimal digits}`
    Counted {
        prefix: Name,
        count: u64,
    },
    Text(String),
}

/// What ties this message to others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correlation {
    /// Camel's breadcrumb, if it is not the exchange's own id.
    pub breadcrumb: Option<String>,
    /// The trace it belongs to; none if it began one, see [`Message::trace_id`].
    pub trace: Option<Trace>,
    /// The message of the same tracer that made this one (`seda`, `wireTap`, an aggregation).
    pub parent: Option<Parent>,
}

/// A trace that began elsewhere, as `traceparent` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    pub id: u128,
    /// The span that called; 0 if the call was within the process. Of our own tracers: the low half of the caller's count, and in
    /// the lower 32 bits the start of its step in microseconds, plus one ([`Trace::called_at_us`]).
    pub caller_span: u64,
}

impl Trace {
    /// When the step that called began, since the start of its message; if one of our own tracers wrote the span.
    pub fn called_at_us(&self) -> Option<u64> {
        (self.caller_span & 0xffff_ffff).checked_sub(1)
    }

    /// The count of the message that called, as in its id.
    pub fn caller_count(&self) -> u64 {
        self.caller_span >> 32
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parent {
    /// The count in the parent's id.
    pub count: u32,
    /// The sequence of the step; 0 if it is not known.
    pub step: u32,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The class of the root cause: the end of the chain of causes.
    pub class: Name,
    /// What the root cause says.
    pub message: String,
    /// Class, node and message without digits and ids: equal for what is the same fault.
    pub fingerprint: u64,
    /// What the route saw instead, if the root cause came wrapped in another exception.
    pub outer_class: Option<Name>,
    pub outer_message: Option<String>,
    /// The stack trace of the root cause. A name, because a fault that repeats has the same.
    pub stack: Option<Name>,
}

/// A set of facts about a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessageFlags(pub u32);

impl MessageFlags {
    /// The start is outside what is kept or in the future; stored under the time of receipt.
    pub const SKEWED: Self = Self(1);
    /// Steps are missing: there were more than are kept, or the buffer was full.
    pub const TRUNCATED: Self = Self(1 << 1);
    /// A debug window, a header or a rule asked for this message.
    pub const FORCED: Self = Self(1 << 2);
    /// A filter or an idempotent consumer stopped it on purpose.
    pub const FILTERED: Self = Self(1 << 3);
    /// It ran in a transaction.
    pub const TRANSACTED: Self = Self(1 << 4);
    /// Kept because it was slower than usual for its route.
    pub const SLOW: Self = Self(1 << 5);
    /// It went to a dead letter channel.
    pub const DEAD_LETTER: Self = Self(1 << 6);
    /// A step was tried again.
    pub const REDELIVERED: Self = Self(1 << 7);
    /// A part of it still ran when it was recorded.
    pub const STILL_RAN: Self = Self(1 << 8);
    /// Fewer were kept than asked for, to spare the workload.
    pub const GOVERNED: Self = Self(1 << 9);
    /// What it carried was let go because memory was short.
    pub const PAYLOADS_DROPPED: Self = Self(1 << 10);

    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A message from its start on a route to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub id: MessageId,
    pub exchange: CamelId,
    pub route: Name,
    /// The address the route consumes from, as the route says it, without secrets.
    pub from: Option<Name>,
    /// Which version of the route: names a [`super::RouteModel`].
    pub structure: u64,
    pub duration_us: u64,
    pub outcome: Outcome,
    /// The node that failed, also when it was handled.
    pub failed_node: Option<Name>,
    /// The sequence of the step that failed.
    pub failed_step: Option<u32>,
    pub fault: Option<Fault>,
    pub correlation: Correlation,
    /// How many messages this one stands for, in thousandths: 1,000 unless it was sampled.
    pub weight_milli: u32,
    /// Values taken before redaction (`orderId` = `A-17`).
    pub attributes: Vec<(Name, String)>,
    pub flags: MessageFlags,
    pub replay_of: Option<MessageId>,
    /// How many steps it made; more than `steps` holds if it is truncated.
    pub steps_total: u32,
    pub steps: Vec<Step>,
}

impl Message {
    /// The trace it belongs to, its own if it began one: the tracer's number, then the message's count.
    pub fn trace_id(&self, origin: &super::Origin) -> u128 {
        let own = (u128::from(origin.trace_base) << 64) | u128::from(self.id.count);
        self.correlation.trace.map_or(own, |trace| trace.id)
    }
}

/// A set of facts about a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepFlags(pub u32);

impl StepFlags {
    /// The node ended with an exception.
    pub const FAILED: Self = Self(1);
    /// The node gave its thread back and was called when it was done.
    pub const ASYNC: Self = Self(1 << 1);
    /// The step was still open when the message ended (an aggregation, a lost callback).
    pub const UNFINISHED: Self = Self(1 << 2);
    /// The node sends to a remote system.
    pub const REMOTE: Self = Self(1 << 3);
    /// A filter or an idempotent consumer held the message here.
    pub const FILTERED: Self = Self(1 << 4);
    /// It began on another thread than the step around it.
    pub const OTHER_THREAD: Self = Self(1 << 5);

    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// One visit of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Counts the steps of the message from 1, in the order in which they began.
    pub sequence: u32,
    /// The step this one is inside of; 0 at the top.
    pub parent: u32,
    /// Which round of the parent (split, loop, multicast branch), from 1; 0 if the parent has none.
    pub iteration: u32,
    /// The route that the node is of: another than the message's behind `direct:` and in a Kamelet.
    pub route: Name,
    /// The node's key: its explicit id, else type and place within its route.
    pub node: Name,
    /// Since the start of the message.
    pub start_us: u64,
    pub duration_us: u64,
    pub flags: StepFlags,
    /// 0 for the first delivery.
    pub redelivery: u32,
    /// What is worth saying in a list: the address that was called, the status that came back.
    pub detail: Option<Name>,
}
