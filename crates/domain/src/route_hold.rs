//! A route held back by a person, and let go again.
//!
//! `stop` and `suspend` hold, `start` and `resume` let go. What is asked for is a state that is kept, over restarts and
//! updates, until somebody asks for another one; so letting go is a state too, and says who did it.

/// The state that a route is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteState {
    Started,
    Stopped,
    /// Its consumer stays and takes nothing.
    Suspended,
}

impl RouteState {
    pub const ALL: [Self; 3] = [Self::Started, Self::Stopped, Self::Suspended];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Stopped => "stopped",
            Self::Suspended => "suspended",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// The verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Stop,
    Start,
    Suspend,
    Resume,
}

impl Action {
    pub const ALL: [Self; 4] = [Self::Stop, Self::Start, Self::Suspend, Self::Resume];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Start => "start",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
        }
    }

    pub fn state(self) -> RouteState {
        match self {
            Self::Stop => RouteState::Stopped,
            Self::Suspend => RouteState::Suspended,
            Self::Start | Self::Resume => RouteState::Started,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hold_can_be_undone_and_every_word_read_back() {
        for state in RouteState::ALL {
            assert_eq!(RouteState::parse(state.as_str()), Some(state));
            assert!(Action::ALL.iter().any(|action| action.state() == state));
        }
        assert_eq!(RouteState::parse("gone"), None);
    }
}
