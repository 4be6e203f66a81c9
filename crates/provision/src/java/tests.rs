use super::*;

/// A folder that looks like a Java installation.
fn installation(root: &Path, name: &str, version: &str, compiler: bool) -> PathBuf {
    let home = root.join(name);
    fs::create_dir_all(home.join("bin")).unwrap();
    fs::write(home.join("bin/java"), "").unwrap();
    if compiler {
        fs::write(home.join("bin/javac"), "").unwrap();
    }
    fs::write(home.join("release"), format!("IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"{version}\"\n"))
        .unwrap();
    fs::canonicalize(home).unwrap()
}

#[test]
fn the_lowest_that_fits_is_taken() {
    let root = tempfile::tempdir().unwrap();
    for (name, version) in [("a", "21.0.2"), ("b", "11.0.1"), ("c", "26"), ("d", "1.8.0_292")] {
        installation(root.path(), name, version, true);
    }
    installation(root.path(), "e", "17.0.1", false);
    let mut homes = vec![root.path().join("a"), root.path().join("e")];
    homes.retain(|home| describe(home).is_some_and(|java| fit(java).is_ok()));
    assert_eq!(homes, [root.path().join("a")]);
    let search = JavaSearch { roots: vec![root.path().to_owned()], ..JavaSearch::default() };
    // The machine may have a lower one of its own; it must be a fit in any case.
    let java = find(&search).unwrap();
    assert!((LOWEST..=21).contains(&java.version), "{java:?}");
}

#[test]
fn an_explicit_one_must_fit() {
    let root = tempfile::tempdir().unwrap();
    let check = |path: PathBuf, code: &str| {
        let search = JavaSearch { explicit: Some(path), ..JavaSearch::default() };
        assert_eq!(find(&search).unwrap_err().code(), code);
    };
    check(installation(root.path(), "eleven", "11.0.1", true), "MP-RUN-02");
    check(installation(root.path(), "jre", "17.0.1", false), "MP-RUN-03");
    check(root.path().join("nothing"), "MP-RUN-02");
    let good = installation(root.path(), "good", "25", true);
    for explicit in [good.clone(), good.join("bin/java")] {
        let search = JavaSearch { explicit: Some(explicit), ..JavaSearch::default() };
        let java = find(&search).unwrap();
        assert_eq!((java.version, &java.home), (25, &good));
    }
}

#[test]
fn java_home_wins_over_a_lower_one_if_it_fits() {
    let root = tempfile::tempdir().unwrap();
    let home = installation(root.path(), "x", "25.0.1", true);
    let search = JavaSearch { java_home: Some(home.clone()), ..JavaSearch::default() };
    assert_eq!(find(&search).unwrap().home, home);
}

#[test]
fn each_system_has_its_install_command() {
    #[track_caller]
    fn check(os_release: &str, want: &str) {
        assert!(install_for(os_release).contains(want), "{}", install_for(os_release));
    }
    check("ID=debian\nVERSION_ID=\"12\"\n", "openjdk-17-jdk");
    check("ID=debian\nVERSION_ID=\"13\"\n", "openjdk-21-jdk");
    check("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", "apt-get");
    check("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", "dnf");
    check("ID=alpine\n", "apk");
    check("", "adoptium");
}
