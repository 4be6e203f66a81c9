//! `operator`: plugs and sockets. Each verb is a file of that name; here are the files that they read.

pub mod diff;
pub mod lint;
pub mod render;
pub mod run;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use operator::offline::finding::{Finding, Severity};
use operator::offline::manifest::{self, Set, Source};

use crate::arguments::operator::{OperatorArguments, OperatorVerb};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;

/// A state of 10,000 plugs, as `kubectl` prints it, is about 20 MiB.
const MOST_BYTES: u64 = 64 << 20;

pub async fn run(arguments: OperatorArguments, output: &Output) -> Outcome<Exit> {
    match arguments.verb {
        None => run::run(arguments.run, output).await,
        Some(OperatorVerb::Render(arguments)) => render::run(&arguments, output),
        Some(OperatorVerb::Lint(arguments)) => lint::run(&arguments, output),
        Some(OperatorVerb::Diff(arguments)) => diff::run(&arguments, output),
    }
}

fn read(files: &[PathBuf]) -> Outcome<Set> {
    let sources: Outcome<Vec<Source>> = files.iter().map(|file| source(file)).collect();
    Ok(manifest::read(&sources?))
}

fn source(file: &Path) -> Outcome<Source> {
    let name = if file == Path::new("-") { "-".to_owned() } else { file.display().to_string() };
    let mut text = String::new();
    let read = if name == "-" {
        std::io::stdin().lock().take(MOST_BYTES).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|open| open.take(MOST_BYTES).read_to_string(&mut text))
    };
    match read {
        Ok(_) => Ok(Source { file: name, text }),
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => {
            Err(Failure::new("MP-CLI-80", Exit::NotFound, format!("there is no file `{name}`"))
                .next("name a YAML file with plugs and sockets, or `-` for standard input"))
        }
        Err(err) => Err(Failure::file("read", file, &err)),
    }
}

/// Files that cannot be read as objects end `render` and `diff`; `lint` shows them among the rest.
fn readable(set: &Set) -> Outcome {
    let errors: Vec<&Finding> =
        set.findings.iter().filter(|one| one.severity == Severity::Error).collect();
    let Some(first) = errors.first() else { return Ok(()) };
    let mut failure =
        Failure::new("MP-CLI-81", Exit::Fault, "the files cannot be read as they are")
            .next(format!("correct them; `midplane operator lint {}` says more", first.file));
    for one in errors {
        failure = failure.because_text(format!("{one} [{}]", one.code));
    }
    Err(failure)
}
