//! Trees and links of small folders, drawn as text.

use std::fmt::Write as _;

use super::*;
use crate::SourceFile;
use crate::read::read;

fn draw(node: &Node, level: usize, out: &mut String) {
    let _ = writeln!(out, "{}{} {} [{}]", "  ".repeat(level), node.kind, node.label, node.key);
    node.children.iter().for_each(|child| draw(child, level + 1, out));
}

fn graph_of(text: &str) -> Graph {
    let file = SourceFile { path: "a.camel.yaml", content: text.as_bytes() };
    let (model, problems) = read(&[file], Catalogue::bundled());
    assert_eq!(problems, []);
    graph(&model, Catalogue::bundled())
}

#[test]
fn a_route_is_a_tree_of_its_nodes() {
    let graph = graph_of(
        "- route:\n    id: r\n    from:\n      uri: timer:t?period=1\n      steps:\n        - choice:\n            when:\n              - simple: '1'\n                steps: [{log: a}]\n            otherwise: {steps: [{log: b}]}\n        - to: {id: x, uri: 'direct:b?secret=1'}\n        - kamelet: k\n        - log: inside\n",
    );
    let mut out = String::new();
    draw(&graph.routes[0].from, 0, &mut out);
    assert_eq!(
        out,
        "from timer:t [from1]\n  choice  [choice1]\n    when 1 [when1]\n      log a [log1]\n    otherwise  [otherwise1]\n      log b [log2]\n  to direct:b [x]\n  kamelet k [kamelet1]\n    log inside [log3]\n"
    );
}

#[test]
fn routes_are_linked_by_what_they_share() {
    let graph = graph_of(
        "- from: {uri: 'direct:a', steps: [{to: 'direct://b'}, {to: 'seda:c'}, {toD: '{{midplane.url.prices}}/p/${body}'}, {toD: 'direct:${body}'}]}\n- from: {uri: 'direct:b', steps: [{log: x}]}\n",
    );
    let targets: Vec<_> = graph.links.iter().map(|link| (link.scheme.as_str(), &link.to)).collect();
    assert_eq!(
        targets,
        [
            ("direct", &Target::Route(1)),
            ("seda", &Target::Nobody("c".to_owned())),
            ("", &Target::Integration("prices".to_owned())),
        ]
    );
}
