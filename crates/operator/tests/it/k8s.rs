//! The operator on a real API server.

mod apparatus;
mod couple;
mod disagree;
mod faults;
mod lead;
mod rows;
mod support;
