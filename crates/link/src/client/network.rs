//! How to get out: directly, or through an HTTP proxy with CONNECT.
//!
//! The link's TLS goes through the proxy untouched, so no extra authority can stand in for ours; extra authorities are
//! for a proxy that is itself reached by `https://`. Nothing here reads the environment.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use zeroize::Zeroizing;

#[derive(Clone, Debug, Default)]
pub struct Network {
    pub proxy: Option<Proxy>,
    pub no_proxy: Vec<String>,
    pub extra_ca: Vec<CertificateDer<'static>>,
}

#[derive(Clone)]
pub struct Proxy {
    pub(super) secure: bool,
    pub(super) host: String,
    pub(super) port: u16,
    /// Value of `Proxy-Authorization`.
    pub(super) authorization: Option<Zeroizing<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadNetwork {
    #[error("`HTTPS_PROXY` must be `http://host:port` or `https://host:port`")]
    Proxy,
    #[error("the extra CA bundle holds no certificate in PEM form")]
    ExtraCa,
}

impl BadNetwork {
    pub fn code(&self) -> &'static str {
        "MP-LINK-14"
    }
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Proxy({}:{})", self.host, self.port)
    }
}

impl Network {
    /// From the values of `HTTPS_PROXY` and `NO_PROXY`, and a PEM bundle.
    pub fn from_env(
        https_proxy: Option<&str>,
        no_proxy: Option<&str>,
        extra_ca_pem: Option<&[u8]>,
    ) -> Result<Self, BadNetwork> {
        let proxy = https_proxy.map(str::trim).filter(|text| !text.is_empty());
        let names = no_proxy.unwrap_or_default().split(',').map(str::trim);
        let extra_ca = match extra_ca_pem {
            Some(pem) => CertificateDer::pem_slice_iter(pem)
                .collect::<Result<Vec<_>, _>>()
                .ok()
                .filter(|found| !found.is_empty())
                .ok_or(BadNetwork::ExtraCa)?,
            None => Vec::new(),
        };
        Ok(Self {
            proxy: proxy.map(Proxy::parse).transpose()?,
            no_proxy: names.filter(|name| !name.is_empty()).map(str::to_lowercase).collect(),
            extra_ca,
        })
    }

    /// The proxy on the way to `host`, if any. Loopback is always direct.
    pub(super) fn proxy_for(&self, host: &str) -> Option<&Proxy> {
        let host = host.trim_matches(['[', ']']).to_lowercase();
        let loopback = host == "localhost"
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        let excepted = self.no_proxy.iter().any(|name| {
            let name = name.trim_start_matches('.');
            name == "*" || host == name || host.ends_with(&format!(".{name}"))
        });
        self.proxy.as_ref().filter(|_| !loopback && !excepted)
    }
}

impl Proxy {
    fn parse(text: &str) -> Result<Self, BadNetwork> {
        let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let (scheme, rest) = text.split_once("://").ok_or(BadNetwork::Proxy)?;
        let secure = match scheme {
            "http" => false,
            "https" => true,
            _ => return Err(BadNetwork::Proxy),
        };
        let authority = rest.split('/').next().unwrap_or_default();
        let (user, address) = match authority.rsplit_once('@') {
            Some((user, address)) => (Some(user), address),
            None => (None, authority),
        };
        let (host, port) = match address.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| BadNetwork::Proxy)?),
            None => (address, if secure { 443 } else { 80 }),
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
        if host.is_empty() || !host.bytes().all(plain) {
            return Err(BadNetwork::Proxy);
        }
        let authorization = user.map(|user| {
            let user = Zeroizing::new(unescape(user));
            Zeroizing::new(format!("Basic {}", STANDARD.encode(user.as_slice())))
        });
        Ok(Self { secure, host: host.to_owned(), port, authorization })
    }
}

/// `%41` to `A`; anything else stays.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let pair = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        let byte = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let byte = byte.filter(|_| first == b'%');
        rest = if byte.is_some() { &after[2..] } else { after };
        bytes.push(byte.unwrap_or(first));
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_spellings_of_a_proxy_are_understood() {
        let network = Network::from_env(
            Some("http://ada:p%40ss@proxy.example:3128/"),
            Some("localhost, .internal.example,other"),
            None,
        )
        .unwrap();
        let proxy = network.proxy_for("link.example.com").unwrap();
        assert_eq!((proxy.host.as_str(), proxy.port, proxy.secure), ("proxy.example", 3128, false));
        let authorization = proxy.authorization.as_ref().unwrap();
        assert_eq!(authorization.as_str(), format!("Basic {}", STANDARD.encode("ada:p@ss")));
        for direct in ["a.internal.example", "OTHER", "127.0.0.1", "[::1]", "localhost"] {
            assert!(network.proxy_for(direct).is_none(), "{direct}");
        }
        assert!(!format!("{network:?}").contains("p@ss"));
    }

    #[test]
    fn a_proxy_that_would_smuggle_a_line_is_refused() {
        for bad in
            ["socks5://a:1", "http://a b:1", "http://a\r\nX: y:1", "http://:80", "http://a:x"]
        {
            assert!(Network::from_env(Some(bad), None, None).is_err(), "{bad:?}");
        }
        assert!(Network::from_env(Some(" "), None, None).unwrap().proxy.is_none());
        assert!(Network::from_env(None, None, Some(b"no pem")).is_err());
    }
}
