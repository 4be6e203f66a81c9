//! What a step is called where people read: `to sql insert orders`, `toD http prices/TEA-10`, `unmarshal json`.
//!
//! ```text
//! kind, label (what the route says), detail (what happened) -> title and remark
//! ```
//! A label is Camel's own: an address, `kind[expression]`, or an object's default text. What nobody reads in a list is left
//! out: options of an address, all of a statement but its verb and table, packages of classes, the second line. It is
//! for people only; what machines compare is the node's key.

/// An expression longer than this is cut: the list is for finding the place, the route for reading it.
const LONGEST: usize = 48;
/// Kinds whose label is an address.
const ADDRESSES: &[&str] = &[
    "from",
    "to",
    "toD",
    "wireTap",
    "enrich",
    "pollEnrich",
    "poll",
    "kamelet",
    "intercept",
    "interceptFrom",
    "interceptSendToEndpoint",
];
/// Kinds that say enough by themselves: what they hold are steps of their own, or an error that is shown beside them.
const BARE: &[&str] = &[
    "choice",
    "doTry",
    "doFinally",
    "otherwise",
    "throwException",
    "multicast",
    "pipeline",
    "stop",
    "saga",
];

/// The name of a step, and what is worth saying beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    pub title: String,
    pub remark: Option<String>,
}

/// `label` is what the route's shape says of the node, `detail` what the tracer saw of this visit.
pub fn title(kind: &str, label: Option<&str>, detail: Option<&str>) -> Title {
    let (remark, called) = split_detail(detail.unwrap_or_default());
    let label = inner(kind, label.unwrap_or_default().trim());
    let said = match called {
        _ if BARE.contains(&kind) => String::new(),
        // Camel's own address of a dynamic send is that of the host; the route says what it asks there.
        Some(address) if !names_more_than_a_host(address) && !label.is_empty() => spoken(label),
        Some(address) => spoken(address),
        None if ADDRESSES.contains(&kind) => spoken(label),
        None if kind == "marshal" || kind == "unmarshal" => format(label),
        None => expression(label),
    };
    // `kamelet` is kind and scheme in one.
    let said = said.strip_prefix(kind).filter(|rest| rest.starts_with(' ')).unwrap_or(&said);
    let said = said.trim_start();
    let title = if said.is_empty() { kind.to_owned() } else { format!("{kind} {said}") };
    Title { title, remark: remark.map(str::to_owned) }
}

fn names_more_than_a_host(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let place = rest.split('?').next().unwrap_or_default();
    !address.contains("://") || place.trim_end_matches('/').contains('/')
}

/// The key of a node as a name: `throwException` for the first of its kind, `throwException#2` for the next.
pub fn node(key: &str) -> &str {
    key.strip_suffix("#1").unwrap_or(key)
}

/// `404 http://prices/TEA-10`: status and address, either may be missing; anything else is a remark.
pub fn split_detail(detail: &str) -> (Option<&str>, Option<&str>) {
    let is_address = |text: &str| {
        let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
        !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "-+.".contains(c))
    };
    if is_address(detail) {
        return (None, Some(detail));
    }
    match detail.split_once(' ') {
        Some((first, rest)) if is_address(rest) => (Some(first), Some(rest)),
        _ => (Some(detail).filter(|detail| !detail.is_empty()), None),
    }
}

/// What stands in `kind[...]`; a label that is the kind says nothing.
fn inner<'a>(kind: &str, label: &'a str) -> &'a str {
    match label.strip_prefix(kind) {
        Some("") => "",
        Some(rest) => match rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(inner) => inner,
            None => label,
        },
        None => label,
    }
}

/// `org.apache.camel.model.dataformat.JsonDataFormat@69b794e2` -> `json`.
fn format(label: &str) -> String {
    let class = label.split('@').next().unwrap_or_default();
    let simple = class.rsplit(['.', '$']).next().unwrap_or_default();
    let simple = simple.strip_suffix("DataFormat").unwrap_or(simple);
    let is_acronym = simple.chars().all(|c| !c.is_lowercase());
    let mut letters = simple.chars();
    match letters.next() {
        Some(first) if !is_acronym => first.to_lowercase().chain(letters).collect(),
        _ => simple.to_lowercase(),
    }
}

