//! Where everything of a runner lies.
//!
//! ```text
//! lock                              held while a runner runs
//! key.pem cert.pem .. journal/      the link's (identity, journal), 0600 / 0700
//! state/<workload id>.json          records: what is to run, and the inventory of what a removal deletes
//! specs/<digest>.json locks/<digest>.json sealed/<digest>
//! bundles/<digest>/                 unpacked, no write bits
//! workloads/<folder>/work/          the workload's working directory, its own
//! workloads/<folder>/routes.json    which routes are held back, as the control plane said last
//! workloads/<folder>/instances/<n>/ one start of a JVM: launch.json go process.json status/ log/ stdout.log stderr.log
//!                                   control/routes.json control/orders/<command>.json
//! sandboxes/<workload id>/          as workloads/<folder>: the JVM of dry runs, deleted before each start
//! orders/<command>.json             which instance was handed a message to deliver
//! ```
//! As root the root, `workloads` and `bundles` can be passed through but not listed (0711): a workload runs under another
//! user and must reach its own folders. Everything else stays 0700. Only paths and modes here; no reading.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::record::Number;

#[derive(Clone, Debug)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Makes the folders; `shared` when workloads run under another user.
    pub(crate) fn prepare(&self, shared: bool) -> io::Result<()> {
        let pass = if shared { 0o711 } else { 0o700 };
        make(&self.root, pass)?;
        for name in ["state", "specs", "locks", "sealed", "incoming", "orders"] {
            make(&self.root.join(name), 0o700)?;
        }
        for name in ["bundles", "workloads"] {
            make(&self.root.join(name), pass)?;
        }
        Ok(())
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    pub(crate) fn records(&self) -> PathBuf {
        self.root.join("state")
    }

    pub(crate) fn record(&self, workload: Uuid) -> PathBuf {
        self.root.join("state").join(format!("{workload}.json"))
    }

    /// `digest` in its text form, `sha256:..`; the caller has parsed it as one.
    pub(crate) fn spec(&self, digest: &str) -> PathBuf {
        self.root.join("specs").join(format!("{}.json", hex(digest)))
    }

    pub(crate) fn sandboxes(&self) -> PathBuf {
        self.root.join("sandboxes")
    }

    /// Where the sandbox of a workload lies, while there is one.
    pub(crate) fn sandbox(&self, workload: Uuid) -> Place {
        Place { root: self.sandboxes().join(workload.to_string()) }
    }

    /// What was done about an order, by its command.
    pub(crate) fn order(&self, command: Uuid) -> PathBuf {
        self.root.join("orders").join(format!("{command}.json"))
    }

    pub(crate) fn all_orders(&self) -> PathBuf {
        self.root.join("orders")
    }

    pub(crate) fn locks(&self) -> PathBuf {
        self.root.join("locks")
    }

    pub(crate) fn all_sealed(&self) -> PathBuf {
        self.root.join("sealed")
    }

    pub(crate) fn release_lock(&self, digest: &str) -> PathBuf {
        self.root.join("locks").join(format!("{}.json", hex(digest)))
    }

    pub(crate) fn sealed(&self, digest: &str) -> PathBuf {
        self.root.join("sealed").join(hex(digest))
    }

    pub(crate) fn bundles(&self) -> PathBuf {
        self.root.join("bundles")
    }

    pub(crate) fn bundle(&self, digest: &str) -> PathBuf {
        self.bundles().join(hex(digest))
    }

    pub(crate) fn incoming(&self, digest: &str) -> PathBuf {
        self.root.join("incoming").join(hex(digest))
    }

    pub(crate) fn specs(&self) -> PathBuf {
        self.root.join("specs")
    }

    pub(crate) fn workloads(&self) -> PathBuf {
        self.root.join("workloads")
    }

    pub(crate) fn workload(&self, folder: &Path) -> Place {
        Place { root: self.workloads().join(folder) }
    }
}

/// One workload's folder.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    root: PathBuf,
}

impl Place {
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.root.join("work")
    }

    pub(crate) fn instances(&self) -> PathBuf {
        self.root.join("instances")
    }

    pub(crate) fn routes(&self) -> PathBuf {
        self.root.join("routes.json")
    }

    pub(crate) fn instance(&self, number: Number) -> InstancePlace {
        InstancePlace { root: self.instances().join(number.to_string()) }
    }

    /// The numbers of all instances that still have a folder, ascending.
    pub(crate) fn numbers(&self) -> Vec<Number> {
        let entries = fs::read_dir(self.instances()).into_iter().flatten().flatten();
        let mut numbers: Vec<Number> =
            entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        numbers.sort_unstable();
        numbers
    }
}

/// One instance's folder. `status/` and `log/` belong to the workload, so nothing in them may be trusted or followed.
#[derive(Clone, Debug)]
pub(crate) struct InstancePlace {
    root: PathBuf,
}

impl InstancePlace {
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn launch(&self) -> PathBuf {
        self.root.join("launch.json")
    }

    pub(crate) fn go(&self) -> PathBuf {
        self.root.join("go")
    }

    pub(crate) fn process(&self) -> PathBuf {
        self.root.join("process.json")
    }

    /// What the runner asks while it runs; ours, and read by the workload.
    pub(crate) fn control(&self) -> PathBuf {
        self.root.join("control")
    }

    pub(crate) fn orders(&self) -> PathBuf {
        self.root.join("control").join("orders")
    }

    pub(crate) fn order(&self, command: Uuid) -> PathBuf {
        self.orders().join(format!("{command}.json"))
    }

    /// The workload took the order; from here on it may have been carried out.
    pub(crate) fn taken(&self, command: Uuid) -> PathBuf {
        self.root.join("status/answers").join(format!("{command}.taken"))
    }

    pub(crate) fn answer(&self, command: Uuid) -> PathBuf {
        self.root.join("status/answers").join(format!("{command}.json"))
    }

    /// What a dry run asks the runner to ask, by its number.
    pub(crate) fn ask(&self, command: Uuid, number: u32) -> PathBuf {
        self.root.join("status/answers").join(format!("{command}.ask.{number}"))
    }

    pub(crate) fn reply(&self, command: Uuid, number: u32) -> PathBuf {
        self.orders().join(format!("{command}.reply.{number}"))
    }

    /// What became of the routes that are held back.
    pub(crate) fn routes_status(&self) -> PathBuf {
        self.root.join("status").join("routes.json")
    }

    pub(crate) fn status_folder(&self) -> PathBuf {
        self.root.join("status")
    }

    pub(crate) fn status(&self) -> PathBuf {
        self.root.join("status").join("status.json")
    }

    pub(crate) fn log_folder(&self) -> PathBuf {
        self.root.join("log")
    }

    pub(crate) fn stdout(&self) -> PathBuf {
        self.root.join("stdout.log")
    }

    pub(crate) fn stderr(&self) -> PathBuf {
        self.root.join("stderr.log")
    }
}

/// Makes a folder of exactly this mode, whatever the umask.
pub(crate) fn make(path: &Path, mode: u32) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(mode).create(path)?;
    if fs::metadata(path)?.permissions().mode() & 0o7777 != mode {
        fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}

fn hex(digest: &str) -> &str {
    digest.strip_prefix("sha256:").unwrap_or(digest)
}
