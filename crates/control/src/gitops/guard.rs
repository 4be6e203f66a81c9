//! The guard in front of outbound addresses: what the control plane may connect to on a user's behalf.
//!
//! `name -> resolve -> every address judged -> connect to the judged address only`
//!
//! The check sits in the resolver of the HTTP client, so the address that was judged is the one that is connected to: a name
//! that answers differently the second time gains nothing. One bad address among several refuses the name. Hosts that the
//! administrator listed are not judged. An address written as a literal never reaches a resolver, so `literal` judges it
//! up front. Redirects are not followed at all by the Git client (`gitops::fetch`).

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Hosts (names or addresses, lower case) that may be reached although they are private.
#[derive(Clone, Debug, Default)]
pub struct Allowed(Arc<BTreeSet<String>>);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error(
        "`{host}` is {address}, {what}; an administrator may allow the host with --allow-private-host"
    )]
    Private { host: String, address: IpAddr, what: &'static str },
    #[error("`{0}` resolves to no address")]
    NoAddress(String),
    #[error(
        "`http://` is not encrypted; use `https://`, or an administrator allows the host with --allow-private-host"
    )]
    Plain,
}

impl Allowed {
    pub fn new(hosts: impl IntoIterator<Item = String>) -> Self {
        Self(Arc::new(hosts.into_iter().map(|host| host.to_ascii_lowercase()).collect()))
    }

    /// The same, with the host of a proxy added: the machine's own setting, not a user's.
    #[must_use]
    pub fn with_proxy(&self, proxy: Option<&str>) -> Self {
        let host = proxy.and_then(|proxy| proxy.parse::<http::Uri>().ok());
        let host = host.as_ref().and_then(http::Uri::host).map(str::to_ascii_lowercase);
        Self(Arc::new(self.0.iter().cloned().chain(host).collect()))
    }

    pub fn contains(&self, host: &str) -> bool {
        self.0.contains(&host.to_ascii_lowercase())
    }

    /// Judges a host that is written as an address; names pass, because the resolver judges them.
    pub fn literal(&self, host: &str) -> Result<(), Refused> {
        match host.parse() {
            Ok(address) => self.judge(host, address),
            // `0x7f.1`, `2130706433` and the like are addresses to some resolvers; ours judges what they become.
            Err(_) => Ok(()),
        }
    }

    /// What can be said of a webhook's address before its name is resolved.
    pub fn webhook(&self, url: &reqwest::Url) -> Result<(), Refused> {
        let host = url.host_str().unwrap_or_default();
        self.literal(host.trim_matches(['[', ']']))?;
        if url.scheme() != "https" && !self.contains(host) {
            return Err(Refused::Plain);
        }
        Ok(())
    }

    pub fn judge(&self, host: &str, address: IpAddr) -> Result<(), Refused> {
        match private(address) {
            Some(what) if !self.contains(host) => {
                Err(Refused::Private { host: host.to_owned(), address, what })
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Why `address` is not a public one, or `None`.
pub fn private(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => private_v4(v4),
        IpAddr::V6(v6) => private_v6(v6),
    }
}

fn private_v4(v4: Ipv4Addr) -> Option<&'static str> {
    match v4.octets() {
        [0, ..] => Some("an address of this network"),
        [127, ..] => Some("a loopback address"),
        [10, ..] | [192, 168, ..] => Some("a private address"),
        [172, b, ..] if (16..32).contains(&b) => Some("a private address"),
        [100, b, ..] if (64..128).contains(&b) => Some("a shared (carrier) address"),
        [169, 254, ..] => Some("a link-local or metadata address"),
        [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Some("a reserved address"),
        [198, 18 | 19, ..] => Some("a benchmark address"),
        [a, ..] if a >= 224 => Some("a multicast or reserved address"),
        _ => None,
    }
}

fn private_v6(v6: Ipv6Addr) -> Option<&'static str> {
    let segments = v6.segments();
    // Every form that carries an IPv4 address inside is judged by that address: mapped, compatible, NAT64, 6to4.
    let inner = match segments {
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] if v6 != Ipv6Addr::LOCALHOST => Some((high, low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some((high, low)),
        _ => None,
    };
    if let Some((high, low)) = inner {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        return private_v4(Ipv4Addr::new(a, b, c, d));
    }
    match segments[0] {
        _ if v6 == Ipv6Addr::LOCALHOST => Some("a loopback address"),
        first if first & 0xfe00 == 0xfc00 => Some("a private address"),
        first if first & 0xffc0 == 0xfe80 => Some("a link-local address"),
        first if first & 0xffc0 == 0xfec0 => Some("a site-local address"),
        first if first & 0xff00 == 0xff00 => Some("a multicast address"),
        0x64 | 0x100 => Some("a reserved address"),
        0x2001 if segments[1] < 0x200 || segments[1] == 0xdb8 => Some("a reserved address"),
        _ => None,
    }
}

/// The resolver that the HTTP client of `gitops::fetch` is built with.
#[derive(Clone, Debug)]
pub struct Resolver {
    pub allowed: Allowed,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.allowed.clone();
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            if found.is_empty() {
                return Err(Refused::NoAddress(host).into());
            }
            for address in &found {
                allowed.judge(&host, address.ip())?;
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_private_address_is_refused() {
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
        ] {
            assert!(private(text.parse().unwrap()).is_some(), "{text}");
            assert!(Allowed::default().literal(text).is_err(), "{text}");
        }
    }

    #[test]
    fn public_addresses_and_allowed_hosts_pass() {
        for text in ["140.82.121.4", "172.32.0.1", "100.128.0.1", "2606:50c0:8000::153"] {
            assert_eq!(private(text.parse().unwrap()), None, "{text}");
        }
        let allowed = Allowed::new(["Git.Internal".to_owned(), "127.0.0.1".to_owned()]);
        assert_eq!(allowed.literal("127.0.0.1"), Ok(()));
        assert_eq!(allowed.judge("git.internal", "10.0.0.7".parse().unwrap()), Ok(()));
        assert!(allowed.judge("other.internal", "10.0.0.7".parse().unwrap()).is_err());
    }
}
