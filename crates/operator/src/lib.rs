//! Plugs and sockets: what an application needs meets what a provider offers.
//!
//! ```text
//! index (watches) ──> core::step ──requests──> performer ──> API server, apparatus
//!                        ^                        │
//!                        └────────responses───────┘
//! ```
//! `core` decides and never waits, reads a clock or talks; whatever it needs to know it asks for, and whatever it wants done it
//! asks for as well. It runs again from the start with every answer, so a crash at any request and a stale answer to any read can
//! be enumerated in a test. The edges perform requests and know nothing of couplings. Usable without the rest of Midplane.

pub mod apparatus;
pub mod core;
pub mod kube;
pub mod offline;
pub mod world;
