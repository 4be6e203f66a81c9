//! The command `route`: hold a route back or let it go, and say what became of it.
//!
//! The document that comes with it is the same that the desired state carries (`holds`), so whichever arrives first wins and
//! the other changes nothing. The command only waits for the workload's answer; a workload that does not run has none, and
//! does as it is told when it starts.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::board::{Line, State};
use crate::command::{Answer, parse, refuse};
use crate::desk::Request;
use crate::holds::{self, Applied};
use crate::shared::Shared;

/// Camel waits 10 s for messages in flight before it stops a route all the same.
const PATIENCE: Duration = Duration::from_secs(15);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

#[derive(Deserialize)]
struct Asked {
    workload: Uuid,
    route: String,
    /// The document as text.
    document: String,
}

pub(crate) async fn run(shared: &Arc<Shared>, desk: &mpsc::Sender<Request>, body: &[u8]) -> Answer {
    let Asked { workload, route, document } = parse(body)?;
    let Some(revision) = holds::revision(&document) else {
        return refuse("MP-RUN-51", "the command has no document of routes".to_owned());
    };
    if shared.board.get(workload).is_none() {
        return refuse("MP-RPL-10", "this runtime has no such workload".to_owned());
    }
    let _ = desk.send(Request::Hold { workload, document }).await;
    let answered = tokio::time::timeout(PATIENCE, async {
        loop {
            let line = shared.board.get(workload)?;
            if line.state == State::Stopped {
                return None;
            }
            if let Some(applied) = applied(shared, &line)
                && applied.revision >= revision
            {
                return Some(applied);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    });
    match answered.await {
        Ok(Some(applied)) => told(&route, &applied),
        // It is written down, and holds from the next start on.
        Ok(None) | Err(_) => Ok(json!({"format": 1, "state": null}).to_string().into_bytes()),
    }
}

fn applied(shared: &Shared, line: &Line) -> Option<Applied> {
    let place = shared.folder.workload(&line.folder).instance(line.instance?);
    holds::applied(&place.routes_status())
}

fn told(route: &str, applied: &Applied) -> Answer {
    let found = applied.routes.get(route);
    match found.and_then(|found| found.failure.as_deref()) {
        Some("gone") => {
            let known = applied.known.join("`, `");
            refuse("MP-ROUTE-01", format!("there is no route `{route}`; there are `{known}`"))
        }
        Some(failure) => refuse("MP-ROUTE-02", format!("Camel could not: {failure}")),
        None => {
            let state = found.and_then(|found| found.state.as_deref());
            Ok(json!({"format": 1, "state": state}).to_string().into_bytes())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Result<&str, &str>) {
        let applied: Applied = serde_json::from_str(text).unwrap();
        let got = told("intake", &applied);
        let got = got.map(|bytes| String::from_utf8(bytes).unwrap()).map_err(|(code, _)| code);
        assert_eq!(got.as_deref().map_err(String::as_str), want);
    }

    #[test]
    fn the_answer_is_the_state_or_why_not() {
        check(
            r#"{"revision":3,"routes":{"intake":{"state":"Stopped","failure":null}}}"#,
            Ok(r#"{"format":1,"state":"Stopped"}"#),
        );
        check(
            r#"{"revision":3,"routes":{"intake":{"state":null,"failure":"gone"}},"known":["bulk"]}"#,
            Err("MP-ROUTE-01"),
        );
        check(
            r#"{"revision":3,"routes":{"intake":{"state":"Started","failure":"no"}}}"#,
            Err("MP-ROUTE-02"),
        );
    }
}
