//! Inside an action: declarations, commands, operands.
//!
//! The one place that looks ahead is `$x :=` against `$x .field`. A constant or a bare dot may stand first in a pipeline and nowhere
//! behind a `|`.

use super::{Parser, literal, syntax, unexpected};
use crate::ast::{Binding, Command, Operand, Pipeline, Term};
use crate::error::{ErrorKind, Fault};
use crate::functions;
use crate::lex::{Keyword, Kind, Misread, Token};

impl<'a> Parser<'_, 'a> {
    pub(super) fn pipeline(&mut self, context: &str, close: Kind) -> Result<Pipeline, Misread> {
        let at = self.skip_space().at;
        let binding = self.binding(context)?;
        let mut commands: Vec<Command> = Vec::new();
        loop {
            let token = self.skip_space();
            if token.kind == close {
                self.next += 1;
                break;
            }
            commands.push(self.command(context)?);
        }
        if commands.is_empty() {
            return Err(syntax(at, format!("a value is missing in {context}")));
        }
        for command in &commands[1..] {
            if let Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(_) | Term::Text(_) =
                command.first.term
            {
                let message = "only a function can stand behind `|`";
                return Err(syntax(command.first.at, message));
            }
        }
        Ok(Pipeline { at, binding, commands })
    }

    fn binding(&mut self, context: &str) -> Result<Binding, Misread> {
        let start = self.next;
        let mut names = Vec::new();
        loop {
            let variable = self.skip_space();
            if variable.kind != Kind::Variable {
                break;
            }
            self.next += 1;
            let mark = self.skip_space();
            match mark.kind {
                Kind::Declare | Kind::Assign => {
                    self.next += 1;
                    names.push(variable.text.to_owned());
                    self.variables.extend(names.iter().cloned());
                    return Ok(match mark.kind {
                        Kind::Declare => Binding::Declare(names),
                        _ => Binding::Assign(names),
                    });
                }
                Kind::Comma if context == "range" && names.is_empty() => {
                    self.next += 1;
                    names.push(variable.text.to_owned());
                }
                Kind::Comma => {
                    return Err(syntax(mark.at, format!("too many variables in {context}")));
                }
                _ => break,
            }
        }
        if !names.is_empty() {
            return Err(syntax(self.peek().at, "`:=` is expected behind the variables of `range`"));
        }
        self.next = start;
        Ok(Binding::None)
    }

    fn command(&mut self, context: &str) -> Result<Command, Misread> {
        let mut operands = Vec::new();
        loop {
            let before = self.skip_space();
            let Some(operand) = self.operand()? else {
                if operands.is_empty() {
                    return Err(unexpected(before, context));
                }
                self.command_end()?;
                break;
            };
            operands.push(operand);
            if self.peek().kind != Kind::Space {
                self.command_end()?;
                break;
            }
        }
        let arguments = operands.split_off(1);
        let first = operands.swap_remove(0);
        Ok(Command { first, arguments })
    }

    /// A command ends at `|`, which is eaten, or before `%}` and `)`. Go accepts a `|` with nothing behind it.
    fn command_end(&mut self) -> Result<(), Misread> {
        let token = self.skip_space();
        match token.kind {
            Kind::Close | Kind::RightParen => Ok(()),
            Kind::Pipe => {
                self.next += 1;
                Ok(())
            }
            _ => Err(unexpected(token, "an operand")),
        }
    }

    fn operand(&mut self) -> Result<Option<Operand>, Misread> {
        let token = self.peek();
        let Some(term) = self.term(token)? else { return Ok(None) };
        let mut fields = Vec::new();
        while self.peek().kind == Kind::Field {
            fields.push(self.take().text[1..].to_owned());
        }
        let operand = |term| Some(Operand { at: token.at, term });
        if fields.is_empty() {
            return Ok(operand(term));
        }
        Ok(match term {
            Term::Field(mut names) => {
                names.extend(fields);
                operand(Term::Field(names))
            }
            Term::Variable(name, _) => operand(Term::Variable(name, fields)),
            Term::Function(_) | Term::Pipe(_) => {
                operand(Term::Chain(Box::new(Operand { at: token.at, term }), fields))
            }
            Term::Nil
            | Term::Bool(_)
            | Term::Text(_)
            | Term::Number(_)
            | Term::Dot
            | Term::Chain(..) => {
                return Err(syntax(token.at, format!("`{}` has no fields", token.text)));
            }
        })
    }

    fn term(&mut self, token: Token<'a>) -> Result<Option<Term>, Misread> {
        let here = |fault: Fault| (token.at, fault);
        let term = match token.kind {
            Kind::Word => Term::Function(function(token)?),
            Kind::Dot => Term::Dot,
            Kind::Keyword(Keyword::Nil) => Term::Nil,
            Kind::Variable => {
                if !self.variables.iter().any(|known| known == token.text) {
                    let message = format!("the variable `{}` is not defined", token.text);
                    return Err(syntax(token.at, message));
                }
                Term::Variable(token.text.to_owned(), Vec::new())
            }
            Kind::Field => Term::Field(vec![token.text[1..].to_owned()]),
            Kind::Bool => Term::Bool(token.text == "true"),
            Kind::Number => Term::Number(literal::number(token.text).map_err(here)?),
            Kind::Character => Term::Number(literal::character(token.text).map_err(here)?),
            Kind::Quoted | Kind::Raw => Term::Text(literal::unquote(token.text).map_err(here)?),
            Kind::LeftParen => {
                self.next += 1;
                let pipeline = self
                    .deeper(token.at, |parser| parser.pipeline("parentheses", Kind::RightParen))?;
                return Ok(Some(Term::Pipe(Box::new(pipeline))));
            }
            _ => return Ok(None),
        };
        self.next += 1;
        Ok(Some(term))
    }
}

fn function(token: Token<'_>) -> Result<&'static functions::Function, Misread> {
    if let Some(function) = functions::find(token.text) {
        return Ok(function);
    }
    let message = functions::why_unknown(token.text);
    Err((token.at, Fault::new(ErrorKind::UnknownFunction, message)))
}
