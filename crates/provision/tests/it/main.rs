//! What `provision` does with the real machine: processes, folders, sockets.

#![expect(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod camel;
mod demo;
mod postgres;
mod tracer;
