//! Reads a URL: scheme, user, host, path, query, fragment.
//!
//! What Go refuses is refused: control characters, broken escapes, a port that is no number, a colon in the first segment of a
//! relative path.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::error::Fault;

#[derive(Debug, Default)]
pub(super) struct Url {
    pub(super) scheme: String,
    pub(super) opaque: String,
    /// Name and password, escaped again.
    pub(super) user: Option<String>,
    pub(super) host: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) fragment: String,
}

/// Characters of a name or password that stand for themselves.
const USER: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b'!')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*');

fn wrong(what: &str) -> Fault {
    format!("this is not a URL: {what}").into()
}

pub(super) fn parse(text: &str) -> Result<Url, Fault> {
    let (rest, fragment) = text.split_once('#').unwrap_or((text, ""));
    if rest.bytes().chain(fragment.bytes()).any(|byte| byte < b' ' || byte == 0x7f) {
        return Err(wrong("it has a control character"));
    }
    let mut url = Url { fragment: unescape(fragment)?, ..Url::default() };
    if rest == "*" {
        "*".clone_into(&mut url.path);
        return Ok(url);
    }
    let mut rest = scheme(rest, &mut url)?;
    if let Some((before, query)) = rest.split_once('?') {
        query.clone_into(&mut url.query);
        rest = before;
    }
    if !rest.starts_with('/') {
        if !url.scheme.is_empty() {
            rest.clone_into(&mut url.opaque);
            return Ok(url);
        }
        if rest.split('/').next().is_some_and(|first| first.contains(':')) {
            return Err(wrong("the first segment of a path has a colon"));
        }
    }
    if let Some(authority) = rest.strip_prefix("//")
        && (!url.scheme.is_empty() || !rest.starts_with("///"))
    {
        let end = authority.find('/').unwrap_or(authority.len());
        let (authority, path) = authority.split_at(end);
        rest = path;
        authority_of(authority, &mut url)?;
    }
    url.path = unescape(rest)?;
    Ok(url)
}

fn scheme<'t>(text: &'t str, url: &mut Url) -> Result<&'t str, Fault> {
    for (index, character) in text.char_indices() {
        match character {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if index > 0 => {}
            ':' if index > 0 => {
                url.scheme = text[..index].to_ascii_lowercase();
                return Ok(&text[index + 1..]);
            }
            ':' => return Err(wrong("the scheme is missing")),
            _ => break,
        }
    }
    Ok(text)
}

fn authority_of(text: &str, url: &mut Url) -> Result<(), Fault> {
    let (user, host) = match text.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, text),
    };
    url.host = host_of(host)?;
    let Some(user) = user else { return Ok(()) };
    let is_plain = |next: char| next.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(next);
    if !user.chars().all(is_plain) {
        return Err(wrong("the user has an invalid character"));
    }
    let escaped = |text: &str| -> Result<String, Fault> {
        Ok(utf8_percent_encode(&unescape(text)?, USER).to_string())
    };
    url.user = Some(match user.split_once(':') {
        Some((name, password)) => format!("{}:{}", escaped(name)?, escaped(password)?),
        None => escaped(user)?,
    });
    Ok(())
}

fn host_of(text: &str) -> Result<String, Fault> {
    let port = if text.starts_with('[') {
        let end = text.rfind(']').ok_or_else(|| wrong("a `[` is not closed"))?;
        Some(&text[end + 1..]).filter(|port| !port.is_empty())
    } else {
        text.rfind(':').map(|index| &text[index..])
    };
    if let Some(port) = port
        && !(port.starts_with(':') && port[1..].bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Err(wrong("the port is not a number"));
    }
    if text.chars().any(|next| next == ' ' || next == '\\' || next == '^' || next == '{') {
        return Err(wrong("the host has an invalid character"));
    }
    unescape(text)
}

fn unescape(text: &str) -> Result<String, Fault> {
    let bytes = text.as_bytes();
    for (index, _) in text.match_indices('%') {
        let digits = bytes.get(index + 1..index + 3);
        if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            return Err(wrong("an escape is not `%` and two digits"));
        }
    }
    Ok(percent_decode_str(text).decode_utf8_lossy().into_owned())
}

/// The host without its port and brackets.
pub(super) fn hostname(host: &str) -> &str {
    if let Some(inside) = host.strip_prefix('[') {
        return inside.split(']').next().unwrap_or_default();
    }
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}
