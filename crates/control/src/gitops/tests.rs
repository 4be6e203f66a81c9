//! Fetch and walk over real repositories, made by `git` in a temporary folder.
//!
//! Names that `git add` refuses are written with `git mktree`, as an attacker would.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use domain::source::Address;

use super::fetch::{self, Fetched, Reach, Wanted};
use super::limits::Limits;
use super::refusal::Refusal;
use super::walk;

struct Repository {
    dir: tempfile::TempDir,
}

impl Repository {
    fn new() -> Self {
        let repository = Self { dir: tempfile::tempdir().unwrap() };
        repository.git(&["init", "-q", "--bare", "-b", "main", "."], b"");
        repository
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("repo.git")
    }

    fn git(&self, args: &[&str], stdin: &[u8]) -> String {
        std::fs::create_dir_all(self.path()).unwrap();
        let mut child = Command::new("git")
            .args(args)
            .current_dir(self.path())
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.org")
            .env("GIT_COMMITTER_NAME", "Ada")
            .env("GIT_COMMITTER_EMAIL", "ada@example.org")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(stdin).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "git {args:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn blob(&self, bytes: &[u8]) -> String {
        self.git(&["hash-object", "-w", "--stdin"], bytes)
    }

    /// A tree from `mode type id\tname` rows, NUL-terminated, so that any name goes.
    fn tree(&self, rows: &[(&str, &str, &str, &[u8])]) -> String {
        let mut stdin = Vec::new();
        for (mode, kind, id, name) in rows {
            stdin.extend_from_slice(format!("{mode} {kind} {id}\t").as_bytes());
            stdin.extend_from_slice(name);
            stdin.push(0);
        }
        self.git(&["mktree", "-z", "--missing"], &stdin)
    }

    fn commit(&self, tree: &str, subject: &str) -> String {
        let id = self.git(&["commit-tree", tree, "-m", subject], b"");
        self.git(&["update-ref", "refs/heads/main", &id], b"");
        id
    }

    fn wanted(&self) -> Wanted {
        let path = self.path().to_string_lossy().into_owned();
        Wanted {
            url: format!("file://{path}"),
            address: Address::File { path },
            branch: "main".to_owned(),
            token: None,
            known: None,
        }
    }

    fn mirror(&self) -> PathBuf {
        self.dir.path().join("mirror")
    }

    fn fetch(&self, wanted: &Wanted, limits: &Limits) -> Result<Fetched, Refusal> {
        let reach = Reach { allow_files: true, ..Reach::default() };
        fetch::fetch(wanted, &self.mirror(), &reach, limits, &Arc::new(AtomicBool::new(false)))
    }

    fn read(&self, limits: &Limits) -> Result<Vec<walk::Content>, Refusal> {
        match self.fetch(&self.wanted(), limits)? {
            Fetched::Unchanged => Ok(Vec::new()),
            Fetched::Commit { repository, id } => {
                let until = Instant::now() + Duration::from_secs(30);
                let listing = walk::list(&repository, id, "", limits, until)?;
                listing.paths().map(|path| listing.read(path)).collect()
            }
        }
    }

    #[track_caller]
    fn refused(&self, code: &str, text: &str) {
        let refusal = self.read(&Limits::default()).expect_err("must be refused");
        assert_eq!(refusal.code(), code, "{refusal}");
        assert!(refusal.to_string().contains(text), "{refusal}");
        assert!(!refusal.to_string().contains('\n'), "{refusal}");
    }
}

#[test]
fn git_a_commit_is_fetched_once_and_read_with_author_and_subject() {
    let repository = Repository::new();
    let blob = repository.blob(b"- route:\n");
    let folder = repository.tree(&[("100644", "blob", &blob, b"orders.camel.yaml")]);
    let tree = repository.tree(&[("040000", "tree", &folder, b"orders")]);
    let id = repository.commit(&tree, "Add orders");
    let limits = Limits::default();
    let Fetched::Commit { repository: mirror, id: fetched } =
        repository.fetch(&repository.wanted(), &limits).unwrap()
    else {
        panic!("a commit")
    };
    assert_eq!(fetched.to_string(), id);
    let until = Instant::now() + Duration::from_secs(30);
    let listing = walk::list(&mirror, fetched, "", &limits, until).unwrap();
    assert_eq!(listing.commit.author, "Ada");
    assert_eq!(listing.commit.subject, "Add orders");
    assert_eq!(listing.paths().collect::<Vec<_>>(), ["orders/orders.camel.yaml"]);
    assert_eq!(listing.read("orders/orders.camel.yaml").unwrap().bytes, b"- route:\n");
    let inside = walk::list(&mirror, fetched, "orders", &limits, until).unwrap();
    assert_eq!(inside.paths().collect::<Vec<_>>(), ["orders.camel.yaml"]);
    assert!(!walk::list(&mirror, fetched, "gone", &limits, until).unwrap().path_exists);
    let again = Wanted { known: Some(fetched), ..repository.wanted() };
    assert!(matches!(repository.fetch(&again, &limits), Ok(Fetched::Unchanged)));
}

