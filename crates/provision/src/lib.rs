//! Finds or fetches what a machine lacks: PostgreSQL, Java, Camel's base library.
//!
//! Everything here blocks (call it from a blocking task), reads no environment variable and prints
//! nothing: settings and progress callbacks are arguments. What is fetched is pinned by SHA-256 in
//! this repository and lands in a cache folder that several data folders share.

pub mod archive;
pub mod base_library;
pub mod download;
pub mod java;
pub mod launcher;
pub mod lock;
pub mod maven;
pub mod postgres;
pub mod resolver;
