//! `cargo xtask generate console-types`: types of the console's operations, from the committed schema.
//!
//! A test of the console fails when the committed file differs.

use anyhow::Result;

use crate::console;

pub(crate) fn run() -> Result<()> {
    console::types()
}
