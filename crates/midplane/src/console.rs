//! The console's files, embedded when the binary is built; none when `cargo xtask` did not build them first.

use control::rest::console::Asset;

include!(concat!(env!("OUT_DIR"), "/console.rs"));
