//! Checks of this machine; they need nothing to run.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use provision::postgres::{Account, VERSION};

use super::finding::Finding;
use crate::environment::{Environment, find_in_path};
use crate::output::time::bytes;
use crate::up::plan::Plan;
use crate::up::{parts, ports};

/// A data folder with the demo takes about 150 MB; less than this, and PostgreSQL may soon refuse to write.
const LOW_DISK: u64 = 1_000_000_000;
const TOO_LITTLE_DISK: u64 = 200_000_000;

pub fn all(plan: &Plan, environment: &Environment) -> Vec<Finding> {
    let mut findings = ports(plan);
    findings.push(java(plan, environment));
    findings.push(git(environment));
    findings.push(postgresql(plan, environment));
    findings.push(disk("disk (data)", Path::new(&plan.data.value)));
    findings.push(disk("disk (cache)", Path::new(&plan.cache.value)));
    findings.push(clock());
    findings.push(privileges(environment));
    findings
}

fn ports(plan: &Plan) -> Vec<Finding> {
    let running = plan.data().running();
    let mut findings = Vec::new();
    for (check, text, purpose, ours) in [
        (
            "port (http)",
            &plan.http.value,
            ports::HTTP,
            running.as_ref().map(|it| it.http.trim_start_matches("http://").to_owned()),
        ),
        ("port (link)", &plan.link.value, ports::LINK, running.as_ref().map(|it| it.link.clone())),
    ] {
        if let Some(ours) = ours {
            findings.push(Finding::fine(check, format!("{ours} is ours")));
            continue;
        }
        findings.push(
            match ports::parse(text, purpose)
                .and_then(|address: SocketAddr| ports::settle(address, None, purpose))
            {
                Ok(address) => Finding::fine(check, format!("{address} is free")),
                Err(failure) => Finding::of(check, &failure),
            },
        );
    }
    findings
}

fn java(plan: &Plan, environment: &Environment) -> Finding {
    match parts::find_java(plan, environment) {
        Ok(java) => Finding::fine("java", format!("{} in {}", java.full, java.home.display())),
        Err(failure) => Finding::of("java", &failure),
    }
}

fn git(environment: &Environment) -> Finding {
    let Some(git) = find_in_path(environment.path.as_deref(), "git") else {
        return Finding::fault(
            "git",
            "not on the PATH: sources with file:// and the demo need it",
            "install git with this system's package manager",
        );
    };
    match Command::new(&git).arg("--version").output() {
        Ok(output) if output.status.success() => {
            let version =
                String::from_utf8_lossy(&output.stdout).trim().replace("git version ", "");
            Finding::fine("git", format!("{version} in {}", git.display()))
        }
        Ok(_) | Err(_) => {
            Finding::fault("git", format!("`{}` does not run", git.display()), "install git again")
        }
    }
}

fn postgresql(plan: &Plan, environment: &Environment) -> Finding {
    let data = plan.data();
    let cluster = data.postgres().join("cluster/PG_VERSION");
    let made = std::fs::read_to_string(&cluster).ok().map(|text| text.trim().to_owned());
    let cached = Path::new(&plan.cache.value).join("postgresql").exists();
    let found = find_in_path(environment.path.as_deref(), "postgres").is_some()
        || Path::new("/usr/lib/postgresql").exists();
    match (made, cached || found) {
        (Some(major), true) => Finding::fine(
            "postgresql",
            format!("cluster of version {major} in {}", data.postgres().display()),
        ),
        (None, true) => {
            Finding::fine("postgresql", "found or cached; no cluster yet, `up` makes one")
        }
        (made, false) => {
            let made = made.map_or_else(String::new, |major| {
                format!("; the cluster in {} is of version {major}", data.postgres().display())
            });
            Finding::warning(
                "postgresql",
                format!("not found here, {VERSION} will be fetched (15 MB){made}"),
                "nothing, if Maven Central can be reached; else install PostgreSQL 15 or newer",
            )
        }
    }
}

fn disk(check: &'static str, folder: &Path) -> Finding {
    let existing = folder.ancestors().find(|path| path.exists()).unwrap_or_else(|| Path::new("/"));
    match rustix::fs::statvfs(existing) {
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize);
            let found = format!("{} free for {}", bytes(free), folder.display());
            if free < TOO_LITTLE_DISK {
                Finding::fault(
                    check,
                    found,
                    "make room on that disk, or move the folder: --data DIR, --cache DIR",
                )
            } else if free < LOW_DISK {
                Finding::warning(check, found, "make room on that disk before it fills up")
            } else {
                Finding::fine(check, found)
            }
        }
        Err(err) => Finding::fault(
            check,
            format!("cannot look at {}: {err}", existing.display()),
            "choose another folder: --data DIR, --cache DIR",
        ),
    }
}

/// Certificates need a clock that is roughly right; the program's own age is the floor.
fn clock() -> Finding {
    let now = crate::environment::now();
    let year = now.to_zoned(jiff::tz::TimeZone::UTC).year();
    if year < 2026 {
        Finding::fault(
            "clock",
            format!("it says {now}, which is before this program was made"),
            "set the clock: timedatectl set-ntp true",
        )
    } else {
        Finding::fine("clock", format!("{now:.0}"))
    }
}

fn privileges(environment: &Environment) -> Finding {
    if !environment.root {
        return Finding::warning(
            "privileges",
            "not root: PostgreSQL and workloads run as you, so a route could read your files and Midplane's keys",
            "fine on a laptop; on a server run it as root, which then uses two unprivileged users",
        );
    }
    match Account::for_database() {
        Ok(Account::Other { uid, .. }) => {
            let work = if find_user("midplane-work") {
                "user midplane-work".to_owned()
            } else {
                "uid 64102".to_owned()
            };
            Finding::fine(
                "privileges",
                format!("PostgreSQL runs as uid {uid}, workloads as {work}"),
            )
        }
        Ok(Account::Own { name }) => Finding::warning(
            "privileges",
            format!("PostgreSQL runs as {name}"),
            "start as root to separate it",
        ),
        Err(err) => Finding::fault(
            "privileges",
            format!("{err} [{}]", err.code()),
            "make the users: useradd -r midplane-db; useradd -r midplane-work",
        ),
    }
}

fn find_user(name: &str) -> bool {
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    passwd.lines().any(|line| line.split(':').next() == Some(name))
}
