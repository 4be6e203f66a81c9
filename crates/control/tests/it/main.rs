//! What the control plane promises to its clients, on a real PostgreSQL and through its own router.

#![expect(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod graphql;
mod login;
mod permission;
mod secret;
mod stand;
mod status;
