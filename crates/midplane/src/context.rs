//! Contexts: which control plane the client verbs talk to, and as whom.
//!
//! `$XDG_CONFIG_HOME/midplane/contexts.toml` (0600) names each control plane once:
//!
//! ```toml
//! format = 1
//! current = "local"
//! [contexts.local]
//! server = "http://127.0.0.1:7080"
//! token_file = "/home/me/.local/share/midplane/server/admin-token"
//! project = "demo"
//! environment = "dev"
//! ```
//! `up` writes the one of its own data folder; it becomes the current one unless the user chose a distant one. The file holds the path
//! of a token where it can, so that a copied contexts file gives nothing away. `--server` with `MIDPLANE_TOKEN` needs no file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

/// The format that this version writes; a newer one is refused.
const FORMAT: u32 = 1;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contexts {
    #[serde(default)]
    pub format: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    #[serde(default, rename = "contexts")]
    pub named: BTreeMap<String, Context>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    pub server: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_file: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The data folder when `up` on this machine made the context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
}

pub fn file(config_home: &Path) -> PathBuf {
    config_home.join("contexts.toml")
}

impl Contexts {
    pub fn load(path: &Path) -> Outcome<Self> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(err) => return Err(Failure::file("read the contexts file", path, &err)),
        };
        Self::parse(&text).map_err(|why| {
            Failure::new(
                "MP-CLI-12",
                Exit::Conflict,
                format!("the contexts file `{}` cannot be used: {why}", path.display()),
            )
            .next("correct it, or move it away and run `midplane up` again, which writes a new one")
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let format = toml::from_str::<toml::Table>(text)
            .map_err(|err| err.to_string())?
            .get("format")
            .and_then(toml::Value::as_integer);
        if format.is_some_and(|format| format > i64::from(FORMAT)) {
            return Err("it was written by a newer Midplane".to_owned());
        }
        toml::from_str(text).map_err(|err| err.to_string())
    }

    /// Replaces the file in one step; readers see the old or the new one.
    pub fn store(&self, path: &Path) -> Outcome {
        let mut this = self.clone();
        this.format = FORMAT;
        let text = toml::to_string(&this)
            .map_err(|err| Failure::internal("write the contexts file", &err))?;
        crate::files::replace(path, text.as_bytes(), crate::files::PRIVATE)
    }

    /// Refuses a name that is none of them.
    pub fn known(&self, name: &str) -> Outcome<&Context> {
        self.named.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.named.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            Failure::new("MP-CLI-06", Exit::NotFound, format!("there is no context `{name}`"))
                .next(format!("known are: {known}"))
        })
    }

    /// Puts the context of a local `up` in place; it becomes current unless a distant one is.
    pub fn put_local(&mut self, name: &str, context: Context) {
        let distant = self
            .current
            .as_ref()
            .and_then(|current| self.named.get(current))
            .is_some_and(|it| it.data.is_none());
        self.named.insert(name.to_owned(), context);
        if !distant {
            self.current = Some(name.to_owned());
        }
    }

    pub fn remove(&mut self, name: &str) {
        self.named.remove(name);
        if self.current.as_deref() == Some(name) {
            self.current = self.named.keys().next().cloned();
        }
    }

    /// The name for a data folder: the one it has, `local` for the first, `local-<folder>` for others.
    pub fn name_for(&self, data: &Path) -> String {
        let known = self.named.iter().find(|(_, context)| context.data.as_deref() == Some(data));
        if let Some((name, _)) = known {
            return name.clone();
        }
        let folder = data
            .file_name()
            .map_or_else(|| "data".to_owned(), |name| name.to_string_lossy().into_owned());
        let base = ["local".to_owned(), format!("local-{folder}")];
        let numbered = (2..).map(|number| format!("local-{folder}-{number}"));
        base.into_iter()
            .chain(numbered)
            .find(|name| !self.named.contains_key(name))
            .unwrap_or_default()
    }
}

impl Context {
    pub fn token(&self) -> Outcome<Option<String>> {
        let Some(file) = &self.token_file else { return Ok(self.token.clone()) };
        match std::fs::read_to_string(file) {
            Ok(text) => Ok(Some(text.trim().to_owned())),
            Err(err) => Err(Failure::new(
                "MP-CLI-13",
                Exit::Refused,
                format!(
                    "the token of this context is in `{}`, which cannot be read",
                    file.display()
                ),
            )
            .because(&err)
            .next("run the command as the user who ran `midplane up`, or set MIDPLANE_TOKEN")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Context, Contexts};

    fn local(data: &str) -> Context {
        Context {
            server: "http://127.0.0.1:1".into(),
            data: Some(data.into()),
            ..Context::default()
        }
    }

    #[test]
    fn the_first_data_folder_is_local_and_others_carry_their_name() {
        let mut contexts = Contexts::default();
        let name = contexts.name_for(Path::new("/a/one"));
        contexts.put_local(&name, local("/a/one"));
        let other = contexts.name_for(Path::new("/b/two"));
        contexts.put_local(&other, local("/b/two"));
        assert_eq!((name.as_str(), other.as_str()), ("local", "local-two"));
        assert_eq!(contexts.name_for(Path::new("/a/one")), "local");
        assert_eq!(contexts.current.as_deref(), Some("local-two"));
    }

    #[test]
    fn a_distant_context_stays_current() {
        let mut contexts = Contexts { current: Some("work".into()), ..Contexts::default() };
        contexts.named.insert(
            "work".into(),
            Context { server: "https://example.org".into(), ..Context::default() },
        );
        contexts.put_local("local", local("/a"));
        assert_eq!(contexts.current.as_deref(), Some("work"));
    }

    #[test]
    fn a_newer_file_is_refused_and_ours_reads_back() {
        assert!(Contexts::parse("format = 2\n").unwrap_err().contains("newer"));
        let mut contexts = Contexts::default();
        contexts.put_local("local", local("/a"));
        assert_eq!(Contexts::parse(&toml::to_string(&contexts).unwrap()), Ok(contexts));
    }
}
