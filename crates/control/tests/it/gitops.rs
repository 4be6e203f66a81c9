//! From a push to desired state: the engine over real repositories and a real database.
//!
//! No runner takes part: what one would say is written through the same use cases that the link server calls.

mod configuring;
mod failing;
mod hearing;
mod https;
mod joining;
mod pushing;
mod refusing;
mod removing;
mod resolving;
mod world;
