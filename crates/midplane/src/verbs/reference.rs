//! `reference` (hidden): the Markdown of `docs/reference/cli.md`, made from the description that parses the command line.
//!
//! `cargo xtask generate` writes the file; a test compares, so the page cannot lag behind.

use std::fmt::Write as _;

use clap::CommandFactory as _;

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::output::Output;

pub fn run(output: &Output) -> Outcome<Exit> {
    output.write(&markdown())?;
    Ok(Exit::Done)
}

pub fn markdown() -> String {
    let mut text =
        "# Command line\n\n<!-- made by `cargo xtask generate`; do not edit -->\n\n".to_owned();
    text.push_str("## Exit codes\n\n| code | meaning |\n|---|---|\n");
    for exit in Exit::ALL {
        let _ = writeln!(text, "| {} | {} |", exit.number(), exit.meaning());
    }
    text.push_str(
        "\n## Settings\n\nA flag wins over a variable (`MIDPLANE_HTTP`), that over `midplane.toml` (`http = \"..\"`), that over the default; \
         `midplane admin config` tells which it was.\n\n| key | meaning |\n|---|---|\n",
    );
    for (key, meaning) in crate::settings::KEYS {
        let _ = writeln!(text, "| `{key}` | {meaning} |");
    }
    let mut command = Arguments::command().term_width(100);
    command.build();
    page(&command, &mut text);
    text
}

fn page(command: &clap::Command, text: &mut String) {
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let mut sub = sub.clone().term_width(100);
        let name = sub.get_bin_name().unwrap_or_default().to_owned();
        let help = sub.render_long_help().to_string();
        let help: Vec<&str> = help.lines().map(str::trim_end).collect();
        let _ = write!(text, "\n## {name}\n\n```text\n{}\n```\n", help.join("\n").trim_end());
        page(&sub, text);
    }
}
