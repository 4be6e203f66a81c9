//! Arguments of `context`.

use std::path::PathBuf;

use clap::Subcommand;

use crate::output::Format;

#[derive(Debug, Subcommand)]
pub enum ContextVerb {
    /// List the control planes that are known here; the current one is marked
    List {
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
    },
    /// Make one of them the one that commands talk to
    Use { name: String },
    /// Remember a control plane, after asking it whether it knows the token; it becomes the current one
    Add {
        name: String,
        /// Its address, as `https://midplane.example.com`
        #[arg(long, value_name = "URL")]
        server: String,
        /// File with the token; it stays where it is and is read at each use. `-` reads the token from standard input and keeps it
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,
        /// Project that commands mean unless told otherwise
        #[arg(short, long, value_name = "NAME")]
        project: Option<String>,
        /// Environment that commands mean unless told otherwise
        #[arg(short, long = "env", value_name = "NAME")]
        environment: Option<String>,
    },
    /// Forget one; nothing happens to the control plane
    Remove { name: String },
}
