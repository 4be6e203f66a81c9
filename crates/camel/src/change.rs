//! Which routes another version of a folder changes, and which routes reach another integration.
//!
//! ```text
//! changed = routes that read otherwise, or are new
//!         + routes that name a file (`price-list.xml`) which is another one now
//!         + all of them, if what they share is another (beans, error handlers, templates, properties, code)
//!         + routes that call one of these by `direct:`, because a message goes on as part of theirs
//! ```
//! Where a route stands, how it is written and what its comments say changes nothing. A route without an id has the name that
//! Camel gives it: `route1`, by its place among those without one. What an expression decides for each message is not seen, so
//! this is good for hints, not for proofs.

use std::collections::{BTreeMap, BTreeSet};

use crate::SourceFile;
use crate::catalogue::Catalogue;
use crate::descriptor;
use crate::graph::{Graph, Target, graph};
use crate::model::{Model, Property, Step, Value};
use crate::read::read;

/// Calls that stay within one message.
const CALLS: [&str; 2] = ["direct", "direct-vm"];
/// Ends of names of files that any route may use without naming them.
const SHARED: [&str; 5] = [".properties", ".java", ".groovy", ".jar", ".class"];

/// Names of the routes of `after` that a deployment of it instead of `before` changes.
pub fn changed(
    before: &[SourceFile<'_>],
    after: &[SourceFile<'_>],
    catalogue: &Catalogue,
) -> BTreeSet<String> {
    let (old, _) = read(before, catalogue);
    let (new, _) = read(after, catalogue);
    let files = other_files(before, &old, after, &new);
    let is_shared = |path: &str| {
        base_name(path) == descriptor::FILE_NAME || SHARED.iter().any(|end| path.ends_with(end))
    };
    let known: BTreeMap<String, Step> =
        named(&old).into_iter().map(|(name, step)| (name, bare(step))).collect();
    let all = shared(&old) != shared(&new) || files.iter().any(|path| is_shared(path));
    let is_changed = |name: &str, step: &Step| {
        all || known.get(name) != Some(&bare(step))
            || files.iter().any(|path| names(step, base_name(path)))
    };
    let routes = named(&new);
    let touched = routes.iter().map(|(name, step)| is_changed(name, step)).collect();
    with_callers(&routes, touched, &graph(&new, catalogue))
}

/// Names of the routes that call the integration `other` by its address, or call one that does.
pub fn that_call(files: &[SourceFile<'_>], other: &str, catalogue: &Catalogue) -> BTreeSet<String> {
    let (model, _) = read(files, catalogue);
    let graph = graph(&model, catalogue);
    let routes = named(&model);
    let is_other = |to: &Target| matches!(to, Target::Integration(name) if name == other);
    let mut calling = vec![false; routes.len()];
    for link in graph.links.iter().filter(|link| is_other(&link.to)) {
        if let Some(route) = calling.get_mut(link.from.0) {
            *route = true;
        }
    }
    with_callers(&routes, calling, &graph)
}

/// The routes that run, in the order of the graph: those that have a `from`.
fn named(model: &Model) -> Vec<(String, &Step)> {
    let mut unnamed = 0;
    let mut name = |file: &str, is_template: bool| {
        if is_template {
            return file.to_owned();
        }
        unnamed += 1;
        format!("route{unnamed}")
    };
    let routes = model.routes().into_iter().filter(|route| route.from().is_some());
    routes
        .map(|route| {
            let given = route.id().map(ToOwned::to_owned);
            (given.unwrap_or_else(|| name(route.file, route.template)), route.step)
        })
        .collect()
}

/// Spreads over calls, from what is called to who calls, until nothing is new.
fn with_callers(
    routes: &[(String, &Step)],
    mut touched: Vec<bool>,
    graph: &Graph,
) -> BTreeSet<String> {
    let calls: Vec<(usize, usize)> = graph
        .links
        .iter()
        .filter(|link| CALLS.contains(&link.scheme.as_str()))
        .filter_map(|link| match link.to {
            Target::Route(to) => Some((link.from.0, to)),
            Target::Integration(_) | Target::Nobody(_) => None,
        })
        .collect();
    let is = |touched: &[bool], at: usize| touched.get(at).copied().unwrap_or(false);
    while let Some((caller, _)) =
        calls.iter().find(|(from, to)| is(&touched, *to) && !is(&touched, *from))
    {
        let Some(one) = touched.get_mut(*caller) else { break };
        *one = true;
    }
    let names = routes.iter().zip(&touched).filter(|(_, touched)| **touched);
    names.map(|((name, _), _)| name.clone()).collect()
}

/// A route without its places in the file.
fn bare(step: &Step) -> Step {
    let mut step = step.clone();
    step.forget_positions();
    step
}

/// All of a model but its routes; templates are kept, because any route may be made of them.
fn shared(model: &Model) -> Vec<Step> {
    fn without_routes(step: &Step) -> Step {
        let steps = step.steps.iter().filter(|step| step.kind != "route").map(without_routes);
        Step { steps: steps.collect(), ..step.clone() }
    }
    let items = model.files.iter().flat_map(|file| &file.items);
    items
        .filter(|item| item.kind != "route")
        .map(|item| if item.kind == "routeTemplate" { item.clone() } else { without_routes(item) })
        .map(|item| bare(&item))
        .collect()
}

/// Paths of files without routes that are new, gone or hold something else.
fn other_files<'a>(
    before: &[SourceFile<'a>],
    old: &Model,
    after: &[SourceFile<'a>],
    new: &Model,
) -> BTreeSet<&'a str> {
    let has_routes = |path: &str| {
        let mut files = old.files.iter().chain(&new.files);
        files.any(|file| file.path == path)
    };
    let contents = |files: &[SourceFile<'a>]| -> BTreeMap<&'a str, &'a [u8]> {
        files.iter().map(|file| (file.path, file.content)).collect()
    };
    let (old, new) = (contents(before), contents(after));
    let paths: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    paths.into_iter().filter(|path| old.get(path) != new.get(path) && !has_routes(path)).collect()
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a text of the route holds the name.
fn names(route: &Step, name: &str) -> bool {
    fn holds(value: &Value, name: &str) -> bool {
        match value {
            Value::Text(text) => text.text.contains(name),
            Value::Map(properties) => any(properties, name),
            Value::List(values) => values.iter().any(|value| holds(value, name)),
        }
    }
    fn any(properties: &[Property], name: &str) -> bool {
        properties.iter().any(|property| holds(&property.value, name))
    }
    route.walk().into_iter().any(|step| any(&step.properties, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAKE: &str =
        "- route: {id: take, from: {uri: 'direct:take', steps: [{to: 'direct:line'}]}}\n";
    const LINE: &str = "- route: {id: line, from: {uri: 'direct:line', steps: [{toD: '{{midplane.url.prices}}/p/${body}'}, {to: 'seda:bulk'}]}}\n";
    const BULK: &str =
        "- route: {id: bulk, from: {uri: 'seda:bulk', steps: [{to: 'xslt:batch.xsl'}]}}\n";

    fn files<'a>(files: &'a [(&'a str, &'a str)]) -> Vec<SourceFile<'a>> {
        let one = |(path, text): &(&'a str, &'a str)| SourceFile { path, content: text.as_bytes() };
        files.iter().map(one).collect()
    }

    #[track_caller]
    fn check(before: &[(&str, &str)], after: &[(&str, &str)], want: &[&str]) {
        let got = changed(&files(before), &files(after), Catalogue::bundled());
        assert_eq!(got.iter().map(String::as_str).collect::<Vec<_>>(), want);
    }

    #[test]
    fn a_route_that_reads_otherwise_is_changed_and_so_is_who_calls_it() {
        let all = [TAKE, LINE, BULK].concat();
        let before = [("a.camel.yaml", all.as_str())];
        check(&before, &before, &[]);
        let line = all.replace("/p/", "/prices/");
        check(&before, &[("a.camel.yaml", &line)], &["line", "take"]);
        // Another message begins behind `seda:`, so nobody else is changed.
        let bulk = all.replace("batch.xsl", "lot.xsl");
        check(&before, &[("a.camel.yaml", &bulk)], &["bulk"]);
    }

    #[test]
    fn moving_a_route_or_writing_of_it_changes_nothing() {
        let all = [TAKE, LINE].concat();
        let apart = [("b.camel.yaml", LINE), ("c.camel.yaml", &format!("# Takes orders.\n{TAKE}"))];
        check(&[("a.camel.yaml", &all)], &apart, &[]);
    }

    #[test]
    fn a_file_changes_the_routes_that_name_it_and_what_is_shared_all_of_them() {
        let all = [TAKE, LINE, BULK].concat();
        let with =
            |path: &'static str, text: &'static str| [("a.camel.yaml", all.as_str()), (path, text)];
        check(&with("batch.xsl", "a"), &with("batch.xsl", "b"), &["bulk"]);
        check(&with("README.md", "a"), &with("README.md", "b"), &[]);
        check(
            &with("application.properties", "a=1"),
            &with("application.properties", "a=2"),
            &["bulk", "line", "take"],
        );
        let beans = "- beans: [{name: till, type: a.Till}]\n";
        check(
            &[("a.camel.yaml", &all)],
            &[("a.camel.yaml", &format!("{beans}{all}"))],
            &["bulk", "line", "take"],
        );
    }

    #[test]
    fn a_route_without_an_id_has_the_name_that_camel_gives_it() {
        let two = "- from: {uri: 'timer:a', steps: [{log: a}]}\n- from: {uri: 'timer:b', steps: [{log: b}]}\n";
        let other = two.replace("log: b", "log: c");
        check(&[("a.camel.yaml", two)], &[("a.camel.yaml", &other)], &["route2"]);
    }

    #[test]
    fn those_that_call_another_integration_are_known_with_their_callers() {
        let all = [TAKE, LINE, BULK].concat();
        let call =
            |other| that_call(&files(&[("a.camel.yaml", &all)]), other, Catalogue::bundled());
        assert_eq!(call("prices").into_iter().collect::<Vec<_>>(), ["line", "take"]);
        assert!(call("invoices").is_empty());
    }
}
