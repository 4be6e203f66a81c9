//! A list in pages, then a watch, for as long as the operator lives.
//!
//! ```text
//! list (pages of 500) ─> watch from there ─ends─> watch from the last bookmark
//!          ^                                          │
//!          └──── 410: too old ────────────────────────┘
//! ```
//! The API server closes a watch after some minutes; that is no error. Errors wait 0.1 s, doubling to 10 s. What is listed or seen goes to
//! a `Sink`; after a list it is told that everything was shown, so that it can forget the rest. A page too old to go on starts the list
//! again. What the operator may not watch is asked for as those who read it (`Accounts`). When all are refused, or with 404, the sink is
//! told: a right or a definition is missing, and may come; it is tried again after 10 s, doubling to a minute.

mod page;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::BodyExt as _;
use serde_json::Value;

use super::client::{Api, Ask, Failure, LARGEST_OBJECT, LARGEST_PAGE, METADATA_LIST, cut_off};
use crate::core::object::Account;

/// A page of plugs is a megabyte or two on the wire; more would show in the peak at start.
const PAGE: usize = 500;
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Shorter than the half hour that the API server would allow, so that a connection that died silently is noticed.
const WATCH_SECONDS: u64 = 290;
/// A watch that is silent for longer than it may last is dead.
const SILENT_AT_MOST: Duration = Duration::from_secs(WATCH_SECONDS + 20);
/// For a right or a definition that is missing; then it doubles.
const REFUSED_WAIT: Duration = Duration::from_secs(10);
/// As often as what cannot be watched is looked at anyway.
const LONGEST_REFUSED_WAIT: Duration = Duration::from_secs(60);
/// One namespace seldom has more accounts that read the same kind; any of them will do.
const MOST_ACCOUNTS: usize = 8;

/// In whose name a watch may be asked for: the operator's first, then of those whose reads it follows. It only wakes; what is read is
/// read as who reads it.
#[derive(Clone, Debug)]
pub(crate) struct Accounts(Arc<Mutex<Vec<Account>>>);

impl Default for Accounts {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(vec![Account::Operator])))
    }
}

impl Accounts {
    pub(crate) fn add(&self, account: &Account) {
        let Ok(mut accounts) = self.0.lock() else { return };
        if accounts.len() < MOST_ACCOUNTS && !accounts.contains(account) {
            accounts.push(account.clone());
        }
    }

    fn get(&self, turn: usize) -> Option<Account> {
        self.0.lock().ok()?.get(turn).cloned()
    }
}

/// What to watch.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The path of the collection.
    pub(crate) path: String,
    /// A label selector, encoded.
    pub(crate) selector: Option<String>,
    /// Only metadata is sent.
    pub(crate) metadata: bool,
    pub(crate) accounts: Accounts,
}

impl Source {
    /// Whole objects, as the operator.
    pub(crate) fn whole(path: String) -> Self {
        Self { path, selector: None, metadata: false, accounts: Accounts::default() }
    }

    /// Their metadata, as the operator.
    pub(crate) fn metadata(path: String) -> Self {
        Self { metadata: true, ..Self::whole(path) }
    }

    pub(crate) fn selected(self, selector: &str) -> Self {
        Self { selector: Some(super::kinds::encode(selector)), ..self }
    }
}

/// Where it goes. Called in order, by one task.
pub(crate) trait Sink: Send + Sync {
    /// An object, from a list or a watch.
    fn seen(&self, object: Value);
    fn deleted(&self, object: Value);
    /// A list begins: what is not seen until `listed` is gone.
    fn listing(&self);
    /// The list was complete, as of this version.
    fn listed(&self, version: u64);
    /// The API server refused; it is tried again.
    fn refused(&self, failure: &Failure);
    /// A watch ended and is resumed, or a list has to be repeated.
    fn resumed(&self, by_list: bool);
}

enum End {
    /// Resume from here.
    Closed(String),
    TooOld,
}

/// Runs until it is dropped.
pub(crate) async fn run(api: &Api, source: &Source, sink: &dyn Sink) {
    let mut waits = Waits::default();
    let mut turn = 0;
    loop {
        let account = source.accounts.get(turn).unwrap_or(Account::Operator);
        let mut version = match list(api, source, &account, sink).await {
            Ok(version) => version,
            Err(failure) => {
                turn += 1;
                if failure.code != 403 || source.accounts.get(turn).is_none() {
                    turn = 0;
                    waits.pause(sink, &failure).await;
                }
                continue;
            }
        };
        loop {
            match watch(api, source, &account, &version, sink).await {
                Ok(End::Closed(last)) => {
                    waits = Waits::default();
                    // One that was closed without anything new in it may be a proxy that closes all.
                    if last == version {
                        tokio::time::sleep(FIRST_WAIT).await;
                    }
                    version = last;
                    sink.resumed(false);
                }
                Ok(End::TooOld) => break,
                Err(failure) if failure.code == 410 => break,
                Err(failure) if failure.code == 403 => {
                    turn = 0;
                    waits.pause(sink, &failure).await;
                    break;
                }
                Err(failure) => waits.pause(sink, &failure).await,
            }
        }
        sink.resumed(true);
    }
}

