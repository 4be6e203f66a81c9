//! What a reader of logs asks for: the query string of `GET /logs/{workload}`.

use super::entry::{Entry, Level};

/// More lines than a person reads at once; they are held in memory before they are sent.
const MAX_TAIL: usize = 10_000;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) follow: bool,
    pub(crate) since_ms: Option<i64>,
    pub(crate) tail: Option<usize>,
    /// The instance before the running one, alone.
    pub(crate) previous: bool,
    pub(crate) level: Option<Level>,
    pub(crate) grep: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}={value}` is not understood")]
pub(crate) struct BadQuery {
    name: String,
    value: String,
}

impl Query {
    pub(crate) fn parse(text: &str) -> Result<Self, BadQuery> {
        let mut query = Self::default();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode(value);
            if value.is_empty() {
                continue;
            }
            let bad = || BadQuery { name: name.to_owned(), value: value.clone() };
            let flag = || value.parse::<bool>().map_err(|_| bad());
            match name {
                "follow" => query.follow = flag()?,
                "previous" => query.previous = flag()?,
                "since_ms" => query.since_ms = Some(value.parse().map_err(|_| bad())?),
                "tail" => {
                    let tail: usize = value.parse().map_err(|_| bad())?;
                    query.tail = Some(tail.min(MAX_TAIL));
                }
                "level" => query.level = Some(Level::parse(&value).ok_or_else(bad)?),
                "grep" => query.grep = Some(value),
                // A newer control plane may know more.
                _ => {}
            }
        }
        Ok(query)
    }

    pub(crate) fn wants(&self, entry: &Entry) -> bool {
        self.since_ms.is_none_or(|since| entry.time_ms >= since)
            && self.level.is_none_or(|level| entry.level >= level)
            && self.grep.as_ref().is_none_or(|text| entry.contains(text))
    }

    /// Whether every line counts, so that the last ones can be found from the end of a file.
    pub(crate) fn is_plain(&self) -> bool {
        self.level.is_none() && self.grep.is_none()
    }
}

/// Percent-decoding; `+` is a blank. What is not a valid escape stays as it is.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = if *first == b'%' { tail.first_chunk::<2>() } else { None };
        let byte = escaped
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        match (byte, first) {
            (Some(byte), _) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            (None, b'+') => {
                bytes.push(b' ');
                rest = tail;
            }
            (None, _) => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_and_bounded() {
        let query = Query::parse("follow=true&tail=99999999&grep=a%20b%2&level=warn&x=1").unwrap();
        assert!(query.follow && !query.previous);
        assert_eq!((query.tail, query.level), (Some(MAX_TAIL), Some(Level::Warn)));
        assert_eq!(query.grep.as_deref(), Some("a b%2"));
        assert!(Query::parse("tail=many").is_err());
        assert!(Query::parse("level=loud").is_err());
        assert_eq!(Query::parse(""), Ok(Query::default()));
    }
}
