//! What tests rely on: a server that ends with its process, commits that are what was asked for.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use testkit::git::{Change, Repository, write};

/// Set for the process that is to be killed.
const VICTIM: &str = "MIDPLANE_TEST_VICTIM";

const SOON: Duration = Duration::from_secs(30);

#[tokio::test]
async fn pg_a_killed_test_process_leaves_neither_server_nor_folder() {
    #[expect(clippy::disallowed_methods, reason = "says which of the two processes this is")]
    let is_victim = std::env::var(VICTIM).is_ok();
    if is_victim {
        let pg = testkit::postgres().await;
        println!("url {}", pg.url("postgres"));
        std::future::pending::<()>().await;
    }
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "pg_a_killed_test_process_leaves_neither_server_nor_folder",
            "--nocapture",
        ])
        .env(VICTIM, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let url = lines.find_map(|line| line.unwrap().strip_prefix("url ").map(str::to_owned)).unwrap();
    // postgres://postgres@localhost:5432/test_0?host=%2Ftmp%2Fmpt-abcdef%2Fpostgres%2Fs
    let name = url.split("%2F").find(|part| part.starts_with("mpt-")).unwrap();
    let folder = std::path::Path::new("/tmp").join(name);
    assert!(folder.join("postgres/cluster/postmaster.pid").exists());
    victim.kill().unwrap();
    victim.wait().unwrap();
    testkit::wait_until(SOON, || async { !folder.exists() }).await;
}

#[test]
fn git_a_repository_has_the_commits_that_were_asked_for() {
    let repository = Repository::new();
    let first = repository.commit("One", &[write("orders/a.yaml", "a"), write("b", "b")]);
    let link = Change::Link { path: "link", target: "/etc/passwd" };
    let second = repository.commit("Two", &[Change::Delete { path: "b" }, link]);
    assert_ne!(first, second);
    let bare = repository.path();
    let run = |arguments: &[&str]| testkit::git::run(&bare, arguments);
    assert_eq!(run(&["rev-parse", "main"]), second);
    assert_eq!(run(&["ls-tree", "-r", "--name-only", "main"]), "link\norders/a.yaml");
    assert!(repository.url().starts_with("file:///"));
}
