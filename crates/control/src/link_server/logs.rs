//! A workload's log, line by line, over the data connection of its runner.
//!
//! The runner answers `GET /logs/<workload>` with one JSON object a line. What a slow reader does not take stays on the
//! runner: the flow control of HTTP/2 holds it there, on a connection that carries no commands. When another server holds
//! the runtime's session, the same request goes there, once (`link::server::hop`).

use bytes::{Bytes, BytesMut};
use domain::id::{OrganizationId, RuntimeId, WorkloadId};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use http::Request;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Incoming;
use link::server::{AWAY, DataError};
use store::Tx;

use super::LinkServer;
use crate::app::Error;

/// A stack trace is one line; longer ones are cut by the runner.
const LONGEST_LINE: usize = 1 << 20;
/// The 100 oldest of each tracer, a few hundred bytes each, of more tracers than a workload has.
const LONGEST_FLIGHTS: usize = 1 << 20;
/// A refusal is one small object.
const LONGEST_REFUSAL: usize = 16 << 10;

/// Lines without their line feed; an error ends the stream.
pub type LogStream = BoxStream<'static, Result<Bytes, Error>>;

#[derive(Clone, Debug, Default)]
pub struct LogQuery {
    pub follow: bool,
    pub since_ms: Option<i64>,
    pub tail: Option<u32>,
    pub previous: bool,
    pub level: Option<String>,
    pub grep: Option<String>,
}

impl LinkServer {
    /// The log of `workload` on `runtime`; who may read it was decided by the caller.
    pub async fn logs(
        &self,
        organization: OrganizationId,
        runtime: RuntimeId,
        workload: WorkloadId,
        query: &LogQuery,
    ) -> Result<LogStream, Error> {
        let response = self.ask(organization, runtime, &path(workload, query)).await?;
        if response.status().is_success() {
            return Ok(lines(response.into_body()).boxed());
        }
        let body = Limited::new(response.into_body(), LONGEST_REFUSAL).collect().await;
        let text = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let refusal: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
        let message = refusal["message"].as_str().unwrap_or("the runtime has no log of it");
        Err(Error::unavailable("MP-LINK-22", message.to_owned()))
    }

    /// What the tracers of `workload` say of the messages that run now; who may read it was decided by the caller. A
    /// workload that is not traced has none.
    pub async fn in_flight(
        &self,
        organization: OrganizationId,
        runtime: RuntimeId,
        workload: WorkloadId,
    ) -> Result<Vec<serde_json::Value>, Error> {
        let path = format!("http://runner/in-flight/{workload}");
        let response = self.ask(organization, runtime, &path).await?;
        if !response.status().is_success() {
            return Ok(Vec::new());
        }
        let body = Limited::new(response.into_body(), LONGEST_FLIGHTS).collect().await;
        let bytes = body.map(http_body_util::Collected::to_bytes).map_err(|err| {
            Error::unavailable("MP-LINK-07", format!("the answer of the runtime broke off: {err}"))
        })?;
        serde_json::from_slice(&bytes).map_err(Error::internal)
    }

    /// One question over the runner's data connection, wherever its session is.
    async fn ask(
        &self,
        organization: OrganizationId,
        runtime: RuntimeId,
        path: &str,
    ) -> Result<http::Response<Incoming>, Error> {
        let request = Request::get(path).body(Empty::new()).map_err(Error::internal)?;
        let response = if self.link.holds(runtime) {
            self.link.data(runtime, request).await.map_err(away)?
        } else {
            let address = self.holder(organization, runtime).await?;
            let answer = self.link.hop(&address, self.calls(), runtime, request).await;
            answer.map_err(|err| unreached(&address, &err))?
        };
        if response.headers().contains_key(AWAY) {
            return Err(not_connected());
        }
        Ok(response)
    }

    /// The address of the other server that holds the runtime's session.
    async fn holder(
        &self,
        organization: OrganizationId,
        runtime: RuntimeId,
    ) -> Result<String, Error> {
        let mut tx = Tx::system(&self.server.db, organization).await.map_err(Error::internal)?;
        let now = self.server.system.now();
        let holder =
            store::session::holder(&mut tx, runtime, now).await.map_err(Error::internal)?;
        let holder = holder.filter(|holder| holder.replica != self.replica);
        holder.map(|holder| holder.address).ok_or_else(not_connected)
    }
}

fn not_connected() -> Error {
    Error::unavailable("MP-LINK-07", "the runtime is not connected")
}

/// The way to another server failed, or the runtime behind it did.
fn unreached(address: &str, err: &DataError) -> Error {
    tracing::warn!(address, error = err as &dyn std::error::Error, "ask another server");
    let message = match err {
        DataError::Hop(_) => format!(
            "the runtime is connected to another server, {address}, which this one does not reach"
        ),
        other => other.to_string(),
    };
    Error::unavailable(err.code(), message)
}

fn away(err: DataError) -> Error {
    Error::unavailable(err.code(), err.to_string())
}

fn path(workload: WorkloadId, query: &LogQuery) -> String {
    let LogQuery { follow, since_ms, tail, previous, level, grep } = query;
    let mut path = format!("http://runner/logs/{workload}?follow={follow}&previous={previous}");
    let mut add = |key: &str, value: &str| {
        path.push('&');
        path.push_str(key);
        path.push('=');
        path.push_str(&escape(value));
    };
    if let Some(since) = since_ms {
        add("since_ms", &since.to_string());
    }
    if let Some(tail) = tail {
        add("tail", &tail.to_string());
    }
    if let Some(level) = level {
        add("level", level);
    }
    if let Some(grep) = grep {
        add("grep", grep);
    }
    path
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

fn lines(body: Incoming) -> impl Stream<Item = Result<Bytes, Error>> + Send {
    futures::stream::unfold(Some((body, BytesMut::new())), |state| async {
        let (mut body, mut buffer) = state?;
        loop {
            if let Some(end) = buffer.iter().position(|&byte| byte == b'\n') {
                let mut line = buffer.split_to(end + 1);
                line.truncate(end);
                return Some((Ok(line.freeze()), Some((body, buffer))));
            }
            if buffer.len() > LONGEST_LINE {
                let error = Error::unavailable("MP-LINK-22", "a line of the log is too long");
                return Some((Err(error), None));
            }
            match body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        buffer.extend_from_slice(&data);
                    }
                }
                Some(Err(err)) => {
                    let error =
                        Error::unavailable("MP-LINK-07", format!("the log broke off: {err}"));
                    return Some((Err(error), None));
                }
                None if buffer.is_empty() => return None,
                None => return Some((Ok(buffer.split().freeze()), Some((body, buffer)))),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_cannot_add_another_parameter() {
        let query = LogQuery {
            grep: Some("a&previous=true #ä".to_owned()),
            tail: Some(20),
            ..LogQuery::default()
        };
        let path = path(WorkloadId(uuid::Uuid::nil()), &query);
        assert!(
            path.ends_with(
                "?follow=false&previous=false&tail=20&grep=a%26previous%3Dtrue%20%23%C3%A4"
            ),
            "{path}"
        );
    }
}
