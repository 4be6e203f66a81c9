//! The same product for a user who is not root. Run as root, the test becomes that user with `setpriv`.

use std::process::Stdio;

use super::support::home::Home;
use super::support::product::{PORTS, free_ports};
use super::support::{BINARY, text};

/// `nobody`, on Debian and most others: initdb wants an account with a name.
const UID: &str = "65534";

#[test]
fn e2e_an_unprivileged_user_gets_to_ready_and_away() {
    if !rustix::process::geteuid().is_root() {
        // Then every other test of this file's crate has proved it.
        return;
    }
    let home = Home::new();
    let owner = |path: &std::path::Path| {
        std::os::unix::fs::chown(path, Some(65_534), Some(65_534)).unwrap();
    };
    owner(home.path());
    // Downloads are copied by link where the user may read them; the folder itself is the user's.
    let cache = home.path().join("cache");
    let copied = std::process::Command::new("cp")
        .args(["-a", "--reflink=auto"])
        .arg(super::support::home::cache())
        .arg(&cache)
        .status();
    assert!(copied.is_ok_and(|status| status.success()));
    assert!(
        std::process::Command::new("chown")
            .args(["-R", "65101:65101"])
            .arg(&cache)
            .status()
            .unwrap()
            .success()
    );
    // The program where that user may run it.
    let program = home.path().join("midplane");
    std::fs::copy(BINARY, &program).unwrap();
    let run = |arguments: &[&str]| {
        home.command("setpriv")
            .args(["--reuid", UID, "--regid", UID, "--clear-groups", program.to_str().unwrap()])
            .args(arguments)
            .env("MIDPLANE_CACHE", &cache)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    };
    let first = free_ports();
    let up = run(&[
        "up",
        "--detach",
        "--ports",
        &format!("{first}-{}", first + PORTS - 1),
        "--json",
        "--data",
        "data",
        "--http",
        "127.0.0.1:0",
        "--link",
        "127.0.0.1:0",
    ]);
    let status = run(&["status"]);
    let doctor = run(&["doctor", "--data", "data"]);
    let down = run(&["down", "--purge", "--yes", "--data", "data"]);
    assert!(up.status.success(), "{}", text(&up));
    assert!(text(&status).contains("Connected"), "{}", text(&status));
    assert!(text(&status).contains("orders       Running"), "{}", text(&status));
    assert!(text(&doctor).contains("not root"), "{}", text(&doctor));
    assert!(down.status.success(), "{}", text(&down));
    // Bundles of releases are read-only for their owner too, whom nothing but root overrules.
    assert!(!home.path().join("data").exists());
}
