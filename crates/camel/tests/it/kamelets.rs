//! Every Kamelet of the Kamelet catalogue 4.18.0 parses, and the check agrees with Camel about each.
//!
//! Three of them use `transform: {toType: …}`, which Camel 4.18.0 itself refuses to load
//! ("unsupported field: toType"); so does the check, and it must refuse no other.
//!
//! The jar is one of the base library; it is fetched once into the cache that Midplane uses and
//! verified by its digest. Kamelets may use each other and properties of their user, so that only
//! errors count.

use std::io::Read as _;
use std::path::PathBuf;

use camel::SourceFile;
use camel::catalogue::Catalogue;
use camel::check::{Settings, check};
use camel::problem::Problem;
use camel::read::read;
use provision::download::Network;
use provision::maven::{Fetcher, fetch_all};

#[expect(clippy::disallowed_methods, reason = "a test's cache is chosen by its environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn cache() -> PathBuf {
    let base = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let base = base.or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
    variable("MIDPLANE_CACHE").map_or_else(|| base.unwrap().join("midplane"), PathBuf::from)
}

/// Name and text of each.
fn kamelets() -> Vec<(String, String)> {
    let jars: Vec<_> = provision::base_library::lock()
        .jars
        .iter()
        .filter(|jar| jar.coordinates.starts_with("org.apache.camel.kamelets:camel-kamelets:"))
        .cloned()
        .collect();
    assert_eq!(jars.len(), 1, "the base library holds the Kamelet catalogue");
    let fetcher = Fetcher {
        cache: cache(),
        m2_home: std::env::home_dir().map(|home| home.join(".m2")),
        mirrors: Vec::new(),
        network: Network::from_variables(variable),
    };
    let paths = fetch_all(&jars, &fetcher, &|_| {}).unwrap();
    let mut archive = zip::ZipArchive::new(std::fs::File::open(&paths[0]).unwrap()).unwrap();
    let names: Vec<_> = archive
        .file_names()
        .filter(|name| name.ends_with(".kamelet.yaml"))
        .map(ToOwned::to_owned)
        .collect();
    names
        .into_iter()
        .map(|name| {
            let mut text = String::new();
            archive.by_name(&name).unwrap().read_to_string(&mut text).unwrap();
            (name, text)
        })
        .collect()
}

/// What Camel 4.18.0 was seen to refuse, loading each file.
const REFUSED_BY_CAMEL: [&str; 3] =
    ["aws-ddb-sink", "aws-ddb-streams-source", "google-sheets-sink"];

#[test]
fn camel_every_kamelet_parses() {
    let kamelets = kamelets();
    assert_eq!(kamelets.len(), Catalogue::bundled().kamelets().count());
    let (mut wrong, mut refused) = (Vec::new(), Vec::new());
    for (name, text) in &kamelets {
        let files = [SourceFile { path: name, content: text.as_bytes() }];
        let (model, problems) = read(&files, Catalogue::bundled());
        assert_eq!(problems, [], "{name}");
        assert_eq!(model.routes().len(), 1, "{name}");
        let problems = check(&files, Catalogue::bundled(), &Settings::default());
        let errors: Vec<_> = problems.into_iter().filter(Problem::is_error).collect();
        let kamelet = name.trim_start_matches("kamelets/").trim_end_matches(".kamelet.yaml");
        if REFUSED_BY_CAMEL.contains(&kamelet) && !errors.is_empty() {
            refused.push(kamelet.to_owned());
        } else {
            wrong.extend(errors.iter().map(ToString::to_string));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    refused.sort();
    assert_eq!(refused, REFUSED_BY_CAMEL);
}

#[test]
fn camel_every_kamelet_prints_and_comes_back() {
    for (name, text) in kamelets() {
        let (model, _) =
            read(&[SourceFile { path: &name, content: text.as_bytes() }], Catalogue::bundled());
        let mut file = model.without_positions().files.remove(0);
        let printed = camel::print::print(&file, Catalogue::bundled());
        let again = SourceFile { path: "a.camel.yaml", content: printed.as_bytes() };
        let (model, problems) = read(&[again], Catalogue::bundled());
        assert_eq!(problems, [], "{name}\n{printed}");
        let back = model.without_positions().files.remove(0);
        file.path.clone_from(&back.path);
        file.kind = back.kind;
        assert_eq!(back, file, "{name}\n{printed}");
    }
}
