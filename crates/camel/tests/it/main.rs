//! The crate against what Camel itself publishes, and against the demo.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod any_bytes;
mod demo;
mod kamelets;
