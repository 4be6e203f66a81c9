//! Likely causes: what an exception usually means in a Camel route, where to look, and what to type next.
//!
//! A rule is chosen by the class of the root cause, then of what it came wrapped in, then by words of the message; the first that fits
//! wins, exact classes before parts. It is a hint for somebody who has the message in front of them, never a verdict: the
//! error itself is always shown. What no rule knows is shown with its root cause first and its stack folded.

mod rules;

use crate::query::Pattern;

/// What a failure usually means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// One sentence.
    pub likely: String,
    pub look: String,
    /// A command, or what to do.
    pub next: String,
}

pub(crate) struct Rule {
    /// Full or simple names, `*` for any run of characters.
    classes: &'static [&'static str],
    /// One of these in the message, any case; none: every message.
    says: &'static [&'static str],
    likely: &'static str,
    look: &'static str,
    next: &'static str,
}

/// What is known of a failure.
#[derive(Clone, Copy, Debug, Default)]
pub struct Failure<'a> {
    /// The root cause.
    pub class: &'a str,
    pub message: &'a str,
    /// What it came wrapped in.
    pub outer_class: Option<&'a str>,
    pub outer_message: Option<&'a str>,
    pub integration: &'a str,
    pub route: &'a str,
    /// The node that failed, as `toD1`.
    pub node: Option<&'a str>,
    /// What the node called, if it called something.
    pub endpoint: Option<&'a str>,
    /// As a person would type it.
    pub id: &'a str,
}

pub fn likely(failure: &Failure<'_>) -> Option<Cause> {
    let outer = failure.outer_class.map(|class| (class, failure.outer_message.unwrap_or_default()));
    let rule = [(failure.class, failure.message)]
        .into_iter()
        .chain(outer)
        .find_map(|(class, message)| rules::RULES.iter().find(|rule| rule.fits(class, message)))?;
    let fill = |text: &str| {
        text.replace("{integration}", failure.integration)
            .replace("{route}", failure.route)
            .replace("{node}", failure.node.unwrap_or("the step"))
            .replace("{endpoint}", failure.endpoint.unwrap_or("the address it called"))
            .replace("{id}", failure.id)
    };
    Some(Cause { likely: fill(rule.likely), look: fill(rule.look), next: fill(rule.next) })
}

impl Rule {
    fn fits(&self, class: &str, message: &str) -> bool {
        let simple = class.rsplit(['.', '$']).next().unwrap_or(class);
        let is_class = self.classes.iter().any(|pattern| {
            let pattern = Pattern::parse(pattern);
            pattern.matches(class) || pattern.matches(simple)
        });
        let message = message.to_lowercase();
        is_class && (self.says.is_empty() || self.says.iter().any(|word| message.contains(word)))
    }
}

/// `org.acme.Tea.brew(Tea.java:7)`, with or without the `at` that Java prints before it.
fn frame(line: &str) -> Option<&str> {
    let line = line.trim();
    if let Some(frame) = line.strip_prefix("at ") {
        return Some(frame);
    }
    let (method, source) = line.split_once('(')?;
    let is_method = method.contains('.') && !method.contains([' ', ':']);
    (is_method && source.ends_with(')')).then_some(line)
}

/// A stack trace as it is read: the first lines of each cause, and how many were left out.
pub fn fold(stack: &str, keep: usize) -> String {
    let mut text = String::new();
    let (mut kept, mut left_out) = (0, 0);
    let end = |text: &mut String, left_out: &mut usize| {
        if *left_out > 0 {
            text.push_str(&format!("    ... {left_out} more\n"));
            *left_out = 0;
        }
    };
    for line in stack.lines() {
        if let Some(frame) = frame(line) {
            if kept < keep {
                text.push_str(&format!("    at {frame}\n"));
                kept += 1;
            } else {
                left_out += 1;
            }
        } else {
            end(&mut text, &mut left_out);
            kept = 0;
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    end(&mut text, &mut left_out);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(class: &str, message: &str, says: &str) {
        let failure = Failure { class, message, integration: "orders", ..Failure::default() };
        let cause = likely(&failure).unwrap_or_else(|| unreachable!("no rule for {class}"));
        assert!(cause.likely.contains(says), "{class}: {}", cause.likely);
    }

    #[test]
    fn the_commonest_exceptions_have_a_rule() {
        assert!(rules::RULES.len() >= 40, "{}", rules::RULES.len());
        check("java.net.ConnectException", "Connection refused", "nothing listens");
        check("java.net.UnknownHostException", "prices", "name");
        check(
            "org.apache.camel.http.base.HttpOperationFailedException",
            "statusCode: 404",
            "not there",
        );
        check(
            "org.apache.camel.http.base.HttpOperationFailedException",
            "statusCode: 503",
            "could not",
        );
        check("java.sql.SQLIntegrityConstraintViolationException", "", "already");
        check("org.apache.camel.ValidationException", "", "refused");
        check("java.lang.OutOfMemoryError", "Java heap space", "memory");
        let failure = Failure { class: "com.acme.TeaException", ..Failure::default() };
        assert_eq!(likely(&failure), None);
    }

    #[test]
    fn the_root_cause_decides_before_the_wrapper() {
        let failure = Failure {
            class: "java.net.ConnectException",
            outer_class: Some("org.apache.camel.CamelExecutionException"),
            endpoint: Some("http:prices"),
            ..Failure::default()
        };
        let cause = likely(&failure).unwrap();
        assert!(cause.likely.contains("http:prices"), "{cause:?}");
    }

    #[test]
    fn every_rule_can_be_reached_and_reads_well() {
        for (at, rule) in rules::RULES.iter().enumerate() {
            let class = rule.classes[0].replace('*', "X");
            let message = rule.says.first().copied().unwrap_or_default();
            let first = rules::RULES.iter().position(|other| other.fits(&class, message));
            assert_eq!(first, Some(at), "{class} {message}");
            assert!(!rule.likely.ends_with('.') && !rule.next.is_empty() && !rule.look.is_empty());
        }
    }

    #[test]
    fn frames_without_at_are_frames() {
        let stack = "a.B: no (really)\na.B.one(B.java:1)\na.B.two(B.java:2)\njava.base/c.D.lambda$x$0(Native Method)";
        assert_eq!(fold(stack, 1), "a.B: no (really)\n    at a.B.one(B.java:1)\n    ... 2 more\n");
    }

    #[test]
    fn a_stack_is_folded_at_each_cause() {
        let stack =
            "a.B: x\n\tat one\n\tat two\n\tat three\nCaused by: c.D: y\n\tat four\n\tat five";
        assert_eq!(
            fold(stack, 1),
            "a.B: x\n    at one\n    ... 2 more\nCaused by: c.D: y\n    at four\n    ... 1 more\n"
        );
    }
}