#[test]
fn git_a_force_push_to_unrelated_history_is_fetched() {
    let repository = Repository::new();
    for text in ["one", "two", "three"] {
        let blob = repository.blob(text.as_bytes());
        let tree = repository.tree(&[("100644", "blob", &blob, b"a.txt")]);
        repository.commit(&tree, text);
        let files = repository.read(&Limits::default()).unwrap();
        assert_eq!(files[0].bytes, text.as_bytes());
    }
}

#[test]
fn git_locks_of_a_killed_process_hold_up_nothing() {
    let repository = Repository::new();
    for (round, text) in ["one", "two"].into_iter().enumerate() {
        let blob = repository.blob(text.as_bytes());
        let tree = repository.tree(&[("100644", "blob", &blob, b"a.txt")]);
        repository.commit(&tree, text);
        let mirror = repository.mirror();
        if round > 0 {
            for left in ["shallow.lock", "packed-refs.lock", "HEAD.lock", "refs/midplane/head.lock"]
            {
                std::fs::write(mirror.join(left), "").unwrap();
            }
        }
        let files = repository.read(&Limits::default()).unwrap();
        assert_eq!(files[0].bytes, text.as_bytes());
    }
}

#[test]
fn git_a_worn_mirror_is_replaced() {
    let repository = Repository::new();
    for round in 0..60 {
        let blob = repository.blob(format!("{round}").as_bytes());
        let tree = repository.tree(&[("100644", "blob", &blob, b"a.txt")]);
        repository.commit(&tree, "again");
        repository.read(&Limits::default()).unwrap();
    }
    let packs = std::fs::read_dir(repository.mirror().join("objects/pack")).unwrap();
    let packs = packs.filter(|entry| {
        entry.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "pack")
    });
    assert!(packs.count() <= 50);
}

#[test]
fn git_links_submodules_and_names_that_mean_another_place_are_refused() {
    let repository = Repository::new();
    let blob = repository.blob(b"/etc/passwd");
    let commit = |rows: &[(&str, &str, &str, &[u8])]| {
        let tree = repository.tree(rows);
        let folder = repository.tree(&[("040000", "tree", &tree, b"orders")]);
        repository.commit(&folder, "bad");
    };
    commit(&[("120000", "blob", &blob, b"passwd")]);
    repository.refused("MP-GIT-03", "`orders/passwd`");
    commit(&[("160000", "commit", "1234567812345678123456781234567812345678", b"lib")]);
    repository.refused("MP-GIT-04", "`orders/lib`");
    for (name, text) in [
        (b"..".as_slice(), "a step out"),
        (b"a\nb", "a line break"),
        (b"a\x1b[2J", "a control character"),
        (b"a\\b", "a backslash"),
        (b"a\xff", "not UTF-8"),
        (b".GIT", ".git"),
        ("a\u{202e}b".as_bytes(), "turns or hides"),
    ] {
        commit(&[("100644", "blob", &blob, name)]);
        repository.refused("MP-GIT-05", text);
    }
    commit(&[("100644", "blob", &blob, b"A.yaml"), ("100644", "blob", &blob, b"a.yaml")]);
    repository.refused("MP-GIT-06", "`orders/A.yaml`");
}

