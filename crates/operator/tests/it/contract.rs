//! `docs/reference/operator-contract.md` names tests; here they are held against those that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

pub(crate) const PAGE: &str = include_str!("../../../../docs/reference/operator-contract.md");

/// Names of test functions in a folder.
fn tests(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            tests(&path, names);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(&path).expect("a file");
            let found = text.split("fn ").skip(1).filter_map(|rest| rest.split("()").next());
            names.extend(found.map(str::to_owned));
        }
    }
}

fn table(heading: &str) -> Vec<&'static str> {
    let from = PAGE.find(heading).expect("the heading");
    let rest = PAGE[from..].lines().skip(1).take_while(|line| !line.starts_with("## "));
    rest.filter(|line| line.starts_with("| ") && !line.starts_with("| #")).collect()
}

#[test]
fn every_row_names_tests_that_exist() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut known = BTreeSet::new();
    for folder in ["operator/tests", "k8s/tests"] {
        tests(&crates.join(folder), &mut known);
    }
    for (heading, rows) in
        [("## Behaviours", 16), ("## Where the Go operator's documentation and code disagree", 12)]
    {
        let table = table(heading);
        for number in 1..=rows {
            let row = table.iter().find(|row| row.starts_with(&format!("| {number} |")));
            let row = row.unwrap_or_else(|| panic!("{heading}: row {number} is missing"));
            assert!(row.contains("`k8s_"), "row {number} names no test: {row}");
        }
    }
    let named =
        PAGE.split('`').filter(|text| text.starts_with("k8s_") || text.starts_with("every_"));
    for name in named.filter(|name| *name != "k8s_") {
        assert!(known.contains(name), "there is no test `{name}`");
    }
    // Nothing that is shown is left out of the page.
    for name in
        known.iter().filter(|name| name.starts_with("k8s_row") || name.starts_with("k8s_disagree"))
    {
        assert!(PAGE.contains(name.as_str()), "`{name}` is not on the page");
    }
}

#[test]
fn argo_cd_gets_one_script_for_each_kind() {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/argocd");
    let script = fs::read_to_string(deploy.join("health.lua")).expect("the script");
    let body: Vec<&str> = script.lines().filter(|line| !line.starts_with("--")).collect();
    let text = fs::read_to_string(deploy.join("argocd-cm.yaml")).expect("the ConfigMap");
    let map = template::render_documents(&text).expect("YAML").remove(0);
    for kind in ["Plug", "Socket", "DeferredResource"] {
        let key = format!("resource.customizations.health.integration.rock8s.com_{kind}");
        let given = map["data"][&key].as_str().unwrap_or_default();
        assert_eq!(given.lines().collect::<Vec<_>>(), body, "{kind}");
    }
}
