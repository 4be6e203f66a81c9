//! The binary: arguments, configuration, wiring, lifecycle.

fn main() {}
