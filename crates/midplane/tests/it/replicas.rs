//! Two `midplane server` processes on one database: the API is asked on one, the runner is connected to the other; either may die.

use std::process::{Child, Stdio};
use std::time::Duration;

use super::support::home::Home;
use super::support::product::Product;
use super::support::{BINARY, until};

struct Second {
    child: Child,
    http: String,
}

impl Second {
    fn beside(product: &Product) -> Self {
        let server = product.child("server").unwrap();
        let line = std::fs::read(format!("/proc/{server}/cmdline")).unwrap();
        let arguments: Vec<String> = line
            .split(|byte| *byte == 0)
            .map(|part| String::from_utf8_lossy(part).into_owned())
            .collect();
        let value =
            |flag: &str| arguments[arguments.iter().position(|it| it == flag).unwrap() + 1].clone();
        let http = format!("127.0.0.1:{}", port());
        let log = std::fs::File::create(product.home.path().join("second.log")).unwrap();
        let child = product
            .home
            .command(BINARY)
            .args([
                "server",
                "--http",
                &http,
                "--link",
                &format!("127.0.0.1:{}", port()),
                "--instance",
                "second",
            ])
            .args(["--data", &value("--data"), "--database-url", &value("--database-url")])
            .args(["--database-owner-url", &value("--database-owner-url")])
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let second = Self { child, http: format!("http://{http}") };
        until("the second server is ready", Duration::from_secs(30), || {
            super::support::http(&format!("{}/readyz", second.http), None)
                .filter(|(status, _)| *status == 200)
                .map(|_| ())
                .ok_or_else(String::new)
        });
        second
    }
}

impl Drop for Second {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Asks the second server's API.
fn ask(product: &Product, second: &Second, arguments: &[&str]) -> std::process::Output {
    let token = std::fs::read_to_string(product.home.data().join("server/admin-token")).unwrap();
    product
        .home
        .command(BINARY)
        .args(arguments)
        .args(["--server", &second.http, "-p", "demo", "-e", "dev"])
        .env("MIDPLANE_TOKEN", token.trim())
        .output()
        .unwrap()
}

#[test]
fn e2e_two_servers_share_one_database_and_either_may_die() {
    let product = Product::with(Home::new(), &["--json"]);
    let second = Second::beside(&product);

    // Asked on the second, carried out by the runner that is connected to the first.
    let restart = ask(&product, &second, &["restart", "prices"]);
    assert!(restart.status.success(), "{}", super::support::text(&restart));

    // The second fetches logs from the first, which holds the runner.
    let logs = ask(&product, &second, &["logs", "prices", "--tail", "3"]);
    let said = super::support::text(&logs);
    assert!(logs.status.success() && !said.contains("MP-LINK"), "{said}");
    assert!(said.contains("prices"), "{said}");

    // The first dies in the middle of a push; it comes back, and what was pushed is served.
    product.tea();
    product.in_tea("git merge -q origin/try/new-text && (git push -q 2>/dev/null || true)");
    product.kill(product.child("server").unwrap());
    until("the pushed text is served", Duration::from_secs(90), || {
        let answer = product.order("TWO-1").unwrap_or_default();
        if answer.contains("on its way") { Ok(()) } else { Err(answer) }
    });

    // The second dies; the first goes on alone.
    drop(second);
    product.must(&["restart", "prices"]);
}
