//! The edges of the operator against real counterparts.

mod apparatus;
