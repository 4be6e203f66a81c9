//! The programs of a cluster, built from source.
//!
//! ```text
//! CACHE/kubernetes/v1.35.4-etcd-v3.6.5/    lock, etcd, kube-apiserver, kubectl, kube-controller-manager
//! ```
//! The versions are read from `tools/kubernetes/go.mod`, so a new pin is a new folder. A program that bears its final name was built
//! completely; one process builds while others wait on the lock. Cold, on two cores: etcd 11 s, kube-apiserver 5 minutes, kubectl and
//! kube-controller-manager about a minute each.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Often enough to be believed.
const SHOWN_EVERY: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    Etcd,
    ApiServer,
    Kubectl,
    ControllerManager,
}

impl Tool {
    pub fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::ApiServer => "kube-apiserver",
            Self::Kubectl => "kubectl",
            Self::ControllerManager => "kube-controller-manager",
        }
    }

    fn package(self) -> &'static str {
        match self {
            Self::Etcd => "go.etcd.io/etcd/server/v3",
            Self::ApiServer => "k8s.io/kubernetes/cmd/kube-apiserver",
            Self::Kubectl => "k8s.io/kubernetes/cmd/kubectl",
            Self::ControllerManager => "k8s.io/kubernetes/cmd/kube-controller-manager",
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ToolsError {
    #[error(
        "`go` is missing, and the Kubernetes tests build their API server with it: install Go 1.25 or newer (https://go.dev/dl), or set KUBECONFIG to a cluster for tests"
    )]
    GoMissing,
    #[error("read `{}`", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("`{}` pins no version of `{module}`", path.display())]
    NoPin { path: PathBuf, module: &'static str },
    #[error("`go build {package}` failed:\n{output}")]
    Build { package: &'static str, output: String },
}

/// A folder of programs.
#[derive(Clone, Debug)]
pub struct Tools {
    folder: PathBuf,
    /// `v1.35.4`
    pub version: String,
}

impl Tools {
    /// Finds them below `cache`, or builds those that are missing. `progress` gets a name and a text.
    pub fn find_or_build(
        cache: &Path,
        wanted: &[Tool],
        progress: &dyn Fn(&str, &str),
    ) -> Result<Self, ToolsError> {
        let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/kubernetes");
        let pins = module.join("go.mod");
        let text = fs::read_to_string(&pins).map_err(io_at(&pins))?;
        let version = pin(&text, "k8s.io/kubernetes")
            .ok_or_else(|| ToolsError::NoPin { path: pins.clone(), module: "k8s.io/kubernetes" })?;
        let etcd = pin(&text, "go.etcd.io/etcd/server/v3")
            .ok_or(ToolsError::NoPin { path: pins, module: "go.etcd.io/etcd/server/v3" })?;
        let folder = cache.join("kubernetes").join(format!("{version}-etcd-{etcd}"));
        let tools = Self { folder, version };
        if wanted.iter().all(|tool| tools.path(*tool).exists()) {
            return Ok(tools);
        }
        fs::create_dir_all(&tools.folder).map_err(io_at(&tools.folder))?;
        let lock = tools.folder.join("lock");
        let held = File::create(&lock).map_err(io_at(&lock))?;
        if held.try_lock().is_err() {
            progress("kubernetes", "another process builds it; waiting");
            held.lock().map_err(io_at(&lock))?;
        }
        for tool in wanted {
            if !tools.path(*tool).exists() {
                tools.build(&module, *tool, progress)?;
            }
        }
        Ok(tools)
    }

    pub fn path(&self, tool: Tool) -> PathBuf {
        self.folder.join(tool.name())
    }

    fn build(
        &self,
        module: &Path,
        tool: Tool,
        progress: &dyn Fn(&str, &str),
    ) -> Result<(), ToolsError> {
        let since = Instant::now();
        let name = tool.name();
        progress(name, &format!("building {} from source", self.version));
        let fresh = self.folder.join(format!("{name}.new"));
        let minor = self.version.split('.').nth(1).unwrap_or_default();
        let base = "k8s.io/component-base/version";
        let flags = format!(
            "-s -w -X {base}.gitVersion={0} -X {base}.gitMajor=1 -X {base}.gitMinor={minor} -X k8s.io/client-go/pkg/version.gitVersion={0}",
            self.version
        );
        let mut child = Command::new("go")
            .args(["build", "-v", "-trimpath", "-ldflags", &flags, "-o"])
            .arg(&fresh)
            .arg(tool.package())
            .current_dir(module)
            .env("CGO_ENABLED", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|_| ToolsError::GoMissing)?;
        let mut compiled = 0_usize;
        let mut shown = Instant::now();
        let mut output = String::new();
        for line in
            child.stderr.take().into_iter().flat_map(|stderr| BufReader::new(stderr).lines())
        {
            let line = line.map_err(io_at(&fresh))?;
            // `-v` prints a package's path alone; everything else is a message.
            if line.contains(' ') || line.starts_with('#') {
                output.push_str(&line);
                output.push('\n');
            } else {
                compiled += 1;
            }
            if shown.elapsed() > SHOWN_EVERY {
                shown = Instant::now();
                progress(name, &format!("{compiled} packages, {} s", since.elapsed().as_secs()));
            }
        }
        let status = child.wait().map_err(io_at(&fresh))?;
        if !status.success() {
            return Err(ToolsError::Build { package: tool.package(), output });
        }
        fs::rename(&fresh, self.path(tool)).map_err(io_at(&fresh))?;
        progress(name, &format!("built in {} s", since.elapsed().as_secs()));
        Ok(())
    }
}

/// The version in `require` of a go.mod.
fn pin(text: &str, module: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let mut words = line.split_whitespace().filter(|word| *word != "require");
        (words.next()? == module)
            .then(|| words.next().filter(|version| version.starts_with('v')))
            .flatten()
            .map(str::to_owned)
    })
}

fn io_at(path: &Path) -> impl FnOnce(io::Error) -> ToolsError + use<> {
    let path = path.to_owned();
    move |source| ToolsError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use super::pin;

    #[test]
    fn a_pin_is_read_from_a_block_or_a_line() {
        let text = "tool (\n\tk8s.io/kubernetes/cmd/kubectl\n)\nrequire (\n\tk8s.io/kubernetes v1.35.4\n)\nrequire a/b v1.0.0 // indirect\n";
        assert_eq!(pin(text, "k8s.io/kubernetes").as_deref(), Some("v1.35.4"));
        assert_eq!(pin(text, "a/b").as_deref(), Some("v1.0.0"));
        assert_eq!(pin(text, "k8s.io/api"), None);
    }
}
