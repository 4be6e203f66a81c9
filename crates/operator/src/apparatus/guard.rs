//! Which addresses an apparatus may have.
//!
//! Private addresses are where a cluster's services are, so they must pass. Refused are addresses that answer to whoever asks from
//! this machine: the metadata service of a cloud and everything link-local, and this machine itself unless the administrator says so.
//! The judgement is made in the resolver, so the address that was judged is the one that is dialled; a literal address never reaches a
//! resolver and is judged before.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("`{host}` is {what}, which is never called")]
    Never { host: String, what: &'static str },
    #[error(
        "`{host}` is this machine; start the operator with --allow-loopback-apparatus if that is meant"
    )]
    Loopback { host: String },
    #[error("`{0}` has no address")]
    NoAddress(String),
}

/// Names to addresses. A port of 0 becomes the one of the URL's scheme.
pub type Lookup = dyn Fn(&str) -> futures::future::BoxFuture<'static, std::io::Result<Vec<SocketAddr>>>
    + Send
    + Sync;

#[derive(Clone)]
pub struct Guard {
    pub allow_loopback: bool,
    pub lookup: Arc<Lookup>,
}

impl Guard {
    /// Asks the machine's resolver, which in a pod is the cluster's.
    pub fn new(allow_loopback: bool) -> Self {
        let lookup: Arc<Lookup> = Arc::new(|name| {
            let name = name.to_owned();
            Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
        });
        Self { allow_loopback, lookup }
    }

    /// A host as it stands in a URL: a name passes, the resolver judges it.
    pub fn literal(&self, host: &str) -> Result<(), Refused> {
        let plain = host.trim_start_matches('[').trim_end_matches(']');
        match plain.parse() {
            Ok(address) => self.judge(host, address),
            Err(_) => Ok(()),
        }
    }

    pub fn judge(&self, host: &str, address: IpAddr) -> Result<(), Refused> {
        let host = host.to_owned();
        match kind(address) {
            Kind::Open => Ok(()),
            Kind::Loopback if self.allow_loopback => Ok(()),
            Kind::Loopback => Err(Refused::Loopback { host }),
            Kind::Never(what) => Err(Refused::Never { host, what }),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Open,
    Loopback,
    Never(&'static str),
}

fn kind(address: IpAddr) -> Kind {
    match address {
        IpAddr::V4(v4) => kind_v4(v4),
        IpAddr::V6(v6) => kind_v6(v6),
    }
}

fn kind_v4(v4: Ipv4Addr) -> Kind {
    match v4.octets() {
        [0 | 127, ..] => Kind::Loopback,
        // 100.100.100.200 and 192.0.0.192 are the metadata services of two clouds outside the link-local range.
        [169, 254, ..] | [100, 100, 100, 200] | [192, 0, 0, 192] => {
            Kind::Never("the address of a metadata service")
        }
        [first, ..] if first >= 224 => Kind::Never("a multicast or reserved address"),
        _ => Kind::Open,
    }
}

fn kind_v6(v6: Ipv6Addr) -> Kind {
    if v6.is_loopback() || v6.is_unspecified() {
        return Kind::Loopback;
    }
    let segments = v6.segments();
    // Mapped, compatible, NAT64 and 6to4 addresses carry an IPv4 address, which decides.
    let inner = match segments {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => Some((high, low)),
        _ => None,
    };
    if let Some((high, low)) = inner {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        return kind_v4(Ipv4Addr::new(a, b, c, d));
    }
    match segments {
        [0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254] => Kind::Never("the address of a metadata service"),
        [first, ..] if first & 0xffc0 == 0xfe80 => Kind::Never("a link-local address"),
        [first, ..] if first & 0xff00 == 0xff00 => Kind::Never("a multicast address"),
        _ => Kind::Open,
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = (guard.lookup)(&host).await?;
            if found.is_empty() {
                return Err(Refused::NoAddress(host).into());
            }
            for address in &found {
                guard.judge(&host, address.ip())?;
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_metadata_address_is_refused() {
        let guard = Guard::new(true);
        for text in [
            "169.254.169.254",
            "[::ffff:169.254.169.254]",
            "::a9fe:a9fe",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::",
            "fd00:ec2::254",
            "fe80::1",
            "100.100.100.200",
            "255.255.255.255",
            "ff02::1",
        ] {
            assert!(matches!(guard.literal(text), Err(Refused::Never { .. })), "{text}");
        }
    }

    #[test]
    fn services_of_the_cluster_pass_and_this_machine_only_when_allowed() {
        for text in ["10.96.0.1", "192.168.1.1", "172.20.0.1", "fd12::1", "8.8.8.8", "a.example"] {
            assert_eq!(Guard::new(false).literal(text), Ok(()), "{text}");
        }
        for text in ["127.0.0.1", "0.0.0.0", "::1", "[::ffff:127.0.0.1]", "::"] {
            let refused = Guard::new(false).literal(text);
            assert!(matches!(refused, Err(Refused::Loopback { .. })), "{text}");
            assert_eq!(Guard::new(true).literal(text), Ok(()), "{text}");
        }
    }
}
