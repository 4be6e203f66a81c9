//! What the store promises, on a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod attack;
mod audit;
mod backup;
mod bus;
mod job;
mod schema;
mod telemetry;
mod token;
mod tx;
