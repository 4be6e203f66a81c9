//! The runner's half: whom to believe, and which certificate to show.

use std::fmt;
use std::sync::{Arc, Mutex};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use super::{Unusable, provider};
use crate::authority::{SERVER_NAME, pin};
use crate::seams::Seams;

/// Whom a runner believes.
#[derive(Clone, Debug)]
pub enum Trust {
    /// The roots that came with the certificate.
    Roots(Vec<CertificateDer<'static>>),
    /// Nothing yet but the pin of a join token.
    Pin(Arc<Pinned>),
}

/// A pin, and after the handshake the root that matched it.
pub struct Pinned {
    pin: [u8; 32],
    root: Mutex<Option<CertificateDer<'static>>>,
}

impl Pinned {
    pub fn new(pin: [u8; 32]) -> Arc<Self> {
        Arc::new(Self { pin, root: Mutex::new(None) })
    }

    /// The root that the server showed and whose public key is the pinned one.
    pub fn root(&self) -> Option<CertificateDer<'static>> {
        self.root.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for Pinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pinned({})", hex::encode(self.pin))
    }
}

/// `identity`: leaf first, and its key (PKCS #8); none before enrolment.
pub fn client_config(
    trust: Trust,
    identity: Option<(Vec<CertificateDer<'static>>, &[u8])>,
    alpn: &[u8],
    seams: &Seams,
) -> Result<Arc<ClientConfig>, Unusable> {
    let provider = provider();
    let verifier = Believe::new(trust, &provider)?;
    let builder = ClientConfig::builder_with_details(provider, Arc::new(seams.clone()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(Unusable::of)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match identity {
        Some((chain, key)) => builder
            .with_client_auth_cert(chain, PrivatePkcs8KeyDer::from(key.to_vec()).into())
            .map_err(Unusable::of)?,
        None => builder.with_no_client_auth(),
    };
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![alpn.to_vec()];
    Ok(Arc::new(config))
}

/// Checks the chain against our roots and the fixed name; the name that was dialled is only for finding the server.
#[derive(Debug)]
struct Believe {
    known: Known,
    name: ServerName<'static>,
    provider: Arc<CryptoProvider>,
}

#[derive(Debug)]
enum Known {
    Roots(Arc<WebPkiServerVerifier>),
    Pin(Arc<Pinned>),
}

impl Believe {
    fn new(trust: Trust, provider: &Arc<CryptoProvider>) -> Result<Self, Unusable> {
        let known = match trust {
            Trust::Roots(roots) => Known::Roots(webpki(&roots, provider).map_err(Unusable::of)?),
            Trust::Pin(pinned) => Known::Pin(pinned),
        };
        let name = ServerName::try_from(SERVER_NAME).map_err(Unusable::of)?;
        Ok(Self { known, name, provider: Arc::clone(provider) })
    }
}

fn webpki(
    roots: &[CertificateDer<'static>],
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, Error> {
    let mut store = RootCertStore::empty();
    for root in roots {
        store.add(root.clone())?;
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider))
        .build()
        .map_err(|source| Error::General(source.to_string()))
}

impl ServerCertVerifier for Believe {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match &self.known {
            Known::Roots(inner) => {
                inner.verify_server_cert(leaf, intermediates, &self.name, ocsp, now)
            }
            Known::Pin(pinned) => {
                let root = intermediates.iter().find(|cert| pin(cert) == Some(pinned.pin));
                let root =
                    root.ok_or(Error::InvalidCertificate(CertificateError::UnknownIssuer))?;
                let root = root.clone().into_owned();
                let verified = webpki(std::slice::from_ref(&root), &self.provider)?
                    .verify_server_cert(leaf, intermediates, &self.name, ocsp, now)?;
                *pinned.root.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(root);
                Ok(verified)
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("the link speaks TLS 1.3 only".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
