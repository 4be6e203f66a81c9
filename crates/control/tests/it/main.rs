//! What the control plane promises to its clients, on a real PostgreSQL and through its own router.

#![expect(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod alert;
mod console;
mod failure;
mod gitops;
mod graphql;
mod link;
mod login;
mod message;
mod one_port;
mod permission;
mod raw;
mod route;
mod secret;
mod stand;
mod status;
