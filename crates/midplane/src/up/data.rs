//! The data folder of `up`: which file lies where, its format, and its modes.
//!
//! ```text
//! format  up.lock  up.json        server/  runner/  postgres/  demo-postgres/  git/demo.git  log/
//! ```
//! The folder belongs to one `up` at a time (`up::lock`). As root it may be walked through (0711), because PostgreSQL and the
//! workloads run as other users and live below it; every folder that is not theirs is closed. A folder of a newer
//! format is refused before anything in it is touched.

use std::path::{Path, PathBuf};

use super::running::Running;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::files;

/// Version of the layout above.
const FORMAT: u32 = 1;

#[derive(Clone, Debug)]
pub struct DataFolder {
    root: PathBuf,
}

impl DataFolder {
    pub fn at(root: PathBuf) -> Self {
        Self { root }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn server(&self) -> PathBuf {
        self.root.join("server")
    }

    pub fn runner(&self) -> PathBuf {
        self.root.join("runner")
    }

    pub fn postgres(&self) -> PathBuf {
        self.root.join("postgres")
    }

    pub fn demo_postgres(&self) -> PathBuf {
        self.root.join("demo-postgres")
    }

    pub fn demo_repository(&self) -> PathBuf {
        self.root.join("git/demo.git")
    }

    pub fn log(&self, name: &str) -> PathBuf {
        self.root.join("log").join(format!("{name}.log"))
    }

    pub fn admin_token(&self) -> PathBuf {
        self.server().join("admin-token")
    }

    pub fn lock(&self) -> PathBuf {
        self.root.join("up.lock")
    }

    pub fn up_json(&self) -> PathBuf {
        self.root.join("up.json")
    }

    /// What the `up` on this folder said of itself; it may have ended since.
    pub fn last(&self) -> Option<Running> {
        serde_json::from_slice(&std::fs::read(self.up_json()).ok()?).ok()
    }

    /// The `up` that runs on this folder now.
    pub fn running(&self) -> Option<Running> {
        self.last().filter(|running| running.up.is_alive())
    }

    /// Refuses a folder of a newer Midplane; changes nothing.
    pub fn check_format(&self) -> Outcome {
        let path = self.root.join("format");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(err) => return Err(Failure::file("read", &path, &err)),
        };
        match text.trim().parse::<u32>() {
            Ok(format) if format <= FORMAT => Ok(()),
            Ok(format) => Err(Failure::new(
                "MP-UP-02",
                Exit::Conflict,
                format!("the data in `{}` has format {format}; this Midplane knows formats up to {FORMAT}", self.root.display()),
            )
            .next("use the newer Midplane that wrote it, or another folder: midplane up --data DIR")),
            Err(_) => Err(Failure::new("MP-UP-02", Exit::Conflict, format!("`{}` does not hold a format number", path.display()))
                .next("is this a data folder of Midplane? use another: midplane up --data DIR")),
        }
    }

    /// Makes what is missing. Only the holder of the lock calls this.
    pub fn prepare(&self, environment: &Environment) -> Outcome {
        files::folder(&self.root, if environment.root { 0o711 } else { 0o700 })?;
        for closed in ["server", "log", "git"] {
            // PostgreSQL writes its log as another user when we are root.
            let mode = if closed == "log" && environment.root { 0o711 } else { 0o700 };
            files::folder(&self.root.join(closed), mode)?;
        }
        let format = self.root.join("format");
        if !format.exists() {
            files::replace(&format, format!("{FORMAT}\n").as_bytes(), 0o644)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::DataFolder;

    #[test]
    fn a_newer_folder_is_refused_and_an_empty_one_is_fine() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::at(folder.path().to_path_buf());
        assert!(data.check_format().is_ok());
        std::fs::write(folder.path().join("format"), "1\n").unwrap();
        assert!(data.check_format().is_ok());
        std::fs::write(folder.path().join("format"), "2\n").unwrap();
        assert_eq!(data.check_format().unwrap_err().code, "MP-UP-02");
    }
}
