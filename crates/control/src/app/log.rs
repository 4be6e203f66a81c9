//! Logs of workloads as a stream of lines, read from the runtimes when somebody asks.
//!
//! Nothing is stored here: each line comes over the link's data connection, and a reader who does not take lines holds
//! up its own streams only. Of several workloads the lines arrive as they come; a stream that fails says so in one line
//! of its own and leaves the others alone.

use domain::id::{RuntimeId, WorkloadId};
use domain::permission::Permission;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use serde::Deserialize;
use store::Tx;

use crate::app::Error;
use crate::ctx::Ctx;
use crate::link_server::{LinkServer, LogQuery};

/// As many as one screen can follow; each is a stream on a runner's data connection.
const AT_ONCE: usize = 100;

/// One entry of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Line {
    #[serde(skip)]
    pub workload: String,
    #[serde(skip)]
    pub integration: String,
    pub time: String,
    pub level: String,
    pub logger: String,
    pub thread: String,
    pub message: String,
    pub stack: Option<String>,
}

#[derive(Clone, Debug)]
struct Chosen {
    workload: WorkloadId,
    runtime: RuntimeId,
    integration: String,
}

pub type Lines = BoxStream<'static, Result<Line, Error>>;

/// The logs of these workloads, or of all that the actor may read.
pub async fn tail(
    ctx: &Ctx,
    link: &LinkServer,
    workloads: Option<&[WorkloadId]>,
    query: &LogQuery,
) -> Result<Lines, Error> {
    let mut tx = ctx.begin().await?;
    let chosen = choose(ctx, &mut tx, workloads).await?;
    drop(tx);
    let mut streams: Vec<Lines> = Vec::with_capacity(chosen.len());
    let alone = chosen.len() == 1;
    for one in chosen {
        match link.logs(ctx.organization(), one.runtime, one.workload, query).await {
            Ok(lines) => {
                streams.push(lines.map(move |line| line.map(|bytes| read(&one, &bytes))).boxed());
            }
            Err(err) if alone => return Err(err),
            Err(err) => streams.push(stream::iter([Ok(notice(&one, &err))]).boxed()),
        }
    }
    Ok(stream::select_all(streams).boxed())
}

async fn choose(
    ctx: &Ctx,
    tx: &mut Tx,
    wanted: Option<&[WorkloadId]>,
) -> Result<Vec<Chosen>, Error> {
    if wanted.is_some_and(|wanted| wanted.len() > AT_ONCE) {
        let message = format!("the logs of at most {AT_ONCE} workloads are read at once");
        return Err(Error::invalid("MP-API-10", message));
    }
    let mut chosen = Vec::new();
    for workload in store::workload::list(tx).await.map_err(Error::internal)? {
        if wanted.is_some_and(|wanted| !wanted.contains(&workload.id)) {
            continue;
        }
        let found =
            store::integration::find(tx, workload.integration).await.map_err(Error::internal)?;
        let Some(integration) = found else { continue };
        if ctx.may_in(Permission::ReadLog, integration.project, workload.environment) {
            let (workload, runtime) = (workload.id, workload.runtime);
            chosen.push(Chosen { workload, runtime, integration: integration.name });
        }
    }
    if let Some(missing) =
        wanted.and_then(|ids| ids.iter().find(|id| chosen.iter().all(|one| one.workload != **id)))
    {
        return Err(Error::not_found(&format!("workload `{missing}`")));
    }
    chosen.truncate(AT_ONCE);
    Ok(chosen)
}

/// A line that is no entry is shown as it is.
fn read(chosen: &Chosen, bytes: &[u8]) -> Line {
    let line = serde_json::from_slice(bytes).unwrap_or_else(|_| Line {
        level: "OUT".to_owned(),
        message: String::from_utf8_lossy(bytes).into_owned(),
        ..Line::default()
    });
    Line { workload: chosen.workload.to_string(), integration: chosen.integration.clone(), ..line }
}

fn notice(chosen: &Chosen, err: &Error) -> Line {
    Line {
        workload: chosen.workload.to_string(),
        integration: chosen.integration.clone(),
        level: "WARN".to_owned(),
        logger: "midplane".to_owned(),
        message: format!("{err} ({})", err.code()),
        ..Line::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_entry_is_shown_as_it_came() {
        let chosen = Chosen {
            workload: WorkloadId(uuid::Uuid::nil()),
            runtime: RuntimeId(uuid::Uuid::nil()),
            integration: "orders".to_owned(),
        };
        let entry = read(&chosen, br#"{"time":"t","level":"WARN","message":"m","instance":3}"#);
        assert_eq!((entry.level.as_str(), entry.message.as_str()), ("WARN", "m"));
        let torn = read(&chosen, b"Exception in thread");
        assert_eq!((torn.level.as_str(), torn.message.as_str()), ("OUT", "Exception in thread"));
        assert_eq!(torn.integration, "orders");
    }
}
