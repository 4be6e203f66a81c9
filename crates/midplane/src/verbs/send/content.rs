//! Body and headers as a person gives them: by flags, or in an editor.
//!
//! The edited text looks like an HTTP message: a line for each header, with its type where it is no text, an empty line, the
//! body. A body that is not text cannot be edited; it is given as a file.

use std::io::Read as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::arguments::replay::ContentArguments;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::verbs::get::plain;

const KINDS: &[&str] = &["text", "long", "double", "bool", "bytes", "instant", "null"];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    pub body: Option<Vec<u8>>,
    /// Name, type, value.
    pub headers: Vec<(String, String, String)>,
}

impl Content {
    pub fn to_json(&self) -> Value {
        let headers: Vec<Value> = self
            .headers
            .iter()
            .map(|(name, kind, value)| json!({"name": name, "kind": kind, "value": value}))
            .collect();
        match self.body.as_deref().map(std::str::from_utf8) {
            None => json!({"headers": headers}),
            Some(Ok(text)) => json!({"headers": headers, "body": text}),
            Some(Err(_)) => {
                json!({"headers": headers, "bodyBase64": base64(self.body.as_deref().unwrap_or_default())})
            }
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

pub fn of_arguments(arguments: &ContentArguments) -> Outcome<Content> {
    let ContentArguments { body, headers } = arguments;
    let body = body.as_deref().map(read).transpose()?;
    let headers = headers.iter().map(|text| header(text, '=')).collect::<Outcome<_>>()?;
    Ok(Content { body, headers })
}

pub(super) fn read(text: &str) -> Outcome<Vec<u8>> {
    match text.strip_prefix('@') {
        None => Ok(text.as_bytes().to_vec()),
        Some("-") => {
            let mut bytes = Vec::new();
            std::io::stdin()
                .lock()
                .read_to_end(&mut bytes)
                .map_err(|err| Failure::internal("read standard input", &err))?;
            Ok(bytes)
        }
        Some(path) => {
            std::fs::read(path).map_err(|err| Failure::file("read the body", Path::new(path), &err))
        }
    }
}

/// `name=value` or `name:type=value`; in an edited text `name: value` or `name (type): value`.
fn header(text: &str, separator: char) -> Outcome<(String, String, String)> {
    let bad = || {
        let example = if separator == '=' { "X-Test=1 or count:long=5" } else { "X-Test: 1" };
        Failure::new("MP-CLI-55", Exit::Usage, format!("`{text}` is no header"))
            .next(format!("write it as {example}"))
    };
    let (name, value) = text.split_once(separator).ok_or_else(bad)?;
    let (name, kind) = if separator == '=' {
        name.rsplit_once(':').unwrap_or((name, "text"))
    } else {
        match name.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (")) {
            Some((name, kind)) => (name, kind),
            None => (name, "text"),
        }
    };
    let value = if separator == ':' { value.strip_prefix(' ').unwrap_or(value) } else { value };
    if name.trim().is_empty() || !KINDS.contains(&kind) {
        return Err(bad());
    }
    Ok((name.to_owned(), kind.to_owned(), value.to_owned()))
}

/// The content that a plan says would go in.
pub fn of_plan(plan: &Value) -> Content {
    let headers = plan["headers"].as_array().into_iter().flatten();
    let headers = headers
        .map(|one| (plain(&one["name"]), plain(&one["kind"]), plain(&one["value"])))
        .collect();
    let text = plan["body"].as_str().map(|text| text.as_bytes().to_vec());
    let bytes = || {
        use base64::Engine as _;
        let encoded = plan["bodyBase64"].as_str()?;
        base64::engine::general_purpose::STANDARD.decode(encoded).ok()
    };
    Content { body: text.or_else(bytes), headers }
}

/// As it stands in the editor.
fn to_text(content: &Content) -> String {
    let mut text = String::new();
    for (name, kind, value) in &content.headers {
        let kind = if kind == "text" { String::new() } else { format!(" ({kind})") };
        text += &format!("{name}{kind}: {value}\n");
    }
    text.push('\n');
    text + &String::from_utf8_lossy(content.body.as_deref().unwrap_or_default())
}

/// Reads an edited text.
fn of_text(text: &str) -> Outcome<Content> {
    let mut headers = Vec::new();
    let mut rest = text;
    while let Some((line, after)) = rest.split_once('\n') {
        rest = after;
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() {
            break;
        }
        headers.push(header(line, ':')?);
    }
    let body = (!rest.is_empty()).then(|| rest.as_bytes().to_vec());
    Ok(Content { body, headers })
}

/// Opens `content` in the user's editor and reads it back.
pub fn edit(content: &Content) -> Outcome<Content> {
    let failed = |what: &str| {
        Failure::new("MP-CLI-54", Exit::Internal, format!("nothing was edited: {what}")).next(
            "set EDITOR to a program that returns when the file is closed, or use --body @FILE",
        )
    };
    let editor = ["VISUAL", "EDITOR"]
        .into_iter()
        .find_map(crate::environment::variable)
        .unwrap_or_else(|| "vi".to_owned());
    let file = tempfile::Builder::new()
        .prefix("midplane-replay-")
        .suffix(".txt")
        .tempfile()
        .map_err(|err| Failure::internal("write the message to a file", &err))?;
    std::fs::write(file.path(), to_text(content))
        .map_err(|err| Failure::file("write the message to", file.path(), &err))?;
    // As git does: the variable may hold arguments.
    let status = std::process::Command::new("sh")
        .args(["-c", "eval \"$0\" '\"$1\"'", &editor])
        .arg(file.path())
        .status()
        .map_err(|err| failed(&err.to_string()))?;
    if !status.success() {
        return Err(failed(&format!("`{editor}` ended with {status}")));
    }
    let text = std::fs::read_to_string(file.path()).map_err(|err| failed(&err.to_string()))?;
    of_text(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edited_message_reads_back_as_it_was() {
        let text = |name: &str, kind: &str, value: &str| {
            (name.to_owned(), kind.to_owned(), value.to_owned())
        };
        let content = Content {
            body: Some(b"{\n  \"sku\": 1\n}\n".to_vec()),
            headers: vec![text("X-Test", "text", "a: b"), text("count", "long", "5")],
        };
        assert_eq!(of_text(&to_text(&content)).unwrap(), content);
        let bare = Content { body: Some(b"x".to_vec()), headers: Vec::new() };
        assert_eq!(of_text(&to_text(&bare)).unwrap(), bare);
    }

    #[test]
    fn a_flag_may_name_a_type() {
        let of = |text: &str| header(text, '=').map(|(_, kind, value)| (kind, value));
        assert_eq!(of("X=1").unwrap(), ("text".to_owned(), "1".to_owned()));
        assert_eq!(of("n:long=5").unwrap(), ("long".to_owned(), "5".to_owned()));
        assert_eq!(of("n:object=5").unwrap_err().code, "MP-CLI-55");
        assert_eq!(of("nothing").unwrap_err().code, "MP-CLI-55");
    }
}
