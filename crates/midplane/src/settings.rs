//! Settings: flag, then `MIDPLANE_*`, then `midplane.toml`, then the default; each remembers which it was.
//!
//! clap has already put flags and variables into one value; `Layers` asks it which of the two it was and adds the file below.
//! The file is flat (`http = "127.0.0.1:7081"`), keys are the long flags; an unknown key is an error with the nearest one. No
//! file is needed. `admin config` prints what came out.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ArgMatches;
use clap::parser::ValueSource;

use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

/// Every key that `midplane.toml` may hold, with its meaning.
pub const KEYS: &[(&str, &str)] = &[
    ("data", "folder for everything that is kept"),
    ("cache", "folder for downloads, shared by all data folders"),
    ("http", "address of console and API"),
    ("link", "address that runners dial"),
    ("ports", "loopback ports for workloads"),
    ("java", "Java program or home for workloads"),
    ("maven-mirrors", "Maven repositories to use instead of those of ~/.m2/settings.xml"),
    ("log", "what goes into the logs"),
    ("database-url", "PostgreSQL of a `server` that is run by hand"),
    ("database-owner-url", "the same database as the role that owns the schema"),
    ("public-url", "address of the console as users reach it"),
    ("public-link", "address of the link as runners reach it"),
    ("instance", "name of this installation in the browser's cookie"),
    (
        "allow-private-host",
        "hosts with a private address that Git sources may use, separated by commas",
    ),
    ("one-port", "console, API and link on one port, over TLS"),
    ("tls-chain", "PEM file with the console's certificates, for one-port"),
    ("tls-key", "PEM file with the key of the first of them"),
    ("replica-address", "address of this server's link as other servers reach it"),
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Flag,
    Variable,
    File(PathBuf),
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Variable => f.write_str("variable"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Setting<T> {
    pub value: T,
    pub origin: Origin,
}

pub struct Layers<'a> {
    matches: Option<&'a ArgMatches>,
    file: toml::Table,
    path: PathBuf,
}

impl<'a> Layers<'a> {
    /// `explicit` is `--settings`: then the file must exist.
    pub fn load(
        matches: &'a ArgMatches,
        explicit: Option<&Path>,
        environment: &Environment,
    ) -> Outcome<Self> {
        let path = explicit.map_or_else(|| default_file(environment), Path::to_path_buf);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(err) if err.kind() == std::io::ErrorKind::NotFound && explicit.is_none() => {
                String::new()
            }
            Err(err) => return Err(Failure::file("read the settings file", &path, &err)),
        };
        let file = parse(&text).map_err(|why| {
            Failure::new(
                "MP-CLI-14",
                Exit::Usage,
                format!("the settings file `{}`: {why}", path.display()),
            )
            .next("correct the file; `midplane admin config` lists the keys")
        })?;
        Ok(Self { matches: Some(deepest(matches)), file, path })
    }

    /// The value of `key`: what clap saw, else the file's, else `default`.
    pub fn pick<T: FromStr + Clone>(
        &self,
        key: &str,
        seen: Option<T>,
        default: impl FnOnce() -> T,
    ) -> Outcome<Setting<T>>
    where
        T::Err: fmt::Display,
    {
        Ok(self
            .pick_optional(key, seen)?
            .unwrap_or_else(|| Setting { value: default(), origin: Origin::Default }))
    }

    pub fn pick_optional<T: FromStr + Clone>(
        &self,
        key: &str,
        seen: Option<T>,
    ) -> Outcome<Option<Setting<T>>>
    where
        T::Err: fmt::Display,
    {
        if let Some(value) = seen {
            let id = key.replace('-', "_");
            let source = self.matches.and_then(|matches| {
                matches.try_contains_id(&id).ok().and_then(|_| matches.value_source(&id))
            });
            let origin = if source == Some(ValueSource::EnvVariable) {
                Origin::Variable
            } else {
                Origin::Flag
            };
            return Ok(Some(Setting { value, origin }));
        }
        let Some(value) = self.file.get(key) else { return Ok(None) };
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let value = text.parse().map_err(|why: T::Err| {
            Failure::new(
                "MP-CLI-14",
                Exit::Usage,
                format!("`{key}` in `{}` cannot be `{text}`: {why}", self.path.display()),
            )
            .next("correct the file; `midplane admin config` lists the keys")
        })?;
        Ok(Some(Setting { value, origin: Origin::File(self.path.clone()) }))
    }
}

fn default_file(environment: &Environment) -> PathBuf {
    let own = environment.config_home().join("midplane.toml");
    if environment.root && !own.exists() {
        PathBuf::from("/etc/midplane/midplane.toml")
    } else {
        own
    }
}

fn parse(text: &str) -> Result<toml::Table, String> {
    let table: toml::Table = toml::from_str(text).map_err(|err| err.to_string())?;
    for key in table.keys() {
        if !KEYS.iter().any(|(known, _)| known == key) {
            let nearest = nearest(key, KEYS.iter().map(|(known, _)| *known));
            let hint =
                nearest.map_or_else(String::new, |nearest| format!(", did you mean `{nearest}`?"));
            return Err(format!("unknown key `{key}`{hint}"));
        }
    }
    Ok(table)
}

/// The known name that `wrong` was probably meant to be.
pub fn nearest<'k>(wrong: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    known
        .map(|name| (strsim::damerau_levenshtein(wrong, name), name))
        .filter(|(distance, name)| *distance <= name.len().max(3) / 3)
        .min()
        .map(|(_, name)| name)
}

/// The matches of the innermost sub-command: flags of the others are not settings.
fn deepest(matches: &ArgMatches) -> &ArgMatches {
    let mut inner = matches;
    while let Some((_, next)) = inner.subcommand() {
        inner = next;
    }
    inner
}

#[cfg(test)]
mod tests {
    use super::{nearest, parse};

    #[test]
    fn an_unknown_key_names_the_nearest_one() {
        assert_eq!(
            parse("htpp = \"127.0.0.1:1\"").unwrap_err(),
            "unknown key `htpp`, did you mean `http`?"
        );
        assert!(parse("http = \"127.0.0.1:1\"").is_ok());
        assert_eq!(nearest("zzz", ["data"].into_iter()), None);
    }
}
