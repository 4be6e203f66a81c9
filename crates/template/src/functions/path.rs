//! Paths with slashes, as Go's `path` package treats them; nothing here looks at a file system.

use super::{Function, Kind};
use crate::value::Value;

use Kind::Text;

pub(super) const TABLE: &[Function] = &[
    Function::fixed("base", &[Text], |_, given| Ok(Value::text(base(given.text(0))))),
    Function::fixed("dir", &[Text], |_, given| {
        let text = given.text(0);
        let folder = text.rfind('/').map_or("", |index| &text[..=index]);
        Ok(Value::from(clean(folder)))
    }),
    Function::fixed("clean", &[Text], |_, given| Ok(Value::from(clean(given.text(0))))),
    Function::fixed("ext", &[Text], |_, given| {
        let name = given.text(0).rsplit('/').next().unwrap_or_default();
        Ok(Value::text(name.rfind('.').map_or("", |index| &name[index..])))
    }),
    Function::fixed("isAbs", &[Text], |_, given| Ok(Value::Bool(given.text(0).starts_with('/')))),
];

fn base(text: &str) -> &str {
    if text.is_empty() {
        return ".";
    }
    let trimmed = text.trim_end_matches('/');
    if trimmed.is_empty() { "/" } else { trimmed.rsplit('/').next().unwrap_or("/") }
}

/// Without doubled slashes, `.` and the `..` that can be resolved.
fn clean(text: &str) -> String {
    let rooted = text.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&"..") | None if !rooted => parts.push(".."),
                _ => {
                    parts.pop();
                }
            },
            _ => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}
