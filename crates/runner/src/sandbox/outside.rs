//! What a dry run was allowed to really ask: reads over HTTP, of steps that somebody named, done here and never in the jail.
//!
//! ```text
//! answers/<id>.ask.<n> (the launcher) -> judged -> GET or HEAD -> orders/<id>.reply.<n>
//! ```
//! What asks is code of the release, so nothing that it says is trusted: only hosts that the control plane named, only the two
//! methods that change nothing, no more calls than are reasonable, answers of limited size. Everything else is refused in the
//! reply, which fails the step.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::time::Duration;

use camel::catalogue::Catalogue;
use provision::download::{Client, Network, Reading};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::folder::InstancePlace;
use crate::privilege::Account;
use crate::status;

/// A question is an address and headers.
const MAX_QUESTION: u64 = 256 << 10;
/// As much of a body as is recorded.
const MAX_BODY: u64 = 64 << 10;
const PATIENCE: Duration = Duration::from_secs(10);
/// A split of some lines asks some times; a loop is not to.
const MOST_CALLS: u32 = 50;
/// Of the connection or of the body that is not sent.
const NOT_SENT: &[&str] = &[
    "host",
    "content-length",
    "content-type",
    "content-encoding",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "proxy-authorization",
];

/// `host:port` of the systems that may be asked.
pub(super) struct Outside {
    hosts: Vec<String>,
    next: u32,
}

#[derive(Deserialize)]
struct Question {
    uri: String,
    headers: BTreeMap<String, String>,
    #[serde(default)]
    has_body: bool,
}

/// A read that may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Request {
    method: &'static str,
    url: String,
    headers: Vec<(String, String)>,
    /// Whether a status of 300 and more fails the step, as the component's option says.
    throws: bool,
}

impl Outside {
    pub(super) fn new(hosts: Vec<String>) -> Self {
        Self { hosts, next: 0 }
    }

    /// Answers the next question, if there is one.
    pub(super) async fn look(
        &mut self,
        place: &InstancePlace,
        id: Uuid,
        account: Option<Account>,
    ) -> std::io::Result<()> {
        let number = self.next;
        let Ok(file) = status::open_plain(&place.ask(id, number)) else { return Ok(()) };
        self.next += 1;
        let mut bytes = Vec::new();
        file.take(MAX_QUESTION).read_to_end(&mut bytes)?;
        let reply = match self.judge(&bytes, number) {
            Ok(request) => answer(request).await,
            Err(why) => json!({"format": 1, "refused": why}),
        };
        super::write_order(&place.reply(id, number), &reply.to_string(), account)
    }

    /// Forgets the replies that were given.
    pub(super) fn forget(&self, place: &InstancePlace, id: Uuid) {
        for number in 0..self.next {
            let _ = fs::remove_file(place.reply(id, number));
        }
    }

    fn judge(&self, bytes: &[u8], number: u32) -> Result<Request, String> {
        if number >= MOST_CALLS {
            return Err(format!("a dry run asks at most {MOST_CALLS} times"));
        }
        let question: Question = serde_json::from_slice(bytes)
            .map_err(|err| format!("the question cannot be read: {err}"))?;
        let request = request(&question)?;
        let host = authority(&request.url);
        if host.is_none_or(|host| !self.hosts.iter().any(|one| one.eq_ignore_ascii_case(host))) {
            return Err(format!(
                "`{}` is not what was allowed",
                host.unwrap_or("an address without a host")
            ));
        }
        Ok(request)
    }
}

/// `prices:8080` of `http://prices:8080/TEA-10`; none where somebody's name stands before it.
fn authority(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let host = rest.split(['/', '?', '#']).next()?;
    (!host.is_empty() && !host.contains('@')).then_some(host)
}

/// What Camel's HTTP component would do, as far as it reads.
fn request(question: &Question) -> Result<Request, String> {
    let header = |name: &str| {
        let found = question.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    };
    let (uri, options) = split(&question.uri);
    let (own, query): (Vec<_>, Vec<_>) = options.into_iter().partition(|(name, _)| is_option(name));
    let option = |name: &str| own.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let base = header("CamelHttpUri").map_or(uri, |uri| split(uri).0);
    let (scheme, rest) = base.split_once(':').ok_or("an address without a scheme")?;
    if !matches!(scheme, "http" | "https") {
        return Err(format!("`{scheme}` is not read over HTTP; give its answer with --reply"));
    }
    let mut url = format!("{scheme}://{}", rest.trim_start_matches('/'));
    if let Some(path) = header("CamelHttpPath") {
        url = format!("{}/{}", url.trim_end_matches('/'), path.trim_start_matches('/'));
    }
    let given = header("CamelHttpQuery");
    let plain: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let query = given.map_or_else(|| plain.join("&"), str::to_owned);
    if !query.is_empty() {
        url = format!("{url}?{query}");
    }
    let asked = header("CamelHttpMethod").or_else(|| option("httpMethod"));
    let method = match asked {
        Some("GET") => "GET",
        Some("HEAD") => "HEAD",
        None if given.is_some() || !question.has_body => "GET",
        other => {
            let method = other.unwrap_or("POST");
            return Err(format!("{method} is no read; only GET and HEAD are really asked"));
        }
    };
    if url.chars().any(|one| one.is_control() || one == ' ') {
        return Err("the address holds what no address may".to_owned());
    }
    let headers = question.headers.iter().filter(|(name, value)| {
        let lower = name.to_ascii_lowercase();
        !lower.starts_with("camel")
            && !lower.starts_with("org.apache.camel")
            && !NOT_SENT.contains(&lower.as_str())
            && lower.bytes().all(|one| one.is_ascii_alphanumeric() || b"-_.".contains(&one))
            && value.bytes().all(|one| (b' '..0x7f).contains(&one))
    });
    Ok(Request {
        method,
        url,
        headers: headers.map(|(name, value)| (name.clone(), value.clone())).collect(),
        throws: option("throwExceptionOnFailure") != Some("false"),
    })
}

