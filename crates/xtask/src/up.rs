//! `cargo xtask up`: from a fresh clone to a running Midplane.
//!
//! Downloads run while cargo compiles; every row shows what was found or fetched and how long it took. Everything after the build is
//! `midplane up` itself, which gets the arguments.

use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use provision::java::Java;
use provision::{base_library, launcher, maven, postgres};

use crate::{cargo, console, machine, say};

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Arguments {
    /// Passed to `midplane up`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Rarely enough to be read, often enough to be believed.
const SHOWN_EVERY_BYTES: u64 = 8 << 20;

pub(crate) fn run(arguments: Arguments) -> Result<()> {
    let java = toolchain()?;
    let since = Instant::now();
    std::thread::scope(|scope| -> Result<()> {
        let parts = scope.spawn(|| fetch(&java));
        console::build_if_possible()?;
        cargo::build("midplane", &|crates| {
            say::step("midplane", format_args!("{crates} crates built, {}", elapsed(since)));
        })?;
        say::step("midplane", format_args!("built in {}", elapsed(since)));
        parts.join().map_err(|_| anyhow!("the downloads ended unexpectedly"))?
    })?;
    let binary = cargo::metadata()?.target_directory.join("debug/midplane");
    let err = Command::new(&binary).args(["up", "--prepared"]).args(arguments.rest).exec();
    Err(err).with_context(|| format!("start {}", binary.display()))
}

/// Finds or fetches what the tests need: the same parts, without starting anything.
pub(crate) fn fetch_parts() -> Result<()> {
    fetch(&toolchain()?)
}

fn toolchain() -> Result<Java> {
    let java = provision::java::find(&machine::java())?;
    let Some(git) = machine::version("git") else {
        bail!(
            "git is missing; install it (Debian and Ubuntu: `apt-get install git`, macOS: `xcode-select --install`)"
        );
    };
    let rust = machine::version("rustc").unwrap_or_else(|| "?".to_owned());
    say::step(
        "toolchain",
        format_args!("rust {rust}, java {} ({}), git {git}", java.full, java.home.display()),
    );
    Ok(java)
}

fn fetch(java: &Java) -> Result<()> {
    let cache = machine::cache();
    let since = Instant::now();
    let shown = AtomicU64::new(0);
    let progress = |name: &str, done: u64, total: u64| {
        if done / SHOWN_EVERY_BYTES > shown.swap(done / SHOWN_EVERY_BYTES, Ordering::Relaxed)
            && done < total
        {
            say::step(name, format_args!("{} of {} MB", done >> 20, total >> 20));
        }
    };
    // A folder that is not there stands for a new data folder: any major version will do.
    let binaries =
        postgres::Binaries::choose(&machine::postgres(), &cache.join("none"), &|done, total| {
            progress("postgresql", done, total);
        })?;
    say::step(
        "postgresql",
        format_args!("{:<9} {}, {}", binaries.version, origin(binaries.origin), elapsed(since)),
    );

    let since = Instant::now();
    shown.store(0, Ordering::Relaxed);
    let fetcher = machine::fetcher();
    let fetch = |lock: &provision::lock::Lock| {
        maven::fetch_all(&lock.jars, &fetcher, &|now| {
            progress("camel", now.done_bytes, now.total_bytes);
        })
    };
    let base = base_library::lock();
    let (jars, resolver) = (fetch(base)?, fetch(base_library::resolver_lock())?);
    let built = launcher::build(java, &cache, &jars, &resolver)?;
    provision::archive::train(java, &cache, base, &jars, &built)?;
    say::step(
        "camel",
        format_args!(
            "{:<9} {} jars, {} MB, verified, {}",
            base_library::CAMEL,
            base.jars.len(),
            base.bytes() >> 20,
            elapsed(since)
        ),
    );
    Ok(())
}

fn origin(origin: postgres::Origin) -> &'static str {
    match origin {
        postgres::Origin::Found => "found",
        postgres::Origin::Cached => "cached, verified",
        postgres::Origin::Fetched => "fetched, verified",
    }
}

fn elapsed(since: Instant) -> String {
    let seconds = since.elapsed().as_secs_f64();
    if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{}m{:02}s", since.elapsed().as_secs() / 60, since.elapsed().as_secs() % 60)
    }
}
