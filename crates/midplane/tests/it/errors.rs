//! Error texts as a user reads them: code, sentence, next step, exit code. None of these needs anything to run.

use super::support::home::Home;
use super::support::text;

/// What the command said, with this machine's paths taken out, and its exit code.
fn said(home: &Home, arguments: &[&str]) -> String {
    let output = home.midplane(arguments);
    let text = text(&output).replace(home.path().to_str().unwrap(), "~");
    format!("{text}exit {}", output.status.code().unwrap_or(-1))
}

#[test]
fn without_a_control_plane_the_next_step_is_up() {
    let home = Home::new();
    insta::assert_snapshot!(said(&home, &["status"]), @r"
    error MP-CLI-05: no control plane is known here
      next: start one with `midplane up`, or name one with --server URL and MIDPLANE_TOKEN
    exit 5
    ");
}

#[test]
fn a_control_plane_that_does_not_answer_is_told_apart() {
    let home = Home::new();
    let said = said(&home, &["status", "--server", "http://127.0.0.1:1"]);
    assert!(
        said.starts_with("error MP-CLI-01: the control plane http://127.0.0.1:1 does not answer\n"),
        "{said}"
    );
    assert!(said.ends_with("exit 5"), "{said}");
}

#[test]
fn an_unknown_context_lists_the_known_ones() {
    let home = Home::new();
    let folder = home.path().join("config/midplane");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(
        folder.join("contexts.toml"),
        "[contexts.work]\nserver = \"http://127.0.0.1:1\"\n",
    )
    .unwrap();
    insta::assert_snapshot!(said(&home, &["get", "integrations", "--context", "wrok"]), @r"
    error MP-CLI-06: there is no context `wrok`
      next: known are: work
    exit 3
    ");
}

#[test]
fn a_newer_data_folder_is_refused_untouched() {
    let home = Home::new();
    std::fs::create_dir_all(home.data()).unwrap();
    std::fs::write(home.data().join("format"), "9\n").unwrap();
    insta::assert_snapshot!(said(&home, &["up", "--data", "data"]), @r"
    error MP-UP-02: the data in `~/data` has format 9; this Midplane knows formats up to 1
      next: use the newer Midplane that wrote it, or another folder: midplane up --data DIR
    exit 6
    ");
    assert_eq!(std::fs::read_dir(home.data()).unwrap().count(), 1);
}

#[test]
fn a_taken_port_names_its_holder_and_the_flag() {
    let home = Home::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let said = said(&home, &["up", "--data", "data", "--http", &address]);
    assert!(said.contains("error MP-UP-03: port"), "{said}");
    assert!(said.contains(&format!("PID {} (", std::process::id())), "{said}");
    assert!(said.contains("midplane up --http 127.0.0.1:"), "{said}");
    assert!(said.ends_with("exit 6"), "{said}");
}

#[test]
fn down_on_a_strange_folder_does_nothing() {
    let home = Home::new();
    insta::assert_snapshot!(said(&home, &["down", "--data", "nothing"]), @r"
    error MP-UP-20: `~/nothing` is not a data folder of `midplane up`
      next: name it: midplane down --data DIR
    exit 3
    ");
}

#[test]
fn a_setting_that_does_not_exist_names_the_nearest() {
    let home = Home::new();
    std::fs::write(home.path().join("m.toml"), "htpp = \"127.0.0.1:1\"\n").unwrap();
    insta::assert_snapshot!(said(&home, &["admin", "config", "--settings", "m.toml"]), @r"
    error MP-CLI-14: the settings file `m.toml`: unknown key `htpp`, did you mean `http`?
      next: correct the file; `midplane admin config` lists the keys
    exit 2
    ");
}

#[test]
fn admin_config_tells_where_each_setting_came_from() {
    let home = Home::new();
    std::fs::write(home.path().join("m.toml"), "link = \"127.0.0.1:2\"\nhttp = \"127.0.0.1:3\"\n")
        .unwrap();
    let output = home
        .command(super::support::BINARY)
        .args(["admin", "config", "--settings", "m.toml", "--http", "127.0.0.1:1", "-o", "json"])
        .env("MIDPLANE_PORTS", "1-2")
        .output()
        .unwrap();
    let all: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let from = |key: &str| {
        all.as_array().unwrap().iter().find(|it| it["key"] == key).unwrap()["from"].clone()
    };
    assert_eq!(
        (from("http"), from("ports"), from("link"), from("log")),
        ("flag".into(), "variable".into(), "m.toml".into(), "default".into())
    );
}

#[test]
fn check_is_offline_and_ends_with_1_at_an_error() {
    let home = Home::new();
    let folder = home.path().join("orders");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(
        folder.join("a.camel.yaml"),
        "- route:\n    from:\n      uri: tmier:tick\n      steps:\n        - log: x\n",
    )
    .unwrap();
    let said = said(&home, &["check", "orders"]);
    assert!(said.contains(":3:") && said.contains("did you mean `timer`?"), "{said}");
    assert!(said.ends_with("exit 1"), "{said}");
    std::fs::write(
        folder.join("a.camel.yaml"),
        "- route:\n    from:\n      uri: timer:tick\n      steps:\n        - log: x\n",
    )
    .unwrap();
    assert!(home.midplane(&["check", "orders"]).status.success());
}

#[test]
fn a_hook_never_fails_a_push() {
    let home = Home::new();
    let output = home.midplane(&["hook", "post-receive", "--data", "nothing", "--source", "demo"]);
    assert!(output.status.success());
    assert!(text(&output).contains("midplane is not running"), "{}", text(&output));
}

#[test]
fn what_cannot_be_undone_needs_a_yes() {
    let home = Home::new();
    std::fs::create_dir_all(home.data()).unwrap();
    std::fs::write(home.data().join("format"), "1\n").unwrap();
    let said = said(&home, &["down", "--purge", "--data", "data"]);
    assert!(said.contains("MP-CLI-26"), "{said}");
    assert!(home.data().exists());
    assert!(home.midplane(&["down", "--purge", "--yes", "--data", "data"]).status.success());
    assert!(!home.data().exists());
}

#[test]
fn contexts_are_listed_chosen_and_forgotten() {
    let home = Home::new();
    let folder = home.path().join("config/midplane");
    std::fs::create_dir_all(&folder).unwrap();
    let text = "current = \"a\"\n[contexts.a]\nserver = \"http://127.0.0.1:1\"\ntoken = \"hush\"\n\
                [contexts.b]\nserver = \"http://127.0.0.1:2\"\nproject = \"shop\"\n";
    std::fs::write(folder.join("contexts.toml"), text).unwrap();
    assert_eq!(said(&home, &["context", "use", "b"]), "b is the current context\nexit 0");
    insta::assert_snapshot!(said(&home, &["context", "list"]), @r"
    NAME  CURRENT  SERVER              PROJECT  ENV
    a     -        http://127.0.0.1:1  -        -
    b     yes      http://127.0.0.1:2  shop     -
    exit 0
    ");
    assert!(!said(&home, &["context", "list", "-o", "json"]).contains("hush"));
    let forgotten = said(&home, &["context", "remove", "b"]);
    assert_eq!(forgotten, "b forgotten; the current context is a\nexit 0");
    assert!(said(&home, &["context", "use", "b"]).starts_with("error MP-CLI-06"));
}

#[test]
fn a_context_is_asked_for_before_it_is_kept() {
    let home = Home::new();
    let add = ["context", "add", "work", "--server", "http://127.0.0.1:1"];
    assert!(said(&home, &add).starts_with("error MP-CLI-08"), "{}", said(&home, &add));
    std::fs::write(home.path().join("token"), "one two\n").unwrap();
    let spoilt = home.midplane(&[&add[..], &["--token-file", "token"]].concat());
    assert!(!spoilt.status.success());
    std::fs::write(home.path().join("token"), "one\n").unwrap();
    let said = said(&home, &[&add[..], &["--token-file", "token"]].concat());
    assert!(said.starts_with("error MP-CLI-01"), "{said}");
    assert!(!home.path().join("config/midplane/contexts.toml").exists());
}
