//! Where an apparatus is called: an address that somebody gave, or the Service of a pod that we start.
//!
//! | endpoint | with containers | without |
//! |---|---|---|
//! | none or `/path` | `http://NAME-apparatus.NAMESPACE.svc.cluster.local/path` | `/path`: this machine, if that is allowed |
//! | anything else | that address | that address |
//!
//! `http://` is added where no scheme stands; slashes at the end do not count.

use k8s::apparatus::Apparatus;

use crate::core::object::ObjectRef;

/// A Service's name is a DNS label.
const LONGEST_NAME: usize = 63;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Scheme, host and path, without a slash at the end.
    pub base: String,
    /// A pod of ours answers there; otherwise somebody else's service.
    pub on_demand: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    #[error("it has neither containers nor an endpoint; give spec.apparatus.endpoint an address")]
    Nowhere,
    #[error("`{0}` is not an http or https address; write one such as https://apparatus.example")]
    NotHttp(String),
    #[error(
        "the name `{0}-apparatus` is longer than {LONGEST_NAME} characters; use a shorter name or an endpoint"
    )]
    NameTooLong(String),
}

/// The name of pod and Service.
pub fn pod_name(owner: &ObjectRef) -> String {
    format!("{}-apparatus", owner.name)
}

pub fn address(apparatus: &Apparatus, owner: &ObjectRef) -> Result<Address, Wrong> {
    let endpoint = apparatus.endpoint.as_deref().unwrap_or_default().trim();
    let has_pod = !apparatus.containers.is_empty() || apparatus.pod_template.is_some();
    if endpoint.is_empty() || endpoint.starts_with('/') {
        let path = endpoint.trim_end_matches('/');
        if !has_pod {
            if endpoint.is_empty() {
                return Err(Wrong::Nowhere);
            }
            return Ok(Address { base: format!("http://localhost{path}"), on_demand: false });
        }
        let name = pod_name(owner);
        if name.len() > LONGEST_NAME {
            return Err(Wrong::NameTooLong(owner.name.clone()));
        }
        let host = format!("{name}.{}.svc.cluster.local", owner.namespace());
        return Ok(Address { base: format!("http://{host}{path}"), on_demand: true });
    }
    let whole =
        if endpoint.contains("://") { endpoint.to_owned() } else { format!("http://{endpoint}") };
    let wrong = || Wrong::NotHttp(without_user(&whole));
    let url = reqwest::Url::parse(&whole).map_err(|_| wrong())?;
    let is_http = matches!(url.scheme(), "http" | "https") && url.has_host();
    if !is_http || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong());
    }
    Ok(Address { base: whole.trim_end_matches('/').to_owned(), on_demand: false })
}

/// An address to show: a name and password stay out.
pub(crate) fn without_user(address: &str) -> String {
    match address.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let host = rest[..end].rsplit('@').next().unwrap_or_default();
            let path = rest[end..].split(['?', '#']).next().unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => address.rsplit('@').next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(endpoint: Option<&str>, with_pod: bool, expected: Result<(&str, bool), Wrong>) {
        let apparatus = Apparatus {
            containers: if with_pod { vec![json!({"name": "a"})] } else { Vec::new() },
            endpoint: endpoint.map(str::to_owned),
            ..Apparatus::default()
        };
        let found = address(&apparatus, &ObjectRef::socket("infra", "pg"));
        let expected =
            expected.map(|(base, on_demand)| Address { base: base.to_owned(), on_demand });
        assert_eq!(found, expected, "{endpoint:?}");
    }

    #[test]
    fn an_address_is_given_or_follows_from_the_name() {
        check(None, true, Ok(("http://pg-apparatus.infra.svc.cluster.local", true)));
        check(
            Some("/socket/"),
            true,
            Ok(("http://pg-apparatus.infra.svc.cluster.local/socket", true)),
        );
        check(Some("/socket"), false, Ok(("http://localhost/socket", false)));
        check(Some("https://a.example/x//"), true, Ok(("https://a.example/x", false)));
        check(Some("a.example:8080"), false, Ok(("http://a.example:8080", false)));
        // Seven characters, at which the Go operator stops.
        check(Some("http://"), false, Err(Wrong::NotHttp("http://".into())));
        check(Some("a.io/ab"), false, Ok(("http://a.io/ab", false)));
        check(None, false, Err(Wrong::Nowhere));
        check(Some("file:///etc/passwd"), false, Err(Wrong::NotHttp("file:///etc/passwd".into())));
        check(
            Some("https://me:secret@a.example/x?token=secret"),
            false,
            Err(Wrong::NotHttp("https://a.example/x".into())),
        );
    }

    #[test]
    fn a_name_that_makes_no_service_is_refused() {
        let apparatus = Apparatus { containers: vec![json!({})], ..Apparatus::default() };
        let owner = ObjectRef::plug("a", &"p".repeat(60));
        assert!(matches!(address(&apparatus, &owner), Err(Wrong::NameTooLong(_))));
    }
}
