//! The line of a field in what `kubectl get KIND NAME -o yaml` prints.
//!
//! A stored object has no lines of its own; this is the text of it that everybody has. kubectl prints with keys in the order of Go's yaml
//! package, texts of several lines as literals, and folds longer lines at spaces beyond column 80. The same is counted here without
//! printing anything; `k8s_explain_names_lines_that_kubectl_prints` holds it against the real one. Managed fields are not printed.

use std::cmp::Ordering;

use serde_json::Value;

/// Beyond this column a space ends a line.
const WIDTH: usize = 80;

/// The line of `field` (`spec.resources[0].template`), or of its entry `key`; none when it is not there.
pub(super) fn line(object: &Value, field: &str, key: Option<&str>) -> Option<usize> {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    let mut steps = steps(field)?;
    if let Some(key) = key {
        steps.push(Step::Key(key.to_owned()));
    }
    find(&object, &steps, 0).map(|before| before + 1)
}

enum Step {
    Key(String),
    Index(usize),
}

fn steps(field: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for part in field.split('.') {
        let (name, indexes) = part.split_once('[').unwrap_or((part, ""));
        steps.push(Step::Key(name.to_owned()));
        for index in indexes.split('[').filter(|index| !index.is_empty()) {
            steps.push(Step::Index(index.trim_end_matches(']').parse().ok()?));
        }
    }
    Some(steps)
}

/// Lines before the one on which the entry begins; `indent` is the column of this value's keys or dashes.
fn find(value: &Value, steps: &[Step], indent: usize) -> Option<usize> {
    let Some((step, rest)) = steps.split_first() else { return Some(0) };
    let mut before = 0;
    match (step, value) {
        (Step::Key(wanted), Value::Object(map)) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_by(|a, b| order(a, b));
            for key in keys {
                let entry = &map[key];
                if key == wanted {
                    if rest.is_empty() {
                        return Some(before);
                    }
                    return find(entry, rest, below(entry, indent)).map(|more| before + 1 + more);
                }
                before += entry_lines(key, entry, indent);
            }
            None
        }
        (Step::Index(wanted), Value::Array(list)) => {
            for (index, item) in list.iter().enumerate() {
                if index == *wanted {
                    // The first key stands on the line of the dash.
                    return find(item, rest, indent + 2).map(|more| before + more);
                }
                before += item_lines(item, indent);
            }
            None
        }
        _ => None,
    }
}

/// Lists stand at the column of their key, maps two further in.
fn below(value: &Value, indent: usize) -> usize {
    if value.is_array() { indent } else { indent + 2 }
}

fn entry_lines(key: &str, value: &Value, indent: usize) -> usize {
    match value {
        Value::Object(map) if !map.is_empty() => 1 + map_lines(value, indent + 2),
        Value::Array(list) if !list.is_empty() => {
            1 + list.iter().map(|item| item_lines(item, indent)).sum::<usize>()
        }
        Value::String(text) => text_lines(text, indent + key.chars().count() + 2, indent + 2),
        _ => 1,
    }
}

fn item_lines(item: &Value, indent: usize) -> usize {
    match item {
        Value::Object(map) if !map.is_empty() => map_lines(item, indent + 2),
        Value::Array(list) if !list.is_empty() => {
            list.iter().map(|item| item_lines(item, indent + 2)).sum()
        }
        Value::String(text) => text_lines(text, indent + 2, indent + 2),
        _ => 1,
    }
}

fn map_lines(map: &Value, indent: usize) -> usize {
    let entries = map.as_object().into_iter().flatten();
    entries.map(|(key, value)| entry_lines(key, value, indent)).sum()
}

