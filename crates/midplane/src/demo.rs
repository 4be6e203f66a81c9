//! The tea shop that `up` makes on its first start: a repository, a database, and a project set up through the public API.
//!
//! Nothing about it is special to the control plane. What `demo/` holds in this repository is embedded (see `build.rs`) and
//! committed by `repository`; `setup` does what a user would do with the API; the database is `up`'s to run.

pub mod repository;
pub mod setup;

pub const PROJECT: &str = "demo";
pub const SOURCE: &str = "demo";
pub const ENVIRONMENT: &str = "dev";
/// Name of the secret that holds the tea shop's database: keys `url`, `user`, `password`.
pub const SECRET: &str = "tea-db";
/// Role and database in the demo's own PostgreSQL.
pub const DATABASE: &str = "tea";

include!(concat!(env!("OUT_DIR"), "/demo.rs"));
