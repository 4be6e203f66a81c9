//! Any text as YAML documents, as a path and as a regular expression of Go.
//! `cargo +nightly fuzz run documents` in `crates/template`.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let documents = template::locate_documents(text).unwrap_or_default();
    if let Ok(path) = template::path::Path::parse(text) {
        let _ = path.find(&serde_json::json!({"a": [1, {"b": "c"}]}));
    }
    for document in documents {
        let _ = template::render_leaves(
            &document.value,
            &document.value,
            &template::Options::default(),
            &template::Budget::default(),
        );
    }
    let _ = template::go_regex(text);
});
