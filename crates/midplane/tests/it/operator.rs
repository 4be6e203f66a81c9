//! `operator lint`, `render` and `diff` on the examples that the guide explains, as a user runs them.

use std::path::Path;

use serde_json::Value;

use super::support::home::Home;
use super::support::text;

const EXAMPLES: [(&str, &[&str]); 3] = [
    ("database", &["socket.yaml", "admin.yaml", "plug.yaml", "app.yaml"]),
    ("identity", &["socket.yaml", "plug.yaml", "app.yaml"]),
    ("bucket", &["socket.yaml", "plug.yaml", "claimed.yaml"]),
];

fn files(example: &str, names: &[&str]) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/examples").join(example);
    names.iter().map(|name| folder.join(name).to_str().unwrap().to_owned()).collect()
}

/// What was said, with the folder of the examples taken out, and the exit code.
fn said(verb: &[&str], files: &[String]) -> (String, Option<i32>) {
    let home = Home::new();
    let arguments: Vec<&str> =
        ["operator"].iter().chain(verb).copied().chain(files.iter().map(String::as_str)).collect();
    let output = home.midplane(&arguments);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/examples/");
    let text = text(&output).replace(folder.to_str().unwrap(), "");
    (text, output.status.code())
}

#[test]
fn the_examples_have_no_findings() {
    for (example, names) in EXAMPLES {
        let (said, code) = said(&["lint"], &files(example, names));
        assert_eq!(code, Some(0), "{example}: {said}");
        assert!(said.ends_with("2 plugs and sockets: ok\n"), "{example}: {said}");
    }
}

#[test]
fn the_examples_render_to_what_the_guide_shows() {
    for (example, names) in EXAMPLES {
        let (said, code) = said(&["render"], &files(example, names));
        insta::assert_snapshot!(format!("render_{example}"), said);
        assert_eq!(code, Some(0), "{example}");
        assert!(!said.contains("change-me"), "{example} shows a secret");
    }
}

#[test]
fn a_finding_has_a_place_and_a_page() {
    let home = Home::new();
    let file = home.path().join("plug.yaml");
    std::fs::write(
        &file,
        "apiVersion: v1\nkind: Plug\nmetadata: {name: a}\nspec:\n  socket: {name: s}\n  confg: {}\n",
    )
    .unwrap();
    let output = home.midplane(&["operator", "lint", "-o", "json", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let codes: Vec<_> =
        found["findings"].as_array().unwrap().iter().map(|one| &one["code"]).collect();
    assert_eq!(codes, ["MP-LINT-04", "MP-LINT-02"]);
    assert_eq!(found["findings"][1]["line"], 6);
    assert_eq!(found["findings"][1]["next"], "did you mean `config`? Otherwise remove it");
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let (said, code) = said(&["render"], &["nope.yaml".to_owned()]);
    assert!(said.starts_with("error MP-CLI-80: there is no file `nope.yaml`"), "{said}");
    assert_eq!(code, Some(3));
}

#[test]
fn a_changed_socket_names_the_plugs_it_changes() {
    let home = Home::new();
    let state = files("database", &["socket.yaml", "admin.yaml", "plug.yaml", "app.yaml"]);
    let socket = std::fs::read_to_string(&state[0]).unwrap();
    let new = home.path().join("new.yaml");
    std::fs::write(&new, socket.replace("host: postgres.", "host: pg2.")).unwrap();
    let run = |file: &str, flags: &[&str]| {
        let mut arguments = vec!["operator", "diff", "-f", file];
        arguments.extend(flags);
        arguments.extend(state.iter().map(String::as_str));
        let output = home.midplane(&arguments);
        (text(&output), output.status.code())
    };
    let (said, code) = run(new.to_str().unwrap(), &["--exit-code"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.starts_with(
            "plug team-shop/orders: updated\n  changes socket config.host, socket result.url\n"
        ),
        "{said}"
    );
    let (said, code) = run(&state[0], &["--exit-code"]);
    assert_eq!((said.as_str(), code), ("0 of 1 plugs change, 1 do not\n", Some(0)));
}
