//! `cargo xtask test [PREFIX...]`: fetches the real parts, then runs the tests.
//!
//! A test's prefix says what it needs: `pg_` PostgreSQL, `camel_` a JVM and Camel's jars, `k8s_` a Kubernetes API server (built
//! from source once, or named by `KUBECONFIG`), `e2e_` the whole product; others need nothing. `e2e_` also needs Node
//! and Chromium, for the console. With prefixes only those run; without, the tests of the console's model run first. `--timings` runs one test at a time and lists the slowest.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::{cargo, console, kube, say, up};

/// As many rows as fit on a screen.
const SLOWEST: usize = 25;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run only tests whose name starts with one of these, as `pg_` or `camel_`.
    prefixes: Vec<String>,
    /// One test at a time; list the slowest.
    #[arg(long)]
    timings: bool,
}

pub(crate) fn run(arguments: Arguments) -> Result<()> {
    let wanted = |prefix: &str| {
        arguments.prefixes.is_empty()
            || arguments.prefixes.iter().any(|named| named.starts_with(prefix))
    };
    if arguments.prefixes.is_empty()
        || arguments.prefixes.iter().any(|named| !named.starts_with("k8s_"))
    {
        up::fetch_parts()?;
    }
    if wanted("k8s_") {
        kube::build_parts()?;
    }
    if wanted("e2e_") {
        console::build()?;
        console::browser()?;
    }
    if arguments.prefixes.is_empty() {
        console::test()?;
    }
    let filters: Vec<_> = arguments.prefixes.iter().map(|prefix| format!("::{prefix}")).collect();
    if arguments.timings {
        return timed(&filters);
    }
    let mut call = vec!["test", "--workspace", "--locked", "--quiet", "--no-fail-fast", "--"];
    call.extend(filters.iter().map(String::as_str));
    // As `lint` compiles them: what it built is not built again.
    if !cargo::linting(&call).status().context("start cargo")?.success() {
        bail!("`cargo {}` failed", call.join(" "));
    }
    Ok(())
}

#[derive(Deserialize)]
struct Built {
    executable: Option<PathBuf>,
    profile: Option<Profile>,
    target: Option<TargetName>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

#[derive(Deserialize)]
struct TargetName {
    name: String,
    src_path: PathBuf,
}

fn timed(filters: &[String]) -> Result<()> {
    let output = cargo::linting(&[
        "test",
        "--workspace",
        "--locked",
        "--no-run",
        "--message-format",
        "json",
        "--quiet",
    ])
    .stderr(Stdio::inherit())
    .output()
    .context("start cargo test")?;
    if !output.status.success() {
        bail!("the tests do not build");
    }
    let mut times: Vec<(Duration, String)> = Vec::new();
    let mut failed = Vec::new();
    for line in output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let Ok(built) = serde_json::from_slice::<Built>(line) else { continue };
        let (Some(executable), Some(Profile { test: true }), Some(target)) =
            (built.executable, built.profile, built.target)
        else {
            continue;
        };
        // Cargo runs a test program in its package's folder.
        let folder = target.src_path.ancestors().find(|folder| folder.join("Cargo.toml").exists());
        let mut child = Command::new(&executable)
            .args(["--test-threads", "1"])
            .args(filters)
            .current_dir(folder.unwrap_or(&cargo::root()))
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("start {}", executable.display()))?;
        let mut since = Instant::now();
        for line in BufReader::new(child.stdout.take().context("read the test's output")?).lines() {
            let line = line?;
            say::line(&line);
            if let Some((name, _)) =
                line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... "))
            {
                times.push((since.elapsed(), format!("{} {name}", target.name)));
                since = Instant::now();
            }
        }
        if !child.wait()?.success() {
            failed.push(target.name);
        }
    }
    times.sort_by(|left, right| right.cmp(left));
    say::line("slowest:");
    for (time, name) in times.iter().take(SLOWEST) {
        say::line(format_args!("{:>8.2} s  {name}", time.as_secs_f64()));
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}
