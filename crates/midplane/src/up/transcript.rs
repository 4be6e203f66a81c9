//! What `up` prints while it works: one line a step, `name  detail   time`; downloads count up in place on a terminal.
//!
//! With `--json` nothing is printed but the last line. Lines are for people and may change; scripts read `--json`.

use std::io::Write as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::output::time::{bytes, elapsed};
use crate::output::{Output, Tone};

/// Progress is drawn no oftener than this: a terminal over a slow line must not be the slowest part.
const REDRAW: Duration = Duration::from_millis(100);

pub struct Transcript {
    output: Output,
    quiet: bool,
    live: bool,
    drawn: Mutex<Option<Instant>>,
}

impl Transcript {
    pub fn new(output: Output, quiet: bool) -> Self {
        Self {
            output,
            quiet,
            live: !quiet && crate::environment::stdout_is_terminal(),
            drawn: Mutex::new(None),
        }
    }

    /// A finished step; the time is shown when it is worth showing.
    pub fn step(&self, name: &str, detail: &str, took: Option<Duration>) {
        let took = took.filter(|took| *took >= Duration::from_millis(100)).map(elapsed);
        let took = took
            .map_or_else(String::new, |took| self.output.paint(&format!("   {took}"), Tone::Quiet));
        self.line(&format!(
            "  {}{detail}{took}",
            self.output.paint(&format!("{name:<14}"), Tone::Strong)
        ));
    }

    pub fn line(&self, text: &str) {
        if self.quiet {
            return;
        }
        let mut out = std::io::stdout().lock();
        let drawn = self.drawn.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if drawn.is_some() {
            let _ = write!(out, "\r\x1b[K");
        }
        let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    }

    /// A download under way; drawn over itself, and only on a terminal.
    pub fn progress(&self, name: &str, done: u64, total: Option<u64>) {
        if !self.live {
            return;
        }
        let mut drawn = self.drawn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if drawn.is_some_and(|at| at.elapsed() < REDRAW) {
            return;
        }
        *drawn = Some(Instant::now());
        let of = total.map_or_else(String::new, |total| format!(" of {}", bytes(total)));
        let mut out = std::io::stdout().lock();
        let _ = write!(out, "\r\x1b[K  {name:<14}{}{of}", bytes(done)).and_then(|()| out.flush());
    }
}
