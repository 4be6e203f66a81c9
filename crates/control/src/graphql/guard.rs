//! The lexer guard: refuses a document that could exhaust the process, before any parser sees it.
//!
//! ```text
//! bytes -> tokens, nesting of { [ ( together -> selections, aliases, root fields, directives
//!                                            -> fragments expanded by counting, each fragment once
//! ```
//! One pass over the bytes with an explicit stack, then one pass over the fragments in the order of their use; no
//! recursion anywhere, so the thread's stack does not matter. The guard understands only as much of the grammar as
//! counting takes, and errs on the side of counting more: what is not GraphQL at all passes, and the parser, whose
//! work is now bounded, says what is wrong with it. It knows neither schema nor actor.
//!
//! A cycle of fragments is refused here, because everything after may then expand fragments freely.

use std::collections::HashMap;

/// What a document may cost. The numbers are those of the design ("GraphQL hardening"), measured against fragment
/// bombs, alias floods and nested values.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub bytes: usize,
    pub tokens: usize,
    pub nesting: usize,
    pub selections: u64,
    pub aliases: usize,
    pub root_fields: u64,
    pub directives: usize,
}

impl Limits {
    pub const PUBLIC: Self = Self {
        bytes: 256 * 1024,
        tokens: 10_000,
        nesting: 64,
        selections: 5_000,
        aliases: 30,
        root_fields: 20,
        directives: 8,
    };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the document is larger than {0} bytes")]
    Bytes(usize),
    #[error("the document has more than {0} tokens")]
    Tokens(usize),
    #[error("the document nests deeper than {0} levels")]
    Nesting(usize),
    #[error("the document selects more than {0} fields once its fragments are expanded")]
    Selections(u64),
    #[error("the document has more than {0} aliases")]
    Aliases(usize),
    #[error("an operation has more than {0} root fields")]
    RootFields(u64),
    #[error("a selection has more than {0} directives")]
    Directives(usize),
    #[error("a fragment contains itself")]
    Cycle,
    #[error("two fragments have the same name")]
    SameName,
}

pub fn check(document: &str, limits: &Limits) -> Result<(), Refused> {
    if document.len() > limits.bytes {
        return Err(Refused::Bytes(limits.bytes));
    }
    let mut reader = Reader::new(limits);
    for token in (Lexer { bytes: document.as_bytes(), at: 0 }) {
        reader.take(token)?;
    }
    expand(reader.definitions, limits)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Name(&'a [u8]),
    Spread,
    /// `{ } [ ] ( ) : @` and the others, by their byte.
    Punctuation(u8),
    /// A number or a string, or a byte that GraphQL does not know.
    Other,
}

struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Lexer<'_> {
    fn starts_with(&self, text: &[u8]) -> bool {
        self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(text))
    }

    fn skip_while(&mut self, keep: impl Fn(u8) -> bool) {
        while self.bytes.get(self.at).is_some_and(|byte| keep(*byte)) {
            self.at += 1;
        }
    }

    /// Behind the end of the string that starts here, or of the line or document when it has no end.
    fn skip_string(&mut self) {
        if self.starts_with(br#"""""#) {
            self.at += 3;
            while self.at < self.bytes.len() {
                if self.starts_with(br#"\""""#) {
                    self.at += 4;
                } else if self.starts_with(br#"""""#) {
                    self.at += 3;
                    return;
                } else {
                    self.at += 1;
                }
            }
            return;
        }
        self.at += 1;
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'"' => {
                    self.at += 1;
                    return;
                }
                b'\\' => self.at += 2,
                b'\n' | b'\r' => return,
                _ => self.at += 1,
            }
        }
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let start = self.at;
            match *self.bytes.get(start)? {
                b' ' | b'\t' | b'\n' | b'\r' | b',' | 0xef | 0xbb | 0xbf => self.at += 1,
                b'#' => self.skip_while(|byte| byte != b'\n' && byte != b'\r'),
                b'A'..=b'Z' | b'a'..=b'z' | b'_' => {
                    self.skip_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                    return Some(Token::Name(&self.bytes[start..self.at]));
                }
                b'0'..=b'9' | b'-' => {
                    self.at += 1;
                    self.skip_while(|byte| {
                        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-')
                    });
                    return Some(Token::Other);
                }
                b'"' => {
                    self.skip_string();
                    return Some(Token::Other);
                }
                b'.' if self.starts_with(b"...") => {
                    self.at += 3;
                    return Some(Token::Spread);
                }
                byte if byte.is_ascii_punctuation() => {
                    self.at += 1;
                    return Some(Token::Punctuation(byte));
                }
                _ => {
                    self.at += 1;
                    return Some(Token::Other);
                }
            }
        }
    }
}

