use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::*;

/// A Maven repository of a few files on loopback; answers 404 for all others.
fn repository(files: HashMap<String, Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let files = Arc::new(files);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let files = files.clone();
            std::thread::spawn(move || {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut first = String::new();
                reader.read_line(&mut first).unwrap();
                loop {
                    let mut line = String::new();
                    if reader.read_line(&mut line).unwrap_or(0) <= 2 {
                        break;
                    }
                }
                let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
                let (status, body) = match files.get(path.trim_start_matches('/')) {
                    Some(body) => ("200 OK", body.as_slice()),
                    None => ("404 Not Found", &b""[..]),
                };
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(head.as_bytes());
                let _ = stream.write_all(body);
            });
        }
    });
    format!("http://{address}")
}

fn jar(coordinates: &str, content: &[u8]) -> Jar {
    let sha256 = hex::encode(Sha256::digest(content));
    Jar { coordinates: coordinates.to_owned(), sha256, size: content.len() as u64 }
}

fn fetcher(cache: &Path, mirror: &str) -> Fetcher {
    let mirrors = vec![mirror.to_owned()];
    Fetcher { cache: cache.to_owned(), mirrors, ..Fetcher::default() }
}

#[test]
fn jars_arrive_in_order_with_one_modification_time() {
    let cache = tempfile::tempdir().unwrap();
    let jars: Vec<_> =
        (0..20).map(|i| jar(&format!("g:a{i}:1"), format!("content {i}").as_bytes())).collect();
    let files =
        (0..20).map(|i| (format!("g/a{i}/1/a{i}-1.jar"), format!("content {i}").into_bytes()));
    let fetcher = fetcher(cache.path(), &repository(files.collect()));
    let last = Mutex::new(None);
    let paths = fetch_all(&jars, &fetcher, &|progress| {
        let mut last = last.lock().unwrap();
        if last.is_none_or(|known: Progress| known.done_jars <= progress.done_jars) {
            *last = Some(progress);
        }
    })
    .unwrap();
    for (i, path) in paths.iter().enumerate() {
        assert_eq!(fs::read(path).unwrap(), format!("content {i}").as_bytes());
        let modified = fs::metadata(path).unwrap().modified().unwrap();
        assert_eq!(modified.duration_since(SystemTime::UNIX_EPOCH).unwrap(), FIXED_MTIME);
    }
    let last = last.into_inner().unwrap().unwrap();
    assert_eq!((last.done_jars, last.done_bytes), (20, last.total_bytes));
}

#[test]
fn absent_jars_are_all_named() {
    let cache = tempfile::tempdir().unwrap();
    let files = HashMap::from([("g/a/1/a-1.jar".to_owned(), b"a".to_vec())]);
    let fetcher = fetcher(cache.path(), &repository(files));
    let jars = [jar("g:z:1", b"z"), jar("g:a:1", b"a"), jar("g:b:1", b"b")];
    let err = fetch_all(&jars, &fetcher, &|_| {}).unwrap_err();
    let FetchError::Missing { coordinates, .. } = &err else { panic!("{err}") };
    assert_eq!(coordinates, &["g:b:1", "g:z:1"]);
    assert_eq!(err.code(), "MP-RUN-04");
}

#[test]
fn a_changed_jar_is_refused() {
    let cache = tempfile::tempdir().unwrap();
    let files = HashMap::from([("g/a/1/a-1.jar".to_owned(), b"evil".to_vec())]);
    let fetcher = fetcher(cache.path(), &repository(files));
    let err = fetch_all(&[jar("g:a:1", b"good")], &fetcher, &|_| {}).unwrap_err();
    assert_eq!(err.code(), "MP-RUN-06");
    assert!(!cache.path().join("m2/g/a/1/a-1.jar").exists());
}

#[test]
fn a_full_disk_has_its_own_code() {
    let full = || io::Error::from(io::ErrorKind::StorageFull);
    let path = PathBuf::from("/x");
    let transfer = DownloadError::Io { path: path.clone(), source: full() };
    let transfer = FetchError::Transfer { coordinates: "g:a:1".to_owned(), source: transfer };
    assert_eq!(transfer.code(), "MP-RUN-24");
    assert_eq!(FetchError::Io { path, source: full() }.code(), "MP-RUN-24");
}

#[test]
fn what_is_there_already_is_not_reported() {
    let cache = tempfile::tempdir().unwrap();
    let files = HashMap::from([("g/a/1/a-1.jar".to_owned(), b"a".to_vec())]);
    let fetcher = fetcher(cache.path(), &repository(files));
    let said = AtomicUsize::new(0);
    let count = |_| {
        said.fetch_add(1, Ordering::Relaxed);
    };
    fetch_all(&[jar("g:a:1", b"a")], &fetcher, &count).unwrap();
    let first = said.swap(0, Ordering::Relaxed);
    fetch_all(&[jar("g:a:1", b"a")], &fetcher, &count).unwrap();
    assert!(first > 0 && said.into_inner() == 0, "{first}");
}

#[test]
fn the_users_own_repository_is_used_after_the_check() {
    let (cache, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (name, content) in [("a", "a"), ("b", "not b")] {
        let folder = home.path().join(format!("repository/g/{name}/1"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{name}-1.jar")), content).unwrap();
    }
    let files = HashMap::from([("g/b/1/b-1.jar".to_owned(), b"b".to_vec())]);
    let mut fetcher = fetcher(cache.path(), &repository(files));
    fetcher.m2_home = Some(home.path().to_owned());
    let paths = fetch_all(&[jar("g:a:1", b"a"), jar("g:b:1", b"b")], &fetcher, &|_| {}).unwrap();
    assert_eq!(fs::read(&paths[0]).unwrap(), b"a");
    assert_eq!(fs::read(&paths[1]).unwrap(), b"b");
}

#[track_caller]
fn check(settings: &str, want: Result<&[(&str, Option<&str>)], ()>) {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("settings.xml"), settings).unwrap();
    let fetcher = Fetcher { m2_home: Some(home.path().to_owned()), ..Fetcher::default() };
    let want = want.map(|mirrors| {
        let own = |&(url, auth): &(&str, Option<&str>)| Mirror {
            url: url.to_owned(),
            authorization: auth.map(str::to_owned),
        };
        mirrors.iter().map(own).collect::<Vec<_>>()
    });
    assert_eq!(fetcher.sources().map_err(|_| ()), want);
}

#[test]
fn mirrors_of_central_are_honoured() {
    let mirror = |of: &str, url: &str| {
        format!(
            "<settings><servers><server><id>m</id><username>u</username><password>p&amp;q</password></server></servers>\
            <mirrors><mirror><id>m</id><mirrorOf>{of}</mirrorOf><url>{url}</url></mirror></mirrors></settings>"
        )
    };
    let known = [("https://m/x", Some("Basic dTpwJnE="))];
    check(&mirror("central", "https://m/x"), Ok(&known));
    check(&mirror("*,!other", "https://m/x"), Ok(&known));
    check(&mirror("external:*", "https://m/x"), Ok(&known));
    check(&mirror("*,!central", "https://m/x"), Ok(&[(CENTRAL, None)]));
    check(&mirror("jboss", "https://m/x"), Ok(&[(CENTRAL, None)]));
    check(&mirror("central", "https://${env.HOST}/x"), Err(()));
    check("<settings/>", Ok(&[(CENTRAL, None)]));
    check("<settings><mirrors></settings>", Err(()));
}
