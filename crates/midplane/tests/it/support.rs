//! What the tests share: a home folder, the running product, a fresh shell, small HTTP.

pub(crate) mod home;
pub(crate) mod product;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Output;
use std::time::{Duration, Instant};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_midplane");

/// What is tested: the binary of this build, unless a bench names the optimised one.
#[expect(clippy::disallowed_methods, reason = "a bench names the optimised binary")]
pub(crate) fn binary() -> &'static str {
    static NAMED: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    NAMED.get_or_init(|| std::env::var("MIDPLANE_E2E_BINARY").ok()).as_deref().unwrap_or(BINARY)
}

pub(crate) fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Status and body of a GET (or of a POST when there is a body); `None` while nobody answers.
pub(crate) fn http(url: &str, body: Option<&str>) -> Option<(u16, String)> {
    request(url, if body.is_some() { "POST" } else { "GET" }, "", body.unwrap_or_default())
}

/// The same as somebody who has a token.
pub(crate) fn post(url: &str, token: &str, body: &str) -> Option<(u16, String)> {
    request(url, "POST", &format!("Authorization: Bearer {token}\r\n"), body)
}

/// And what is only read.
pub(crate) fn get(url: &str, token: &str) -> Option<(u16, String)> {
    request(url, "GET", &format!("Authorization: Bearer {token}\r\n"), "")
}

fn request(url: &str, verb: &str, headers: &str, body: &str) -> Option<(u16, String)> {
    let rest = url.strip_prefix("http://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let request = format!(
        "{verb} /{path} HTTP/1.0\r\nHost: {host}\r\nContent-Type: application/json\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// Asks `condition` until it says yes; panics with what it said last after `deadline`.
#[track_caller]
pub(crate) fn until(
    what: &str,
    deadline: Duration,
    mut condition: impl FnMut() -> Result<(), String>,
) {
    let end = Instant::now() + deadline;
    loop {
        match condition() {
            Ok(()) => return,
            Err(why) => assert!(Instant::now() < end, "{what}: not within {deadline:?}: {why}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
