//! What a template asks for, against what can be there.
//!
//! Three questions: is the name seen at this step; may this side see it (the interface is a barrier); is the key declared. A value that
//! is only tested (`if`, `default`) is held against the same, because a test that can come out in one way only is no test.

use k8s::socket::Interface;
use template::Reference;

use super::side;
use crate::core::journal::Side;

/// What `lint` knows of one side and, where it stands in a file as well, of the other.
pub(super) struct Known<'a> {
    pub(super) which: Side,
    pub(super) spec: &'a k8s::side::Side,
    /// Of the socket, where it is known.
    pub(super) interface: Option<&'a Interface>,
    pub(super) has_socket: bool,
    /// The other side opened its whole object, or may have.
    pub(super) other_open: bool,
}

/// Why a reference never finds anything, and what to do.
pub(super) fn never_there(
    known: &Known<'_>,
    sees: &[&str],
    reference: &Reference,
) -> Option<(String, String)> {
    let name = reference.keys.first()?.as_str();
    let key = reference.keys.get(1).map(String::as_str);
    if !sees.contains(&name) {
        let list = sees.join(", ");
        let near = sees.iter().find(|seen| strsim::damerau_levenshtein(seen, name) <= 2);
        let next = match near {
            Some(near) => format!("did you mean `.{near}`?"),
            None => format!("use one of: {list}"),
        };
        return Some((format!("`.{name}` is not there at this step"), next));
    }
    let other = if known.which == Side::Plug { "socket" } else { "plug" };
    if name == other && !known.other_open {
        let is_seen = |key: &str| matches!(key, "metadata" | "apiVersion" | "kind");
        if key.is_some_and(|key| !is_seen(key)) {
            let what = format!("a {} sees of the {other} its metadata only", known.which.as_str());
            let next = format!("declare a key in the interface and use `.{other}Config`");
            return Some((what, next));
        }
    }
    let data_of = |side: &str| format!("{side}Data");
    if name == data_of(other) && !known.other_open {
        let what = format!("data of the {other} never crosses to the {}", known.which.as_str());
        return Some((what, format!("give it as config, and use `.{other}Config`")));
    }
    let key = key?;
    let lacks = |place: String, next: String| Some((format!("`{key}` is not {place}"), next));
    if name == data_of(known.which.as_str()) {
        if let Some(keys) = side::data(known.spec)
            && !keys.contains(key)
        {
            return lacks("in spec.data".to_owned(), format!("add spec.data.{key}"));
        }
        return None;
    }
    if matches!(name, "vars" | "resultVars") {
        let mut vars = known.spec.vars.iter().chain(&known.spec.result_vars);
        if !vars.any(|var| var.name == key) {
            return lacks(format!("among the {name}"), format!("add a var named {key}"));
        }
        return None;
    }
    if !known.has_socket {
        return None;
    }
    let interface = known.interface?;
    let (half, side, exchange) = match name {
        "plugConfig" => ("config", "plug", &interface.config),
        "socketConfig" => ("config", "socket", &interface.config),
        "plugResult" => ("result", "plug", &interface.result),
        "socketResult" => ("result", "socket", &interface.result),
        "result" => ("result", known.which.as_str(), &interface.result),
        _ => return None,
    };
    let exchange = exchange.as_ref()?;
    let keys = if side == "plug" { &exchange.plug } else { &exchange.socket };
    let declared = match keys {
        Some(keys) => keys.contains_key(key),
        // See `core::interface`: without a list nothing crosses as configuration and everything as result.
        None => half == "result",
    };
    if declared {
        return None;
    }
    let place = format!("interface.{half}.{side}");
    lacks(format!("declared in spec.{place} of the socket"), format!("declare it in spec.{place}"))
}