/// The address and its options.
fn split(uri: &str) -> (&str, Vec<(&str, &str)>) {
    let Some((bare, options)) = uri.split_once('?') else { return (uri, Vec::new()) };
    (bare, options.split('&').filter_map(|pair| pair.split_once('=')).collect())
}

fn is_option(name: &str) -> bool {
    let catalogue = Catalogue::bundled();
    let Some(http) = catalogue.component("http") else { return false };
    catalogue.options(http).any(|option| option.matches(name))
}

async fn answer(request: Request) -> Value {
    let throws = request.throws;
    let url = request.url.clone();
    let read = tokio::task::spawn_blocking(move || {
        let client = Client::new(&Network::default())?;
        client.read(request.method, &request.url, &request.headers, MAX_BODY, PATIENCE)
    });
    let told = match read.await {
        Ok(Ok(reading)) => reading,
        Ok(Err(err)) => return json!({"format": 1, "refused": crate::chain::chain(&err)}),
        Err(err) => return json!({"format": 1, "refused": err.to_string()}),
    };
    let Reading { status, headers, body, is_cut } = told;
    if is_cut {
        let text = format!("the answer of `{url}` is larger than {} KiB", MAX_BODY >> 10);
        return json!({"format": 1, "refused": text});
    }
    if throws && status >= 300 {
        let text = format!("HTTP operation failed invoking {url} with statusCode: {status}");
        return json!({"format": 1, "refused": text});
    }
    let mut told =
        vec![json!({"name": "CamelHttpResponseCode", "kind": "long", "value": status.to_string()})];
    let plain = headers.iter().filter(|(name, _)| !NOT_SENT.contains(&name.as_str()));
    told.extend(plain.map(|(name, value)| json!({"name": name, "kind": "text", "value": value})));
    match String::from_utf8(body) {
        Ok(text) => json!({"format": 1, "body": text, "headers": told}),
        Err(err) => {
            json!({"format": 1, "body_base64": super::base64(err.as_bytes()), "headers": told})
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(uri: &str, headers: &[(&str, &str)], has_body: bool) -> Result<Request, String> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        request(&Question { uri: uri.to_owned(), headers: headers.collect(), has_body })
    }

    #[test]
    fn a_dynamic_send_is_asked_where_it_would_go() {
        let headers =
            [("CamelHttpPath", "/prices/TEA-10"), ("CamelHttpMethod", "GET"), ("X-A", "1")];
        let uri = "http://127.0.0.1:2?throwExceptionOnFailure=false&currency=eur";
        let asked = ask(uri, &headers, true).unwrap();
        assert_eq!(asked.url, "http://127.0.0.1:2/prices/TEA-10?currency=eur");
        assert_eq!(asked.headers, [("X-A".to_owned(), "1".to_owned())]);
        assert!(!asked.throws && asked.method == "GET");
    }

    #[test]
    fn what_is_no_read_or_goes_elsewhere_is_refused() {
        assert!(ask("http://a/b", &[], true).unwrap_err().contains("POST"));
        assert!(ask("http://a/b", &[("CamelHttpMethod", "DELETE")], false).is_err());
        assert!(ask("sql:select 1", &[], false).unwrap_err().contains("--reply"));
        assert!(ask("http://a/b c", &[], false).is_err());
        let outside = Outside::new(vec!["prices:80".to_owned()]);
        let judge = |uri: &str, number| {
            let question = json!({"uri": uri, "headers": {}, "has_body": false});
            outside.judge(question.to_string().as_bytes(), number)
        };
        assert!(judge("http://prices:80/a", 0).is_ok());
        assert!(judge("http://prices:80@evil/a", 0).is_err());
        assert!(judge("http://evil/prices:80", 0).is_err());
        assert!(judge("http://prices:80/a", MOST_CALLS).is_err());
        assert!(outside.judge(b"nonsense", 0).is_err());
    }
}
