//! Named channels: `organization/runtime/lane`, the only addresses on the link.
//!
//! A lane is one order of commands; order is kept within it. What a runner may use follows from its certificate and
//! nothing else: the name it claims is compared with the name it was certified for. On a broker a channel maps to one
//! subject.

use std::fmt;
use std::str::FromStr;

use domain::id::{OrganizationId, RuntimeId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    Deploy,
    Ops,
    Replay,
    Health,
    Logs,
    Telemetry,
}

impl Lane {
    pub const ALL: &[Self] =
        &[Self::Deploy, Self::Ops, Self::Replay, Self::Health, Self::Logs, Self::Telemetry];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Ops => "ops",
            Self::Replay => "replay",
            Self::Health => "health",
            Self::Logs => "logs",
            Self::Telemetry => "telemetry",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|lane| lane.as_str() == text)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Channel {
    pub organization: OrganizationId,
    pub runtime: RuntimeId,
    pub lane: Lane,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a channel is named `organization/runtime/lane`")]
pub struct NotAChannel;

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.organization, self.runtime, self.lane.as_str())
    }
}

impl FromStr for Channel {
    type Err = NotAChannel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('/');
        let mut next = || parts.next().ok_or(NotAChannel);
        let channel = Self {
            organization: next()?.parse().map_err(|_| NotAChannel)?,
            runtime: next()?.parse().map_err(|_| NotAChannel)?,
            lane: Lane::parse(next()?).ok_or(NotAChannel)?,
        };
        // One spelling only: `Uuid` also reads braces and upper case.
        if channel.to_string() == text { Ok(channel) } else { Err(NotAChannel) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_has_one_spelling() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let name = format!("{id}/{id}/deploy");
        assert_eq!(name.parse::<Channel>().unwrap().to_string(), name);
        for bad in [
            format!("{}/{id}/deploy", id.to_uppercase()),
            format!("{id}/{id}"),
            format!("{id}/{id}/deploy/"),
            format!("{id}/{id}/other"),
            String::new(),
        ] {
            assert_eq!(bad.parse::<Channel>(), Err(NotAChannel), "{bad}");
        }
    }
}
