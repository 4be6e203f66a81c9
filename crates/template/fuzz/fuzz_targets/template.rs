//! Any text as a template over a context with every type: parsed, rendered within the default budget.
//! `cargo +nightly fuzz run template` in `crates/template`.

#![no_main]

use serde_json::json;
use template::{Budget, Options, Template};

libfuzzer_sys::fuzz_target!(|source: &str| {
    let context = json!({"a": {"b": "x"}, "text": "Grüße", "list": [1, "b", null, [2]], "n": 1.5, "yes": true});
    if let Ok(template) = Template::parse("t", source, &Options::default()) {
        let _ = template.references();
        let _ = template.render(&context, &Budget::default());
    }
});
