//! Go's text/template with the pure sprig functions, over JSON values and within a budget.
//!
//! `source -> lex -> parse -> Template`, then `Template + context + Budget -> text`. Nothing here reads a file, an environment, a
//! clock or a random number: the same template over the same context is the same text for ever.
//!
//! What surprises: delimiters are `{%` and `%}`, so `{{ }}` is plain text. A missing key is `<no value>` at any depth and never an
//! error, unless [`Options`] asks. Numbers of a context are float64, as Go decodes JSON, so `eq .n 3` is an error and `eq .n 3.0`
//! is not. Every limit of [`Budget`] ends a render with an error of its own kind.
//!
//! Around the engine: [`Leaves`] renders the strings inside a parsed object, so that a value cannot break out of its place;
//! [`documents`] reads rendered text as strict YAML; [`path`] finds a value in an object as gjson does; [`scalar`] makes the string of
//! a configuration value.

mod ast;
pub mod documents;
mod error;
mod evaluate;
mod format;
mod functions;
mod leaves;
mod lex;
mod meter;
mod options;
mod parse;
pub mod path;
mod references;
pub mod scalar;
mod template;
mod value;

pub use documents::{locate_documents, render_documents};
pub use error::{Error, ErrorKind, Warning};
pub use functions::{go_regex, names as function_names};
pub use leaves::{LeafError, Leaves, render_leaves};
pub use options::{Budget, Delimiters, MissingKey, Options};
pub use references::{Reference, Seen};
pub use template::Template;
