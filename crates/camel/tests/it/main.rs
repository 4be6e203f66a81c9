//! The crate against what Camel itself publishes.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod kamelets;
