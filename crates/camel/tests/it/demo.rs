//! The demo repository of this project: four integrations without an error.

use std::path::Path;

use camel::SourceFile;
use camel::catalogue::Catalogue;
use camel::check::{Settings, check};
use camel::integration::{Launcher, discover, references};
use camel::needs::needs;
use camel::problem::Problem;

fn demo(folder: &str) -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo").join(folder);
    let mut out = Vec::new();
    collect(&root, &root, &mut out);
    out
}

fn collect(root: &Path, folder: &Path, out: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, out);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            out.push((name, std::fs::read(&path).unwrap()));
        }
    }
}

fn view(files: &[(String, Vec<u8>)]) -> Vec<SourceFile<'_>> {
    files.iter().map(|(path, content)| SourceFile { path, content }).collect()
}

#[test]
fn the_demo_is_four_integrations_without_an_error() {
    let files = demo("main");
    let found = discover(&view(&files), "demo");
    let names: Vec<_> =
        found.integrations.iter().map(|one| (one.name.as_str(), one.launcher)).collect();
    assert_eq!(
        names,
        [
            ("invoices", Launcher::Main),
            ("orders", Launcher::Main),
            ("prices", Launcher::Main),
            ("shop", Launcher::Spring)
        ]
    );
    for one in &found.integrations {
        let own: Vec<_> = view(&files)
            .into_iter()
            .filter(|file| file.path.starts_with(&format!("{}/", one.folder)))
            .collect();
        let problems = check(&own, Catalogue::bundled(), &Settings::default());
        let errors: Vec<_> = problems.iter().filter(|one| one.is_error()).collect();
        assert_eq!(errors, Vec::<&Problem>::new());
        assert!(!needs(&own, Catalogue::bundled()).artifacts.is_empty());
    }
    assert!(references(&view(&files)).contains("prices"));
}

#[test]
fn the_broken_branch_is_refused_with_its_place() {
    let files = demo("try/broken");
    let problems = check(&view(&files), Catalogue::bundled(), &Settings::default());
    let errors: Vec<_> =
        problems.iter().filter(|one| one.is_error()).map(ToString::to_string).collect();
    assert_eq!(
        errors,
        ["orders/orders.camel.yaml:139:28 unknown component `sedda`, did you mean `seda`?"]
    );
}
