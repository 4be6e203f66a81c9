//! `completion SHELL`: a script made from the same description that parses the command line.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::output::Output;

pub fn run(shell: Shell, output: &Output) -> Outcome<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "midplane", &mut script);
    output.write(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
