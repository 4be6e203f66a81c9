//! The control plane: use cases, GraphQL, GitOps engine, certificate authority, link server.
//!
//! ```text
//! graphql, rest ──> app (one function per use case) ──> domain (decide) ──> store (rows) ──> outbox
//!                    ▲
//! gitops, link_server┘          ingest ──> store::telemetry (rows by the hundred thousand)
//! ```
//! `ctx` is what every use case receives: who acts, and clock, ids and randomness as functions. A noun has the same file
//! name in `app`, in `graphql` and in `store`. Several of these processes may serve one database: nothing that a second
//! process would miss is kept in memory.

pub mod ctx;
pub mod lifecycle;
pub mod server;
pub mod settings;
pub mod system;

pub mod alerting;
pub mod app;
pub mod ca;
pub mod gitops;
pub mod graphql;
pub mod ingest;
pub mod link_server;
pub mod one_port;
pub mod rest;
