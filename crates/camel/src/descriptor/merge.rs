//! Which layer wins for each key, and which ones lost.
//!
//! ```text
//! platform < root file < folder file < application.properties < environments.<name>
//!          < configuration set on the environment < secrets
//! ```
//!
//! A block of `environments` in the folder's file hides the same key of that block in the root
//! file. A secret wins over a property when it arrives as the environment variable that Camel looks
//! up first for that key (`DB_PASSWORD` for `db.password`); its value is not known here, so the
//! merged property disappears and only the mount remains. Dependencies and what capture redacts add
//! up instead of hiding.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{
    Capture, Descriptor, Expose, Plug, Profile, Refinement, Scale, SecretMount, SecretTarget,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    Platform,
    RootFile,
    FolderFile,
    ApplicationProperties,
    EnvironmentBlock,
    EnvironmentConfiguration,
    Secret,
}

impl Layer {
    /// As `describe` shows it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::RootFile => "root midplane.yaml",
            Self::FolderFile => "midplane.yaml",
            Self::ApplicationProperties => "application.properties",
            Self::EnvironmentBlock => "midplane.yaml environments",
            Self::EnvironmentConfiguration => "environment",
            Self::Secret => "secret",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Inputs<'a> {
    pub platform: &'a BTreeMap<String, String>,
    pub root: Option<&'a Descriptor>,
    pub folder: Option<&'a Descriptor>,
    /// `application.properties` of the folder.
    pub application: &'a BTreeMap<String, String>,
    /// Name of the environment whose blocks count.
    pub environment: &'a str,
    /// Properties set on the environment.
    pub configuration: &'a BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Won<T> {
    pub value: T,
    pub layer: Layer,
    /// Layers that also set it and lost, lowest first.
    pub hidden: Vec<Layer>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effective {
    pub properties: BTreeMap<String, Won<String>>,
    pub camel: Option<Won<String>>,
    pub dependencies: Vec<String>,
    pub secrets: Vec<Won<SecretMount>>,
    pub expose: Option<Won<Expose>>,
    pub startup: Option<Won<Duration>>,
    pub memory_bytes: Option<Won<u64>>,
    pub cpu_millis: Option<Won<u32>>,
    pub profile: Option<Won<Profile>>,
    pub scale: Option<Won<Scale>>,
    pub capture: Option<Won<Capture>>,
    pub plugs: Option<Won<Vec<Plug>>>,
}

impl Effective {
    /// The properties as the workload gets them.
    pub fn property_values(&self) -> BTreeMap<String, String> {
        self.properties.iter().map(|(key, won)| (key.clone(), won.value.clone())).collect()
    }
}

pub fn merge(inputs: &Inputs<'_>) -> Effective {
    let mut out = Effective::default();
    properties(&mut out, inputs.platform, Layer::Platform);
    let files = [(inputs.root, Layer::RootFile), (inputs.folder, Layer::FolderFile)];
    for (descriptor, layer) in files {
        let Some(descriptor) = descriptor else { continue };
        set(&mut out.camel, descriptor.camel.as_ref(), layer);
        for dependency in &descriptor.dependencies {
            if !out.dependencies.contains(dependency) {
                out.dependencies.push(dependency.clone());
            }
        }
        refine(&mut out, &descriptor.refinement, layer);
    }
    properties(&mut out, inputs.application, Layer::ApplicationProperties);
    for (descriptor, _) in files {
        let block = descriptor.and_then(|file| file.environments.get(inputs.environment));
        if let Some(block) = block {
            refine(&mut out, block, Layer::EnvironmentBlock);
        }
    }
    properties(&mut out, inputs.configuration, Layer::EnvironmentConfiguration);
    let Effective { properties, secrets, .. } = &mut out;
    properties.retain(|key, won| {
        let variable = variable_of(key);
        let Some(secret) = secrets.iter_mut().find(
            |secret| matches!(&secret.value.target, SecretTarget::Env(name) if *name == variable),
        ) else {
            return true;
        };
        secret.hidden.extend(won.hidden.iter().copied().chain([won.layer]));
        secret.hidden.sort_unstable();
        secret.hidden.dedup();
        false
    });
    out
}

/// The environment variable that Camel looks up before its own properties.
pub fn variable_of(key: &str) -> String {
    key.to_uppercase().replace(['.', '-'], "_")
}

fn refine(out: &mut Effective, from: &Refinement, layer: Layer) {
    properties(out, &from.properties, layer);
    for mount in &from.secrets {
        let hidden = match out.secrets.iter().position(|won| won.value.target == mount.target) {
            Some(at) => {
                let lost = out.secrets.remove(at);
                lost.hidden.into_iter().chain([lost.layer]).collect()
            }
            None => Vec::new(),
        };
        out.secrets.push(Won { value: mount.clone(), layer, hidden });
    }
    set(&mut out.expose, from.expose.as_ref(), layer);
    set(&mut out.startup, from.startup.as_ref(), layer);
    set(&mut out.memory_bytes, from.memory_bytes.as_ref(), layer);
    set(&mut out.cpu_millis, from.cpu_millis.as_ref(), layer);
    set(&mut out.profile, from.profile.as_ref(), layer);
    set(&mut out.scale, from.scale.as_ref(), layer);
    let below = out.capture.as_ref().map(|won| won.value.clone());
    set(&mut out.capture, from.capture.as_ref(), layer);
    if let (Some(won), Some(below), Some(_)) = (&mut out.capture, below, &from.capture) {
        won.value = won.value.clone().over(below);
    }
    set(&mut out.plugs, from.plugs.as_ref(), layer);
}

fn properties(out: &mut Effective, from: &BTreeMap<String, String>, layer: Layer) {
    for (key, value) in from {
        let mut slot = out.properties.remove(key);
        set(&mut slot, Some(value), layer);
        if let Some(won) = slot {
            out.properties.insert(key.clone(), won);
        }
    }
}

fn set<T: Clone>(slot: &mut Option<Won<T>>, value: Option<&T>, layer: Layer) {
    let Some(value) = value else { return };
    let mut hidden = Vec::new();
    if let Some(lost) = slot.take() {
        hidden = lost.hidden;
        // Two environment blocks, of the root file and of the folder's, are one layer.
        if lost.layer != layer {
            hidden.push(lost.layer);
        }
    }
    *slot = Some(Won { value: value.clone(), layer, hidden });
}

#[cfg(test)]
mod tests;
