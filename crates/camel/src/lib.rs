//! Camel routes: parse, check against the catalogue, print, and the graph of nodes.
//!
//! ```text
//! bytes -> yaml | xml (bounded trees) -> read (model) -> check, needs, graph, print
//! paths + bytes -> integration::discover -> which folders are integrations
//! midplane.yaml -> descriptor::parse -> descriptor::merge (which layer wins for each key)
//! two versions of a folder -> change::changed -> routes that are another now
//! ```
//!
//! Scalars stay the text that was written: Camel itself reads every YAML value as text and lets
//! the option decide its type, so `yes`, `012` and `1_000` must not become something else here.
//! What Camel accepts must pass. Camel's own check run, inside a JVM, has the last word; this crate
//! only says earlier, with a line and a column, what that run would say.
//!
//! Nothing here reads a file, a clock or the network; the catalogue is embedded.

pub mod catalogue;
pub mod change;
pub mod check;
pub mod descriptor;
pub mod graph;
pub mod integration;
pub mod model;
pub mod needs;
pub mod placeholder;
pub mod print;
pub mod problem;
pub mod properties;
pub mod read;
pub mod sandbox;
pub mod uri;
pub mod xml;
pub mod yaml;

/// One file of a source. `path` is relative to the source's root, `/` between the parts.
#[derive(Clone, Copy, Debug)]
pub struct SourceFile<'a> {
    pub path: &'a str,
    pub content: &'a [u8],
}
