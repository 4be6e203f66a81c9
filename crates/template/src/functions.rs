//! The functions a template may call: Go's own and the pure ones of sprig 2.22.0.
//!
//! A function is a row: its name, the Go types of its parameters, the code. Arguments are checked against the row before the code
//! runs. Left out is what reads the machine (`env`, `getHostByName`), what draws lots (`randAlpha`, `uuidv4`, `shuffle`) and what
//! makes keys: [`why_unknown`] says so by name. Beyond sprig there is `toYaml`. Where Go's order is random (`keys`, `values`) ours is
//! sorted; where sprig hides an error in the text (`b64dec` of garbage) ours is an error.

mod builtin;
mod compare;
mod convert;
pub(crate) mod date;
mod encode;
mod list;
mod map;
mod number;
mod path;
mod reflect;
mod regex;
pub(crate) mod semver;
mod string;
mod url;
mod word;
mod yaml;

use std::rc::Rc;

pub use self::regex::go_regex;

use crate::error::Fault;
use crate::meter::Meter;
use crate::value::{Map, Value};

pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) parameters: &'static [Kind],
    /// The type of any number of further arguments.
    pub(crate) rest: Option<Kind>,
    pub(crate) call: Call,
}

pub(crate) type Call = for<'m, 'b> fn(&'m mut Meter<'b>, Given) -> Result<Value, Fault>;

/// The Go type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `interface{}`: a missing value arrives as nil.
    Any,
    /// `reflect.Value`: a null arrives as a missing value.
    Reflect,
    Text,
    Int,
    Float,
    Bool,
    /// `map[string]interface{}`, which may be nil.
    Map,
    Time,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Any | Self::Reflect => "a value",
            Self::Text => "a string",
            Self::Int => "an int",
            Self::Float => "a float64",
            Self::Bool => "a bool",
            Self::Map => "a map[string]interface {}",
            Self::Time => "a time",
        }
    }
}

impl Function {
    const fn fixed(name: &'static str, parameters: &'static [Kind], call: Call) -> Self {
        Self { name, parameters, rest: None, call }
    }

    const fn open(name: &'static str, parameters: &'static [Kind], rest: Kind, call: Call) -> Self {
        Self { name, parameters, rest: Some(rest), call }
    }

    pub(crate) fn kind_of(&self, index: usize) -> Kind {
        self.parameters.get(index).copied().or(self.rest).unwrap_or(Kind::Any)
    }
}

impl std::fmt::Debug for Function {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name)
    }
}

/// Arguments that fit their row; asking one for another type than its row says gives the zero value.
pub(crate) struct Given(Vec<Value>);

impl Given {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self(values)
    }

    fn count(&self) -> usize {
        self.0.len()
    }

    fn value(&self, index: usize) -> &Value {
        self.0.get(index).unwrap_or(&Value::Missing)
    }

    fn from(&self, index: usize) -> &[Value] {
        self.0.get(index..).unwrap_or(&[])
    }

    fn text(&self, index: usize) -> &str {
        match self.value(index) {
            Value::Text(text) => text,
            _ => "",
        }
    }

    fn int(&self, index: usize) -> i64 {
        match self.value(index) {
            Value::Int(int, _) => *int,
            _ => 0,
        }
    }

    fn float(&self, index: usize) -> f64 {
        match self.value(index) {
            Value::Float(float) => *float,
            _ => 0.0,
        }
    }

    /// A nil map is none.
    fn map(&self, index: usize) -> Option<&Rc<Map>> {
        match self.value(index) {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// A number of characters, elements or spaces.
    fn size(&self, index: usize) -> Result<usize, Fault> {
        let int = self.int(index);
        usize::try_from(int).map_err(|_| format!("{int} is negative").into())
    }
}

const TABLES: [&[Function]; 13] = [
    builtin::TABLE,
    convert::TABLE,
    date::TABLE,
    encode::TABLE,
    list::TABLE,
    map::TABLE,
    number::TABLE,
    path::TABLE,
    reflect::TABLE,
    regex::TABLE,
    semver::TABLE,
    string::TABLE,
    url::TABLE,
];

fn all() -> impl Iterator<Item = &'static Function> {
    TABLES.into_iter().flatten()
}

pub(crate) fn find(name: &str) -> Option<&'static Function> {
    all().find(|function| function.name == name)
}

/// The names of all functions, for a reference page and for the test that every one has conformance cases.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = all().map(|function| function.name).collect();
    names.sort_unstable();
    names
}

/// Why a function is not there, and what to do instead.
pub(crate) fn why_unknown(name: &str) -> String {
    let reason = match name {
        "env" | "expandenv" => {
            "it would read the operator's environment; pass the value in `config` or `data`"
        }
        "getHostByName" => "it would ask the network; use the name itself",
        "randAlphaNum" | "randAlpha" | "randAscii" | "randNumeric" | "uuidv4" | "shuffle"
        | "randBytes" | "randInt" => {
            "it gives another text at each render; make the value once and keep it in a Secret"
        }
        "genPrivateKey"
        | "genCA"
        | "genCAWithKey"
        | "genSelfSignedCert"
        | "genSelfSignedCertWithKey"
        | "genSignedCert"
        | "genSignedCertWithKey"
        | "buildCustomCert"
        | "derivePassword"
        | "encryptAES"
        | "decryptAES"
        | "bcrypt"
        | "htpasswd" => {
            "keys and passwords are not made in a template; make them once and keep them in a Secret"
        }
        "call" => "there are no functions among the values",
        _ => {
            let near = all()
                .map(|function| (strsim::damerau_levenshtein(name, function.name), function.name))
                .min();
            return match near {
                Some((distance, near)) if distance <= 2 => {
                    format!("there is no function `{name}`; did you mean `{near}`?")
                }
                _ => format!("there is no function `{name}`"),
            };
        }
    };
    format!("the function `{name}` is not offered: {reason}")
}
