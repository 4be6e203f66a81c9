//! `up --detach`: the same program started again in a session of its own; this one shows its transcript until it is ready.
//!
//! The child writes to `log/up.log` and says in `up.json` when it is ready. Leaving early with Ctrl-C leaves it at its work.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::process::Stdio;
use std::time::Duration;

use super::data::DataFolder;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;

const LOOK_AGAIN: Duration = Duration::from_millis(50);

pub async fn run(data: &DataFolder, environment: &Environment, output: &Output) -> Outcome<Exit> {
    data.check_format()?;
    crate::files::folder(&data.root().join("log"), 0o700)?;
    // Taken for a moment, so that a second `up` fails here and not in a log file.
    drop(super::lock::take(data)?);
    let path = data.log("up");
    let open = || std::fs::File::create(&path).map_err(|err| Failure::file("write", &path, &err));
    let log = open()?;
    let errors = log.try_clone().map_err(|err| Failure::file("write", &path, &err))?;
    let arguments =
        std::env::args_os().skip(1).filter(|argument| argument != "--detach" && argument != "-d");
    let mut child = tokio::process::Command::new(&environment.executable)
        .args(arguments)
        .arg("--background")
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        .spawn()
        .map_err(|err| Failure::internal("start the process to leave behind", &err))?;
    let mut shown = 0;
    loop {
        let status = child
            .try_wait()
            .map_err(|err| Failure::internal("look at the process left behind", &err))?;
        shown = forward(&path, shown, output)?;
        if let Some(status) = status {
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            let exit = Exit::ALL
                .iter()
                .copied()
                .find(|exit| Some(exit.number()) == code)
                .unwrap_or(Exit::Internal);
            return Ok(exit);
        }
        if data.running().is_some_and(|running| running.ready && Some(running.up.pid) == child.id())
        {
            // The last lines were written before `ready`.
            forward(&path, shown, output)?;
            return Ok(Exit::Done);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

fn forward(path: &std::path::Path, from: u64, output: &Output) -> Outcome<u64> {
    let mut text = String::new();
    let read = std::fs::File::open(path).and_then(|mut file| {
        file.seek(SeekFrom::Start(from))?;
        file.read_to_string(&mut text)
    });
    if read.is_ok() && !text.is_empty() {
        output.write(&text)?;
    }
    Ok(from + text.len() as u64)
}

/// In the process left behind: a session of its own, so that a closed terminal does not end it.
pub fn leave_terminal() {
    let _ = rustix::process::setsid();
}
