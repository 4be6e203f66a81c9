//! The reference page is what `--help` says, for every verb.

use super::support::BINARY;

#[test]
fn the_reference_page_is_up_to_date() {
    let output = std::process::Command::new(BINARY).arg("reference").output().unwrap();
    let made = String::from_utf8(output.stdout).unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/cli.md");
    let known = std::fs::read_to_string(path).unwrap_or_default();
    assert!(made == known, "docs/reference/cli.md is stale: cargo xtask generate reference");
}

#[test]
fn every_verb_of_the_page_explains_itself() {
    let page = String::from_utf8(
        std::process::Command::new(BINARY).arg("reference").output().unwrap().stdout,
    )
    .unwrap();
    let verbs: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("## midplane ")).collect();
    assert!(verbs.len() > 30, "{verbs:?}");
    for verb in verbs {
        let output = std::process::Command::new(BINARY)
            .args(verb.split(' '))
            .arg("--help")
            .output()
            .unwrap();
        assert!(output.status.success(), "{verb}");
    }
}

#[test]
fn completion_scripts_are_made_for_each_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output =
            std::process::Command::new(BINARY).args(["completion", shell]).output().unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains("rollback"), "{shell}");
    }
}
