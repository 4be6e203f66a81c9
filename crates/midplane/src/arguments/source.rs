//! Arguments of `source`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::client::ClientArguments;
use crate::output::Format;

#[derive(Debug, Subcommand)]
pub enum SourceVerb {
    /// Deploy what a Git repository holds, from now on
    Add(AddArguments),
    /// Point a source elsewhere; what runs keeps running until a commit from there is applied
    Update(UpdateArguments),
    /// Stop and remove every integration that came from a source, and forget the source
    Remove {
        /// The source
        name: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
        #[command(flatten)]
        client: ClientArguments,
    },
}

#[derive(Debug, Args)]
pub struct AddArguments {
    /// A name of your own for it
    pub name: String,
    /// The repository: `https://host/path.git`, or `file:///path` where the control plane runs on this machine
    #[arg(long, value_name = "URL")]
    pub url: String,
    /// Branch to follow
    #[arg(long, default_value = "main")]
    pub branch: String,
    /// Folder in the repository [default: all of it]
    #[arg(long, value_name = "DIR", default_value = "", hide_default_value = true)]
    pub path: String,
    /// File with a token that may read the repository; `-` reads it from standard input
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    #[command(flatten)]
    pub client: ClientArguments,
}

#[derive(Debug, Args)]
pub struct UpdateArguments {
    /// The source
    pub name: String,
    /// Another repository; the token of the old one is forgotten
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Another branch
    #[arg(long)]
    pub branch: Option<String>,
    /// Another folder; the empty text means all of the repository
    #[arg(long, value_name = "DIR")]
    pub path: Option<String>,
    /// File with another token; `-` reads it from standard input
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    #[command(flatten)]
    pub client: ClientArguments,
}
