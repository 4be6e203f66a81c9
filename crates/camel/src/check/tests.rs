use super::*;

#[track_caller]
fn check_one(path: &str, text: &str) -> Vec<String> {
    let files = [SourceFile { path, content: text.as_bytes() }];
    check(&files, Catalogue::bundled(), &Settings::default())
        .iter()
        .map(|one| format!("{} {one}", one.code))
        .collect()
}

#[test]
fn an_unknown_component_names_the_nearest() {
    let text =
        "- route:\n    from:\n      uri: timer:x\n      steps:\n        - to: htpp:example.org\n";
    assert_eq!(
        check_one("orders/orders.camel.yaml", text),
        [
            "MP-CAMEL-10 orders/orders.camel.yaml:5:15 unknown component `htpp`, did you mean `http`?"
        ]
    );
}
