//! The crate against what Camel itself publishes.

mod kamelets;
