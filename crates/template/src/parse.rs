//! Tokens become a tree.
//!
//! Variables are scoped while parsing: an unknown `$x` is refused here, as is an unknown function, so that rendering meets neither. A
//! `define` or `block` body knows only `$`. `endif` is read as `end` with a warning: a published example uses it, although Go does
//! not know it. Nesting is bounded, because the tree is walked by recursion.

mod literal;
mod pipeline;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crate::ast::{Node, Pipeline};
use crate::error::{Error, ErrorKind, Fault, Warning, place};
use crate::lex::{self, Keyword, Kind, Misread, Token};
use crate::options::Options;

/// Nested blocks and parentheses in one source: far more than people write, far less than a stack holds.
const NESTING: u32 = 64;

pub(crate) struct Parsed {
    pub(crate) templates: HashMap<String, Vec<Node>>,
    pub(crate) warnings: Vec<Warning>,
}

pub(crate) fn parse(name: &str, source: &str, options: &Options) -> Result<Parsed, Error> {
    let place_of = |(at, fault): Misread| fault.at(source, at);
    let tokens = lex::lex(source, options.delimiters).map_err(place_of)?;
    let mut parser = Parser {
        tokens: &tokens,
        next: 0,
        variables: vec!["$".to_owned()],
        ranges: 0,
        nesting: 0,
        templates: HashMap::new(),
        warnings: Vec::new(),
    };
    parser.all(name).map_err(place_of)?;
    let warnings = parser.warnings.into_iter().map(|(at, message)| {
        let (line, column) = place(source, at);
        Warning { line, column, message }
    });
    Ok(Parsed { warnings: warnings.collect(), templates: parser.templates })
}

struct Parser<'t, 'a> {
    tokens: &'t [Token<'a>],
    next: usize,
    variables: Vec<String>,
    ranges: u32,
    nesting: u32,
    templates: HashMap<String, Vec<Node>>,
    warnings: Vec<(usize, String)>,
}

/// What ended a list of nodes.
enum Ending {
    End,
    Else,
    Source,
}

