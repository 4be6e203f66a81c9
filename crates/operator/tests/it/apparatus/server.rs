//! A small HTTP/1.1 server on loopback: one thread for each connection, one request for each connection, any behaviour.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the flood would write if it were let.
pub(super) const FLOOD: usize = 1 << 30;
/// No test waits longer for a peer.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Server {
    pub(super) address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    stopped: Arc<AtomicBool>,
}

impl Server {
    /// `respond` gets the number of the request and the connection behind it.
    pub(super) fn start(respond: impl Fn(usize, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("bind");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let stopped = Arc::new(AtomicBool::new(false));
        let (seen, stop) = (requests.clone(), stopped.clone());
        let respond = Arc::new(respond);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(mut stream) = stream else { return };
                let (seen, respond) = (seen.clone(), respond.clone());
                std::thread::spawn(move || {
                    let _ = stream.set_read_timeout(Some(PATIENCE));
                    let _ = stream.set_write_timeout(Some(PATIENCE));
                    let Some(request) = read(&mut stream) else { return };
                    let index = {
                        let mut seen = seen.lock().expect("a lock");
                        seen.push(request);
                        seen.len() - 1
                    };
                    respond(index, &mut stream);
                });
            }
        });
        Self { address, requests, stopped }
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("a lock").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the accept, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.and_then(|length| length.parse().ok()).unwrap_or(0) {
            return Some(text.into_owned());
        }
    }
}

pub(super) fn answer(stream: &mut TcpStream, status: u16, body: &str) {
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body.as_bytes());
}

/// Says nothing until the caller goes away.
pub(super) fn hang(stream: &mut TcpStream) {
    let _ = stream.read(&mut [0; 1]);
}

/// A byte of an endless head from time to time, so that no read of the caller times out by itself.
pub(super) fn drip(stream: &mut TcpStream) {
    let _ = stream.write_all(b"HTTP/1.1 200 X\r\ncontent-length: 100000\r\n\r\n");
    let _ = stream.set_read_timeout(Some(Duration::from_millis(100)));
    while stream.write_all(b"x").is_ok() {
        if matches!(stream.read(&mut [0; 1]), Ok(0)) {
            return;
        }
    }
}

pub(super) fn flood(stream: &mut TcpStream, taken: &AtomicUsize) {
    let _ =
        stream.write_all(format!("HTTP/1.1 200 X\r\ncontent-length: {FLOOD}\r\n\r\n").as_bytes());
    let chunk = vec![b'x'; 1 << 16];
    let mut written = 0;
    while written < FLOOD && stream.write_all(&chunk).is_ok() {
        written += chunk.len();
        taken.store(written, Ordering::SeqCst);
    }
}

pub(super) fn redirect(stream: &mut TcpStream, location: &str) {
    let head = format!("HTTP/1.1 307 X\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
    let _ = stream.write_all(head.as_bytes());
}

/// Half of what it promised, then gone.
pub(super) fn half(stream: &mut TcpStream) {
    let _ = stream.write_all(b"HTTP/1.1 200 X\r\ncontent-length: 100\r\n\r\n{\"url\":");
}
