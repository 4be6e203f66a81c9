//! The part of Maven's `settings.xml` that concerns us: who stands in for `central`.
//!
//! A `<mirror>` counts when its `<mirrorOf>` is, or lists, `central`, `*` or `external:*` and does not
//! exclude `!central`. A `<server>` of the same id gives user and password. Anything Maven would have
//! to interpret (`${env.X}`, passwords encrypted as `{...}`) is refused by name instead of guessed.

use std::path::{Path, PathBuf};

use base64::Engine;
use quick_xml::Reader;
use quick_xml::events::Event;

/// Hand-written files are a few KiB; a larger one is not a settings file.
const MAX_BYTES: u64 = 1 << 20;

/// A Maven repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    pub url: String,
    /// Value of the `Authorization` header.
    pub authorization: Option<String>,
}

impl Mirror {
    pub(super) fn open(url: &str) -> Self {
        Self { url: url.to_owned(), authorization: None }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("read `{}`", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("`{}` is not well-formed XML", path.display())]
    Malformed { path: PathBuf, source: Box<quick_xml::Error> },
    #[error("`{}` uses `{value}`, which only Maven can interpret; give the mirror itself", path.display())]
    Interpreted { path: PathBuf, value: String },
}

#[derive(Default)]
struct Entry {
    id: String,
    of: String,
    url: String,
    username: String,
    password: String,
    blocked: String,
}

/// The mirrors of `central`, in the file's order; empty when there is no such file.
pub(super) fn mirrors_of_central(path: &Path) -> Result<Vec<Mirror>, SettingsError> {
    match std::fs::metadata(path) {
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(SettingsError::Unreadable { path: path.to_owned(), source }),
        Ok(meta) if meta.len() > MAX_BYTES => {
            let source = std::io::Error::new(std::io::ErrorKind::InvalidData, "larger than 1 MiB");
            return Err(SettingsError::Unreadable { path: path.to_owned(), source });
        }
        Ok(_) => {}
    }
    let text = std::fs::read_to_string(path)
        .map_err(|source| SettingsError::Unreadable { path: path.to_owned(), source })?;
    let (mirrors, servers) = entries(&text).map_err(|source| SettingsError::Malformed {
        path: path.to_owned(),
        source: Box::new(source),
    })?;
    let interpreted =
        |value: &str| SettingsError::Interpreted { path: path.to_owned(), value: value.to_owned() };
    let mut found = Vec::new();
    for mirror in mirrors.iter().filter(|mirror| covers_central(&mirror.of)) {
        if mirror.blocked == "true" {
            continue;
        }
        if mirror.url.contains("${") {
            return Err(interpreted(&mirror.url));
        }
        let server = servers.iter().find(|server| server.id == mirror.id && !server.id.is_empty());
        let authorization = match server {
            None => None,
            Some(server) if server.password.contains("${") || server.username.contains("${") => {
                return Err(interpreted(&format!("the variables of server {}", server.id)));
            }
            Some(server) if server.password.starts_with('{') => {
                return Err(interpreted(&format!("the encrypted password of {}", server.id)));
            }
            Some(server) => {
                let pair = format!("{}:{}", server.username, server.password);
                let pair = base64::engine::general_purpose::STANDARD.encode(pair);
                Some(format!("Basic {pair}"))
            }
        };
        found.push(Mirror { url: mirror.url.clone(), authorization });
    }
    Ok(found)
}

fn covers_central(of: &str) -> bool {
    let mut covers = false;
    for part in of.split(',').map(str::trim) {
        match part {
            "!central" => return false,
            "central" | "*" | "external:*" => covers = true,
            _ => {}
        }
    }
    covers
}

fn entries(text: &str) -> Result<(Vec<Entry>, Vec<Entry>), quick_xml::Error> {
    let mut reader = Reader::from_str(text);
    let mut path: Vec<String> = Vec::new();
    let (mut mirrors, mut servers) = (Vec::new(), Vec::new());
    let mut entry = Entry::default();
    loop {
        match reader.read_event()? {
            Event::Eof => return Ok((mirrors, servers)),
            Event::Start(start) => {
                path.push(start.local_name().as_ref().to_owned());
            }
            Event::End(_) => {
                match path.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                    ["settings", "mirrors", "mirror"] => mirrors.push(std::mem::take(&mut entry)),
                    ["settings", "servers", "server"] => servers.push(std::mem::take(&mut entry)),
                    _ => {}
                }
                path.pop();
            }
            Event::Text(text) => {
                let value = text.xml10_content();
                append(&path, &mut entry, &value);
            }
            Event::CData(text) => append(&path, &mut entry, &text),
            Event::GeneralRef(reference) => {
                let value = match reference.resolve_char_ref()? {
                    Some(c) => c.to_string(),
                    None => match &*reference {
                        "amp" => "&",
                        "lt" => "<",
                        "gt" => ">",
                        "quot" => "\"",
                        "apos" => "'",
                        _ => "",
                    }
                    .to_owned(),
                };
                append(&path, &mut entry, &value);
            }
            _ => {}
        }
    }
}

/// Adds text to the field that the path leads to; text comes in pieces around entities.
fn append(path: &[String], entry: &mut Entry, value: &str) {
    let [_, _, _, field] = path else { return };
    let field = match field.as_str() {
        "id" => &mut entry.id,
        "mirrorOf" => &mut entry.of,
        "url" => &mut entry.url,
        "username" => &mut entry.username,
        "password" => &mut entry.password,
        "blocked" => &mut entry.blocked,
        _ => return,
    };
    field.push_str(value.trim());
}