#[test]
fn git_a_commit_beyond_a_limit_is_refused() {
    let repository = Repository::new();
    let blob = repository.blob(b"x");
    let names: Vec<String> = (0..200).map(|index| format!("f{index:03}")).collect();
    let rows: Vec<_> =
        names.iter().map(|name| ("100644", "blob", blob.as_str(), name.as_bytes())).collect();
    let tree = repository.tree(&rows);
    repository.commit(&tree, "many");
    let few = Limits { entries: 199, ..Limits::default() };
    assert_eq!(repository.read(&few), Err(Refusal::TooManyEntries(199)));
    let small = Limits { total_bytes: 1024 * 1024, file_bytes: 1000, ..Limits::default() };
    let big = repository.blob(&vec![0; 1001]);
    let tree = repository.tree(&[("100644", "blob", &big, b"big.bin")]);
    repository.commit(&tree, "big");
    assert_eq!(repository.read(&small).unwrap_err().code(), "MP-GIT-09");
    let small = Limits { file_bytes: 1024 * 1024, ..small };
    let half = repository.blob(&vec![0; 200 * 1024]);
    let rows: Vec<_> =
        names[..6].iter().map(|name| ("100644", "blob", half.as_str(), name.as_bytes())).collect();
    let tree = repository.tree(&rows);
    repository.commit(&tree, "total");
    assert_eq!(repository.read(&small), Err(Refusal::TooLarge(1024 * 1024)));
}

#[test]
fn git_sixty_thousand_files_are_refused_with_the_limits_of_every_day() {
    let repository = Repository::new();
    let blob = repository.blob(b"x");
    let names: Vec<String> = (0..60_000).map(|index| format!("f{index:05}")).collect();
    let rows: Vec<_> =
        names.iter().map(|name| ("100644", "blob", blob.as_str(), name.as_bytes())).collect();
    let tree = repository.tree(&rows);
    repository.commit(&tree, "many");
    assert_eq!(repository.read(&Limits::default()), Err(Refusal::TooManyEntries(50_000)));
}

#[test]
fn git_a_huge_blob_is_refused_before_it_is_unpacked() {
    let repository = Repository::new();
    // 2 GB of zeroes would be 2 MB on the wire; here 80 MiB beyond an allocation limit of 64 MiB.
    let big = repository.blob(&vec![0; 80 * 1024 * 1024]);
    let tree = repository.tree(&[("100644", "blob", &big, b"big.bin")]);
    repository.commit(&tree, "huge");
    let refusal = repository.read(&Limits::default()).unwrap_err();
    assert_eq!(refusal.code(), "MP-GIT-09", "{refusal}");
}

#[test]
fn git_bytes_on_the_wire_are_counted() {
    let repository = Repository::new();
    let mut noise = 1_u64;
    let bytes: Vec<u8> = std::iter::repeat_with(|| {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (noise >> 56) as u8
    })
    .take(3 * 1024 * 1024)
    .collect();
    let blob = repository.blob(&bytes);
    let tree = repository.tree(&[("100644", "blob", &blob, b"noise.bin")]);
    repository.commit(&tree, "noise");
    let limits = Limits { total_bytes: 1024 * 1024, ..Limits::default() };
    assert!(matches!(
        repository.read(&limits),
        Err(Refusal::TooLarge(_) | Refusal::ObjectTooLarge(_))
    ));
}

#[test]
fn git_an_absent_repository_an_empty_one_and_a_missing_branch_have_their_codes() {
    let repository = Repository::new();
    repository.refused("MP-GIT-02", "`main`");
    let wanted = Wanted { branch: "..bad name".to_owned(), ..repository.wanted() };
    assert_eq!(repository.fetch(&wanted, &Limits::default()).err().unwrap().code(), "MP-GIT-02");
    let path = "/nonexistent/gone.git".to_owned();
    let gone = Wanted {
        url: format!("file://{path}"),
        address: Address::File { path },
        ..repository.wanted()
    };
    assert_eq!(repository.fetch(&gone, &Limits::default()).err().unwrap().code(), "MP-GIT-12");
    let reach = Reach::default();
    let flag = Arc::new(AtomicBool::new(false));
    let refusal = fetch::fetch(
        &repository.wanted(),
        Path::new("/nonexistent"),
        &reach,
        &Limits::default(),
        &flag,
    );
    assert_eq!(refusal.err().unwrap().code(), "MP-GIT-15");
}

#[test]
fn git_a_private_address_is_not_reached() {
    let repository = Repository::new();
    for (url, code) in [
        ("https://127.0.0.1:9/a.git", "MP-GIT-14"),
        ("https://localhost:9/a.git", "MP-GIT-14"),
        ("https://[::ffff:10.0.0.1]/a.git", "MP-GIT-14"),
        ("http://example.org/a.git", "MP-GIT-14"),
    ] {
        let address = Address::parse(url).unwrap();
        let wanted = Wanted { url: url.to_owned(), address, ..repository.wanted() };
        let refusal = repository.fetch(&wanted, &Limits::default()).err().unwrap();
        assert_eq!(refusal.code(), code, "{url}: {refusal}");
    }
}
