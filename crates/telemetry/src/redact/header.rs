//! Names of headers whose values are secrets.

use super::BadRule;

/// Always hold. In lower case, as names are compared.
const BUILT_IN: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "*password*",
    "*passwd*",
    "*secret*",
    "*token",
    "*api-key*",
    "*apikey*",
    "*api_key*",
    "*credential*",
    "*private-key*",
    "*privatekey*",
    "x-auth-*",
    "x-amz-security-*",
];

/// Anywhere in a name: what the tracer never lets out of its JVM (`Settings.SECRET` there).
const IN_WORKLOADS: &[&str] = &[
    "authorization",
    "cookie",
    "password",
    "passwd",
    "secret",
    "token",
    "apikey",
    "api-key",
    "api_key",
    "accesskey",
    "access-key",
    "credential",
    "private-key",
    "privatekey",
];

/// Whether a tracer masks the header of this name by itself; the runner never sees its value in a record.
pub fn masked_in_workloads(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    IN_WORKLOADS.iter().any(|secret| name.contains(secret))
}

pub(super) struct Names(Vec<Glob>);

struct Glob {
    open_start: bool,
    open_end: bool,
    middle: String,
}

impl Glob {
    fn new(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        Self {
            open_start: text.starts_with('*'),
            open_end: text.ends_with('*'),
            middle: text.trim_matches('*').to_owned(),
        }
    }

    fn matches(&self, name: &str) -> bool {
        match (self.open_start, self.open_end) {
            (true, true) => name.contains(&self.middle),
            (true, false) => name.ends_with(&self.middle),
            (false, true) => name.starts_with(&self.middle),
            (false, false) => name == self.middle,
        }
    }
}

impl Names {
    pub(super) fn new(added: &[String]) -> Result<Self, BadRule> {
        if added.iter().any(String::is_empty) {
            return Err(BadRule::EmptyHeader);
        }
        let all = BUILT_IN.iter().copied().chain(added.iter().map(String::as_str));
        Ok(Self(all.map(Glob::new).collect()))
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        self.0.iter().any(|glob| glob.matches(&name))
    }
}

/// A name within a JSON or XML document that says that its value is a secret.
pub(super) fn is_secret_key(key: &str) -> bool {
    let key: String = key
        .chars()
        .filter(|c| !matches!(c, '-' | '_' | '.'))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    const WHOLE: &[&str] =
        &["pwd", "pass", "secret", "token", "pin", "cvv", "cvc", "authorization"];
    const ENDS: &[&str] = &[
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "apikey",
        "privatekey",
        "secretkey",
        "credentials",
    ];
    WHOLE.contains(&key.as_str()) || ENDS.iter().any(|end| key.ends_with(end))
}
