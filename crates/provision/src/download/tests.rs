use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::*;

/// Answers each connection by `answer(n, request head, stream)`, n counting from 0.
fn serve(
    answer: impl Fn(usize, &str, &mut TcpStream) + Send + Sync + 'static,
) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/thing.jar", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            while reader.read_line(&mut head).unwrap_or(0) > 2 {}
            answer(counted.fetch_add(1, Ordering::SeqCst), &head, &mut stream);
        }
    });
    (url, count)
}

fn body() -> Vec<u8> {
    (0..300_000u32).map(|n| (n * 7 % 251) as u8).collect()
}

fn whole(stream: &mut TcpStream, bytes: &[u8]) {
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", bytes.len());
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(bytes);
}

fn client() -> Client {
    Client::new(&Network::default()).unwrap()
}

#[test]
fn a_second_fetch_makes_no_request() {
    let (url, count) = serve(|_, _, stream| whole(stream, &body()));
    let dir = tempfile::tempdir().unwrap();
    let dest = dir.path().join("a/b/thing.jar");
    let sha256 = hex::encode(Sha256::digest(body()));
    let want = Want { url: &url, sha256: &sha256, size: Some(300_000), authorization: None };
    let seen = Mutex::new(Vec::new());
    assert_eq!(
        client().fetch(&want, &dest, &|n| seen.lock().unwrap().push(n)).unwrap(),
        Fetched::Transferred
    );
    assert_eq!(client().fetch(&want, &dest, &|_| ()).unwrap(), Fetched::Present);
    assert_eq!(count.load(Ordering::SeqCst), 1);
    assert_eq!(seen.lock().unwrap().last(), Some(&300_000));
    assert_eq!(fs::read_dir(dest.parent().unwrap()).unwrap().count(), 1, "nothing left beside it");
}

#[test]
fn a_broken_transfer_resumes_where_it_stopped() {
    let (url, count) = serve(|n, head, stream| {
        let all = body();
        if n == 0 {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", all.len());
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(&all[..100_000]);
        } else {
            let from: usize = head
                .to_lowercase()
                .lines()
                .find_map(|line| {
                    line.strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok()
                })
                .unwrap();
            assert!(from > 0 && from <= 100_000);
            let head = format!(
                "HTTP/1.1 206 Partial\r\ncontent-range: bytes {from}-299999/300000\r\ncontent-length: {}\r\n\r\n",
                all.len() - from
            );
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(&all[from..]);
        }
    });
    let dir = tempfile::tempdir().unwrap();
    let dest = dir.path().join("thing.jar");
    let sha256 = hex::encode(Sha256::digest(body()));
    let want = Want { url: &url, sha256: &sha256, size: None, authorization: None };
    client().fetch(&want, &dest, &|_| ()).unwrap();
    assert_eq!(fs::read(&dest).unwrap(), body());
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[test]
fn other_bytes_than_wanted_never_get_the_name() {
    let (url, _) = serve(|_, _, stream| whole(stream, b"something else"));
    let dir = tempfile::tempdir().unwrap();
    let dest = dir.path().join("thing.jar");
    let sha256 = hex::encode(Sha256::digest(body()));
    let mut want = Want { url: &url, sha256: &sha256, size: None, authorization: None };
    let err = client().fetch(&want, &dest, &|_| ()).unwrap_err();
    assert_eq!(err.code(), "MP-UP-73", "{err}");
    want.size = Some(5);
    let err = client().fetch(&want, &dest, &|_| ()).unwrap_err();
    assert!(matches!(err, DownloadError::TooLarge { limit: 5, .. }), "{err}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn what_is_missing_is_said_at_once() {
    let (url, count) = serve(|_, _, stream| {
        let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
    });
    let dir = tempfile::tempdir().unwrap();
    let want = Want { url: &url, sha256: "00", size: None, authorization: None };
    let err = client().fetch(&want, &dir.path().join("x"), &|_| ()).unwrap_err();
    assert_eq!(err.code(), "MP-UP-71", "{err}");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[test]
fn eight_at_once_transfer_once() {
    let (url, count) = serve(|_, _, stream| whole(stream, &body()));
    let dir = tempfile::tempdir().unwrap();
    let dest = dir.path().join("thing.jar");
    let sha256 = hex::encode(Sha256::digest(body()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let want = Want { url: &url, sha256: &sha256, size: None, authorization: None };
                client().fetch(&want, &dest, &|_| ()).unwrap();
            });
        }
    });
    assert_eq!(count.load(Ordering::SeqCst), 1);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_proxy_is_asked_for_the_whole_address_except_for_direct_hosts() {
    let (proxy, count) = serve(|_, head, stream| {
        assert!(head.starts_with("CONNECT "), "{head}");
        let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
    });
    let proxy = proxy.trim_end_matches("/thing.jar").to_owned();
    let network =
        Network { proxy: Some(proxy), no_proxy: Some("127.0.0.1".to_owned()), extra_ca: None };
    let client = Client::new(&network).unwrap();
    let (url, direct) = serve(|_, _, stream| whole(stream, b"x"));
    let dir = tempfile::tempdir().unwrap();
    let sha256 = hex::encode(Sha256::digest(b"x"));
    let want = Want { url: &url, sha256: &sha256, size: None, authorization: None };
    client.fetch(&want, &dir.path().join("x"), &|_| ()).unwrap();
    assert_eq!((count.load(Ordering::SeqCst), direct.load(Ordering::SeqCst)), (0, 1));
}

#[test]
fn the_usual_variables_are_read() {
    let network = Network::from_variables(|name| match name {
        "https_proxy" => Some("http://proxy:3128".to_owned()),
        "NO_PROXY" => Some(String::new()),
        "no_proxy" => Some("localhost".to_owned()),
        _ => None,
    });
    assert_eq!(network.proxy.as_deref(), Some("http://proxy:3128"));
    assert_eq!(network.no_proxy.as_deref(), Some("localhost"));
}
