//! The server's half: certificate that can be exchanged while serving, and the verifier that tolerates expiry.

use std::fmt;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{
    ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier,
};
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig,
    SignatureScheme,
};

use super::{ALPN_DATA, ALPN_LINK, ALPN_REPLICA, Unusable, provider};
use crate::authority::{Signer, not_after};
use crate::seams::Seams;

/// What the listener needs; cheap to clone.
#[derive(Clone, Debug)]
pub struct ServerTls {
    pub(crate) config: Arc<ServerConfig>,
    certificate: Arc<ServerCertificate>,
}

impl ServerTls {
    /// `roots`: whose leaves are believed. More than one while the root is being replaced.
    pub fn new(
        roots: &[CertificateDer<'static>],
        certificate: ServerCertificate,
        seams: &Seams,
    ) -> Result<Self, Unusable> {
        let mut store = RootCertStore::empty();
        for root in roots {
            store.add(root.clone()).map_err(Unusable::of)?;
        }
        let inner = WebPkiClientVerifier::builder_with_provider(Arc::new(store), provider())
            .allow_unauthenticated()
            .build()
            .map_err(Unusable::of)?;
        let certificate = Arc::new(certificate);
        let mut config = ServerConfig::builder_with_details(provider(), Arc::new(seams.clone()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(Unusable::of)?
            .with_client_cert_verifier(Arc::new(TolerateExpiry { inner }))
            .with_cert_resolver(Arc::<ServerCertificate>::clone(&certificate));
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config.alpn_protocols = vec![ALPN_LINK.to_vec(), ALPN_DATA.to_vec(), ALPN_REPLICA.to_vec()];
        Ok(Self { config: Arc::new(config), certificate })
    }

    /// New handshakes show `next` from now on.
    pub fn replace(&self, next: &ServerCertificate) {
        self.certificate.replace(next);
    }
}

/// TLS for browsers and clients on a port that the link shares: nobody is asked for a certificate.
pub fn console_config(
    certificate: Arc<ServerCertificate>,
    seams: &Seams,
) -> Result<Arc<ServerConfig>, Unusable> {
    let mut config = ServerConfig::builder_with_details(provider(), Arc::new(seams.clone()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(Unusable::of)?
        .with_no_client_auth()
        .with_cert_resolver(certificate);
    config.alpn_protocols = vec![ALPN_LINK.to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The chain that handshakes show, root included: a joining runner compares it with its pin.
pub struct ServerCertificate(RwLock<Arc<CertifiedKey>>);

impl ServerCertificate {
    pub fn new(
        server: &Signer,
        intermediate: &CertificateDer<'static>,
        root: &CertificateDer<'static>,
    ) -> Result<Self, Unusable> {
        let key = PrivatePkcs8KeyDer::from(server.key.to_vec());
        let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key.into())
            .map_err(Unusable::of)?;
        let chain = vec![server.certificate.clone(), intermediate.clone(), root.clone()];
        Ok(Self(RwLock::new(Arc::new(CertifiedKey::new(chain, key)))))
    }

    /// A chain from elsewhere, leaf first, and its key (PKCS #8, SEC 1 or PKCS #1).
    pub fn of_chain(
        chain: Vec<CertificateDer<'static>>,
        key: &PrivateKeyDer<'_>,
    ) -> Result<Self, Unusable> {
        let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(key).map_err(Unusable::of)?;
        let certified = CertifiedKey::new(chain, key);
        certified.keys_match().map_err(Unusable::of)?;
        Ok(Self(RwLock::new(Arc::new(certified))))
    }

    /// New handshakes show `next` from now on.
    pub fn replace(&self, next: &Self) {
        let next = next.current();
        *self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner) = next;
    }

    fn current(&self) -> Arc<CertifiedKey> {
        self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for ServerCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerCertificate(..)")
    }
}

impl ResolvesServerCert for ServerCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

/// Judges an expired certificate as of its last second; everything else about it must be right.
#[derive(Debug)]
struct TolerateExpiry {
    inner: Arc<dyn ClientCertVerifier>,
}

impl ClientCertVerifier for TolerateExpiry {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.inner.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let refused = match self.inner.verify_client_cert(leaf, intermediates, now) {
            Err(Error::InvalidCertificate(refused)) if is_expiry(&refused) => refused,
            other => return other,
        };
        let last = not_after(leaf).and_then(|at| u64::try_from(at.as_second()).ok());
        // Not the leaf but something above it ended: that does not heal by renewing.
        let Some(last) = last.filter(|&last| last < now.as_secs()) else {
            return Err(Error::InvalidCertificate(refused));
        };
        let then = UnixTime::since_unix_epoch(Duration::from_secs(last.saturating_sub(1)));
        self.inner.verify_client_cert(leaf, intermediates, then)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

fn is_expiry(refused: &CertificateError) -> bool {
    matches!(refused, CertificateError::Expired | CertificateError::ExpiredContext { .. })
}
