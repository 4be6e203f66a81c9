//! An integration of the bench's own: what it is given stands in a file, one line for each message.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::{patiently, recorded};
use crate::bench::session::{Session, wait_until};

/// The timer never fires: messages come by request, or over HTTP.
const ROUTES: &str = r#"- route:
    id: note
    from:
      uri: timer:note
      parameters: {delay: 86400000}
      steps:
        - setBody: {simple: {expression: "${body}\n", trim: false}}
        - to: {uri: "file:.?fileName=done.txt&fileExist=Append"}
- route:
    id: web
    from:
      uri: platform-http:/note
      steps:
        - convertBodyTo: {type: String}
        - setBody: {simple: {expression: "${body}\n", trim: false}}
        - to: {uri: "file:.?fileName=done.txt&fileExist=Append"}
        - setBody: {constant: ok}
"#;

const SEND: &str = "mutation($body: String!) { sendMessage(integration: \"noted\", route: \"note\", withinSeconds: 60, \
                    content: {body: $body}) { outcome reason message } }";

const RESTART: &str = "mutation { restart(integration: \"noted\") { id } }";
/// What a back-off may take before it is cut short.
const PATIENCE: Duration = Duration::from_millis(1_500);

pub(super) struct Pushed<'a> {
    pub(super) session: &'a mut Session,
}

impl<'a> Pushed<'a> {
    pub(super) fn new(session: &'a mut Session) -> Result<Self> {
        session.push("noted", ROUTES)?;
        Ok(Self { session })
    }

    /// Ends `up` and starts it again over the same workloads: the back-off of what it supervises begins anew.
    pub(super) fn start_again(&mut self, binary: &Path) -> Result<()> {
        self.session.restart(binary)?;
        self.until_ready(None)
    }

    /// Its process.
    pub(super) fn pid(&self) -> Option<u32> {
        self.session.pid("noted")
    }

    /// Waits until it serves, in another process than `dead`.
    pub(super) fn until_ready(&self, dead: Option<u32>) -> Result<()> {
        wait_until("the bench's integration to run", || {
            self.pid().is_some_and(|pid| Some(pid) != dead)
        })
    }

    /// Waits until it serves again after its process was killed. Its back-off doubles with each kill, so it is told to restart once that
    /// is longer than a person would wait, as a person would tell it.
    pub(super) fn until_back(&self, dead: u32) -> Result<()> {
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            if self.pid().is_some_and(|pid| pid != dead) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.session.graphql(RESTART, json!({}))?;
        self.until_ready(Some(dead))
    }

    /// Delivers a new message; its id.
    pub(super) fn send(&self, body: &str) -> Result<String> {
        let mut sent = self.session.graphql(SEND, json!({"body": body}))?["sendMessage"].take();
        ensure!(sent["outcome"] == "completed", "`{body}` was not taken: {sent}");
        match sent["message"].take() {
            Value::String(id) => Ok(id),
            _ => anyhow::bail!("`{body}` has no message"),
        }
    }

    pub(super) fn until_recorded(&self, message: &str) -> Result<()> {
        recorded(self.session, message)
    }

    /// The replays of a message that have ended: outcome and code. None: one has not.
    pub(super) fn replays(&self, message: &str) -> Result<Option<Vec<(String, String)>>> {
        let query = "query($message: ID!) { replays(message: $message) { outcome code } }";
        let answer = patiently(self.session, query, &json!({"message": message}))?;
        let rows = answer["replays"].as_array().context("replays")?;
        let ended = |row: &Value| {
            let code = row["code"].as_str().unwrap_or_default().to_owned();
            Some((row["outcome"].as_str()?.to_owned(), code))
        };
        Ok(rows.iter().map(ended).collect())
    }

    /// How often each line stands in the file.
    pub(super) fn lines(&self) -> Result<HashMap<String, usize>> {
        let mut lines = HashMap::new();
        for file in files(&self.session.data(), 5) {
            let text =
                fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
            for line in text.lines() {
                *lines.entry(line.to_owned()).or_insert(0) += 1;
            }
        }
        Ok(lines)
    }
}

/// `.../workloads/<integration>/work/done.txt`
fn files(folder: &std::path::Path, depth: usize) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| {
            let path = entry.path();
            if path.file_name().is_some_and(|name| name == "done.txt") {
                vec![path]
            } else if depth > 0 && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                files(&path, depth - 1)
            } else {
                Vec::new()
            }
        })
        .collect()
}
