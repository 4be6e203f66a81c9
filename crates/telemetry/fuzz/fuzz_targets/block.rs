//! Any bytes as a block and as frames of a tracer: read within their budget, never a panic.
//! `cargo +nightly fuzz run block` in `crates/telemetry`.

#![no_main]

use telemetry::block::{self, Budget};
use telemetry::frame::{Dictionary, Down, Splitter, Up};

libfuzzer_sys::fuzz_target!(|content: &[u8]| {
    let _ = block::decode(content, Budget { raw: 1 << 20, steps: 10_000 });
    let (mut splitter, mut words) = (Splitter::default(), Dictionary::default());
    splitter.push(content);
    while let Ok(Some(frame)) = splitter.next_frame() {
        let _ = Up::decode(&frame, &mut words);
        let _ = Down::decode(&frame);
    }
});
