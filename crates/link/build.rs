//! Compiles `proto/link.proto` without a system `protoc`.
//!
//! The descriptor set lands in `OUT_DIR/link.binpb`; `wire::tests` compares it with the committed `proto/link.binpb`,
//! which is the contract with every runner in the field.

use std::error::Error;
use std::path::PathBuf;

use prost::Message;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto/link.proto");
    let descriptors = protox::compile(["link.proto"], ["proto"])?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    std::fs::write(out.join("link.binpb"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().build_transport(false).compile_fds(descriptors)?;
    Ok(())
}