/// `column` is where the text begins, `indent` where its further lines do.
fn text_lines(text: &str, column: usize, indent: usize) -> usize {
    let literal = !text.contains('\t')
        && !text.contains(" \n")
        && !text.ends_with(' ')
        && !text.chars().any(|one| one != '\n' && one.is_control());
    if text.contains('\n') && literal {
        return 1 + text.strip_suffix('\n').unwrap_or(text).split('\n').count();
    }
    let characters: Vec<char> = text.chars().collect();
    let quoted = is_quoted(text);
    let mut lines = 1;
    let mut at = column + usize::from(quoted);
    let mut after_space = false;
    for (index, one) in characters.iter().enumerate() {
        let next_is_space = characters.get(index + 1).is_some_and(|next| *next == ' ');
        let inner = index > 0 && index + 1 < characters.len();
        let breaks = *one == ' ' && !after_space && !next_is_space && at > WIDTH;
        if breaks && (inner || !quoted) {
            lines += 1;
            at = indent;
        } else {
            at += match one {
                '\'' if quoted => 2,
                '\n' | '\t' | '"' | '\\' if !literal => 2,
                _ => 1,
            };
        }
        after_space = *one == ' ';
    }
    lines
}

/// Whether the text cannot stand plain.
fn is_quoted(text: &str) -> bool {
    let indicators =
        ['{', '}', '[', ']', ',', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`'];
    text.is_empty()
        || text.starts_with(indicators)
        || text.starts_with([' ', '-', '?', ':'])
        || text.ends_with([' ', ':'])
        || text.contains(": ")
        || text.contains(" #")
        || text.contains('\n')
        || text.contains('\t')
}

/// As Go's yaml package orders keys: what is no letter before letters, digits as numbers.
fn order(a: &str, b: &str) -> Ordering {
    let (left, right): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    for (index, (one, other)) in left.iter().zip(&right).enumerate() {
        if one == other {
            continue;
        }
        return match (one.is_alphabetic(), other.is_alphabetic()) {
            (true, true) => one.cmp(other),
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                let number = |text: &[char]| {
                    let digits: String =
                        text[index..].iter().take_while(|one| one.is_ascii_digit()).collect();
                    (digits.parse::<u64>().unwrap_or(0), digits.len())
                };
                number(&left).cmp(&number(&right)).then(one.cmp(other))
            }
        };
    }
    left.len().cmp(&right.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(object: &Value, field: &str, key: Option<&str>, want: Option<usize>) {
        assert_eq!(line(object, field, key), want, "{field} {key:?}");
    }

    #[test]
    fn lines_are_counted_as_kubectl_prints_them() {
        let object = json!({
            "kind": "Plug", "apiVersion": "v1",
            "metadata": {
                "name": "a", "managedFields": [{}], "annotations": {"note": "one\ntwo\n"},
            },
            "spec": {
                "config": {"a2": 1, "a10": "x"},
                "resources": [
                    {"do": "apply", "template": {"data": {"k": "v"}}},
                    {"stringTemplate": "x"},
                ],
                "empty": {}, "vars": [],
            },
        });
        check(&object, "metadata", None, Some(3));
        check(&object, "metadata.name", None, Some(8));
        check(&object, "spec", None, Some(9));
        check(&object, "spec.config", Some("a2"), Some(11));
        check(&object, "spec.config", Some("a10"), Some(12));
        check(&object, "spec.empty", None, Some(13));
        check(&object, "spec.resources", None, Some(14));
        check(&object, "spec.resources[0].template", None, Some(16));
        check(&object, "spec.resources[0].template.data.k", None, Some(18));
        check(&object, "spec.resources[1].stringTemplate", None, Some(19));
        check(&object, "spec.vars", None, Some(20));
        check(&object, "spec.none", None, None);
        check(&object, "default of the interface", None, None);
    }

    #[test]
    fn a_long_text_is_folded_at_spaces() {
        let words = "word ".repeat(40);
        let object = json!({"a": words.trim(), "b": 1});
        // 200 characters in lines of about 80.
        check(&object, "b", None, Some(4));
        let object = json!({"a": "w".repeat(200), "b": 1});
        check(&object, "b", None, Some(2));
    }
}
