//! The settings of `up`, resolved: what `up`, `doctor`, `admin` and the programs it starts agree on.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::ArgMatches;

use super::data::DataFolder;
use crate::arguments::up::UpSettings;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::settings::{Layers, Setting};

pub const DEFAULT_HTTP: &str = "127.0.0.1:7080";
pub const DEFAULT_LINK: &str = "127.0.0.1:7443";
/// Above what systems start services on, below the ephemeral range, and room for more workloads than a host runs.
pub const DEFAULT_PORTS: &str = "20080-20999";
pub const DEFAULT_LOG: &str = "info";

#[derive(Clone, Debug)]
pub struct Plan {
    pub data: Setting<String>,
    pub cache: Setting<String>,
    pub http: Setting<String>,
    pub link: Setting<String>,
    pub ports: Setting<String>,
    pub java: Option<Setting<String>>,
    pub maven_mirrors: Option<Setting<String>>,
    pub allow_private_host: Option<Setting<String>>,
    pub log: Setting<String>,
}

pub fn resolve(
    settings: &UpSettings,
    matches: &ArgMatches,
    environment: &Environment,
) -> Outcome<Plan> {
    let layers = Layers::load(matches, settings.settings.as_deref(), environment)?;
    let text = |path: &Option<PathBuf>| {
        path.as_ref().map(|path| environment.folder.join(path).display().to_string())
    };
    let plan = Plan {
        data: layers
            .pick("data", text(&settings.data), || environment.data_home().display().to_string())?,
        cache: layers.pick("cache", text(&settings.cache), || {
            environment.cache_home().display().to_string()
        })?,
        http: layers.pick("http", settings.http.clone(), || DEFAULT_HTTP.to_owned())?,
        link: layers.pick("link", settings.link.clone(), || DEFAULT_LINK.to_owned())?,
        ports: layers.pick("ports", settings.ports.clone(), || DEFAULT_PORTS.to_owned())?,
        java: layers.pick_optional("java", text(&settings.java))?,
        maven_mirrors: layers.pick_optional("maven-mirrors", settings.maven_mirrors.clone())?,
        allow_private_host: layers
            .pick_optional("allow-private-host", settings.allow_private_host.clone())?,
        log: layers.pick("log", settings.log.clone(), || DEFAULT_LOG.to_owned())?,
    };
    ports(&plan.ports.value)?;
    Ok(plan)
}

impl Plan {
    pub fn data(&self) -> DataFolder {
        DataFolder::at(PathBuf::from(&self.data.value))
    }

    pub fn mirrors(&self) -> Vec<String> {
        mirrors(self.maven_mirrors.as_ref().map(|setting| setting.value.as_str()))
    }
}

pub fn mirrors(text: Option<&str>) -> Vec<String> {
    text.unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|url| !url.is_empty())
        .map(str::to_owned)
        .collect()
}

pub fn ports(text: &str) -> Outcome<RangeInclusive<u16>> {
    let parsed = text.split_once('-').and_then(|(first, last)| {
        let (first, last) = (first.trim().parse::<u16>().ok()?, last.trim().parse::<u16>().ok()?);
        (first > 0 && first <= last).then_some(first..=last)
    });
    parsed.ok_or_else(|| {
        Failure::new("MP-UP-05", Exit::Usage, format!("`{text}` is not a range of ports"))
            .next("write FIRST-LAST, as in --ports 20080-20999")
    })
}
