//! What commits mean, over files in memory.

use super::*;

const ROUTE: &str = "- route:\n    id: intake\n    from:\n      uri: timer:tick\n      steps:\n        - log: hello\n";

fn files(rows: &[(&str, &str)]) -> BTreeMap<String, Content> {
    rows.iter()
        .map(|(path, text)| {
            let content = Content {
                path: (*path).to_owned(),
                bytes: text.as_bytes().to_vec(),
                executable: false,
            };
            ((*path).to_owned(), content)
        })
        .collect()
}

fn planned(rows: &[(&str, &str)], known: &BTreeMap<String, String>) -> Plan {
    let files = files(rows);
    let discovery = discover(&files, "demo");
    plan(&files, &discovery, known)
}

fn inputs(plan: &Plan) -> BTreeMap<String, String> {
    plan.integrations.iter().map(|one| (one.name.clone(), one.inputs.clone())).collect()
}

fn recipe<'a>(plan: &'a Plan, name: &str) -> &'a Recipe {
    match &plan.integrations.iter().find(|one| one.name == name).unwrap().outcome {
        Outcome::Draft { recipe, .. } => recipe,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused(plan: &Plan, name: &str, code: &str) -> Vec<Reason> {
    match &plan.integrations.iter().find(|one| one.name == name).unwrap().outcome {
        Outcome::Refused(reasons) => {
            assert!(reasons.iter().any(|reason| reason.code == code), "{reasons:?}");
            reasons.clone()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_folder_with_routes_becomes_a_draft_with_its_recipe() {
    let plan = planned(
        &[
            ("README.md", "hello"),
            ("orders/orders.camel.yaml", ROUTE),
            ("orders/application.properties", "a=1\n"),
            ("orders/samples/one.json", "{}"),
        ],
        &BTreeMap::new(),
    );
    assert_eq!(plan.integrations.len(), 1);
    let recipe = recipe(&plan, "orders");
    assert_eq!(recipe.kind, "main");
    assert_eq!(recipe.routes, ["orders.camel.yaml"]);
    assert_eq!(recipe.application.as_deref(), Some("a=1\n"));
    assert_eq!(recipe.dependencies, Vec::<String>::new());
}

#[test]
fn a_commit_that_touches_nothing_of_an_integration_makes_no_release_of_it() {
    let before =
        planned(&[("a/a.yaml", ROUTE), ("b/b.yaml", ROUTE), ("README.md", "1")], &BTreeMap::new());
    let known = inputs(&before);
    let after = planned(
        &[("a/a.yaml", ROUTE), ("b/b.yaml", &ROUTE.replace("hello", "hi")), ("README.md", "2")],
        &known,
    );
    assert_eq!(after.integrations[0].outcome, Outcome::Unchanged);
    assert!(matches!(after.integrations[1].outcome, Outcome::Draft { .. }));
}

#[test]
fn shared_defaults_change_every_integration() {
    let rows = [("a/a.yaml", ROUTE), ("b/b.yaml", ROUTE), ("midplane.yaml", "profile: small\n")];
    let known = inputs(&planned(&rows, &BTreeMap::new()));
    let changed =
        [("a/a.yaml", ROUTE), ("b/b.yaml", ROUTE), ("midplane.yaml", "profile: throughput\n")];
    let after = planned(&changed, &known);
    assert!(after.integrations.iter().all(|one| matches!(one.outcome, Outcome::Draft { .. })));
}

#[test]
fn a_broken_route_refuses_its_integration_alone_with_the_place() {
    let plan = planned(
        &[("a/a.yaml", &ROUTE.replace("timer:", "tmier:")), ("b/b.yaml", ROUTE)],
        &BTreeMap::new(),
    );
    let Outcome::Refused(reasons) = &plan.integrations[0].outcome else { panic!("{plan:?}") };
    assert!(reasons[0].message.starts_with("a/a.yaml:4:"), "{reasons:?}");
    assert!(matches!(plan.integrations[1].outcome, Outcome::Draft { .. }));
}

#[test]
fn two_integrations_of_one_name_are_both_refused() {
    let plan = planned(
        &[("x/orders/a.yaml", ROUTE), ("y/orders/a.yaml", ROUTE), ("b/b.yaml", ROUTE)],
        &BTreeMap::new(),
    );
    assert_eq!(plan.integrations.len(), 2);
    let reasons = refused(&plan, "orders", "MP-CAMEL-50");
    assert_eq!(reasons.len(), 2, "{reasons:?}");
}

#[test]
fn an_unknown_key_in_the_folder_refuses_it_and_at_the_root_the_commit() {
    let bad = "profle: small\n";
    let plan = planned(
        &[("a/a.yaml", ROUTE), ("a/midplane.yaml", bad), ("b/b.yaml", ROUTE)],
        &BTreeMap::new(),
    );
    let Outcome::Refused(reasons) = &plan.integrations[0].outcome else { panic!("{plan:?}") };
    assert!(reasons[0].code.starts_with("MP-CFG"), "{reasons:?}");
    assert!(reasons[0].message.contains("profile"), "{reasons:?}");
    assert!(plan.refused.is_empty());
    let plan = planned(&[("a/a.yaml", ROUTE), ("midplane.yaml", bad)], &BTreeMap::new());
    assert_eq!(plan.refused.len(), 1, "{plan:?}");
}

#[test]
fn a_component_beyond_the_base_library_is_to_be_resolved() {
    let kafka = ROUTE.replace("- log: hello", "- to: kafka:orders");
    let plan = planned(&[("a/a.yaml", &kafka)], &BTreeMap::new());
    assert_eq!(recipe(&plan, "a").dependencies, ["mvn:org.apache.camel:camel-kafka:4.18.0"]);
    let declared = planned(
        &[("a/a.yaml", ROUTE), ("a/midplane.yaml", "dependencies: [\"mvn:com.example:x:1\"]\n")],
        &BTreeMap::new(),
    );
    assert_eq!(recipe(&declared, "a").dependencies, ["mvn:com.example:x:1"]);
}

#[test]
fn a_route_that_answers_http_is_known_to() {
    let http = ROUTE.replace("timer:tick", "platform-http:/prices");
    let plan = planned(&[("a/a.yaml", &http), ("b/b.yaml", ROUTE)], &BTreeMap::new());
    assert!(recipe(&plan, "a").http);
    assert!(!recipe(&plan, "b").http);
}

#[test]
fn a_camel_line_that_is_not_offered_is_refused() {
    let with = |line: &str| {
        let yaml = format!("camel: \"{line}\"\n");
        planned(&[("a/a.yaml", ROUTE), ("a/midplane.yaml", yaml.as_str())], &BTreeMap::new())
    };
    assert_eq!(recipe(&with("4.18"), "a").kind, "main");
    refused(&with("4.1"), "a", "MP-REL-05");
}