/// An operation or a fragment, counted without looking into the fragments that it spreads.
#[derive(Debug, Default)]
struct Definition<'a> {
    /// `None` for an operation.
    fragment: Option<&'a [u8]>,
    selections: u64,
    /// Fields directly in the definition's own selection set (inline fragments do not open another).
    top: u64,
    depth: usize,
    spreads: Vec<Spread<'a>>,
}

#[derive(Debug)]
struct Spread<'a> {
    name: &'a [u8],
    /// How deep in the definition it stands.
    depth: usize,
    is_top: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bracket {
    /// A selection set; the number of fields that it is inside of.
    Selections(usize),
    /// `( [ {` of arguments and values.
    Value,
}

/// What the next name would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    Selection,
    /// After a field's name: a colon makes that name an alias.
    Colon,
    AliasTarget,
    /// After `...`
    Fragment,
    /// After `... on`
    TypeName,
    Directive,
    /// Outside of any selection set.
    Definition,
    /// After the keyword `fragment`
    FragmentName,
    /// The rest of a definition's head.
    Head,
}

struct Reader<'a, 'l> {
    limits: &'l Limits,
    tokens: usize,
    aliases: usize,
    directives: usize,
    brackets: Vec<Bracket>,
    expect: Expect,
    /// Whether the selection set that opens next belongs to an inline fragment.
    inline: bool,
    definitions: Vec<Definition<'a>>,
}

