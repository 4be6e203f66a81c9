//! A name with `*` for any run of characters; without a star it is the name itself.
//!
//! Names are compared as they are written: routes and attributes are case-sensitive in Camel.

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    /// What stands between the stars; one part is an exact name.
    parts: Vec<String>,
}

impl Pattern {
    pub fn exact(text: impl Into<String>) -> Self {
        Self { parts: vec![text.into()] }
    }

    pub fn parse(text: &str) -> Self {
        Self { parts: text.split('*').map(str::to_owned).collect() }
    }

    /// The name itself when there is no star.
    pub fn as_exact(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    /// What stands between the stars, for an emitter that knows another notation.
    pub fn parts(&self) -> &[String] {
        &self.parts
    }

    pub fn matches(&self, name: &str) -> bool {
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.as_exact() == Some(name);
        };
        let Some(mut rest) = name.strip_prefix(first.as_str()) else { return false };
        for part in middle {
            let Some(at) = rest.find(part.as_str()) else { return false };
            rest = &rest[at + part.len()..];
        }
        rest.len() >= last.len() && rest.ends_with(last.as_str())
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.parts.join("*"))
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[track_caller]
    fn check(pattern: &str, name: &str, want: bool) {
        assert_eq!(Pattern::parse(pattern).matches(name), want, "{pattern} {name}");
    }

    #[test]
    fn a_star_stands_for_any_run_of_characters() {
        check("orders", "orders", true);
        check("orders", "orders-eu", false);
        check("orders-*", "orders-eu", true);
        check("*-eu", "orders-eu", true);
        check("o*s-*u", "orders-eu", true);
        check("a*a", "a", false);
        check("*", "", true);
        check("a*b*c", "abxbc", true);
        check("", "", true);
        check("", "x", false);
    }
}