/// The first line of an expression without its language: `simple{${body.qty} > 10}` -> `${body.qty} > 10`.
fn expression(label: &str) -> String {
    let bare = label.split_once('{').and_then(|(language, rest)| {
        let is_language =
            !language.is_empty() && language.chars().all(|c| c.is_ascii_alphanumeric());
        rest.strip_suffix('}').filter(|_| is_language)
    });
    let text = bare.unwrap_or(label).trim();
    let class = text.split('@').next().unwrap_or_default();
    let is_object = text.len() > class.len()
        && class.contains('.')
        && class.chars().all(|c| c.is_ascii_alphanumeric() || "._$".contains(c));
    let text = if is_object { class.rsplit(['.', '$']).next().unwrap_or(class) } else { text };
    cut(text.lines().next().unwrap_or_default())
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let kept: String = text.chars().take(LONGEST - 3).collect();
    format!("{}...", kept.trim_end())
}

/// An address as it is said: scheme, then what it is about.
pub fn spoken(address: &str) -> String {
    let address = decoded(address);
    if let Some((_, path)) = address.strip_prefix("{{").and_then(|rest| rest.split_once("}}")) {
        // A property stands for the place; what it is can be seen when the step ran.
        return cut(bare_path(path.trim_start_matches('/')));
    }
    let Some((scheme, rest)) = address.split_once(':') else { return cut(&address) };
    if !scheme.chars().all(|c| c.is_ascii_alphanumeric() || "-+.".contains(c)) {
        return cut(bare_path(&address));
    }
    let rest = rest.trim_start_matches('/');
    match scheme {
        "sql" | "sql-stored" | "jdbc" => format!("{scheme} {}", statement(rest)),
        "http" | "https" | "vertx-http" | "netty-http" => {
            let path = bare_path(rest);
            format!("{scheme} {}", cut(past_loopback(path)))
        }
        "rest" => {
            let mut parts = bare_path(rest).splitn(2, ':');
            let verb = parts.next().unwrap_or_default().to_uppercase();
            // A second template may follow: `/orders:/{id}`.
            let path = parts.next().unwrap_or_default().replacen(':', "", 1);
            cut(format!("rest {verb} {}", rooted(&path)).trim_end())
        }
        "platform-http" => {
            let verb = option(rest, "httpMethodRestrict").map(|verb| format!("{verb} "));
            let path = rooted(bare_path(rest));
            cut(&format!("http {}{path}", verb.unwrap_or_default().replace(',', "|")))
        }
        _ => cut(format!("{scheme} {}", bare_path(rest)).trim_end()),
    }
}

fn rooted(path: &str) -> String {
    format!("/{}", path.trim_start_matches('/'))
}

fn bare_path(rest: &str) -> &str {
    rest.split('?').next().unwrap_or_default().trim_end_matches('/')
}

fn option<'a>(rest: &'a str, name: &str) -> Option<&'a str> {
    let (_, options) = rest.split_once('?')?;
    options.split('&').find_map(|pair| {
        pair.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value)
    })
}

/// Where a path on this machine leads is told by the path: which port it was is chance.
fn past_loopback(path: &str) -> &str {
    let (host, rest) = path.split_once('/').unwrap_or((path, ""));
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_here =
        matches!(name, "127.0.0.1" | "localhost" | "[::1]" | "0.0.0.0") || host.starts_with("{{");
    if is_here && !rest.is_empty() { rest } else { path }
}

/// `INSERT INTO orders (id) ...` -> `insert orders`.
fn statement(text: &str) -> String {
    let mut words = text
        .split(|c: char| c.is_whitespace() || "(),;?".contains(c))
        .filter(|word| !word.is_empty());
    let verb = words.next().unwrap_or_default().to_lowercase();
    let table = match verb.as_str() {
        "insert" | "merge" | "replace" => after(words, &["into"]),
        "update" | "call" | "truncate" => words.next(),
        "select" | "delete" | "with" => after(words, &["from"]),
        _ => return cut(bare_path(text)),
    };
    cut(format!("{verb} {}", table.unwrap_or_default()).trim_end())
}

fn after<'a>(mut words: impl Iterator<Item = &'a str>, marks: &[&str]) -> Option<&'a str> {
    words.find(|word| marks.iter().any(|mark| word.eq_ignore_ascii_case(mark)))?;
    words.next()
}