impl<'a, 'l> Reader<'a, 'l> {
    fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            tokens: 0,
            aliases: 0,
            directives: 0,
            brackets: Vec::new(),
            expect: Expect::Definition,
            inline: false,
            definitions: Vec::new(),
        }
    }

    fn take(&mut self, token: Token<'a>) -> Result<(), Refused> {
        self.tokens += 1;
        if self.tokens > self.limits.tokens {
            return Err(Refused::Tokens(self.limits.tokens));
        }
        match token {
            Token::Punctuation(b'{' | b'[' | b'(') => return self.open(token),
            Token::Punctuation(b'}' | b']' | b')') => {
                self.close();
                return Ok(());
            }
            _ => {}
        }
        match (self.brackets.last(), token) {
            (Some(Bracket::Value), _) => Ok(()),
            (_, Token::Punctuation(b'@')) => {
                self.directives += 1;
                if self.directives > self.limits.directives {
                    return Err(Refused::Directives(self.limits.directives));
                }
                if self.expect == Expect::Fragment {
                    self.inline = true;
                }
                self.expect =
                    if self.brackets.is_empty() { Expect::Head } else { Expect::Directive };
                Ok(())
            }
            (None, Token::Name(name)) => {
                self.head(name);
                Ok(())
            }
            (Some(Bracket::Selections(level)), Token::Name(name)) => {
                let level = *level;
                self.name(name, level)
            }
            (Some(Bracket::Selections(_)), Token::Spread) => {
                self.expect = Expect::Fragment;
                self.directives = 0;
                Ok(())
            }
            (Some(Bracket::Selections(_)), Token::Punctuation(b':'))
                if self.expect == Expect::Colon =>
            {
                self.aliases += 1;
                if self.aliases > self.limits.aliases {
                    return Err(Refused::Aliases(self.limits.aliases));
                }
                self.expect = Expect::AliasTarget;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A name outside of any bracket: the head of a definition.
    fn head(&mut self, name: &'a [u8]) {
        match self.expect {
            Expect::FragmentName => {
                if let Some(definition) = self.definitions.last_mut() {
                    definition.fragment = Some(name);
                }
                self.expect = Expect::Head;
            }
            Expect::Definition => {
                self.directives = 0;
                self.definitions.push(Definition::default());
                self.expect = if name == b"fragment" { Expect::FragmentName } else { Expect::Head };
            }
            _ => {}
        }
    }

    /// A name directly in a selection set.
    fn name(&mut self, name: &'a [u8], level: usize) -> Result<(), Refused> {
        match self.expect {
            Expect::Fragment if name == b"on" => {
                self.inline = true;
                self.expect = Expect::TypeName;
            }
            Expect::Fragment => {
                let depth = self.brackets.len();
                if let Some(definition) = self.definitions.last_mut() {
                    definition.spreads.push(Spread { name, depth, is_top: level == 0 });
                }
                self.expect = Expect::Selection;
            }
            Expect::AliasTarget | Expect::TypeName | Expect::Directive => {
                self.expect = Expect::Selection;
            }
            Expect::Selection
            | Expect::Colon
            | Expect::Definition
            | Expect::FragmentName
            | Expect::Head => {
                self.inline = false;
                self.directives = 0;
                self.expect = Expect::Colon;
                if let Some(definition) = self.definitions.last_mut() {
                    definition.selections += 1;
                    definition.top += u64::from(level == 0);
                    if definition.selections > self.limits.selections {
                        return Err(Refused::Selections(self.limits.selections));
                    }
                }
            }
        }
        Ok(())
    }

    fn open(&mut self, token: Token<'_>) -> Result<(), Refused> {
        let bracket = match (self.brackets.last(), token) {
            (None, Token::Punctuation(b'{')) => {
                if self.expect == Expect::Definition {
                    self.directives = 0;
                    self.definitions.push(Definition::default()); // the short form of a query
                }
                Bracket::Selections(0)
            }
            (Some(Bracket::Selections(level)), Token::Punctuation(b'{')) => {
                let is_inline = self.inline || self.expect == Expect::Fragment;
                if is_inline && let Some(definition) = self.definitions.last_mut() {
                    definition.selections += 1;
                }
                Bracket::Selections(if is_inline { *level } else { level + 1 })
            }
            _ => Bracket::Value,
        };
        self.brackets.push(bracket);
        if self.brackets.len() > self.limits.nesting {
            return Err(Refused::Nesting(self.limits.nesting));
        }
        if let Bracket::Selections(_) = bracket {
            self.expect = Expect::Selection;
            self.inline = false;
            self.directives = 0;
        }
        let depth = self.brackets.len();
        if let Some(definition) = self.definitions.last_mut() {
            definition.depth = definition.depth.max(depth);
        }
        Ok(())
    }

    fn close(&mut self) {
        let Some(closed) = self.brackets.pop() else { return };
        if self.brackets.is_empty() {
            self.expect = match closed {
                Bracket::Selections(_) => Expect::Definition,
                Bracket::Value => Expect::Head,
            };
        } else if let Bracket::Selections(_) = closed {
            self.expect = Expect::Selection;
        }
    }
}

/// Puts the counts of fragments into those who spread them, leaves first: each definition is touched once.
fn expand(mut definitions: Vec<Definition<'_>>, limits: &Limits) -> Result<(), Refused> {
    let mut places: HashMap<&[u8], usize> = HashMap::new();
    for (place, definition) in definitions.iter().enumerate() {
        if let Some(name) = definition.fragment
            && places.insert(name, place).is_some()
        {
            return Err(Refused::SameName);
        }
    }
    // users[f] = the definitions that spread f; open[d] = how many spreads of d are not yet counted.
    let mut users: Vec<Vec<(usize, usize, bool)>> = vec![Vec::new(); definitions.len()];
    let mut open = vec![0_usize; definitions.len()];
    for (place, definition) in definitions.iter().enumerate() {
        for spread in &definition.spreads {
            if let Some(&of) = places.get(spread.name) {
                users[of].push((place, spread.depth, spread.is_top));
                open[place] += 1;
            }
        }
    }
    let mut ready: Vec<usize> = (0..definitions.len()).filter(|place| open[*place] == 0).collect();
    let mut done = 0;
    while let Some(place) = ready.pop() {
        done += 1;
        let Definition { selections, top, depth, .. } = definitions[place];
        if selections > limits.selections {
            return Err(Refused::Selections(limits.selections));
        }
        if depth > limits.nesting {
            return Err(Refused::Nesting(limits.nesting));
        }
        if definitions[place].fragment.is_none() && top > limits.root_fields {
            return Err(Refused::RootFields(limits.root_fields));
        }
        for (user, at, is_top) in std::mem::take(&mut users[place]) {
            let user_definition = &mut definitions[user];
            user_definition.selections = user_definition.selections.saturating_add(selections);
            if is_top {
                user_definition.top = user_definition.top.saturating_add(top);
            }
            user_definition.depth = user_definition.depth.max(at.saturating_add(depth));
            open[user] -= 1;
            if open[user] == 0 {
                ready.push(user);
            }
        }
    }
    if done == definitions.len() { Ok(()) } else { Err(Refused::Cycle) }
}

#[cfg(test)]
mod tests;
