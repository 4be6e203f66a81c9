//! What a user reads when a command cannot do what was asked: a stable code, one sentence, and what to do next.
//!
//! ```text
//! error MP-UP-03: port 7080 is taken by PID 4242 (nginx)
//!   next: stop it, or choose another: midplane up --http 127.0.0.1:7081
//! ```
//! Every code has a page `docs/errors/CODE.md`; a test compares the two. Codes that come from the control plane are passed
//! on as they are. Anything without a code is a bug of ours and is shown as MP-CLI-99 with its chain of causes.

use std::fmt::{self, Write as _};

use crate::exit::Exit;

pub type Outcome<T = ()> = Result<T, Failure>;

#[derive(Debug)]
pub struct Failure {
    pub code: String,
    pub message: String,
    pub next: Option<String>,
    pub exit: Exit,
    pub causes: Vec<String>,
}

impl Failure {
    pub fn new(code: &str, exit: Exit, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            next: None,
            exit,
            causes: Vec::new(),
        }
    }

    /// The sentence after `next:`, an imperative with a command where there is one.
    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// Keeps the chain of `err` as lines under the message.
    #[must_use]
    pub fn because(mut self, err: &(dyn std::error::Error + 'static)) -> Self {
        let mut cause = Some(err);
        while let Some(this) = cause {
            let text = this.to_string();
            if self.causes.last() != Some(&text) {
                self.causes.push(text);
            }
            cause = this.source();
        }
        self
    }

    pub fn because_text(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// A failure that is not the user's doing.
    pub fn internal(doing: &str, err: &(dyn std::error::Error + 'static)) -> Self {
        Self::new("MP-CLI-99", Exit::Internal, format!("could not {doing}"))
            .because(err)
            .next("run `midplane doctor`; if it finds nothing, report this with the lines above")
    }

    /// Reading or writing a file did not work.
    pub fn file(doing: &str, path: &std::path::Path, err: &std::io::Error) -> Self {
        let full = matches!(err.kind(), std::io::ErrorKind::StorageFull);
        let (code, next) = if full {
            (
                "MP-CLI-11",
                "make room on that disk, then try again; `midplane doctor` shows how much there is"
                    .to_owned(),
            )
        } else {
            ("MP-CLI-10", format!("check that {} may be read and written by you", path.display()))
        };
        Self::new(code, Exit::Internal, format!("could not {doing} `{}`", path.display()))
            .because(err)
            .next(next)
    }

    pub fn render(&self, colours: bool) -> String {
        let (red, dim, plain) =
            if colours { ("\x1b[1;31m", "\x1b[2m", "\x1b[0m") } else { ("", "", "") };
        let mut text = format!("{red}error {}{plain}: {}\n", self.code, self.message);
        for cause in &self.causes {
            let _ = writeln!(
                text,
                "  {dim}because:{plain} {}",
                cause.trim_end().replace('\n', "\n           ")
            );
        }
        if let Some(next) = &self.next {
            let _ = writeln!(text, "  next: {next}");
        }
        text
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Failure {}
