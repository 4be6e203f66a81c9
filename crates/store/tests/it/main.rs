//! What the store promises, on a real PostgreSQL.

mod attack;
mod audit;
mod bus;
mod job;
mod schema;
mod token;
mod tx;
