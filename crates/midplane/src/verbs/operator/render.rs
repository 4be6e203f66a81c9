//! `operator render FILE...`: exit 1 when a plug would not couple.

use operator::offline::render;

use crate::arguments::operator::RenderArguments;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Format, Output};

pub fn run(arguments: &RenderArguments, output: &Output) -> Outcome<Exit> {
    let set = super::read(&arguments.files)?;
    super::readable(&set)?;
    let rendering = render::render(&set, crate::environment::now(), arguments.show_secrets);
    match arguments.output {
        Format::Json => output.json(&rendering.json())?,
        Format::Yaml => output.yaml(&rendering.json())?,
        Format::Table => {
            let text = rendering.text().map_err(|err| Failure::internal("print YAML", &err))?;
            output.write(&text)?;
        }
    }
    Ok(if rendering.is_whole() { Exit::Done } else { Exit::Fault })
}
