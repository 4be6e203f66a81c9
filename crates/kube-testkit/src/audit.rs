//! What was asked of the API server, from its audit log.
//!
//! A line is one finished request; a watch has two lines (its start and its end), of which the start is counted. The log is read while
//! the server writes it, so a last line without an end is left for the next time.

use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    pub stage: String,
    pub verb: String,
    #[serde(default)]
    pub user_agent: String,
    #[serde(rename = "requestURI")]
    pub request_uri: String,
    #[serde(default)]
    pub object_ref: Option<ObjectRef>,
    #[serde(default)]
    pub response_status: Option<ResponseStatus>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectRef {
    pub resource: String,
    pub subresource: String,
    pub namespace: String,
    pub name: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ResponseStatus {
    pub code: u16,
}

impl Entry {
    pub fn resource(&self) -> &str {
        self.object_ref.as_ref().map_or("", |object| &object.resource)
    }

    /// Whether it changes something. A review is created to be answered and is not stored.
    pub fn is_write(&self) -> bool {
        let is_review = self.request_uri.starts_with("/apis/authorization.k8s.io/");
        !is_review
            && matches!(
                self.verb.as_str(),
                "create" | "update" | "patch" | "delete" | "deletecollection"
            )
    }

    pub fn is_event(&self) -> bool {
        self.resource() == "events"
    }

    pub fn is_lease(&self) -> bool {
        self.resource() == "leases"
    }

    pub fn is_watch(&self) -> bool {
        self.verb == "watch"
    }

    pub fn is_socket_status(&self) -> bool {
        self.object_ref
            .as_ref()
            .is_some_and(|object| object.resource == "sockets" && object.subresource == "status")
    }

    /// A request that a coupling costs: Events, leases, watches and the statuses of sockets have budgets of their own.
    pub fn is_ordinary(&self) -> bool {
        !self.is_event() && !self.is_lease() && !self.is_watch() && !self.is_socket_status()
    }
}

/// The requests of programs whose user agent begins with `user_agent`, from byte `from` on; and where the next reading begins.
pub fn requests(log: &Path, user_agent: &str, from: u64) -> io::Result<(Vec<Entry>, u64)> {
    use std::io::{Read as _, Seek as _};
    let mut file = fs::File::open(log)?;
    file.seek(io::SeekFrom::Start(from))?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let end = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let entries = text[..end]
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Entry>(line).ok())
        .filter(|entry| entry.user_agent.starts_with(user_agent))
        .filter(|entry| entry.is_watch() == (entry.stage == "ResponseStarted"))
        .collect();
    Ok((entries, from + end as u64))
}
