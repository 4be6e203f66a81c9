//! How a template is read, and how much one render may cost.
//!
//! The defaults fit a template that a person wrote: a manifest of a few kilobytes. Time is not measured here; the caller lends a
//! question that is asked every few hundred steps.

/// What a key that does not exist means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// `<no value>`, as Go does without an option.
    #[default]
    Default,
    /// An error that names the key.
    Error,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    pub missing_key: MissingKey,
    /// What opens and closes an action.
    pub delimiters: Delimiters,
}

impl Default for Options {
    fn default() -> Self {
        Self { missing_key: MissingKey::Default, delimiters: Delimiters::PERCENT }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delimiters {
    pub open: &'static str,
    pub close: &'static str,
}

impl Delimiters {
    /// Those of plugs and sockets, so that `{{ }}` is text.
    pub const PERCENT: Self = Self { open: "{%", close: "%}" };
    /// Those of Helm charts.
    pub const BRACES: Self = Self { open: "{{", close: "}}" };
}

/// What one render may use. All counters start anew with each render.
#[derive(Clone, Copy)]
pub struct Budget<'a> {
    /// Nodes evaluated, elements visited, values compared.
    pub steps: u64,
    /// Bytes of the rendered text.
    pub output_bytes: usize,
    /// Bytes of strings, lists and maps made on the way, freed or not.
    pub memory_bytes: usize,
    /// Nested blocks, parentheses, template calls and values.
    pub depth: u32,
    /// True when the time is over.
    pub deadline: Option<&'a dyn Fn() -> bool>,
    /// What `now` and `ago` say; without it they are errors, because a text that changes by itself is coupled anew for ever.
    pub now: Option<jiff::Timestamp>,
}

/// A node is a step, and a manifest has some hundred nodes; this leaves room for loops over everything a person lists.
const STEPS: u64 = 200_000;
/// An object may be 1.5 MiB in etcd; a rendered list of documents is refused well before it could be stored.
const OUTPUT_BYTES: usize = 1 << 20;
/// Sixteen times the output: every byte may be made, quoted, indented and joined a few times over.
const MEMORY_BYTES: usize = 16 << 20;
/// Deeper than anything people write, and far from the end of a 2 MiB stack (a level costs about 2 KiB without optimisation).
const DEPTH: u32 = 100;

impl Default for Budget<'_> {
    fn default() -> Self {
        Self {
            steps: STEPS,
            output_bytes: OUTPUT_BYTES,
            memory_bytes: MEMORY_BYTES,
            depth: DEPTH,
            deadline: None,
            now: None,
        }
    }
}

impl std::fmt::Debug for Budget<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Budget")
            .field("steps", &self.steps)
            .field("output_bytes", &self.output_bytes)
            .field("memory_bytes", &self.memory_bytes)
            .field("depth", &self.depth)
            .field("deadline", &self.deadline.is_some())
            .field("now", &self.now)
            .finish()
    }
}
