//! `GET /logs/{workload}` on the data connection.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use http::{Method, Response, StatusCode};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use link::client::DataBody;
use serde_json::json;
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use uuid::Uuid;

use super::merge::Merge;
use super::query::Query;
use super::stream;
use crate::shared::Shared;

/// Each has a thread that mostly sleeps and at most some 300 KiB on its way. A team following everything needs a few.
const MAX_STREAMS: usize = 64;

/// Serves logs; counts how many are being read.
#[derive(Clone)]
pub(crate) struct Logs {
    shared: Arc<Shared>,
    streams: Arc<Semaphore>,
}

impl Logs {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, streams: Arc::new(Semaphore::new(MAX_STREAMS)) }
    }

    /// Answers a request by its method, path and query.
    pub(crate) fn answer(
        &self,
        method: &Method,
        path: &str,
        query: Option<&str>,
    ) -> Response<DataBody> {
        let Some(id) = path.strip_prefix("/logs/").filter(|_| method == Method::GET) else {
            return refuse(StatusCode::NOT_FOUND, "MP-RUN-60", "there is nothing here");
        };
        let line = id.parse::<Uuid>().ok().and_then(|id| Some((id, self.shared.board.get(id)?)));
        let Some((id, line)) = line else {
            return refuse(StatusCode::NOT_FOUND, "MP-RUN-61", "this runtime has no such workload");
        };
        let query = match Query::parse(query.unwrap_or_default()) {
            Ok(query) => query,
            Err(err) => return refuse(StatusCode::BAD_REQUEST, "MP-RUN-62", &err.to_string()),
        };
        let Ok(permit) = self.streams.clone().try_acquire_owned() else {
            let text = "too many logs are being read on this runtime";
            return refuse(StatusCode::SERVICE_UNAVAILABLE, "MP-RUN-63", text);
        };
        let (out, chunks) = mpsc::channel(stream::QUEUE);
        let shared = self.shared.clone();
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let place = shared.folder.workload(&line.folder);
            let running = line.instance;
            tracing::debug!(workload = %id, "a log is read");
            let merge = Merge::new(place, line.integration, query.clone(), running);
            let (seams, shutdown) = (&shared.settings.seams, shared.tasks.shutdown());
            stream::run(merge, &query, seams, &out, shutdown);
        });
        let body = StreamBody::new(ReceiverStream::new(chunks).map(|chunk| chunk.map(Frame::data)));
        let mut response = Response::new(BodyExt::boxed(body));
        response.headers_mut().insert(
            http::header::CONTENT_TYPE,
            http::HeaderValue::from_static("application/x-ndjson"),
        );
        response
    }
}

fn refuse(status: StatusCode, code: &str, message: &str) -> Response<DataBody> {
    let text = json!({"code": code, "message": message}).to_string();
    let body = Full::new(Bytes::from(text)).map_err(|never| match never {});
    let mut response = Response::new(BodyExt::boxed(body));
    *response.status_mut() = status;
    response
}
