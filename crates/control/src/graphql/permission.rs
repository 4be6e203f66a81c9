//! The gate: which permission each field of the schema needs, and the walk that refuses a document.
//!
//! Before a document runs, every field that it selects is looked up here by (type, field); the whole document is refused
//! when the actor holds one of the permissions nowhere. Refusals name each field, so that a client can drop it. A field
//! that no table names is refused to everybody, the owner included: forgetting is noticed by the first caller, and by
//! the test that walks the schema.
//!
//! Why a table and not a guard on each field: a guard runs for each value of a list, its permission cannot be read by a
//! test or printed into the schema, and a forgotten one is silent. What the gate cannot know is the scope: a role may be
//! held on one project only. That is the use case's question (`Ctx::require`).

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    BaseType, ExecutableDocument, OperationType, Selection, SelectionSet, TypeKind,
    TypeSystemDefinition,
};
use domain::permission::Permission;

use crate::ctx::Actor;

/// Some fields of one type that need the same permission.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    of: &'static str,
    names: &'static [&'static str],
    needs: Needs,
}

/// What a field asks of whoever selects it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// To be signed in; for what is about the actor itself.
    SignedIn,
    Permission(Permission),
}

pub const fn fields(
    of: &'static str,
    names: &'static [&'static str],
    permission: Permission,
) -> Fields {
    Fields { of, names, needs: Needs::Permission(permission) }
}

/// Every field of a type.
pub const fn whole(of: &'static str, permission: Permission) -> Fields {
    Fields { of, names: &["*"], needs: Needs::Permission(permission) }
}

pub const fn free(of: &'static str, names: &'static [&'static str]) -> Fields {
    Fields { of, names, needs: Needs::SignedIn }
}

/// A field that the actor may not select, and the permission it lacks (`None`: no table names the field).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Refusal {
    pub of: String,
    pub field: String,
    pub needs: Option<Permission>,
}

/// The schema as the gate needs it: what each field returns and what it needs.
#[derive(Debug)]
pub struct Gate {
    query: String,
    mutation: Option<String>,
    subscription: Option<String>,
    /// type -> field -> the named type that it returns
    types: HashMap<String, HashMap<String, String>>,
    needs: HashMap<(&'static str, &'static str), Needs>,
}

