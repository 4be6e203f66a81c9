//! The operator on a real API server.

mod apparatus;
mod bad;
mod consent;
mod couple;
mod disagree;
mod explain;
mod faults;
mod guide;
mod lead;
mod rows;
mod support;
