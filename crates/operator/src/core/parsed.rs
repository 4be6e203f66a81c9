//! Templates that were parsed before.
//!
//! A decision is run again with every answer (`flow`), and every plug of a socket renders the same templates, so one text would be
//! parsed some dozen times for each coupling. Parsing is a pure function of name and text, so remembering its result changes no
//! decision; only what parsed well is remembered. The texts are compared whole: a digest that collides would render the wrong template.
//! When the memory is full it is emptied: a cluster has few templates beside those of its plugs, and they come back at once.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, LazyLock, Mutex};

use serde_json::Value;
use template::{LeafError, Leaves, Options, Template};

/// Texts and objects of about 50 sockets with ten templates each.
const MOST: usize = 512;
/// A parsed template takes some five times its text; a longer one is parsed each time, which its render outweighs anyway.
const LONGEST: usize = 16 << 10;

static TEXTS: LazyLock<Memory<String, Template>> = LazyLock::new(Memory::default);
static OBJECTS: LazyLock<Memory<Value, Leaves>> = LazyLock::new(Memory::default);

/// The template of `field`, whose name it may call itself by.
pub(crate) fn text(field: &str, source: &str) -> Result<Arc<Template>, template::Error> {
    TEXTS.get(field, source, source.len(), || Template::parse(field, source, &Options::default()))
}

/// An object whose strings are templates.
pub(crate) fn object(source: &Value) -> Result<Arc<Leaves>, LeafError> {
    OBJECTS.get("", source, size(source), || Leaves::parse(source, &Options::default()))
}

/// About as many bytes as it has as JSON.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(list) => list.iter().map(size).sum::<usize>() + list.len(),
        Value::Object(map) => map.iter().map(|(key, value)| key.len() + size(value) + 4).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
    }
}

/// What was made of each source under each name.
struct Memory<S, T> {
    by_source: Mutex<HashMap<S, Named<T>>>,
}

/// By the names that a source was parsed under; nearly always one.
type Named<T> = Vec<(String, Arc<T>)>;

impl<S, T> Default for Memory<S, T> {
    fn default() -> Self {
        Self { by_source: Mutex::default() }
    }
}

impl<S: Hash + Eq, T> Memory<S, T> {
    fn get<Q, E>(
        &self,
        name: &str,
        source: &Q,
        size: usize,
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E>
    where
        S: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = S> + ?Sized,
    {
        if size > LONGEST {
            return make().map(Arc::new);
        }
        let named = |known: &HashMap<S, Vec<(String, Arc<T>)>>| {
            let all = known.get(source)?;
            all.iter().find(|(known, _)| known == name).map(|(_, made)| made.clone())
        };
        if let Some(known) = self.by_source.lock().ok().and_then(|known| named(&known)) {
            return Ok(known);
        }
        let made = Arc::new(make()?);
        if let Ok(mut known) = self.by_source.lock() {
            if known.len() >= MOST {
                known.clear();
            }
            let all = known.entry(source.to_owned()).or_default();
            // A text that stands in hundreds of fields of one object is remembered under a few of their names.
            if all.len() < 8 {
                all.push((name.to_owned(), made.clone()));
            }
        }
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_template_is_parsed_once_for_each_name() {
        let memory: Memory<String, usize> = Memory::default();
        let mut count = 0;
        let mut get = |name: &str, source: &str| {
            let made = memory.get(name, source, source.len(), || {
                count += 1;
                Ok::<_, ()>(count)
            });
            *made.unwrap()
        };
        assert_eq!(get("a", "x"), 1);
        assert_eq!(get("a", "x"), 1);
        assert_eq!(get("b", "x"), 2);
        assert_eq!(get("a", "y"), 3);
        assert_eq!(get("b", "x"), 2);
    }

    #[test]
    fn what_is_long_or_wrong_is_not_remembered_and_the_memory_is_bounded() {
        let memory: Memory<String, ()> = Memory::default();
        let long = "x".repeat(LONGEST + 1);
        memory.get("a", long.as_str(), long.len(), || Ok::<_, ()>(())).unwrap();
        assert!(memory.get("a", "bad", 3, || Err(())).is_err());
        assert!(memory.by_source.lock().unwrap().is_empty());
        for number in 0..2 * MOST {
            let source = number.to_string();
            memory.get("a", source.as_str(), 1, || Ok::<_, ()>(())).unwrap();
        }
        assert!(memory.by_source.lock().unwrap().len() <= MOST);
    }

    #[test]
    fn both_forms_render_as_if_parsed_anew() {
        let context = json!({"a": "b"});
        let budget = template::Budget::default();
        for _ in 0..2 {
            let template = text("f", "{% .a %}").unwrap();
            assert_eq!(template.render(&context, &budget).unwrap(), "b");
            let leaves = object(&json!({"x": "{% .a %}"})).unwrap();
            assert_eq!(leaves.render(&context, &budget).unwrap(), json!({"x": "b"}));
        }
        assert!(text("f", "{% nope %}").is_err());
    }
}