/// `%20` and `+` of an address as they were written.
fn decoded(address: &str) -> String {
    if !address.contains('%') {
        return address.to_owned();
    }
    let mut bytes = Vec::with_capacity(address.len());
    let mut rest = address.as_bytes();
    while let Some((&byte, more)) = rest.split_first() {
        let code = (byte == b'%')
            .then(|| {
                more.get(..2).and_then(|two| u8::from_str_radix(str::from_utf8(two).ok()?, 16).ok())
            })
            .flatten();
        bytes.push(code.unwrap_or(byte));
        rest = if code.is_some() { &more[2..] } else { more };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: &str, label: &str, detail: &str, wanted: &str) {
        let title = title(kind, Some(label), Some(detail));
        let remark = title.remark.map(|remark| format!(" | {remark}")).unwrap_or_default();
        assert_eq!(format!("{}{remark}", title.title), wanted);
    }

    #[test]
    fn a_step_reads_as_somebody_would_say_it() {
        check(
            "unmarshal",
            "unmarshal[org.apache.camel.model.dataformat.JsonDataFormat@69b794e2]",
            "",
            "unmarshal json",
        );
        check("marshal", "marshal[CSVDataFormat]", "", "marshal csv");
        check("unmarshal", "unmarshal[json]", "", "unmarshal json");
        let insert = "sql:INSERT INTO orders (id, customer) VALUES (:#id, :#customer)?dataSource=#tea&noop=true";
        check("to", insert, "1 row", "to sql insert orders | 1 row");
        check(
            "to",
            "sql:SELECT count(*) AS n, max(x) FROM order_lines?dataSource=#tea",
            "",
            "to sql select order_lines",
        );
        check("to", "sql:UPDATE orders SET priced = true", "", "to sql update orders");
        check("to", "sql:classpath:all.sql?dataSource=#tea", "", "to sql classpath:all.sql");
        check(
            "toD",
            "{{midplane.url.prices}}/prices/${variable.sku}?throwExceptionOnFailure=false",
            "",
            "toD prices/${variable.sku}",
        );
        check(
            "toD",
            "{{midplane.url.prices}}/prices/${variable.sku}",
            "404 http://127.0.0.1:20081/prices/TEA-10?throwExceptionOnFailure=false",
            "toD http prices/TEA-10 | 404",
        );
        check(
            "toD",
            "{{midplane.url.prices}}/prices/${variable.sku}",
            "404 http://127.0.0.1:20081?throwExceptionOnFailure=false",
            "toD prices/${variable.sku} | 404",
        );
        check(
            "to",
            "https://api.example.com/v1/rates?key=xxxxxx",
            "200",
            "to https api.example.com/v1/rates | 200",
        );
        check("from", "rest:post:/orders?consumes=application/json", "", "from rest POST /orders");
        check("from", "rest:get:/orders:/{id}", "", "from rest GET /orders/{id}");
        check(
            "from",
            "platform-http:///prices/%7Bsku%7D?httpMethodRestrict=GET",
            "",
            "from http GET /prices/{sku}",
        );
        check("from", "timer://partner?period=5000", "", "from timer partner");
        check("split", "split[jsonpath{$.lines[*]}]", "", "split $.lines[*]");
        check("setVariable", "setVariable[sku]", "", "setVariable sku");
        check(
            "throwException",
            "throwException[java.lang.IllegalArgumentException]",
            "",
            "throwException",
        );
        check("choice", "choice[when[simple{${variable.qty} > 10}]]", "", "choice");
        check("filter", "filter[simple{${body} != null}]", "", "filter ${body} != null");
        check("bean", "bean[com.acme.Cart@1f3a]", "", "bean Cart");
        check("log", "log", "", "log");
        check("kamelet", "kamelet:log-sink?loggerName=report", "", "kamelet log-sink");
        check("wireTap", "seda:audit", "", "wireTap seda audit");
    }

    #[test]
    fn what_is_long_is_cut_between_characters() {
        let long = format!("validate[simple{{{}}}]", "ä".repeat(100));
        let cut = title("validate", Some(&long), None).title;
        assert_eq!(cut, format!("validate {}...", "ä".repeat(LONGEST - 3)));
        check("to", "%zz%4", "", "to %zz%4");
    }

    #[test]
    fn the_first_of_its_kind_has_the_name_of_its_kind() {
        assert_eq!(
            ["throwException#1", "throwException#2", "price"].map(node),
            ["throwException", "throwException#2", "price"]
        );
    }
}
