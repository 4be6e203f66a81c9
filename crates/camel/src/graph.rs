//! What the console draws: a tree of nodes per route, and how routes reach each other.
//!
//! Steps that follow a node which takes steps and has none of its own run inside of it (`kamelet`,
//! `filter`, `split`…); Camel builds its tree so, and so does this one. Nodes are known by the
//! route and either their explicit id or their kind and place among their kind within the route:
//! Camel's own generated ids count through the whole context and change with every reload.
//!
//! Links join a node to the routes that read what it writes (`direct:a`, `seda:b`), to another
//! integration (`{{midplane.url.prices}}`), or to nothing when no route reads it. What an
//! expression decides per message is not drawn.

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::model::{EndpointUse, Model, Role, Step};
use crate::placeholder::{self, URL_PREFIX};
use crate::problem::Position;

/// Endpoints inside one JVM, whose consumer and producer meet by name.
const INTERNAL: [&str; 6] = ["direct", "seda", "vm", "direct-vm", "disruptor", "disruptor-vm"];

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    pub routes: Vec<RouteGraph>,
    pub links: Vec<Link>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct RouteGraph {
    /// The route's id, or its file and place in it.
    pub key: String,
    pub id: Option<String>,
    pub file: String,
    pub at: Position,
    /// The body of a route template or Kamelet.
    pub template: bool,
    /// The `from`, with the steps below.
    pub from: Node,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub key: String,
    pub kind: String,
    pub id: Option<String>,
    /// A few words: an endpoint without its options, an expression, a name.
    pub label: String,
    pub at: Position,
    pub children: Vec<Self>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Index of the route and key of the node that sends.
    pub from: (usize, String),
    /// As `direct`.
    pub scheme: String,
    pub to: Target,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Route(usize),
    Integration(String),
    /// No route of the folder reads it.
    Nobody(String),
}

pub fn graph(model: &Model, catalogue: &Catalogue) -> Graph {
    let mut out = Graph::default();
    // Which node of which route a step became, by identity of the step.
    let mut places: BTreeMap<usize, (usize, String)> = BTreeMap::new();
    for route in model.routes() {
        let Some(from) = route.from() else { continue };
        let index = out.routes.len();
        let mut builder =
            Builder { catalogue, counts: BTreeMap::new(), places: &mut places, index };
        let from = builder.node(from);
        out.routes.push(RouteGraph {
            key: route
                .id()
                .map_or_else(|| format!("{}#{}", route.file, route.ordinal), ToOwned::to_owned),
            id: route.id().map(ToOwned::to_owned),
            file: route.file.to_owned(),
            at: route.step.at,
            template: route.template,
            from,
        });
    }
    let uses = model.endpoints();
    let place = |used: &EndpointUse<'_>| places.get(&identity(used.step));
    let mut readers: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for used in uses.iter().filter(|used| used.role == Role::Consumer) {
        if let Some((route, _)) = place(used) {
            let name = (used.endpoint.scheme.as_str(), used.endpoint.name());
            readers.entry(name).or_default().push(*route);
        }
    }
    for used in uses.iter().filter(|used| used.role != Role::Consumer && used.role != Role::Pattern)
    {
        let Some(from) = place(used) else { continue };
        let scheme = used.endpoint.scheme.clone();
        let mut link = |to| out.links.push(Link { from: from.clone(), scheme: scheme.clone(), to });
        if INTERNAL.contains(&used.endpoint.scheme.as_str()) && !used.endpoint.dynamic {
            match readers.get(&(used.endpoint.scheme.as_str(), used.endpoint.name())) {
                Some(routes) => routes.iter().for_each(|route| link(Target::Route(*route))),
                None => link(Target::Nobody(used.endpoint.name().to_owned())),
            }
        }
        for found in placeholder::find(&used.endpoint.uri) {
            if let Some(name) = found.key.strip_prefix(URL_PREFIX) {
                link(Target::Integration(name.to_owned()));
            }
        }
    }
    out
}

/// Steps of one model do not move while its graph is made.
fn identity(step: &Step) -> usize {
    std::ptr::from_ref(step) as usize
}

struct Builder<'b> {
    catalogue: &'b Catalogue,
    counts: BTreeMap<String, usize>,
    places: &'b mut BTreeMap<usize, (usize, String)>,
    index: usize,
}

impl Builder<'_> {
    fn node(&mut self, step: &Step) -> Node {
        let count = self.counts.entry(step.kind.clone()).or_default();
        *count += 1;
        let key = step.id().map_or_else(|| format!("{}{count}", step.kind), ToOwned::to_owned);
        self.places.insert(identity(step), (self.index, key.clone()));
        Node {
            key,
            kind: step.kind.clone(),
            id: step.id().map(ToOwned::to_owned),
            label: label(step),
            at: step.at,
            children: self.children(&step.steps),
        }
    }

    fn children(&mut self, steps: &[Step]) -> Vec<Node> {
        let mut out = Vec::new();
        for (at, step) in steps.iter().enumerate() {
            let mut node = self.node(step);
            let takes = self.catalogue.xml_model(&step.kind).is_some_and(|model| model.takes_steps);
            let branch = crate::read::rank("", &step.kind) > 0;
            if takes && step.steps.is_empty() && !branch {
                // What follows, up to the branches of the parent, belongs to this node.
                let rest = &steps[at + 1..];
                let mine =
                    rest.iter().take_while(|next| crate::read::rank("", &next.kind) == 0).count();
                node.children = self.children(&rest[..mine]);
                out.push(node);
                out.extend(rest[mine..].iter().map(|branch| self.node(branch)));
                return out;
            }
            out.push(node);
        }
        out
    }
}

/// Longer labels are cut in drawings anyway.
const LABEL_CHARS: usize = 80;

fn label(step: &Step) -> String {
    let named = ["name", "message", "ref", "routeTemplateRef", "type", "exceptionType"];
    let text = if let Some(uri) = step.text("uri") {
        // Options may hold secrets, and are noise here.
        uri.split_once('?')
            .filter(|(before, _)| !before.ends_with("{{"))
            .map_or(uri, |(before, _)| before)
            .to_owned()
    } else if let (Some(name), Some((_, text))) = (step.text("name"), step.expression()) {
        format!("{name} = {text}")
    } else if let Some((_, text)) = step.expression() {
        text.to_owned()
    } else {
        named.iter().find_map(|name| step.text(name)).unwrap_or_default().to_owned()
    };
    text.chars().take(LABEL_CHARS).collect()
}

#[cfg(test)]
mod tests;