/// The schema's own text could not be read back; a bug of ours, found when the process starts.
#[derive(Debug, thiserror::Error)]
#[error("read the schema back")]
pub struct Unreadable(#[from] async_graphql::parser::Error);

impl Gate {
    pub fn new(sdl: &str, tables: &[&[Fields]]) -> Result<Self, Unreadable> {
        let document = async_graphql::parser::parse_schema(sdl)?;
        let (mut query, mut mutation, mut subscription) = ("Query".to_owned(), None, None);
        let mut types: HashMap<String, HashMap<String, String>> = HashMap::new();
        for definition in document.definitions {
            match definition {
                TypeSystemDefinition::Schema(schema) => {
                    let schema = schema.node;
                    if let Some(name) = schema.query {
                        query = name.node.to_string();
                    }
                    mutation = schema.mutation.map(|name| name.node.to_string());
                    subscription = schema.subscription.map(|name| name.node.to_string());
                }
                TypeSystemDefinition::Type(definition) => {
                    let name = definition.node.name.node.to_string();
                    let fields = match definition.node.kind {
                        TypeKind::Object(object) => object.fields,
                        TypeKind::Interface(interface) => interface.fields,
                        TypeKind::Scalar
                        | TypeKind::Union(_)
                        | TypeKind::Enum(_)
                        | TypeKind::InputObject(_) => continue,
                    };
                    let fields = fields
                        .into_iter()
                        .map(|field| {
                            let of = named(&field.node.ty.node.base);
                            (field.node.name.node.to_string(), of)
                        })
                        .collect();
                    types.insert(name, fields);
                }
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        let mut needs = HashMap::new();
        for table in tables.iter().flat_map(|file| file.iter()) {
            for name in table.names {
                needs.insert((table.of, *name), table.needs);
            }
        }
        Ok(Self { query, mutation, subscription, types, needs })
    }

    /// What (type, field) needs; `None` when no table names it.
    pub fn needs(&self, of: &str, field: &str) -> Option<Needs> {
        // The keys are 'static, so the look-up goes through a copy with any lifetime.
        let needs: &HashMap<(&str, &str), Needs> = &self.needs;
        needs.get(&(of, field)).or_else(|| needs.get(&(of, "*"))).copied()
    }

    /// Every (type, field) of the schema, in order.
    pub fn all(&self) -> Vec<(&str, &str)> {
        let mut all: Vec<_> = self
            .types
            .iter()
            .flat_map(|(of, fields)| fields.keys().map(|field| (of.as_str(), field.as_str())))
            .collect();
        all.sort_unstable();
        all
    }

    /// Entries of the tables that name no field of the schema.
    pub fn idle(&self) -> Vec<(&str, &str)> {
        let mut idle: Vec<_> = self
            .needs
            .keys()
            .filter(|(of, field)| {
                self.types.get(*of).is_none_or(|known| *field != "*" && !known.contains_key(*field))
            })
            .copied()
            .collect();
        idle.sort_unstable();
        idle
    }

    /// The schema's text with the permission of each field as a comment behind it.
    pub fn annotate(&self, sdl: &str) -> String {
        let mut of = None;
        let mut text = String::with_capacity(sdl.len() * 2);
        let mut is_description = false;
        for line in sdl.lines() {
            text.push_str(line);
            let word = line.trim_start();
            if word.starts_with("\"\"\"") {
                is_description = !is_description;
            } else if !is_description {
                if let Some(rest) = line.strip_prefix("type ") {
                    of = rest.split([' ', '{']).next();
                } else if line == "}" {
                    of = None;
                } else if let Some(of) = of {
                    let end = word.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                    let field = &word[..end.unwrap_or(word.len())];
                    if let Some(needs) = self.needs(of, field) {
                        let needs = match needs {
                            Needs::SignedIn => "signed in",
                            Needs::Permission(permission) => permission.as_str(),
                        };
                        text.push_str("  # ");
                        text.push_str(needs);
                    }
                }
            }
            text.push('\n');
        }
        text
    }

    /// All refusals of the document for this actor, sorted; empty when it may run.
    pub fn refusals(&self, document: &ExecutableDocument, actor: &Actor) -> Vec<Refusal> {
        let mut walk =
            Walk { gate: self, document, actor, seen: HashSet::new(), refused: HashSet::new() };
        for (_, operation) in document.operations.iter() {
            let root = match operation.node.ty {
                OperationType::Query => Some(&self.query),
                OperationType::Mutation => self.mutation.as_ref(),
                OperationType::Subscription => self.subscription.as_ref(),
            };
            if let Some(root) = root {
                walk.set(root, &operation.node.selection_set.node);
            }
        }
        let mut refused: Vec<_> = walk.refused.into_iter().collect();
        refused.sort_unstable();
        refused
    }
}

fn named(base: &BaseType) -> String {
    match base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(inner) => named(&inner.base),
    }
}

struct Walk<'a> {
    gate: &'a Gate,
    document: &'a ExecutableDocument,
    actor: &'a Actor,
    /// A fragment is walked once for each type it is spread on, which also ends cycles.
    seen: HashSet<(String, String)>,
    refused: HashSet<Refusal>,
}

impl Walk<'_> {
    /// Recursion is bounded: the lexer guard lets no more than 64 levels through, and a fragment counts once.
    fn set(&mut self, of: &str, set: &SelectionSet) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let name = field.node.name.node.as_str();
                    if name.starts_with("__") {
                        continue; // introspection is for every signed-in caller
                    }
                    let Some(inner) = self.gate.types.get(of).and_then(|known| known.get(name))
                    else {
                        continue; // validation names the unknown field better than this could
                    };
                    self.field(of, name);
                    self.set(inner, &field.node.selection_set.node);
                }
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref();
                    let of = on.map_or(of, |condition| condition.node.on.node.as_str());
                    self.set(of, &inline.node.selection_set.node);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let Some(fragment) = self.document.fragments.get(name) else { continue };
                    let of = fragment.node.type_condition.node.on.node.to_string();
                    if self.seen.insert((name.to_string(), of.clone())) {
                        self.set(&of, &fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    fn field(&mut self, of: &str, field: &str) {
        let needs = match self.gate.needs(of, field) {
            Some(Needs::SignedIn) => return,
            Some(Needs::Permission(permission)) if self.actor.may_somewhere(permission) => return,
            Some(Needs::Permission(permission)) => Some(permission),
            None => None,
        };
        self.refused.insert(Refusal { of: of.to_owned(), field: field.to_owned(), needs });
    }
}