impl<'a> Parser<'_, 'a> {
    fn peek(&self) -> Token<'a> {
        self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn take(&mut self) -> Token<'a> {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn skip_space(&mut self) -> Token<'a> {
        while self.peek().kind == Kind::Space {
            self.next += 1;
        }
        self.peek()
    }

    fn expect_close(&mut self, context: &str) -> Result<(), Misread> {
        let token = self.skip_space();
        if token.kind != Kind::Close {
            return Err(unexpected(token, context));
        }
        self.next += 1;
        Ok(())
    }

    fn deeper<T>(
        &mut self,
        at: usize,
        inside: impl FnOnce(&mut Self) -> Result<T, Misread>,
    ) -> Result<T, Misread> {
        if self.nesting == NESTING {
            let message = format!("nested deeper than {NESTING} levels");
            return Err((at, Fault::new(ErrorKind::Depth, message)));
        }
        self.nesting += 1;
        let done = inside(self);
        self.nesting -= 1;
        done
    }

    fn all(&mut self, name: &str) -> Result<(), Misread> {
        let at = self.peek().at;
        let (nodes, ending) = self.list(true)?;
        match ending {
            Ending::Source => self.define(at, name.to_owned(), nodes),
            Ending::End => Err(syntax(self.last(), "an `end` without `if`, `range` or `with`")),
            Ending::Else => Err(syntax(self.last(), "an `else` without `if`, `range` or `with`")),
        }
    }

    fn last(&self) -> usize {
        self.tokens[self.next.saturating_sub(1).min(self.tokens.len() - 1)].at
    }

    /// A second definition may replace an empty one, nothing else.
    fn define(&mut self, at: usize, name: String, nodes: Vec<Node>) -> Result<(), Misread> {
        match self.templates.get(&name) {
            Some(known) if !is_empty(known) => {
                if is_empty(&nodes) {
                    return Ok(());
                }
                Err(syntax(at, format!("the template `{name}` is defined twice")))
            }
            _ => {
                self.templates.insert(name, nodes);
                Ok(())
            }
        }
    }

    /// Nodes up to `end`, `else` or the end of the source. After `else` the parser stands behind the keyword.
    fn list(&mut self, top: bool) -> Result<(Vec<Node>, Ending), Misread> {
        let mut nodes = Vec::new();
        loop {
            let token = self.take();
            match token.kind {
                Kind::Text => nodes.push(Node::Text(token.text.to_owned())),
                Kind::End => return Ok((nodes, Ending::Source)),
                Kind::Open => {
                    let first = self.skip_space();
                    match first.kind {
                        Kind::Keyword(Keyword::End) => {
                            self.next += 1;
                            self.expect_close("`end`")?;
                            return Ok((nodes, Ending::End));
                        }
                        Kind::Word if first.text == "endif" && self.stands_alone() => {
                            self.next += 1;
                            self.warnings.push((
                                first.at,
                                "`endif` is not a keyword: write `end`".to_owned(),
                            ));
                            self.expect_close("`endif`")?;
                            return Ok((nodes, Ending::End));
                        }
                        Kind::Keyword(Keyword::Else) => {
                            self.next += 1;
                            return Ok((nodes, Ending::Else));
                        }
                        Kind::Keyword(Keyword::Define) if top => self.definition()?,
                        _ => nodes.push(self.action(first)?),
                    }
                }
                _ => return Err(unexpected(token, "text")),
            }
        }
    }

    /// The word here is the only thing of its action.
    fn stands_alone(&self) -> bool {
        let behind = self.tokens[self.next + 1..].iter().find(|token| token.kind != Kind::Space);
        behind.is_some_and(|token| token.kind == Kind::Close)
    }

    fn action(&mut self, first: Token<'a>) -> Result<Node, Misread> {
        let Kind::Keyword(keyword) = first.kind else {
            return Ok(Node::Action(self.pipeline("an action", Kind::Close)?));
        };
        if keyword == Keyword::Nil {
            return Ok(Node::Action(self.pipeline("an action", Kind::Close)?));
        }
        self.next += 1;
        self.deeper(first.at, |parser| match keyword {
            Keyword::If => {
                let (test, then, otherwise) = parser.control(first, keyword)?;
                Ok(Node::If { test, then, otherwise })
            }
            Keyword::With => {
                let (value, then, otherwise) = parser.control(first, keyword)?;
                Ok(Node::With { value, then, otherwise })
            }
            Keyword::Range => {
                let (over, body, otherwise) = parser.control(first, keyword)?;
                Ok(Node::Range { over, body, otherwise })
            }
            Keyword::Break | Keyword::Continue => {
                parser.expect_close(first.text)?;
                if parser.ranges == 0 {
                    return Err(syntax(first.at, format!("`{}` outside `range`", first.text)));
                }
                Ok(if keyword == Keyword::Break { Node::Break } else { Node::Continue })
            }
            Keyword::Template => parser.call(),
            Keyword::Block => parser.block(),
            Keyword::Define => Err(syntax(first.at, "`define` inside another block")),
            Keyword::Else | Keyword::End | Keyword::Nil => Err(unexpected(first, "an action")),
        })
    }

    fn control(
        &mut self,
        first: Token<'a>,
        keyword: Keyword,
    ) -> Result<(Pipeline, Vec<Node>, Vec<Node>), Misread> {
        let scope = self.variables.len();
        let pipeline = self.pipeline(first.text, Kind::Close)?;
        self.ranges += u32::from(keyword == Keyword::Range);
        let (body, ending) = self.list(false)?;
        self.ranges -= u32::from(keyword == Keyword::Range);
        let otherwise = match ending {
            Ending::End => Vec::new(),
            Ending::Source => return Err(unclosed(first)),
            Ending::Else => self.otherwise(first, keyword)?,
        };
        self.variables.truncate(scope);
        Ok((pipeline, body, otherwise))
    }

    /// `else`, `else if` in an `if`, `else with` in a `with`: the last two share the one `end`.
    fn otherwise(&mut self, first: Token<'a>, keyword: Keyword) -> Result<Vec<Node>, Misread> {
        let token = self.skip_space();
        match token.kind {
            Kind::Keyword(again) if again == keyword && keyword != Keyword::Range => {
                Ok(vec![self.action(token)?])
            }
            _ => {
                self.expect_close("`else`")?;
                match self.list(false)? {
                    (nodes, Ending::End) => Ok(nodes),
                    (_, Ending::Else) => Err(syntax(self.last(), "a second `else`")),
                    (_, Ending::Source) => Err(unclosed(first)),
                }
            }
        }
    }

    fn template_name(&mut self, context: &str) -> Result<(usize, String), Misread> {
        let token = self.skip_space();
        self.next += 1;
        match token.kind {
            Kind::Quoted | Kind::Raw => {
                let name = literal::unquote(token.text).map_err(|fault| (token.at, fault))?;
                Ok((token.at, name))
            }
            _ => Err(unexpected(token, context)),
        }
    }

    fn call(&mut self) -> Result<Node, Misread> {
        let (at, name) = self.template_name("`template`: a quoted name is expected")?;
        let argument = if self.skip_space().kind == Kind::Close {
            self.next += 1;
            None
        } else {
            Some(self.pipeline("`template`", Kind::Close)?)
        };
        Ok(Node::Call { at, name, argument })
    }

    fn block(&mut self) -> Result<Node, Misread> {
        let (at, name) = self.template_name("`block`: a quoted name is expected")?;
        let argument = Some(self.pipeline("`block`", Kind::Close)?);
        self.body(at, name.clone())?;
        Ok(Node::Call { at, name, argument })
    }

    fn definition(&mut self) -> Result<(), Misread> {
        self.next += 1;
        let (at, name) = self.template_name("`define`: a quoted name is expected")?;
        self.expect_close("`define`")?;
        self.body(at, name)
    }

    /// The body of a named template: no variable but `$`, no loop to break out of.
    fn body(&mut self, at: usize, name: String) -> Result<(), Misread> {
        let variables = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
        let ranges = std::mem::take(&mut self.ranges);
        let (nodes, ending) = self.list(false)?;
        self.variables = variables;
        self.ranges = ranges;
        match ending {
            Ending::End => self.define(at, name, nodes),
            Ending::Else => Err(syntax(self.last(), format!("an `else` in the template `{name}`"))),
            Ending::Source => Err(syntax(at, format!("the template `{name}` has no `end`"))),
        }
    }
}

fn is_empty(nodes: &[Node]) -> bool {
    nodes.iter().all(|node| match node {
        Node::Text(text) => text.trim().is_empty(),
        _ => false,
    })
}

fn syntax(at: usize, message: impl Into<String>) -> Misread {
    (at, Fault::new(ErrorKind::Syntax, message))
}

fn unclosed(first: Token<'_>) -> Misread {
    syntax(first.at, format!("this `{}` has no `end`", first.text))
}

fn unexpected(token: Token<'_>, context: &str) -> Misread {
    let found = match token.kind {
        Kind::End => "the end of the template".to_owned(),
        Kind::Close => "the end of the action".to_owned(),
        _ => format!("`{}`", token.text.chars().take(20).collect::<String>()),
    };
    syntax(token.at, format!("unexpected {found} in {context}"))
}
