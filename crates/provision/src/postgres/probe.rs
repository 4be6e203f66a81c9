//! Asks a server whether it accepts connections, by beginning one.
//!
//! A server that starts, recovers or stops answers the first message with SQLSTATE 57P03; any other
//! answer, be it a refusal, means that it accepts. No client library is needed for that, and a
//! process that merely exists is not taken for a server.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::Address;

/// A healthy server answers in under a millisecond; a stopped or hung one never.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn accepts(address: &Address, role: &str, database: &str) -> bool {
    let answer = match address {
        Address::Socket { .. } => UnixStream::connect(address.socket_path()).and_then(|stream| {
            stream.set_read_timeout(Some(PATIENCE))?;
            ask(stream, role, database)
        }),
        Address::Loopback { port } => TcpStream::connect(("127.0.0.1", *port)).and_then(|stream| {
            stream.set_read_timeout(Some(PATIENCE))?;
            ask(stream, role, database)
        }),
    };
    answer.is_ok_and(|answer| is_acceptance(&answer))
}

fn ask(mut stream: impl Read + Write, role: &str, database: &str) -> std::io::Result<Vec<u8>> {
    stream.write_all(&startup(role, database))?;
    let mut answer = vec![0; 1024];
    let read = stream.read(&mut answer)?;
    answer.truncate(read);
    Ok(answer)
}

/// Protocol 3.0 start-up message.
fn startup(role: &str, database: &str) -> Vec<u8> {
    let mut body = 196_608u32.to_be_bytes().to_vec();
    for text in ["user", role, "database", database] {
        body.extend(text.as_bytes());
        body.push(0);
    }
    body.push(0);
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
    let mut message = length.to_be_bytes().to_vec();
    message.extend(body);
    message
}

fn is_acceptance(answer: &[u8]) -> bool {
    match answer.first() {
        Some(b'R') => true,
        Some(b'E') => !answer.windows(6).any(|field| field == b"C57P03"),
        Some(_) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_starts_does_not_count() {
        assert!(is_acceptance(b"R\0\0\0\x08"));
        assert!(is_acceptance(b"E\0\0\0\x40SFATAL\0VFATAL\0C28000\0Mno entry\0\0"));
        assert!(!is_acceptance(b"E\0\0\0\x40SFATAL\0VFATAL\0C57P03\0Mstarting up\0\0"));
        assert!(!is_acceptance(b""));
    }
}
