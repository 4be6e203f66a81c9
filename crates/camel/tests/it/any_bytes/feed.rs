//! What the parsers are fed with, whatever it is: shared by the property test and by the fuzz targets in `fuzz/`.

use camel::SourceFile;
use camel::catalogue::Catalogue;

/// As routes, Kamelet, pipe and properties: discovered, checked, printed, drawn.
pub(crate) fn routes(content: &[u8]) {
    let catalogue = Catalogue::bundled();
    for path in [
        "a/a.camel.yaml",
        "a/a.camel.xml",
        "a/a.kamelet.yaml",
        "a/a.pipe.yaml",
        "a/application.properties",
    ] {
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
}

/// As `midplane.yaml`: there is a descriptor, or an error that says why not.
pub(crate) fn descriptor(content: &[u8]) {
    let (descriptor, problems) = camel::descriptor::parse("midplane.yaml", content);
    assert_eq!(descriptor.is_none(), problems.iter().any(camel::problem::Problem::is_error));
}
