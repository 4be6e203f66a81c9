//! A parsed template: nodes of text and actions, each with the byte offset of its place.
//!
//! `at` points at what an error should show: the operand, not the delimiter. Functions are resolved while parsing, so an evaluator
//! never meets an unknown name.

use crate::functions::Function;

#[derive(Debug)]
pub(crate) enum Node {
    Text(String),
    Action(Pipeline),
    If { test: Pipeline, then: Vec<Self>, otherwise: Vec<Self> },
    With { value: Pipeline, then: Vec<Self>, otherwise: Vec<Self> },
    Range { over: Pipeline, body: Vec<Self>, otherwise: Vec<Self> },
    Call { at: usize, name: String, argument: Option<Pipeline> },
    Break,
    Continue,
}

/// `$a, $b := command | command`
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) at: usize,
    pub(crate) binding: Binding,
    pub(crate) commands: Vec<Command>,
}

#[derive(Debug)]
pub(crate) enum Binding {
    None,
    Declare(Vec<String>),
    Assign(Vec<String>),
}

impl Binding {
    pub(crate) fn names(&self) -> &[String] {
        match self {
            Self::None => &[],
            Self::Declare(names) | Self::Assign(names) => names,
        }
    }
}

/// The first operand is what is asked for; the others are its arguments.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) first: Operand,
    pub(crate) arguments: Vec<Operand>,
}

#[derive(Debug)]
pub(crate) struct Operand {
    pub(crate) at: usize,
    pub(crate) term: Term,
}

#[derive(Debug)]
pub(crate) enum Term {
    Nil,
    Bool(bool),
    Text(String),
    Number(Number),
    Dot,
    /// `.a.b`
    Field(Vec<String>),
    /// `$x.a.b`; the name carries its `$`.
    Variable(String, Vec<String>),
    Function(&'static Function),
    Pipe(Box<Pipeline>),
    /// `(pipeline).a.b`, or a function without arguments followed by fields
    Chain(Box<Operand>, Vec<String>),
}

/// A constant: which Go types it could be, and which it is where nothing is asked of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Number {
    pub(crate) int: Option<i64>,
    pub(crate) float: f64,
    /// Written with a point or an exponent.
    pub(crate) is_float: bool,
}
