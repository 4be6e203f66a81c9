//! The operator on a real API server.

mod couple;
mod faults;
mod lead;
mod support;
