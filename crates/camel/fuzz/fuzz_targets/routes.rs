//! Any bytes as routes. `cargo +nightly fuzz run routes` in `crates/camel`.

#![no_main]

#[path = "../../tests/it/any_bytes/feed.rs"]
#[expect(dead_code, reason = "each target feeds one parser")]
mod feed;

libfuzzer_sys::fuzz_target!(|content: &[u8]| feed::routes(content));
