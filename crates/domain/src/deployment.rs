//! A deployment: one release asked to run in one environment, with a generation and phases.
//!
//! ```text
//! Asked -> Accepted -> Fetched -> Resolved -> Checked -> Stopping -> Starting -> Ready
//!                 \________\___________\_________\__________\__________\-> Failed | RolledBack
//! any of them, when a newer generation is asked for -> Superseded
//! ```
//! Phases come from the runner as events that may arrive twice or late: `advance` takes only a step forward, so applying
//! an event again changes nothing. `Failed` means the earlier release still runs (or nothing did); `RolledBack` that the
//! new one had begun, and the earlier one was started again. A restart may try a `Failed` one again: `Ready` ends that.

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    Asked,
    Accepted,
    Fetched,
    Resolved,
    Checked,
    Stopping,
    Starting,
    Ready,
    Failed,
    RolledBack,
    Superseded,
}

impl Phase {
    pub const ALL: &[Self] = &[
        Self::Asked,
        Self::Accepted,
        Self::Fetched,
        Self::Resolved,
        Self::Checked,
        Self::Stopping,
        Self::Starting,
        Self::Ready,
        Self::Failed,
        Self::RolledBack,
        Self::Superseded,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Accepted => "accepted",
            Self::Fetched => "fetched",
            Self::Resolved => "resolved",
            Self::Checked => "checked",
            Self::Stopping => "stopping",
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::RolledBack => "rolled_back",
            Self::Superseded => "superseded",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|phase| phase.as_str() == text)
    }

    pub fn is_final(self) -> bool {
        matches!(self, Self::Ready | Self::Failed | Self::RolledBack | Self::Superseded)
    }

    /// The phase after `event`, or `None` when the event is old news.
    pub fn advance(self, event: Self) -> Option<Self> {
        let restarted = self == Self::Failed && event == Self::Ready;
        (restarted || !self.is_final() && event > self).then_some(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_only_moves_forward_and_once() {
        assert_eq!(Phase::Accepted.advance(Phase::Checked), Some(Phase::Checked));
        assert_eq!(Phase::Checked.advance(Phase::Checked), None);
        assert_eq!(Phase::Checked.advance(Phase::Fetched), None);
        assert_eq!(Phase::Starting.advance(Phase::RolledBack), Some(Phase::RolledBack));
        assert_eq!(Phase::Ready.advance(Phase::Failed), None);
        assert_eq!(Phase::Failed.advance(Phase::Checked), None);
        assert_eq!(Phase::Failed.advance(Phase::Ready), Some(Phase::Ready), "restarted");
        assert_eq!(Phase::RolledBack.advance(Phase::Ready), None);
    }
}
