//! The steps of a message, each with what the shape of its route says of the node.
//!
//! A message goes through more routes than its own (`direct:`, Kamelets), and a key names a node only together with its
//! route, so a shape is looked up for each route that a step names. Its own route is read as it was when the message
//! ran; of others the newest shape is taken that the same origin reported, which is another one only while a release
//! is being replaced. A node of an unknown shape is called by its key.

use std::collections::HashMap;

use store::Tx;
use store::telemetry::search::{Found, Scene};
use store::telemetry::{NameId, name, pack, rollup};
use telemetry::model::StepFlags;
use telemetry::title::{node as node_name, title};

use crate::app::Error;

/// A visit of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    pub sequence: u32,
    pub parent: u32,
    pub iteration: u32,
    /// The route that the node is of.
    pub route: String,
    pub node: String,
    /// `to`, `split`; from the shape of the route, if it is known.
    pub kind: Option<String>,
    pub label: Option<String>,
    /// As a person would say it: `to sql insert orders`.
    pub title: String,
    /// What is worth saying beside it: a status, the branch that was taken.
    pub remark: Option<String>,
    pub start_us: u64,
    pub duration_us: u64,
    pub is_failed: bool,
    pub flags: u32,
    pub redelivery: u32,
    pub detail: Option<String>,
}

/// The nodes of the routes that a message went through.
#[derive(Default)]
struct Shapes(HashMap<String, HashMap<String, Known>>);

/// A node, and the node around it.
struct Known {
    kind: String,
    label: Option<String>,
    around: Option<(String, Option<String>)>,
}

impl Shapes {
    fn add(&mut self, route: String, shape: rollup::Route) {
        let around = |parent: u32| {
            let at = usize::try_from(parent).ok()?.checked_sub(1)?;
            shape.nodes.get(at).map(|node| (node.kind.clone(), node.label.clone()))
        };
        let known = shape.nodes.iter().map(|node| {
            let known = Known {
                kind: node.kind.clone(),
                label: node.label.clone(),
                around: around(node.parent),
            };
            (node.node.clone(), known)
        });
        self.0.insert(route, known.collect());
    }

    fn find(&self, route: &str, node: &str) -> Option<&Known> {
        self.0.get(route)?.get(node)
    }
}

pub(super) async fn steps(tx: &mut Tx, scene: &Scene, found: &Found) -> Result<Vec<Step>, Error> {
    let shapes = shapes(tx, scene, found).await?;
    let mut steps: Vec<Step> =
        found.detail.steps.iter().map(|one| step(found, &shapes, one)).collect();
    branches(&mut steps, &shapes);
    Ok(steps)
}

async fn shapes(tx: &mut Tx, scene: &Scene, found: &Found) -> Result<Shapes, Error> {
    let mut shapes = Shapes::default();
    let origins: Vec<_> = scene.origins.keys().copied().collect();
    let known = name::find(tx, &[(name::Kind::Route, found.route.as_str())]).await?;
    if let Some(own) = known.into_values().next() {
        let structure = u64::from_str_radix(found.name(found.detail.run.structure), 16).ok();
        if let Some(shape) = rollup::route(tx, &origins, own, structure).await? {
            shapes.add(found.route.clone(), shape);
        }
    }
    let mut others: Vec<NameId> = found.detail.steps.iter().filter_map(|step| step.route).collect();
    others.sort_unstable();
    others.dedup();
    if !others.is_empty() {
        for (id, shape) in rollup::routes(tx, found.origin, &origins, &others).await? {
            shapes.add(found.name(id).to_owned(), shape);
        }
    }
    Ok(shapes)
}

fn step(found: &Found, shapes: &Shapes, one: &pack::PackedStep) -> Step {
    let route = one.route.map_or(found.route.as_str(), |id| found.name(id));
    let node = found.name(one.node);
    let known = shapes.find(route, node);
    let said = match known {
        Some(known) => title(&known.kind, known.label.as_deref(), one.detail.as_deref()),
        None => title(node_name(node), None, one.detail.as_deref()),
    };
    let held = one.flags.has(StepFlags::FILTERED).then(|| {
        let is_duplicate = known.is_some_and(|known| known.kind == "idempotentConsumer");
        if is_duplicate { "a duplicate: held here" } else { "does not pass" }.to_owned()
    });
    Step {
        sequence: one.sequence,
        parent: one.parent,
        iteration: one.iteration,
        route: route.to_owned(),
        node: node.to_owned(),
        kind: known.map(|known| known.kind.clone()),
        label: known.and_then(|known| known.label.clone()),
        title: said.title,
        remark: said.remark.or(held),
        start_us: one.start_us,
        duration_us: one.duration_us,
        is_failed: one.flags.has(StepFlags::FAILED),
        flags: one.flags.0,
        redelivery: one.redelivery,
        detail: one.detail.clone(),
    }
}

/// `when`, `otherwise` and `doCatch` are no steps: the step around them says which of them was taken.
fn branches(steps: &mut [Step], shapes: &Shapes) {
    let places: HashMap<u32, usize> =
        steps.iter().enumerate().map(|(at, step)| (step.sequence, at)).collect();
    for at in 0..steps.len() {
        let Some(&above) = places.get(&steps[at].parent) else { continue };
        let around =
            shapes.find(&steps[at].route, &steps[at].node).and_then(|it| it.around.as_ref());
        let Some((kind, label)) = around else { continue };
        if steps[above].remark.is_none()
            && matches!(kind.as_str(), "when" | "otherwise" | "doCatch")
        {
            steps[above].remark = Some(title(kind, label.as_deref(), None).title);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(node: &str, kind: &str, parent: u32, label: &str) -> rollup::Node {
        let label = (!label.is_empty()).then(|| label.to_owned());
        rollup::Node { node: node.to_owned(), kind: kind.to_owned(), parent, label, line: 0 }
    }

    #[test]
    fn a_choice_says_which_branch_was_taken() {
        let mut shapes = Shapes::default();
        let nodes = vec![
            node("from", "from", 0, ""),
            node("choice#1", "choice", 1, ""),
            node("when#1", "when", 2, "when[simple{${body} == ''}]"),
            node("setBody#1", "setBody", 3, ""),
            node("otherwise#1", "otherwise", 2, "otherwise"),
            node("setBody#2", "setBody", 5, ""),
        ];
        shapes.add("price".to_owned(), rollup::Route { nodes, ..rollup::Route::default() });
        let step = |sequence, parent, node: &str| Step {
            sequence,
            parent,
            route: "price".to_owned(),
            node: node.to_owned(),
            ..Step::default()
        };
        let branch = |node: &str| {
            let mut steps = [step(1, 0, "from"), step(2, 1, "choice#1"), step(3, 2, node)];
            branches(&mut steps, &shapes);
            steps[1].remark.clone()
        };
        assert_eq!(branch("setBody#1").as_deref(), Some("when ${body} == ''"));
        assert_eq!(branch("setBody#2").as_deref(), Some("otherwise"));
        assert_eq!(branch("setBody#9"), None);
    }
}
