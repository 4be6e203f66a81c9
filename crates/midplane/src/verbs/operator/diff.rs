//! `operator diff -f NEW... STATE...`: exit 1 when something would change, if that is asked for.

use operator::offline::diff;

use crate::arguments::operator::DiffArguments;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::output::{Format, Output};

pub fn run(arguments: &DiffArguments, output: &Output) -> Outcome<Exit> {
    let state = super::read(&arguments.state)?;
    super::readable(&state)?;
    let new = super::read(&arguments.new)?;
    super::readable(&new)?;
    let difference = diff::diff(&state, &new, crate::environment::now());
    match arguments.output {
        Format::Json => output.json(&difference.json())?,
        Format::Yaml => output.yaml(&difference.json())?,
        Format::Table => output.write(&difference.text())?,
    }
    let changes = arguments.exit_code && !difference.is_empty();
    Ok(if changes { Exit::Fault } else { Exit::Done })
}
