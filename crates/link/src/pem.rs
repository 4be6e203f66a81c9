//! PEM, and files that only their owner reads.
//!
//! Both ends keep certificates and keys this way: whole or not there, on disk when the call returns, 0600 from the first
//! byte on.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use zeroize::Zeroizing;

pub const CERTIFICATE: &str = "CERTIFICATE";
pub const PRIVATE_KEY: &str = "PRIVATE KEY";

/// RFC 7468 asks for lines of 64.
const LINE: usize = 64;

pub fn encode<'a>(label: &str, blocks: impl IntoIterator<Item = &'a [u8]>) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::new());
    for block in blocks {
        let body = Zeroizing::new(STANDARD.encode(block));
        text.extend(["-----BEGIN ", label, "-----\n"]);
        for line in body.as_bytes().chunks(LINE) {
            text.push_str(&String::from_utf8_lossy(line));
            text.push('\n');
        }
        text.extend(["-----END ", label, "-----\n"]);
    }
    text
}

/// None: no certificate, or one that does not read.
pub fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().ok()?;
    (!found.is_empty()).then_some(found)
}

/// PKCS #8.
pub fn private_key(pem: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let key = PrivatePkcs8KeyDer::from_pem_slice(pem).ok()?;
    Some(Zeroizing::new(key.secret_pkcs8_der().to_vec()))
}

/// None: there is no such file.
pub fn read(path: &Path) -> std::io::Result<Option<Zeroizing<Vec<u8>>>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(err) => Err(err),
    }
}

/// All or nothing, and on disk when it returns.
pub fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = path.with_extension("tmp");
    let parent = path.parent().unwrap_or_else(|| Path::new("."));
    std::fs::create_dir_all(parent)?;
    let _ = std::fs::remove_file(&temporary);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    File::open(parent)?.sync_all()
}
