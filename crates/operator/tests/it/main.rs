//! The decisions of the operator against a cluster in memory (whole lives of couplings, in milliseconds), and its edges against real
//! counterparts.

#![cfg_attr(
    test,
    expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")
)]

mod apparatus;
mod barrier;
mod chart;
mod contract;
mod couple;
mod crash;
mod decouple;
mod disagree;
mod explain;
mod k8s;
mod result;
mod scene;
mod socket;
mod takeover;
mod trouble;
mod update;
