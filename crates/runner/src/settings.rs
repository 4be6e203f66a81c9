//! Everything a runner is told by the program around it. Nothing is read from the environment in here.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use provision::java::JavaSearch;

use crate::clock::Seams;
use crate::privilege::WorkloadUser;

/// Above the range of usual servers, below the ephemeral ports.
pub const PORTS: RangeInclusive<u16> = 20080..=20999;

#[derive(Clone, Debug)]
pub struct Settings {
    /// The runner's own folder; joined before.
    pub data: PathBuf,
    /// Shared by all data folders of the machine.
    pub cache: PathBuf,
    /// `~/.m2`
    pub m2_home: Option<PathBuf>,
    /// Maven repositories to use; empty leaves the choice to `settings.xml`, then Maven Central.
    pub mirrors: Vec<String>,
    pub java: JavaSearch,
    /// Loopback ports for workloads.
    pub ports: RangeInclusive<u16>,
    /// How the link reaches the control plane.
    pub link: link::client::Network,
    /// Connect here instead of the address of the token; the certificate is checked all the same.
    pub address: Option<String>,
    /// How jars are fetched.
    pub download: provision::download::Network,
    pub workload_user: WorkloadUser,
    /// The program that makes name spaces for dry runs.
    pub unshare: PathBuf,
    /// `TZ` of workloads.
    pub timezone: Option<String>,
    /// How much telemetry may wait for the control plane.
    pub spool: telemetry::spool::Limits,
    pub build: String,
    pub seams: Seams,
}

impl Settings {
    pub fn new(data: &Path, cache: &Path) -> Self {
        Self {
            data: data.to_owned(),
            cache: cache.to_owned(),
            m2_home: None,
            mirrors: Vec::new(),
            java: JavaSearch::default(),
            ports: PORTS,

            link: link::client::Network::default(),
            address: None,
            download: provision::download::Network::default(),
            workload_user: WorkloadUser::Auto,
            unshare: PathBuf::from("unshare"),
            timezone: None,
            spool: telemetry::spool::Limits::default(),
            build: env!("CARGO_PKG_VERSION").to_owned(),
            seams: Seams::system(),
        }
    }
}
