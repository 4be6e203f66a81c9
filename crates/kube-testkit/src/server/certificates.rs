//! The authority and the serving certificate of one test server, and the key of its service account tokens.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

pub(super) struct Certificates {
    pub(super) authority: String,
    pub(super) serving: String,
    pub(super) serving_key: String,
    pub(super) accounts_key: String,
    pub(super) accounts_public: String,
}

pub(super) fn make() -> Result<Certificates, rcgen::Error> {
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate()?;
    let certificate = authority.self_signed(&authority_key)?;
    let issuer = Issuer::from_params(&authority, &authority_key);
    let names = ["127.0.0.1", "10.96.0.1", "localhost", "kubernetes", "kubernetes.default.svc"];
    let serving_key = KeyPair::generate()?;
    let serving = CertificateParams::new(names.map(str::to_owned).to_vec())?
        .signed_by(&serving_key, &issuer)?;
    let accounts = KeyPair::generate()?;
    Ok(Certificates {
        authority: certificate.pem(),
        serving: serving.pem(),
        serving_key: serving_key.serialize_pem(),
        accounts_key: accounts.serialize_pem(),
        accounts_public: accounts.public_key_pem(),
    })
}
