//! What is printed is read back as the same model, for written and for generated routes.

use proptest::prelude::*;

use crate::SourceFile;
use crate::catalogue::Catalogue;
use crate::model::{File, FileKind, Model, Property, Step, Text, Value};
use crate::problem::Position;
use crate::read::read;

fn parse(text: &str) -> File {
    let file = SourceFile { path: "a.camel.yaml", content: text.as_bytes() };
    let (model, problems) = read(&[file], Catalogue::bundled());
    assert_eq!(problems, [], "{text}");
    model.without_positions().files.remove(0)
}

#[track_caller]
fn check(text: &str) {
    let file = parse(text);
    let printed = super::print(&file, Catalogue::bundled());
    assert_eq!(parse(&printed), file, "{printed}");
}

#[test]
fn written_routes_come_back() {
    check(
        "- beans:\n    - name: a\n      type: b.C\n      properties: {x: 1, 'y z': ' '}\n    - name: c\n      type: d\n\
         - route:\n    id: r\n    autoStartup: no\n    from:\n      uri: timer\n      parameters: {period: 1_000}\n      steps:\n\
         \x20       - choice:\n            when:\n              - simple: '${body} == 1'\n                steps: [{log: 'a: b # c'}]\n\
         \x20             - {xpath: {expression: /a, resultType: x}}\n            otherwise: {steps: [{to: direct:b}]}\n\
         \x20       - doTry:\n            steps: [{log: '~'}]\n            doCatch: [{exception: [a, b], steps: [{stop: {}}]}]\n            doFinally: {steps: [{log: ''}]}\n\
         \x20       - aggregate:\n            correlationExpression: {constant: 'true'}\n            steps: [{log: \"multi\\nline\\n\"}]\n\
         \x20       - marshal: {json: {library: Jackson}}\n        - setHeaders: {headers: [{name: a, simple: b}]}\n\
         - rest:\n    path: /x\n    get: [{path: /y, to: direct:b, param: [{name: q, type: query}]}]\n    post: [{to: {uri: direct:c}}]\n\
         - routeConfiguration:\n    onException:\n      - onException: {exception: [e], handled: {constant: 'true'}, steps: [{log: x}]}\n\
         - routeTemplate:\n    id: t\n    parameters: [{name: p}]\n    from: {uri: 'direct:{{p}}', steps: [{kamelet: {name: k, steps: [{log: a}]}}]}\n",
    );
}

fn text() -> impl Strategy<Value = Value> {
    let odd = prop::sample::select(vec![
        "",
        " ",
        "~",
        "yes",
        "012",
        "1_000",
        "a: b",
        "- a",
        "#x",
        "a #b",
        "{{x}}",
        "${body}",
        "|",
        ">",
        "\"",
        "'",
        "a\nb",
        "a\nb\n",
        "\n",
        " a\n b",
        "a\tb",
        "é🍵",
        "\u{85}",
        "\u{2028}",
        "\\",
        "%",
        "@",
        "`",
        "&a",
        "*a",
        "!a",
        "a:",
        "---",
        "...",
        "? a",
        "[",
        "]",
        "{",
        "}",
        ",",
        "null",
        "0x1",
        "1e3",
        "a\r\nb",
        "trailing ",
        "a\n\nb",
        "\u{0}",
    ]);
    prop_oneof![odd.prop_map(str::to_owned), "[ -~]{0,12}", "\\PC{0,8}"]
        .prop_map(|text| Value::Text(Text { text, at: Position::default() }))
}

fn property(name: &str, value: Value) -> Property {
    Property { name: name.to_owned(), at: Position::default(), value }
}

fn step(kind: &str, properties: Vec<Property>, steps: Vec<Step>) -> Step {
    Step { kind: kind.to_owned(), at: Position::default(), properties, steps }
}

fn expression() -> impl Strategy<Value = Property> {
    (
        prop::sample::select(vec!["simple", "constant", "jsonpath", "xpath"]),
        text(),
        text(),
        any::<bool>(),
    )
        .prop_map(|(language, source, other, long)| {
            let value = if long {
                Value::Map(vec![property("expression", source), property("resultType", other)])
            } else {
                source
            };
            property("expression", Value::Map(vec![property(language, value)]))
        })
}

fn steps() -> impl Strategy<Value = Step> {
    let leaf = prop_oneof![
        text().prop_map(|text| step("log", vec![property("message", text)], vec![])),
        (text(), text()).prop_map(|(id, uri)| step(
            "to",
            vec![property("id", id), property("uri", uri)],
            vec![]
        )),
        (text(), text(), text()).prop_map(|(uri, a, b)| {
            let parameters = Value::Map(vec![property("a", a), property("b c", b)]);
            step("toD", vec![property("uri", uri), property("parameters", parameters)], vec![])
        }),
        (text(), expression()).prop_map(|(name, expression)| step(
            "setHeader",
            vec![property("name", name), expression],
            vec![]
        )),
        Just(step("stop", vec![], vec![])),
        text().prop_map(|text| step(
            "marshal",
            vec![property("json", Value::Map(vec![property("dateFormatPattern", text)]))],
            vec![]
        )),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let some = || prop::collection::vec(inner.clone(), 0..3);
        prop_oneof![
            (expression(), some()).prop_map(|(expression, steps)| step(
                "split",
                vec![expression],
                steps
            )),
            (expression(), some(), some()).prop_map(|(expression, one, two)| {
                step(
                    "choice",
                    vec![],
                    vec![step("when", vec![expression], one), step("otherwise", vec![], two)],
                )
            }),
            (some(), some(), text()).prop_map(|(one, two, exception)| {
                let catch =
                    step("doCatch", vec![property("exception", Value::List(vec![exception]))], two);
                step("doTry", vec![], one.into_iter().chain([catch]).collect())
            }),
            (text(), some()).prop_map(|(name, steps)| step(
                "kamelet",
                vec![property("name", name)],
                steps
            )),
            (text(), some()).prop_map(|(text, steps)| {
                let correlation = Value::Map(vec![property("constant", text)]);
                step("aggregate", vec![property("correlationExpression", correlation)], steps)
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_model_comes_back(id in text(), uri in text(), list in prop::collection::vec(steps(), 0..4)) {
        let from = step("from", vec![property("uri", uri)], list);
        let route = step("route", vec![property("id", id)], vec![from]);
        let file = File { path: "a.camel.yaml".to_owned(), kind: FileKind::Yaml, items: vec![route] };
        let file = Model { files: vec![file] }.without_positions().files.remove(0);
        let printed = super::print(&file, Catalogue::bundled());
        prop_assert_eq!(parse(&printed), file, "{}", printed);
    }
}
