//! The messages and services of `proto/link.proto`, as generated.
//!
//! The package `midplane.link.v1` is additive only. `compat` judges a change against the committed descriptor set:
//! what a runner in the field was built with must keep its meaning. `PROTOCOL` counts minor versions; ends one apart
//! work together, further apart they refuse each other with a code instead of guessing.

pub mod compat;
mod version;

pub use generated::*;
pub use version::{Incompatible, PROTOCOL, PROTOCOL_MIN, negotiate};

#[expect(
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::pedantic,
    reason = "generated code"
)]
mod generated {
    tonic::include_proto!("midplane.link.v1");
}

#[cfg(test)]
mod tests {
    use super::compat;

    const COMMITTED: &[u8] = include_bytes!("../proto/link.binpb");
    const BUILT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/link.binpb"));

    #[test]
    fn the_wire_breaks_nothing() {
        let broken = compat::breaks(COMMITTED, BUILT).unwrap();
        assert!(broken.is_empty(), "a runner in the field would misread this: {broken:#?}");
    }

    #[test]
    fn the_committed_descriptor_set_is_the_current_one() {
        if COMMITTED != BUILT {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/proto/link.binpb");
            if std::env::var_os("MIDPLANE_GENERATE").is_some() {
                std::fs::write(path, BUILT).unwrap();
            } else {
                panic!("proto/link.binpb is behind link.proto; MIDPLANE_GENERATE=1 writes it");
            }
        }
    }
}