/// How long the next failure waits.
struct Waits {
    error: Duration,
    refusal: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self { error: FIRST_WAIT, refusal: REFUSED_WAIT }
    }
}

impl Waits {
    async fn pause(&mut self, sink: &dyn Sink, failure: &Failure) {
        let refused = matches!(failure.code, 401 | 403 | 404);
        if refused {
            sink.refused(failure);
        }
        let (wait, longest) = if refused {
            (&mut self.refusal, LONGEST_REFUSED_WAIT)
        } else {
            (&mut self.error, LONGEST_WAIT)
        };
        let time = failure.retry_after.map_or(*wait, |asked| asked.min(longest));
        *wait = (*wait * 2).min(longest);
        tokio::time::sleep(time).await;
    }
}

fn ask<'a>(source: &Source, account: &'a Account, query: &str) -> Ask<'a> {
    let selector = source
        .selector
        .as_ref()
        .map_or_else(String::new, |selector| format!("&labelSelector={selector}"));
    let mut ask = Ask::get(account, format!("{}?{query}{selector}", source.path));
    if source.metadata {
        ask.accept = METADATA_LIST;
    }
    ask.limit = LARGEST_PAGE;
    ask
}

/// Returns the version to watch from.
async fn list(
    api: &Api,
    source: &Source,
    account: &Account,
    sink: &dyn Sink,
) -> Result<String, Failure> {
    sink.listing();
    let mut next = String::new();
    loop {
        let query = if next.is_empty() {
            format!("limit={PAGE}")
        } else {
            format!("limit={PAGE}&continue={}", super::kinds::encode(&next))
        };
        let page = api.bytes(ask(source, account, &query)).await?;
        let head = page::read(&page, &mut |item| sink.seen(item)).map_err(|_| cut_off())?;
        next = head.next;
        if next.is_empty() {
            sink.listed(head.version.parse().unwrap_or(u64::MAX));
            return Ok(head.version);
        }
    }
}

async fn watch(
    api: &Api,
    source: &Source,
    account: &Account,
    version: &str,
    sink: &dyn Sink,
) -> Result<End, Failure> {
    let query = format!(
        "watch=true&allowWatchBookmarks=true&timeoutSeconds={WATCH_SECONDS}&resourceVersion={version}"
    );
    let mut ask = ask(source, account, &query);
    if source.metadata {
        ask.accept = super::client::METADATA;
    }
    let mut body = api.start(ask).await?.into_body();
    let mut version = version.to_owned();
    let mut lines = Lines::default();
    while let Ok(Some(Ok(frame))) = tokio::time::timeout(SILENT_AT_MOST, body.frame()).await {
        let Ok(bytes) = frame.into_data() else { continue };
        lines.push(&bytes);
        while let Some(line) = lines.next() {
            // A line that was cut off ends the watch; what it said comes again.
            let Ok(mut event) = serde_json::from_slice::<Value>(&line) else {
                return Ok(End::Closed(version));
            };
            let object = event["object"].take();
            let kind = event["type"].as_str().unwrap_or_default();
            if kind == "ERROR" {
                return if object["code"] == 410 {
                    Ok(End::TooOld)
                } else {
                    Ok(End::Closed(version))
                };
            }
            if let Some(seen) = object["metadata"]["resourceVersion"].as_str() {
                seen.clone_into(&mut version);
            }
            match kind {
                "ADDED" | "MODIFIED" => sink.seen(object),
                "DELETED" => sink.deleted(object),
                _ => (),
            }
        }
        if lines.pending() > LARGEST_OBJECT {
            return Ok(End::TooOld);
        }
    }
    Ok(End::Closed(version))
}

/// Bytes into lines.
#[derive(Default)]
struct Lines {
    buffer: Vec<u8>,
    from: usize,
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.from);
        self.from = 0;
        self.buffer.extend_from_slice(bytes);
    }

    fn next(&mut self) -> Option<Vec<u8>> {
        let rest = &self.buffer[self.from..];
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let line = rest[..end].to_vec();
        self.from += end + 1;
        Some(line)
    }

    fn pending(&self) -> usize {
        self.buffer.len() - self.from
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn lines_come_out_whole_however_they_arrive() {
        let mut lines = Lines::default();
        lines.push(b"on");
        assert_eq!(lines.next(), None);
        lines.push(b"e\ntwo\nth");
        assert_eq!(lines.next().as_deref(), Some(&b"one"[..]));
        assert_eq!(lines.next().as_deref(), Some(&b"two"[..]));
        assert_eq!(lines.next(), None);
        assert_eq!(lines.pending(), 2);
        lines.push(b"ree\n");
        assert_eq!(lines.next().as_deref(), Some(&b"three"[..]));
    }
}
