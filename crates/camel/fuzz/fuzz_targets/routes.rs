//! Any bytes as YAML routes, XML routes and properties: discovered, checked, printed, drawn.
//! `cargo +nightly fuzz run routes` in `crates/camel`.

#![no_main]

use camel::SourceFile;
use camel::catalogue::Catalogue;

libfuzzer_sys::fuzz_target!(|content: &[u8]| {
    let catalogue = Catalogue::bundled();
    for path in ["a/a.camel.yaml", "a/a.camel.xml", "a/a.kamelet.yaml", "a/a.pipe.yaml", "a/application.properties"] {
        let files = [SourceFile { path, content }];
        let _ = camel::integration::discover(&files, "source");
        let _ = camel::integration::references(&files);
        let _ = camel::check::check(&files, catalogue, &camel::check::Settings::default());
        let _ = camel::needs::needs(&files, catalogue);
        let (model, _) = camel::read::read(&files, catalogue);
        let _ = camel::graph::graph(&model, catalogue);
        for file in &model.files {
            let _ = camel::print::print(file, catalogue);
        }
    }
});
