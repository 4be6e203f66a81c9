//! The definitions on a real API server.

mod old;
mod schema;
mod upgrade;
