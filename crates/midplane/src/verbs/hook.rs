//! `hook post-receive`: called by Git in the repository that `up` made; gives the hint and prints what becomes of it.
//!
//! Whatever happens here, the push has already succeeded and must stay so: every failure is one line and exit 0. The
//! control plane streams lines for at most ten seconds; the limit here only guards against one that hangs.

use std::path::Path;
use std::time::Duration;

use futures::StreamExt as _;

use crate::exit::Exit;
use crate::output::Output;
use crate::up::data::DataFolder;

const LIMIT: Duration = Duration::from_secs(12);

pub async fn post_receive(data: &Path, source: &str, output: &Output) -> Exit {
    let told = tokio::time::timeout(LIMIT, tell(data, source, output)).await;
    match told {
        Ok(Some(())) => {}
        Ok(None) => {
            let _ = output.line("midplane is not running; it looks at this repository when it starts again (midplane up)");
        }
        Err(_) => {
            let _ = output.line("still at it: midplane status");
        }
    }
    Exit::Done
}

/// What `main` was moved to, from the lines that Git writes to a post-receive hook: `old new ref`.
fn moved(lines: &str) -> Option<&str> {
    lines.lines().find_map(|line| {
        let mut parts = line.split(' ');
        let (_, new, name) = (parts.next()?, parts.next()?, parts.next()?);
        (name == "refs/heads/main").then_some(new)
    })
}

async fn tell(data: &Path, source: &str, output: &Output) -> Option<()> {
    let mut lines = String::new();
    let _ = std::io::Read::read_to_string(&mut std::io::stdin().lock(), &mut lines);
    // Only the branch that is deployed is worth a word.
    if !lines.is_empty() && moved(&lines).is_none() {
        return Some(());
    }
    let new = moved(&lines).map_or_else(String::new, |new| format!("&new={new}"));
    let data = DataFolder::at(data.to_path_buf());
    let running = data.running()?;
    let token = std::fs::read_to_string(data.admin_token()).ok()?;
    let client = reqwest_client()?;
    let answer = client
        .post(format!("{}/hooks/hint?source={source}{new}", running.http))
        .bearer_auth(token.trim())
        .send()
        .await
        .ok()?;
    if !answer.status().is_success() {
        let _ = output.line(&format!(
            "midplane did not take the hint ({}); it looks by itself within 5 s",
            answer.status()
        ));
        return Some(());
    }
    let mut chunks = answer.bytes_stream();
    let mut partial = Vec::new();
    while let Some(Ok(chunk)) = chunks.next().await {
        partial.extend_from_slice(&chunk);
        while let Some(end) = partial.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = partial.drain(..=end).collect();
            output.write(&String::from_utf8_lossy(&line)).ok()?;
        }
    }
    if !partial.is_empty() {
        output.line(&String::from_utf8_lossy(&partial)).ok()?;
    }
    Some(())
}

fn reqwest_client() -> Option<reqwest::Client> {
    crate::client::tls::install();
    let tls = crate::client::tls::configuration().ok()?;
    reqwest::Client::builder()
        .no_proxy()
        .connect_timeout(Duration::from_secs(2))
        .tls_backend_preconfigured(tls)
        .build()
        .ok()
}
