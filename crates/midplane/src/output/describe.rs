//! The long form of one object: its fields in the order asked for, lists of objects as tables below.
//!
//! It works on the JSON that the API returned, so a new field needs a line in the query and none here. Keys become words
//! (`lastSeenAt` -> `Last seen`), ids are shown last and quiet, empty values are left out.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::table::{Cell, human};
use super::time::ago;
use super::{Output, Tone};

pub fn render(output: &Output, object: &Map<String, Value>, now: Timestamp) -> String {
    let mut text = String::new();
    section(output, object, now, "", &mut text);
    text
}

fn section(
    output: &Output,
    object: &Map<String, Value>,
    now: Timestamp,
    indent: &str,
    text: &mut String,
) {
    let flat: Vec<(String, String, Tone)> = object
        .iter()
        .filter_map(|(key, value)| {
            let shown = scalar(key, value, now)?;
            let tone = match key.as_str() {
                "state" | "phase" => Tone::of_state(&shown),
                "id" => Tone::Quiet,
                _ => Tone::Plain,
            };
            (!shown.is_empty()).then(|| (words(key), shown, tone))
        })
        .collect();
    let (ids, mut flat): (Vec<_>, Vec<_>) = flat.into_iter().partition(|(key, ..)| key == "ID");
    flat.extend(ids);
    let width = flat.iter().map(|(key, ..)| key.chars().count()).max().unwrap_or(0);
    for (key, value, tone) in &flat {
        let hanging = format!("\n{indent}{}  ", " ".repeat(width));
        let value = value.trim_end().replace('\n', &hanging);
        let _ = writeln!(text, "{indent}{key:width$}  {}", output.paint(&value, *tone));
    }
    for (key, value) in object {
        match value {
            Value::Object(inner) if scalar(key, value, now).is_none() && !inner.is_empty() => {
                let _ = writeln!(text, "{indent}{}", output.paint(&words(key), Tone::Strong));
                section(output, inner, now, &format!("{indent}  "), text);
            }
            Value::Array(items) if items.first().is_some_and(Value::is_object) => {
                let _ = writeln!(text, "{indent}{}", output.paint(&words(key), Tone::Strong));
                text.push_str(&list(output, items, now, &format!("{indent}  ")));
            }
            _ => {}
        }
    }
}

/// The lines of a failed start: too wide for a column, they stand below their row.
const LINES: &str = "log";

/// Objects of one shape as a table whose titles are their keys.
fn list(output: &Output, items: &[Value], now: Timestamp, indent: &str) -> String {
    let mut keys: Vec<&String> = Vec::new();
    for item in items.iter().filter_map(Value::as_object) {
        for (key, value) in item {
            let hidden = ["id", "__typename", LINES].contains(&key.as_str());
            if !keys.contains(&key) && !value.is_null() && !hidden {
                keys.push(key);
            }
        }
    }
    let rows: Vec<Vec<Cell>> = items
        .iter()
        .map(|item| {
            keys.iter()
                .map(|key| {
                    let value = &item[key.as_str()];
                    let name =
                        || value.get("name").or_else(|| value.get("short")).and_then(Value::as_str);
                    let shown = scalar(key, value, now)
                        .or_else(|| name().map(str::to_owned))
                        .unwrap_or_default();
                    match key.as_str() {
                        "state" | "phase" => Cell::state(&shown),
                        _ => Cell::from(shown.replace('\n', " ")),
                    }
                })
                .collect()
        })
        .collect();
    // A column in which nothing stands says nothing.
    let used: Vec<bool> =
        (0..keys.len()).map(|at| rows.iter().any(|row| !row[at].text.is_empty())).collect();
    let kept = |at: &usize| used.get(*at).copied().unwrap_or_default();
    let rows: Vec<Vec<Cell>> = rows
        .into_iter()
        .map(|row| {
            row.into_iter().enumerate().filter(|(at, _)| kept(at)).map(|(_, it)| it).collect()
        })
        .collect();
    let keys: Vec<_> =
        keys.into_iter().enumerate().filter(|(at, _)| kept(at)).map(|(_, it)| it).collect();
    let titles: Vec<String> = keys.iter().map(|key| words(key).to_uppercase()).collect();
    let widths: Vec<usize> = (0..titles.len())
        .map(|at| {
            let title = titles[at].chars().count();
            rows.iter().map(|row| row[at].text.chars().count()).max().unwrap_or(0).max(title)
        })
        .collect();
    let mut text = String::new();
    let heads = titles.iter().map(|title| Cell::toned(title.clone(), Tone::Quiet)).collect();
    let below = std::iter::once(&Value::Null).chain(items.iter().map(|item| &item[LINES]));
    for (row, below) in std::iter::once(&heads).chain(&rows).zip(below) {
        let mut line = indent.to_owned();
        for (cell, width) in row.iter().zip(&widths) {
            let content = if cell.text.is_empty() { "-" } else { &cell.text };
            let padding = width.saturating_sub(content.chars().count()) + 2;
            line.push_str(&output.paint(content, cell.tone));
            line.push_str(&" ".repeat(padding));
        }
        text.push_str(line.trim_end());
        text.push('\n');
        for line in below.as_array().into_iter().flatten().filter_map(Value::as_str) {
            let _ = writeln!(text, "{indent}  {}", output.paint(line.trim_end(), Tone::Quiet));
        }
    }
    text
}

