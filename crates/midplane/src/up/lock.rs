//! One `up` at a time on a data folder: a lock of the kernel on `up.lock`, gone with its holder however that ends.
//!
//! The file's content is only for the message of the second `up`. The descriptor is closed in children (`O_CLOEXEC`), so that
//! a workload that outlives us does not keep the lock.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};

use rustix::fs::FlockOperation;

use super::data::DataFolder;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

#[derive(Debug)]
pub struct Lock {
    _file: File,
}

pub fn take(data: &DataFolder) -> Outcome<Lock> {
    let path = data.lock();
    let wrong = |err: &std::io::Error| Failure::file("lock", &path, err);
    let mut file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(|err| wrong(&err))?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::WOULDBLOCK) => {
            let mut pid = String::new();
            let _ = file.read_to_string(&mut pid);
            let pid = pid.trim();
            return Err(Failure::new(
                "MP-UP-01",
                Exit::Conflict,
                format!("`midplane up` runs already on `{}`, as PID {pid}", data.root().display()),
            )
            .next("look at it with `midplane status`, end it with `midplane down`, or use another folder: midplane up --data DIR"));
        }
        Err(err) => return Err(wrong(&err.into())),
    }
    let write = |file: &mut File| -> std::io::Result<()> {
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())
    };
    write(&mut file).map_err(|err| wrong(&err))?;
    Ok(Lock { _file: file })
}

#[cfg(test)]
mod tests {
    use super::super::data::DataFolder;
    use super::take;

    #[test]
    fn the_second_is_told_who_is_first() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::at(folder.path().to_path_buf());
        let first = take(&data).unwrap();
        let failure = take(&data).unwrap_err();
        assert_eq!(failure.code, "MP-UP-01");
        assert!(
            failure.message.contains(&format!("PID {}", std::process::id())),
            "{}",
            failure.message
        );
        drop(first);
        assert!(take(&data).is_ok());
    }
}
