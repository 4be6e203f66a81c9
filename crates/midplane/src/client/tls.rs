//! TLS for the client verbs: the machine's own trust store and `MIDPLANE_EXTRA_CA`, TLS 1.2 and 1.3, no client certificate.
//!
//! The link has its own rules and its own code; this is for the console's address only.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

/// Chooses the cryptography provider of the process; harmless when that has happened.
pub fn install() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

pub fn configuration() -> Outcome<ClientConfig> {
    install();
    let mut roots = rustls::RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if let Some(path) = crate::environment::variable("MIDPLANE_EXTRA_CA") {
        let unread = |err: &(dyn std::error::Error + 'static)| {
            Failure::new("MP-CLI-41", Exit::Usage, format!("`{path}` holds no certificates"))
                .because(err)
                .next("correct MIDPLANE_EXTRA_CA: a file with certificates in PEM")
        };
        let found = CertificateDer::pem_file_iter(&path).map_err(|err| unread(&err))?;
        for certificate in found {
            roots.add_parsable_certificates([certificate.map_err(|err| unread(&err))?]);
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|err| Failure::internal("prepare TLS", &err))?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
