//! Arguments of `midplane explain`.

use clap::{Args, ValueEnum};

use crate::output::Format;

#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// What it is
    #[arg(value_enum)]
    pub kind: Explained,
    /// Its name
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Where it is [default: the namespace of the context]
    #[arg(short, long, value_name = "NAME")]
    pub namespace: Option<String>,
    /// Context of the kubeconfig [default: the current one]
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// Show the objects that are made as well, first cause on top
    #[arg(long)]
    pub tree: bool,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Explained {
    Plug,
    Socket,
}
