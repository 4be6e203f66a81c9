//! Clusters are made, started, adopted, killed and refused with real binaries.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use provision::postgres::*;

const DEADLINE: Duration = Duration::from_secs(30);

struct Folder(tempfile::TempDir);

impl Folder {
    /// Short, and open to the account of the database when we are root.
    fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("mpp-").tempdir_in("/tmp").unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o711)).unwrap();
        Self(dir)
    }

    fn settings(&self, purpose: Purpose) -> Settings {
        let folder = self.0.path().join("postgres");
        Settings { folder, log: self.0.path().join("postgres.log"), purpose, short: None }
    }
}

fn search() -> Search {
    let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cache");
    #[expect(clippy::disallowed_methods, reason = "a test looks where the machine has binaries")]
    let path = std::env::var("PATH").ok().map(Into::into);
    Search { path, cache, ..Search::default() }
}

fn prepare(folder: &Folder, purpose: Purpose) -> Cluster {
    let settings = folder.settings(purpose);
    let binaries = Binaries::choose(&search(), &settings.folder, &|_, _| ()).unwrap();
    Cluster::prepare(&binaries, &Account::for_database().unwrap(), &settings).unwrap()
}

fn owner_of(path: &Path) -> u32 {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).unwrap().uid()
}

#[test]
fn pg_a_cluster_starts_is_adopted_and_stops() {
    let folder = Folder::new();
    let cluster = prepare(&folder, Purpose::Control);
    let mut first = cluster.start(DEADLINE).unwrap();
    let mut second = prepare(&folder, Purpose::Control).start(DEADLINE).unwrap();
    assert_eq!(first.pid(), second.pid());
    assert!(second.is_adopted() && !first.is_adopted());
    assert!(cluster.is_accepting());
    if rustix::process::geteuid().is_root() {
        assert_ne!(owner_of(&folder.0.path().join("postgres/cluster")), 0);
        assert_ne!(owner_of(Path::new(&format!("/proc/{}", first.pid()))), 0);
    }
    assert!(first.stop(DEADLINE));
    assert!(second.exited());
    assert!(!cluster.is_accepting());
}

#[test]
fn pg_a_killed_server_recovers() {
    let folder = Folder::new();
    let cluster = prepare(&folder, Purpose::Control);
    let mut first = cluster.start(DEADLINE).unwrap();
    let pid = rustix::process::Pid::from_raw(first.pid()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    while !first.exited() {
        std::thread::yield_now();
    }
    let mut second = cluster.start(DEADLINE).unwrap();
    assert_ne!(first.pid(), second.pid());
    assert!(!second.is_adopted());
    assert!(second.stop(DEADLINE));
}

#[test]
fn pg_a_cluster_of_another_major_is_refused() {
    let folder = Folder::new();
    let cluster = folder.settings(Purpose::Control).folder.join("cluster");
    fs::create_dir_all(&cluster).unwrap();
    fs::write(cluster.join("PG_VERSION"), "14\n").unwrap();
    let settings = folder.settings(Purpose::Control);
    let err = Binaries::choose(&search(), &settings.folder, &|_, _| ()).unwrap_err();
    assert_eq!(err.code(), "MP-PG-02", "{err}");
    let other = Binaries::choose(&search(), folder.0.path(), &|_, _| ()).unwrap();
    let account = Account::for_database().unwrap();
    let err = Cluster::prepare(&other, &account, &settings).unwrap_err();
    assert_eq!(err.code(), "MP-PG-02", "{err}");
}

#[test]
fn pg_an_interrupted_init_is_done_again() {
    let folder = Folder::new();
    let left = folder.settings(Purpose::Control).folder.join("cluster.new/base");
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("1"), "half").unwrap();
    let mut running = prepare(&folder, Purpose::Control).start(DEADLINE).unwrap();
    assert!(running.stop(DEADLINE));
    assert!(!folder.settings(Purpose::Control).folder.join("cluster.new").exists());
}

#[test]
fn pg_a_long_folder_gets_a_short_socket() {
    let folder = Folder::new();
    let mut settings = folder.settings(Purpose::Test);
    settings.folder = folder.0.path().join("x".repeat(100));
    let binaries = Binaries::choose(&search(), &settings.folder, &|_, _| ()).unwrap();
    let account = Account::for_database().unwrap();
    let err = Cluster::prepare(&binaries, &account, &settings).unwrap_err();
    assert_eq!(err.code(), "MP-PG-07", "{err}");
    settings.short = Some(folder.0.path().to_owned());
    let cluster = Cluster::prepare(&binaries, &account, &settings).unwrap();
    assert!(cluster.start(DEADLINE).unwrap().stop(DEADLINE));
}

#[test]
fn pg_a_folder_that_the_account_cannot_enter_is_named() {
    if !rustix::process::geteuid().is_root() {
        return; // The account is our own: whatever we made, it may enter.
    }
    let folder = Folder::new();
    fs::set_permissions(folder.0.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let settings = folder.settings(Purpose::Test);
    let binaries = Binaries::choose(&search(), &settings.folder, &|_, _| ()).unwrap();
    let account = Account::for_database().unwrap();
    let err = Cluster::prepare(&binaries, &account, &settings).unwrap_err();
    assert_eq!(err.code(), "MP-PG-05", "{err}");
    assert!(err.to_string().contains(folder.0.path().to_str().unwrap()), "{err}");
}

#[test]
fn pg_a_loopback_cluster_keeps_its_password_and_port() {
    let folder = Folder::new();
    let purpose = |password: &str| Purpose::Loopback {
        name: "tea".to_owned(),
        new_password: password.to_owned(),
    };
    let cluster = prepare(&folder, purpose("o'ne"));
    let mut running = cluster.start(DEADLINE).unwrap();
    let port = cluster.port().unwrap();
    assert!(running.stop(DEADLINE));
    let cluster = prepare(&folder, purpose("two"));
    assert_eq!((cluster.password().unwrap().as_str(), cluster.port()), ("o'ne", Some(port)));
    let mut running = cluster.start(DEADLINE).unwrap();
    assert!(running.stop(DEADLINE));
}

#[test]
fn pg_the_pinned_release_is_fetched_once_and_runs() {
    let folder = Folder::new();
    let mut search = search();
    // Kept between runs of the tests, and apart from what the other tests find.
    search.cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("fetched");
    search.path = None;
    let settings = folder.settings(Purpose::Control);
    let binaries = Binaries::fetch(&search, &|_, _| ()).unwrap();
    assert_eq!((binaries.major, binaries.version.as_str()), (18, "18.6"));
    let again = Binaries::choose(&search, &settings.folder, &|_, _| ()).unwrap();
    assert_eq!((again.origin, &again.folder), (Origin::Cached, &binaries.folder));
    let account = Account::for_database().unwrap();
    if account.check_reaches(&binaries.folder).is_err() {
        return; // A build folder that only its owner enters; `up` uses /var/cache as root.
    }
    let cluster = Cluster::prepare(&binaries, &account, &settings).unwrap();
    assert!(cluster.start(DEADLINE).unwrap().stop(DEADLINE));
}