/// The value on one line, or `None` when it needs a section of its own.
fn scalar(key: &str, value: &Value, now: Timestamp) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(truth) => Some(if *truth { "yes" } else { "no" }.to_owned()),
        Value::Number(number) if key.ends_with("Bytes") => {
            Some(super::time::bytes(number.as_u64().unwrap_or(0)))
        }
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if key.ends_with("At") => {
            let ago = ago(Some(text), now);
            Some(if ago.is_empty() {
                text.clone()
            } else {
                format!("{ago} ({}Z)", text.get(..19).unwrap_or(text))
            })
        }
        // The steps of one thing lie close together: the time of day tells them apart.
        Value::String(text) if key == "at" => {
            let day = text.get(11..23).or_else(|| text.get(11..19)).unwrap_or(text);
            Some(day.trim_end_matches('Z').to_owned())
        }
        Value::String(text) if matches!(key, "state" | "phase") => Some(human(text)),
        Value::String(text) => Some(text.clone()),
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            Some(
                items
                    .iter()
                    .filter_map(|item| scalar("", item, now))
                    .collect::<Vec<_>>()
                    .join(", "),
            )
        }
        // A reference to another noun reads as its name.
        Value::Object(inner)
            if inner.len() <= 2 && (inner.contains_key("name") || inner.contains_key("short")) =>
        {
            inner
                .get("name")
                .or_else(|| inner.get("short"))
                .and_then(Value::as_str)
                .map(str::to_owned)
        }
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// `lastSeenAt` -> `Last seen`, `memoryBytes` -> `Memory`, `url` -> `URL`.
fn words(key: &str) -> String {
    let key = key.strip_suffix("At").or_else(|| key.strip_suffix("Bytes")).unwrap_or(key);
    if matches!(key, "url" | "id" | "pid") {
        return key.to_uppercase();
    }
    let mut text = String::new();
    for (at, letter) in key.chars().enumerate() {
        match (at, letter) {
            (0, letter) => text.extend(letter.to_uppercase()),
            (_, letter) if letter.is_uppercase() => {
                text.push(' ');
                text.extend(letter.to_lowercase());
            }
            (_, letter) => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::render;
    use crate::output::Output;

    #[test]
    fn fields_come_first_and_lists_below() {
        let object = json!({
            "name": "orders", "state": "RUNNING", "release": {"short": "4f2c"}, "startedAt": "2026-01-01T00:00:00Z",
            "url": null, "phases": [{"phase": "READY", "reason": null}, {"phase": "FAILED", "reason": "port\nin use", "log": ["one", "two"]}]
        });
        let now = "2026-01-01T00:02:00Z".parse().unwrap();
        let text =
            render(&Output { colours: false, width: None }, object.as_object().unwrap(), now);
        insta::assert_snapshot!(text, @r"
        Name     orders
        State    Running
        Release  4f2c
        Started  2m ago (2026-01-01T00:00:00Z)
        Phases
          PHASE   REASON
          Ready   -
          Failed  port in use
            one
            two
        ");
    }
}
