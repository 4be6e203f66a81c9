//! What a runner says to a tracer.

use super::settings::Settings;
use super::wire::{Malformed, Reader};
use super::{Frame, put};

#[derive(Clone, Debug, PartialEq)]
pub enum Down {
    Welcome(Welcome),
    /// The runner does not want this tracer and closes; the tracer tries again after a while.
    Refuse {
        code: String,
        reason: String,
    },
    Config(Settings),
    /// How many bytes of DICT, TRACES and LOG frames may be sent in all since the connection began.
    Credit {
        total: u64,
    },
    GetInFlight {
        request: u64,
    },
    /// Send every STRUCTURE, STATS and DROPS once more.
    Dump {
        request: u64,
    },
    Unknown(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Welcome {
    /// The version that both sides speak from here on.
    pub version: u16,
    /// The first credit.
    pub credit: u64,
}

mod kind {
    pub(super) const WELCOME: u8 = 129;
    pub(super) const REFUSE: u8 = 130;
    pub(super) const CONFIG: u8 = 131;
    pub(super) const CREDIT: u8 = 132;
    pub(super) const GET_IN_FLIGHT: u8 = 133;
    pub(super) const DUMP: u8 = 134;
}

impl Down {
    pub fn decode(frame: &Frame) -> Result<Self, Malformed> {
        let mut r = Reader::new(frame.kind, &frame.body);
        let r = &mut r;
        Ok(match frame.kind {
            kind::WELCOME => {
                Self::Welcome(Welcome { version: r.u16("version")?, credit: r.varint("credit")? })
            }
            kind::REFUSE => Self::Refuse { code: r.text("code")?, reason: r.text("reason")? },
            kind::CONFIG => Self::Config(Settings::parse(&r.text("settings")?)),
            kind::CREDIT => Self::Credit { total: r.varint("credit")? },
            kind::GET_IN_FLIGHT => Self::GetInFlight { request: r.varint("request")? },
            kind::DUMP => Self::Dump { request: r.varint("request")? },
            unknown => Self::Unknown(unknown),
        })
    }

    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Welcome(Welcome { version, credit }) => put(out, kind::WELCOME, |w| {
                w.bytes(&version.to_le_bytes());
                w.varint(*credit);
            }),
            Self::Refuse { code, reason } => put(out, kind::REFUSE, |w| {
                w.text(code);
                w.text(reason);
            }),
            Self::Config(settings) => put(out, kind::CONFIG, |w| w.text(&settings.to_text())),
            Self::Credit { total } => put(out, kind::CREDIT, |w| w.varint(*total)),
            Self::GetInFlight { request } => put(out, kind::GET_IN_FLIGHT, |w| w.varint(*request)),
            Self::Dump { request } => put(out, kind::DUMP, |w| w.varint(*request)),
            Self::Unknown(kind) => put(out, *kind, |_| {}),
        }
    }
}
