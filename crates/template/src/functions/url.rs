//! URLs taken apart and put together, as Go's `net/url` does.

mod parse;

use std::collections::BTreeMap;
use std::rc::Rc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Function, Kind};
use crate::error::Fault;
use crate::meter::Meter;
use crate::value::{Element, Map, Value};

use Kind::{Map as MapKind, Text};

pub(super) const TABLE: &[Function] = &[
    Function::fixed("urlParse", &[Text], |meter, given| {
        let url = parse::parse(given.text(0))?;
        let entries = [
            ("fragment", url.fragment),
            ("host", url.host.clone()),
            ("hostname", parse::hostname(&url.host).to_owned()),
            ("opaque", url.opaque),
            ("path", url.path),
            ("query", url.query),
            ("scheme", url.scheme),
            ("userinfo", url.user.unwrap_or_default()),
        ];
        let entries: BTreeMap<Rc<str>, Value> =
            entries.into_iter().map(|(key, text)| (Rc::from(key), Value::from(text))).collect();
        meter.map(Element::Any, entries)
    }),
    Function::fixed("urlJoin", &[MapKind], |meter, given| join(meter, given.map(0))),
];

/// Characters of a path that stand for themselves.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'@')
    .remove(b'!')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'[')
    .remove(b']');
const FRAGMENT: &AsciiSet = &PATH.remove(b'?').add(b'[').add(b']');
const HOST: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'[')
    .remove(b']')
    .remove(b'<')
    .remove(b'>')
    .remove(b'"');

fn join(meter: &mut Meter<'_>, map: Option<&Rc<Map>>) -> Result<Value, Fault> {
    let part = |key: &str| -> Result<String, Fault> {
        let found = map.and_then(|map| map.entries.borrow().get(key).cloned());
        match found {
            None => Ok(String::new()),
            Some(Value::Text(text)) => Ok(text.to_string()),
            Some(other) => {
                Err(format!("`{key}` must be a string, not {}", other.type_name()).into())
            }
        }
    };
    let (scheme, host, path, opaque) =
        (part("scheme")?, part("host")?, part("path")?, part("opaque")?);
    let user = match part("userinfo")?.as_str() {
        "" => None,
        userinfo => parse::parse(&format!("proto://{userinfo}@host"))?.user,
    };
    let mut out = String::new();
    if !scheme.is_empty() {
        out.push_str(&scheme);
        out.push(':');
    }
    if opaque.is_empty() {
        if !scheme.is_empty() || !host.is_empty() || user.is_some() {
            if !host.is_empty() || !path.is_empty() || user.is_some() {
                out.push_str("//");
            }
            if let Some(user) = user {
                out.push_str(&user);
                out.push('@');
            }
            out.extend(utf8_percent_encode(&host, HOST));
        }
        let path = utf8_percent_encode(&path, PATH).to_string();
        if !path.is_empty() && !path.starts_with('/') && !host.is_empty() {
            out.push('/');
        }
        if out.is_empty() && path.split('/').next().is_some_and(|first| first.contains(':')) {
            out.push_str("./");
        }
        out.push_str(&path);
    } else {
        out.push_str(&opaque);
    }
    let (query, fragment) = (part("query")?, part("fragment")?);
    if !query.is_empty() {
        out.push('?');
        out.push_str(&query);
    }
    if !fragment.is_empty() {
        out.push('#');
        out.extend(utf8_percent_encode(&fragment, FRAGMENT));
    }
    meter.made(out)
}
