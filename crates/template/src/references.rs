//! What a template asks of its context, told from reading it.
//!
//! `.plugConfig.database` is a reference `plugConfig`, `database` wherever the dot is the context: not inside `with` and `range`, which
//! set another dot, and everywhere after `$`. A variable is not followed. So a list of references is never complete, and what it names
//! is really asked for.

use std::collections::HashMap;

use crate::ast::{Command, Node, Operand, Pipeline, Term};
use crate::error::place;

/// A chain of keys from the context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub keys: Vec<String>,
    pub line: u32,
    pub column: u32,
    pub seen: Seen,
}

/// Whether a missing value is expected where it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Its value is used as it is.
    Used,
    /// It is tested or has a default: `if`, `with`, `default`, `empty`, `coalesce`, `hasKey`, `and`, `or`, `not`, `eq`, `ne`.
    Tested,
}

/// Functions that are made for values which may be missing.
const TESTS: [&str; 11] =
    ["default", "empty", "coalesce", "hasKey", "and", "or", "not", "eq", "ne", "ternary", "quote"];

pub(crate) fn references(
    templates: &HashMap<String, Vec<Node>>,
    main: &str,
    source: &str,
) -> Vec<Reference> {
    let mut walker = Walker { found: Vec::new() };
    if let Some(nodes) = templates.get(main) {
        walker.nodes(nodes, true);
    }
    let reference = |(at, keys, seen): (usize, Vec<String>, Seen)| {
        let (line, column) = place(source, at);
        Reference { keys, line, column, seen }
    };
    walker.found.into_iter().map(reference).collect()
}

struct Walker {
    found: Vec<(usize, Vec<String>, Seen)>,
}

impl Walker {
    /// `rooted`: the dot is the context.
    fn nodes(&mut self, nodes: &[Node], rooted: bool) {
        for node in nodes {
            match node {
                Node::Text(_) | Node::Break | Node::Continue => {}
                Node::Action(pipeline) => self.pipeline(pipeline, rooted, Seen::Used),
                Node::If { test, then, otherwise } => {
                    self.pipeline(test, rooted, Seen::Tested);
                    self.nodes(then, rooted);
                    self.nodes(otherwise, rooted);
                }
                Node::With { value: outer, then: body, otherwise }
                | Node::Range { over: outer, body, otherwise } => {
                    self.pipeline(outer, rooted, Seen::Tested);
                    self.nodes(body, false);
                    self.nodes(otherwise, rooted);
                }
                Node::Call { argument, .. } => {
                    if let Some(pipeline) = argument {
                        self.pipeline(pipeline, rooted, Seen::Tested);
                    }
                }
            }
        }
    }

    /// What is piped on is judged by everything behind it.
    fn pipeline(&mut self, pipeline: &Pipeline, rooted: bool, seen: Seen) {
        let tests = |command: &Command| match &command.first.term {
            Term::Function(function) => TESTS.contains(&function.name),
            _ => false,
        };
        for (index, command) in pipeline.commands.iter().enumerate() {
            let tested = seen == Seen::Tested || pipeline.commands[index..].iter().any(tests);
            let seen = if tested { Seen::Tested } else { Seen::Used };
            self.operand(&command.first, rooted, seen);
            for operand in &command.arguments {
                self.operand(operand, rooted, seen);
            }
        }
    }

    fn operand(&mut self, operand: &Operand, rooted: bool, seen: Seen) {
        match &operand.term {
            Term::Field(keys) if rooted => self.found.push((operand.at, keys.clone(), seen)),
            Term::Variable(name, keys) if name == "$" && !keys.is_empty() => {
                self.found.push((operand.at, keys.clone(), seen));
            }
            Term::Pipe(pipeline) => self.pipeline(pipeline, rooted, seen),
            Term::Chain(base, _) => self.operand(base, rooted, seen),
            Term::Field(_)
            | Term::Variable(..)
            | Term::Nil
            | Term::Bool(_)
            | Term::Text(_)
            | Term::Number(_)
            | Term::Dot
            | Term::Function(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, Template};

    #[track_caller]
    fn check(source: &str, expected: &[(&str, Seen)]) {
        let template = Template::parse("t", source, &Options::default()).unwrap();
        let found: Vec<_> =
            template.references().into_iter().map(|one| (one.keys.join("."), one.seen)).collect();
        let expected: Vec<_> =
            expected.iter().map(|(keys, seen)| ((*keys).to_owned(), *seen)).collect();
        assert_eq!(found, expected, "{source}");
    }

    #[test]
    fn what_is_asked_of_the_context_is_found() {
        check("{% .plug.metadata.name %}", &[("plug.metadata.name", Seen::Used)]);
        check("{% .a.b | default .c.d | upper %}", &[("a.b", Seen::Tested), ("c.d", Seen::Tested)]);
        check("{% upper .a | printf \"%s-%s\" .b %}", &[("a", Seen::Used), ("b", Seen::Used)]);
        check("{% if eq .a \"x\" %}{% .b %}{% end %}", &[("a", Seen::Tested), ("b", Seen::Used)]);
        check(
            "{% with .a %}{% .b %}{% $.c %}{% else %}{% .d %}{% end %}",
            &[("a", Seen::Tested), ("c", Seen::Used), ("d", Seen::Used)],
        );
        check("{% range .l %}{% .x %}{% end %}", &[("l", Seen::Tested)]);
        check("{% (index .l 0).name %}", &[("l", Seen::Used)]);
        check("{% $x := .a %}{% $x.b %}", &[("a", Seen::Used)]);
        check(
            "{% define \"n\" %}{% .no %}{% end %}{% template \"n\" .a %}",
            &[("a", Seen::Tested)],
        );
    }
}
