//! Where all that a command says goes: standard output for what was asked, standard error for the rest.
//!
//! Colours only on a terminal (and never when `NO_COLOR` is set); tables are aligned there and in pipes alike, so that
//! `awk` and people read the same. A reader that goes away (`| head`) ends the program quietly: writes report it as
//! `Gone`, and `main` leaves with 0. Machine formats are what the API returned, nothing added.

pub mod describe;
pub mod table;
pub mod time;

use std::io::Write as _;

use serde_json::Value;

use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    #[default]
    Table,
    Json,
    Yaml,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Colour {
    #[default]
    Auto,
    Always,
    Never,
}

/// How this run writes.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    pub colours: bool,
    /// Columns of the terminal; `None` in a pipe: nothing is cut.
    pub width: Option<usize>,
}

impl Output {
    pub fn new(colour: Colour) -> Self {
        let terminal = crate::environment::stdout_is_terminal();
        let colours = match colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => terminal && crate::environment::variable("NO_COLOR").is_none(),
        };
        Self { colours, width: if terminal { crate::environment::terminal_width() } else { None } }
    }

    /// One or more lines on standard output.
    #[expect(clippy::unused_self, reason = "callers write through the one object that knows how")]
    pub fn write(&self, text: &str) -> Outcome {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|err| gone(&err))
    }

    pub fn line(&self, text: &str) -> Outcome {
        self.write(&format!("{text}\n"))
    }

    /// A remark that must not end up in a pipe.
    #[expect(clippy::unused_self, reason = "callers write through the one object that knows how")]
    pub fn remark(&self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    pub fn json(&self, value: &Value) -> Outcome {
        let text = serde_json::to_string_pretty(value)
            .map_err(|err| Failure::internal("print JSON", &err))?;
        self.line(&text)
    }

    /// One object on one line, for readers that take lines.
    pub fn json_line(&self, value: &Value) -> Outcome {
        self.line(&value.to_string())
    }

    pub fn yaml(&self, value: &Value) -> Outcome {
        let text =
            serde_saphyr::to_string(value).map_err(|err| Failure::internal("print YAML", &err))?;
        self.write(&text)
    }

    pub fn paint(&self, text: &str, tone: Tone) -> String {
        match tone.escape() {
            Some(escape) if self.colours => format!("\x1b[{escape}m{text}\x1b[0m"),
            _ => text.to_owned(),
        }
    }
}

/// Code of the failure that stands for "the reader of our output went away".
pub const GONE: &str = "gone";

fn gone(err: &std::io::Error) -> Failure {
    if err.kind() == std::io::ErrorKind::BrokenPipe {
        Failure::new(GONE, Exit::Done, "the reader went away")
    } else {
        Failure::internal("write to standard output", err)
    }
}

/// What a state means to the eye.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Plain,
    Good,
    Waiting,
    Bad,
    Quiet,
    Strong,
}

impl Tone {
    fn escape(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Good => Some("32"),
            Self::Waiting => Some("33"),
            Self::Bad => Some("31"),
            Self::Quiet => Some("2"),
            Self::Strong => Some("1"),
        }
    }

    /// The tone of a state's name, whatever noun it is of.
    pub fn of_state(state: &str) -> Self {
        match state.to_ascii_lowercase().replace(['_', ' '], "").as_str() {
            "running" | "connected" | "ready" | "released" | "ok" | "active" => Self::Good,
            "updating" | "late" | "held" | "resolving" | "drafted" | "asked" | "accepted"
            | "fetched" | "resolved" | "checked" | "stopping" | "starting" | "awaited" => {
                Self::Waiting
            }
            "failed" | "rolledback" | "runtimelost" | "lost" | "locked" | "refused" | "crashed" => {
                Self::Bad
            }
            "stopped" | "superseded" | "revoked" => Self::Quiet,
            _ => Self::Plain,
        }
    }
}
