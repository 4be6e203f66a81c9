//! Which folders are integrations, drawn as `name folder [routes] launcher`.

use super::*;

const ROUTE: &str = "- from:\n    uri: direct:a\n    steps:\n      - log: x\n";

fn files<'a>(list: &[(&'a str, &'a str)]) -> Vec<SourceFile<'a>> {
    list.iter().map(|(path, content)| SourceFile { path, content: content.as_bytes() }).collect()
}

#[track_caller]
fn check(list: &[(&str, &str)], want: &[&str]) -> Discovery {
    let found = discover(&files(list), "shop");
    let got: Vec<_> = found
        .integrations
        .iter()
        .map(|one| {
            format!("{} {:?} {} {:?}", one.name, one.folder, one.routes.join(","), one.launcher)
        })
        .collect();
    assert_eq!(got, want);
    found
}

#[test]
fn a_folder_with_routes_is_an_integration() {
    let found = check(
        &[
            ("orders/orders.camel.yaml", ROUTE),
            ("orders/schemas/order.json", "{}"),
            ("orders/more/more.yaml", ROUTE),
            (
                "prices/prices.xml",
                "<routes><route><from uri='direct:a'/><log message='x'/></route></routes>",
            ),
            (
                "shop/camel-context.xml",
                "<beans xmlns='http://www.springframework.org/schema/beans'><camelContext xmlns='http://camel.apache.org/schema/spring'/></beans>",
            ),
            ("docs/readme.yaml", "- name: nothing of Camel's\n"),
            ("docs/pom.xml", "<project/>"),
            (".github/workflows/a.camel.yaml", ROUTE),
            ("midplane.yaml", "profile: throughput\n"),
        ],
        &[
            "orders \"orders\" more/more.yaml,orders.camel.yaml Main",
            "prices \"prices\" prices.xml Main",
            "shop \"shop\" camel-context.xml Spring",
        ],
    );
    assert_eq!(
        found.integrations[0].files,
        ["more/more.yaml", "orders.camel.yaml", "schemas/order.json"]
    );
    assert_eq!(found.problems, []);
    assert!(found.root.is_some());
}

#[test]
fn a_descriptor_makes_a_folder_one_integration() {
    check(
        &[
            ("orders/midplane.yaml", "integration: order-intake\n"),
            ("orders/routes/a.yaml", ROUTE),
            ("orders/kamelets/k.kamelet.yaml", "spec: {}"),
        ],
        &["order-intake \"orders\" kamelets/k.kamelet.yaml,routes/a.yaml Main"],
    );
}

#[test]
fn routes_in_the_root_take_the_name_of_the_source() {
    check(&[("a.camel.yaml", ROUTE), ("data/x.txt", "")], &["shop \"\" a.camel.yaml Main"]);
    let found = check(
        &[("a.camel.yaml", ROUTE), ("b/b.camel.yaml", ROUTE), ("b/x.txt", "")],
        &["shop \"\" a.camel.yaml Main", "b \"b\" b.camel.yaml Main"],
    );
    assert_eq!(found.integrations[0].files, ["a.camel.yaml"]);
}

#[test]
fn a_broken_route_file_keeps_its_folder() {
    let found = check(&[("a/a.camel.yaml", "- from: [")], &["a \"a\"  Main"]);
    assert_eq!(found.integrations[0].problems[0].code, "MP-CAMEL-01");
}

#[test]
fn names_are_checked() {
    let found = check(
        &[
            ("a/x/x.yaml", ROUTE),
            ("b/x/x.yaml", ROUTE),
            ("Bad Name/a.yaml", ROUTE),
            ("u/midplane.yaml", ""),
        ],
        &["Bad Name \"Bad Name\" a.yaml Main", "x \"a/x\" x.yaml Main", "x \"b/x\" x.yaml Main"],
    );
    let codes: Vec<_> =
        found.integrations.iter().flat_map(|one| &one.problems).map(|one| one.code).collect();
    assert_eq!(codes, ["MP-CAMEL-51", "MP-CAMEL-50", "MP-CAMEL-50"]);
    assert_eq!(found.problems.iter().map(|one| one.code).collect::<Vec<_>>(), ["MP-CAMEL-52"]);
}

#[test]
fn a_name_with_a_newline_does_not_break_the_message() {
    let found = check(&[("a\nb/a.yaml", ROUTE)], &["a\nb \"a\\nb\" a.yaml Main"]);
    assert!(found.integrations[0].problems[0].message.contains("`a\\nb`"));
}

#[test]
fn java_routes_are_not_passed_over() {
    let found = discover(
        &files(&[
            ("j/A.java", "public class A extends RouteBuilder {}"),
            ("k/B.java", "class B {}"),
        ]),
        "s",
    );
    assert_eq!(found.integrations, []);
    assert_eq!(
        found.problems.iter().map(|one| (one.code, one.file.as_str())).collect::<Vec<_>>(),
        [("MP-CAMEL-40", "j/A.java")]
    );
}

#[test]
fn references_are_found_wherever_they_are_written() {
    let list = [
        ("a.yaml", "- to: '{{midplane.url.prices}}/x?{{midplane.url.other:none}}'"),
        ("application.properties", "base = {{midplane.url.shop}}/api"),
        ("data.json", "{{midplane.url.nope}}"),
    ];
    assert_eq!(references(&files(&list)), ["other", "prices", "shop"].map(str::to_owned).into());
}
