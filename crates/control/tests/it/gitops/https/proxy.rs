//! An HTTP proxy as companies have one: `CONNECT host:port`, then bytes both ways; or a refusal.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::server::spawn;

pub(super) struct Proxy {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    _stop: DropGuard,
}

impl Proxy {
    /// One that connects to whatever it is asked for.
    pub(super) async fn open() -> Self {
        Self::answering(None).await
    }

    /// One that answers every `CONNECT` with this status.
    pub(super) async fn refusing(status: &'static str) -> Self {
        Self::answering(Some(status)).await
    }

    async fn answering(refusal: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let stop = CancellationToken::new();
        spawn(accept(listener, refusal, Arc::clone(&asked), stop.clone()));
        Self { port, asked, _stop: stop.drop_guard() }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The targets that were asked for, as `host:port`.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn accept(
    listener: TcpListener,
    refusal: Option<&'static str>,
    asked: Arc<Mutex<Vec<String>>>,
    stop: CancellationToken,
) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((client, _)) = accepted else { continue };
        let asked = Arc::clone(&asked);
        spawn(async move {
            let _ = tunnel(client, refusal, &asked).await;
        });
    }
}

async fn tunnel(
    client: TcpStream,
    refusal: Option<&'static str>,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut client = BufReader::new(client);
    let mut first = String::new();
    client.read_line(&mut first).await?;
    let target = first.split_whitespace().nth(1).unwrap_or_default().to_owned();
    let mut line = String::new();
    while client.read_line(&mut line).await? > 2 {
        line.clear();
    }
    asked.lock().unwrap().push(target.clone());
    if let Some(status) = refusal {
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        return client.write_all(answer.as_bytes()).await;
    }
    let mut server = TcpStream::connect(&target).await?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}
