//! The runtime of this machine: registered and joined once, by the same calls as any other; then waited for.
//!
//! The token goes to `midplane runner join -` through a pipe, so that it stands in no list of processes. A runner that joined
//! keeps its identity for good; the address to dial is given at each start, because a port left to chance may change.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::data::DataFolder;
use crate::arguments::client::{Kind, Purpose};
use crate::client::Client;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::table::human;

/// The name of `up`'s own runtime.
pub const RUNTIME: &str = "laptop";

const CONNECT: Duration = Duration::from_mins(1);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Whether this machine's runner has an identity.
pub fn is_joined(data: &DataFolder) -> bool {
    data.runner().join("cert.pem").exists()
}

pub async fn join(client: &Client, data: &DataFolder, environment: &Environment) -> Outcome {
    let added =
        crate::verbs::runtime::add(client, RUNTIME, &[Purpose::Run, Purpose::Build]).await?;
    let token = added["token"].as_str().unwrap_or_default().to_owned();
    let mut child = tokio::process::Command::new(&environment.executable)
        .args(["runner", "join", "-", "--data"])
        .arg(data.runner())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|err| Failure::internal("start `midplane runner join`", &err))?;
    if let Some(mut stdin) = child.stdin.take() {
        use tokio::io::AsyncWriteExt as _;
        let _ = stdin.write_all(token.as_bytes()).await;
    }
    let output = child
        .wait_with_output()
        .await
        .map_err(|err| Failure::internal("wait for `midplane runner join`", &err))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Failure::new("MP-UP-10", Exit::Internal, format!("runtime `{RUNTIME}` could not join"))
        .because_text(String::from_utf8_lossy(&output.stderr).trim().to_owned())
        .next("run `midplane doctor`, then `midplane up` again: it goes on from here"))
}

/// When the control plane last heard of it; compared by `connected`, because what an earlier runner said still stands for a while.
pub async fn last_seen(client: &Client) -> Outcome<Option<String>> {
    let runtimes = client.list(Kind::Runtime).await?;
    let own = runtimes.iter().find(|runtime| runtime["name"] == RUNTIME);
    Ok(own.and_then(|runtime| runtime["lastSeenAt"].as_str()).map(str::to_owned))
}

/// Waits until the control plane hears of it again after `before`.
pub async fn connected(
    client: &Client,
    before: Option<&str>,
    runner_log: &std::path::Path,
) -> Outcome {
    let began = Instant::now();
    let mut state = "awaited".to_owned();
    while began.elapsed() < CONNECT {
        let runtimes = client.list(Kind::Runtime).await?;
        if let Some(own) = runtimes.iter().find(|runtime| runtime["name"] == RUNTIME) {
            state = human(own["state"].as_str().unwrap_or_default());
            if state == "Connected" && own["lastSeenAt"].as_str() != before {
                return Ok(());
            }
            if matches!(state.as_str(), "Revoked" | "Locked") {
                break;
            }
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    let mut failure = Failure::new(
        "MP-UP-11",
        Exit::Unreachable,
        format!("runtime `{RUNTIME}` is {}, not connected", state.to_lowercase()),
    );
    for line in super::supervise::last_lines(runner_log, 5) {
        failure = failure.because_text(line);
    }
    Err(failure.next(format!("look at {}; `midplane doctor` tells more", runner_log.display())))
}
