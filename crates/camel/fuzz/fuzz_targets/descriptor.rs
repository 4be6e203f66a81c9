//! Any bytes as `midplane.yaml`. `cargo +nightly fuzz run descriptor` in `crates/camel`.

#![no_main]

libfuzzer_sys::fuzz_target!(|content: &[u8]| {
    let (descriptor, problems) = camel::descriptor::parse("midplane.yaml", content);
    assert_eq!(descriptor.is_none(), problems.iter().any(camel::problem::Problem::is_error));
});
