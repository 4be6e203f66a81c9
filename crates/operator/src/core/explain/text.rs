//! An explanation as lines for people.

use crate::core::explain::{Explanation, Key, Node};

/// As wide as `config.database` and a few more: longer names push their own line only.
const NAME_WIDTH: usize = 18;

impl Explanation {
    pub fn lines(&self, tree: bool) -> Vec<String> {
        let mut lines = vec![self.headline()];
        if let Some(cause) = &self.cause {
            lines.push(format!("  at {} {} ({})", cause.object, cause.field, cause.code));
            lines.push(format!("  next: {}", cause.next));
        }
        lines.extend(self.config.iter().map(|key| line("config", key)));
        lines.extend(self.results.iter().map(|key| line("result", key)));
        lines.extend(self.dropped.iter().map(|text| named("dropped", text)));
        if self.would_change.is_empty() {
            lines.push(named("would change", "nothing"));
        }
        lines.extend(self.would_change.iter().map(|text| named("would change", text)));
        if tree {
            lines.extend(self.tree.iter().flat_map(|node| branch(node, 0)));
        }
        lines
    }

    fn headline(&self) -> String {
        let socket = self.socket.as_deref().unwrap_or("none");
        let why = self.cause.as_ref().map(|cause| cause.message.as_str());
        if self.subject.starts_with("socket") {
            let coupled = self.tree.iter().filter(|node| node.state == "coupled").count();
            return match why {
                Some(why) => format!("{}: {why}", self.subject),
                None => format!("{}: {coupled} coupled", self.subject),
            };
        }
        match (self.coupled, why) {
            (true, None) => {
                let since = self.since.as_deref().unwrap_or("an unknown time");
                let hash = self.hash.as_deref().map(|hash| hash.get(..8).unwrap_or(hash));
                let hash = hash.map(|hash| format!(" (hash {hash})")).unwrap_or_default();
                format!("coupled to socket {socket} since {since}{hash}")
            }
            (true, Some(why)) => {
                format!("coupled to socket {socket}, and something is wrong: {why}")
            }
            (false, Some(why)) => format!("not coupled: {why}"),
            (false, None) => match &self.waits {
                Some(waits) => format!("not coupled to socket {socket} yet: {waits}"),
                None => format!("not coupled to socket {socket} yet: nothing is in the way"),
            },
        }
    }
}

fn line(half: &str, key: &Key) -> String {
    let place = key.line.map(|line| format!(" (line {line})")).unwrap_or_default();
    let origin = if key.origin.starts_with("spec.") {
        format!("from {}{place} of the {}", key.origin, key.side)
    } else if key.origin.starts_with("apparatus") || key.origin.starts_with("answer") {
        format!("from {} of the {}", key.origin, key.side)
    } else {
        key.origin.clone()
    };
    let over = if key.over.is_empty() {
        String::new()
    } else {
        format!(" (over {})", key.over.join(", "))
    };
    let notes: String = key.notes.iter().map(|note| format!(" -> {note}")).collect();
    named(&format!("{half}.{}", key.key), &format!("{origin}{over}{notes}"))
}

fn named(name: &str, text: &str) -> String {
    format!("{name:<NAME_WIDTH$} {text}")
}

fn branch(node: &Node, depth: usize) -> Vec<String> {
    let mut lines = vec![format!(
        "{}{}{}{}",
        "  ".repeat(depth),
        node.what,
        if node.state.is_empty() { "" } else { ": " },
        node.state
    )];
    lines.extend(node.below.iter().flat_map(|node| branch(node, depth + 1)));
    lines
}
