//! Files written whole: a temporary file beside the target, flushed to disk, then renamed over it.
//!
//! A reader (or a crash) sees the old content or the new, never a part. The mode is set before the first byte is written.

use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

/// Only the owner: tokens, contexts, state.
pub const PRIVATE: u32 = 0o600;

pub fn replace(path: &Path, content: &[u8], mode: u32) -> Outcome {
    let write = || -> std::io::Result<()> {
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        std::fs::create_dir_all(folder)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let beside = folder.join(format!(".{name}.{}", std::process::id()));
        let result = (|| {
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(mode)
                .open(&beside)?;
            file.write_all(content)?;
            file.sync_all()?;
            std::fs::rename(&beside, path)
        })();
        if result.is_err() {
            let _ = std::fs::remove_file(&beside);
        }
        result
    };
    write().map_err(|err| Failure::file("write", path, &err))
}

/// The one line of a file that holds a token; `-` is standard input.
pub fn secret_of(path: &Path) -> Outcome<String> {
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    let text = text.map_err(|err| Failure::file("read", path, &err))?;
    let line = text.trim();
    if line.is_empty() || line.contains(char::is_whitespace) {
        let what = format!("`{}` does not hold one token", path.display());
        return Err(Failure::new("MP-CLI-09", Exit::Usage, what)
            .next("put the token alone into the file, on one line"));
    }
    Ok(line.to_owned())
}

/// Makes a folder (and its parents) with `mode`, also when it exists with another one.
pub fn folder(path: &Path, mode: u32) -> Outcome {
    std::fs::create_dir_all(path)
        .and_then(|()| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)))
        .map_err(|err| Failure::file("make the folder", path, &err))
}
