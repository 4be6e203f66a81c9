//! Addresses to listen on: read, resolved when the port is left to chance, and who holds one that is taken.
//!
//! Port 0 becomes the port of the last run when that is free, because runner and contexts know it; else one that the kernel
//! gives. The holder is found without privileges where possible: Linux from `/proc`, elsewhere with `lsof` (untested).

use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};

use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

/// Which flag an address came from.
#[derive(Clone, Copy, Debug)]
pub struct Purpose {
    pub flag: &'static str,
    pub what: &'static str,
}

pub const HTTP: Purpose = Purpose { flag: "--http", what: "console and API" };
pub const LINK: Purpose = Purpose { flag: "--link", what: "the link" };

pub fn parse(text: &str, purpose: Purpose) -> Outcome<SocketAddr> {
    let full = if text.starts_with(':') { format!("127.0.0.1{text}") } else { text.to_owned() };
    full.to_socket_addrs().ok().and_then(|mut found| found.next()).ok_or_else(|| {
        Failure::new(
            "MP-UP-04",
            Exit::Usage,
            format!("`{text}` is not an address for {}", purpose.what),
        )
        .next(format!("write HOST:PORT, as in {} 127.0.0.1:7080", purpose.flag))
    })
}

/// Makes sure that `wanted` can be listened on, and settles port 0.
pub fn settle(
    wanted: SocketAddr,
    last: Option<SocketAddr>,
    purpose: Purpose,
) -> Outcome<SocketAddr> {
    if wanted.port() == 0 {
        let again = last
            .filter(|last| last.ip() == wanted.ip())
            .and_then(|last| TcpListener::bind(last).ok());
        let listener = again.map_or_else(|| TcpListener::bind(wanted), Ok);
        return listener.and_then(|listener| listener.local_addr()).map_err(|err| {
            Failure::internal(&format!("find a free port for {}", purpose.what), &err)
        });
    }
    match TcpListener::bind(wanted) {
        Ok(_) => Ok(wanted),
        Err(err) if err.kind() == std::io::ErrorKind::AddrInUse => {
            let free = SocketAddr::new(wanted.ip(), free_above(wanted));
            Err(Failure::new(
                "MP-UP-03",
                Exit::Conflict,
                format!(
                    "port {} ({}) is taken by {}",
                    wanted.port(),
                    purpose.what,
                    holder(wanted.port())
                ),
            )
            .next(format!("stop that, or use another port: midplane up {} {free}", purpose.flag)))
        }
        Err(err) => Err(Failure::new(
            "MP-UP-04",
            Exit::Conflict,
            format!("cannot listen on {wanted} for {}", purpose.what),
        )
        .because(&err)
        .next(format!(
            "use an address of this machine: midplane up {} 127.0.0.1:{}",
            purpose.flag,
            wanted.port()
        ))),
    }
}

/// How far above the wanted port a free one is looked for before the kernel chooses.
const NEIGHBOURS: u16 = 20;

fn free_above(wanted: SocketAddr) -> u16 {
    (1..=NEIGHBOURS)
        .filter_map(|step| wanted.port().checked_add(step))
        .find(|port| TcpListener::bind(SocketAddr::new(wanted.ip(), *port)).is_ok())
        .unwrap_or(0)
}

/// `PID 4242 (nginx)`, or what can be said without the rights to know.
pub fn holder(port: u16) -> String {
    match holder_pid(port) {
        Some(pid) => {
            let name = crate::process::name(pid).unwrap_or_else(|| "unknown".to_owned());
            format!("PID {pid} ({name})")
        }
        None => "a process of another user".to_owned(),
    }
}

#[cfg(target_os = "linux")]
fn holder_pid(port: u16) -> Option<u32> {
    let mut inodes = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        for line in std::fs::read_to_string(table).unwrap_or_default().lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (Some(local), Some(state), Some(inode)) =
                (fields.get(1), fields.get(3), fields.get(9))
            else {
                continue;
            };
            let here = local.rsplit(':').next().and_then(|hex| u16::from_str_radix(hex, 16).ok());
            // 0A is LISTEN.
            if here == Some(port) && *state == "0A" {
                inodes.push(format!("socket:[{inode}]"));
            }
        }
    }
    for process in std::fs::read_dir("/proc").ok()?.flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse::<u32>().ok())
        else {
            continue;
        };
        let Ok(files) = std::fs::read_dir(process.path().join("fd")) else { continue };
        for file in files.flatten() {
            let target = std::fs::read_link(file.path()).ok();
            if target.and_then(|target| {
                target.to_str().map(|text| inodes.iter().any(|inode| inode == text))
            }) == Some(true)
            {
                return Some(pid);
            }
        }
    }
    None
}

#[cfg(not(target_os = "linux"))]
fn holder_pid(port: u16) -> Option<u32> {
    let out = std::process::Command::new("lsof")
        .args(["-nP", &format!("-iTCP:{port}"), "-sTCP:LISTEN", "-t"])
        .output()
        .ok()?;
    String::from_utf8_lossy(&out.stdout).lines().next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::{HTTP, parse, settle};

    #[test]
    fn a_taken_port_names_its_holder_and_the_flag() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let failure = settle(address, None, HTTP).unwrap_err();
        assert_eq!(failure.code, "MP-UP-03");
        assert!(
            failure.message.contains(&format!("PID {}", std::process::id())),
            "{}",
            failure.message
        );
        assert!(failure.next.unwrap().contains("--http 127.0.0.1:"));
    }

    #[test]
    fn port_zero_takes_the_last_one_again() {
        let zero = parse("127.0.0.1:0", HTTP).unwrap();
        let first = settle(zero, None, HTTP).unwrap();
        assert_eq!(settle(zero, Some(first), HTTP).unwrap(), first);
        let held = TcpListener::bind(first).unwrap();
        assert_ne!(settle(zero, Some(first), HTTP).unwrap(), first);
        drop(held);
    }

    #[test]
    fn an_address_needs_a_port() {
        assert_eq!(parse("localhost", HTTP).unwrap_err().code, "MP-UP-04");
        assert_eq!(parse(":7080", HTTP).unwrap().to_string(), "127.0.0.1:7080");
    }
}
