//! The engine against what Go does, and against what people would like it to do.

mod bounds;
mod conformance;
mod vectors;
