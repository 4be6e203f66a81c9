//! Both ends of the link against each other, over real TLS on loopback.
//!
//! `memory` is a control plane without a store; `world` starts a server over it and runners beside it. `raw` speaks to the
//! server as something that is not our client would.

#![expect(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod memory;
mod raw;
mod world;

mod data;
mod enrolment;
mod hop;
mod session;
mod telemetry;
