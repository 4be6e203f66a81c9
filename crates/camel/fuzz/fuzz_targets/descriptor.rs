//! Any bytes as `midplane.yaml`. `cargo +nightly fuzz run descriptor` in `crates/camel`.

#![no_main]

#[path = "../../tests/it/any_bytes/feed.rs"]
#[expect(dead_code, reason = "each target feeds one parser")]
mod feed;

libfuzzer_sys::fuzz_target!(|content: &[u8]| feed::descriptor(content));
