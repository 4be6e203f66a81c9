//! Real parts for tests: PostgreSQL per test, Git repositories, waiting.
//!
//! There is nothing here that pretends: a test gets its own database in a real cluster, commits made by
//! the real `git`. What a test process starts ends with it, however it ends.

pub mod git;
pub mod people;
pub mod postgres;
mod wait;

pub use postgres::{Postgres, postgres};
pub use wait::wait_until;
