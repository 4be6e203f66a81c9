//! A page of a list, read item by item.
//!
//! As one value, a page of 500 plugs would be ten megabytes beside its text. Here each item is handed over and gone before the next is read. When
//! the text turns out to be cut off, some items were handed over already; a list that did not end is begun again, so that does no harm.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// What a page says beside its items.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) version: String,
    /// Empty on the last page.
    pub(super) next: String,
}

pub(super) fn read(text: &[u8], item: &mut dyn FnMut(Value)) -> serde_json::Result<Head> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let head = Page(item).deserialize(&mut json)?;
    json.end()?;
    Ok(head)
}

struct Page<'a>(&'a mut dyn FnMut(Value));

impl<'de> DeserializeSeed<'de> for Page<'_> {
    type Value = Head;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Head, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Page<'_> {
    type Value = Head;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Head, A::Error> {
        let mut head = Head::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "metadata" => {
                    let metadata: Value = map.next_value()?;
                    let text = |key: &str| metadata[key].as_str().unwrap_or_default().to_owned();
                    head = Head { version: text("resourceVersion"), next: text("continue") };
                }
                "items" => map.next_value_seed(Items(&mut *self.0))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(head)
    }
}

struct Items<'a>(&'a mut dyn FnMut(Value));

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("items")
    }

    /// Some lists say `null` for none.
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element()? {
            (self.0)(item);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(text: &str, items: &[Value], head: Option<(&str, &str)>) {
        let mut seen = Vec::new();
        let read = read(text.as_bytes(), &mut |item| seen.push(item)).ok();
        let head =
            head.map(|(version, next)| Head { version: version.to_owned(), next: next.to_owned() });
        assert_eq!((seen.as_slice(), read), (items, head), "{text}");
    }

    #[test]
    fn items_come_one_by_one_and_the_head_wherever_it_stands() {
        let items = [json!({ "a": 1 }), json!({ "b": [2] })];
        check(
            r#"{"kind":"List","metadata":{"resourceVersion":"7","continue":"x"},"items":[{"a":1},{"b":[2]}]}"#,
            &items,
            Some(("7", "x")),
        );
        check(
            r#"{"items":[{"a":1},{"b":[2]}],"metadata":{"resourceVersion":"7"}}"#,
            &items,
            Some(("7", "")),
        );
        check(r#"{"items":null,"metadata":{}}"#, &[], Some(("", "")));
    }

    #[test]
    fn a_page_that_is_cut_off_is_no_page() {
        check(
            r#"{"metadata":{"resourceVersion":"7"},"items":[{"a":1},{"b""#,
            &[json!({ "a": 1 })],
            None,
        );
        check(r#"{"items":[]} and more"#, &[], None);
        check("[]", &[], None);
    }
}
