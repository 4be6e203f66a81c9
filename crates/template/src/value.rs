//! What a template computes with: JSON plus the Go types that functions make.
//!
//! Go tells `int` from `int64` from `float64`, `[]string` from `[]interface {}`; `eq`, `typeOf` and the type of an argument depend on it,
//! so a value carries it. Two kinds of nothing: `Missing` is a key that does not exist and prints as `<no value>`, `Nil` is a null
//! inside an interface. A map may be changed in place by `set`, and everybody who holds it sees that, as in Go.
//!
//! Maps are made by the [`crate::meter::Meter`] alone: it empties them at the end of a render, so that a map put into itself is freed
//! and a long chain of maps is not freed by recursion. Lists count how deep lists nest in them, which is bounded.

pub(crate) mod json;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::Zoned;

use crate::functions::semver::Version;

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Missing,
    Nil,
    Bool(bool),
    Int(i64, Width),
    Float(f64),
    Text(Rc<str>),
    List(Rc<List>),
    Map(Rc<Map>),
    Time(Rc<Zoned>),
    Version(Rc<Version>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    /// `int`: a constant, a length, an index.
    Int,
    /// `int64`: what arithmetic makes.
    Int64,
    /// `uint8`: a byte of a string.
    Byte,
}

/// What Go's type says of the elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    Any,
    Text,
    Int,
}

#[derive(Debug)]
pub(crate) struct List {
    pub(crate) element: Element,
    pub(crate) items: Vec<Value>,
    /// A slice that was never made: `null` in JSON, `[]` elsewhere.
    pub(crate) nil: bool,
    /// Lists inside lists, this one included.
    pub(crate) nesting: u32,
}

#[derive(Debug)]
pub(crate) struct Map {
    pub(crate) element: Element,
    pub(crate) entries: RefCell<BTreeMap<Rc<str>, Value>>,
}

impl Value {
    pub(crate) fn text(text: impl AsRef<str>) -> Self {
        Self::Text(Rc::from(text.as_ref()))
    }

    pub(crate) fn int(value: i64) -> Self {
        Self::Int(value, Width::Int)
    }

    pub(crate) fn int64(value: i64) -> Self {
        Self::Int(value, Width::Int64)
    }

    /// A length or an index.
    pub(crate) fn count(value: usize) -> Self {
        Self::int(i64::try_from(value).unwrap_or(i64::MAX))
    }

    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self, Self::Missing | Self::Nil)
    }

    /// Go's truth: not the zero value of its type.
    pub(crate) fn truth(&self) -> bool {
        match self {
            Self::Missing | Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Int(value, _) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(list) => !list.items.is_empty(),
            Self::Map(map) => !map.entries.borrow().is_empty(),
            Self::Time(_) | Self::Version(_) => true,
        }
    }

    /// The name of its type, as `%T` and error messages of Go write it.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Missing | Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(_, Width::Int) => "int",
            Self::Int(_, Width::Int64) => "int64",
            Self::Int(_, Width::Byte) => "uint8",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::List(list) => match list.element {
                Element::Any => "[]interface {}",
                Element::Text => "[]string",
                Element::Int => "[]int",
            },
            Self::Map(map) => match map.element {
                Element::Any => "map[string]interface {}",
                Element::Text => "map[string]string",
                Element::Int => "map[string]int",
            },
            Self::Time(_) => "time.Time",
            Self::Version(_) => "*semver.Version",
        }
    }

    /// The name of its kind, as `reflect` has it.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self {
            Self::Missing | Self::Nil => "invalid",
            Self::Bool(_) | Self::Int(..) | Self::Float(_) | Self::Text(_) => self.type_name(),
            Self::List(_) => "slice",
            Self::Map(_) => "map",
            Self::Time(_) => "struct",
            Self::Version(_) => "ptr",
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Rc::from(value))
    }
}
