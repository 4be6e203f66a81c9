//! The check, from texts to the lines a person reads. What is listed as accepted and refused was
//! tried on Camel 4.18.0, whose answer is the expectation.

use super::*;

fn problems(path: &str, text: &str) -> Vec<Problem> {
    let known = BTreeSet::from(["known".to_owned()]);
    let settings = Settings { properties: Some(&known), ..Settings::default() };
    check(&[SourceFile { path, content: text.as_bytes() }], Catalogue::bundled(), &settings)
}

fn lines(path: &str, text: &str) -> String {
    problems(path, text).iter().fold(String::new(), |all, one| {
        format!("{all}{} {} {one}\n", one.severity.as_str(), one.code)
    })
}

/// `steps` indented under one route.
fn route(steps: &str) -> String {
    let body = steps.replace('\n', "\n        ");
    format!("- route:\n    from:\n      uri: direct:a\n      steps:\n        {body}\n")
}

#[track_caller]
fn accepted(steps: &[&str]) {
    for steps in steps {
        let errors: Vec<_> =
            problems("a.camel.yaml", &route(steps)).into_iter().filter(Problem::is_error).collect();
        assert_eq!(errors, [], "{steps}");
    }
}

#[track_caller]
fn refused(steps: &[(&str, &str)]) {
    for (steps, want) in steps {
        let errors: Vec<_> = problems("a.camel.yaml", &route(steps))
            .into_iter()
            .filter(Problem::is_error)
            .map(|one| {
                format!(
                    "{} {}:{} {}{}",
                    one.code,
                    one.line,
                    one.column,
                    one.message,
                    one.nearest.map_or(String::new(), |near| format!(" ({near})"))
                )
            })
            .collect();
        assert_eq!(errors.join("\n"), *want, "{steps}");
    }
}

#[test]
fn an_unknown_component_names_the_nearest() {
    let text =
        "- route:\n    from:\n      uri: timer:x\n      steps:\n        - to: htpp:example.org\n";
    assert_eq!(
        lines("orders/orders.camel.yaml", text),
        "error MP-CAMEL-10 orders/orders.camel.yaml:5:15 unknown component `htpp`, did you mean `http`?\n"
    );
}

#[test]
fn odd_but_valid_routes_pass() {
    accepted(&[
        "- split:\n    simple: x\n    parallel-processing: true\n    steps:\n      - log: a",
        "- log:\n    message: yes\n    id: 012\n    loggingLevel: warn",
        "- log: 12",
        "- log: ~",
        "- stop: {}",
        "- setBody: {expression: {simple: {expression: a, trim: true}}}",
        "- setBody:\n    expression-type:\n      simple: a",
        "- setBody:\n    simple:",
        "- setBody:\n    exchange-property: a",
        "- kamelet:\n    id: k\n    name: log-action\n    parameters:\n      showHeaders: true\n    steps:\n      - log: a",
        "- to:\n    uri: log:x\n    parameters:\n      show-all: true\n      LEVEL: WARN",
        "- to:\n    uri: log\n    parameters: {loggerName: x}",
        "- to: log://x?showAll=true",
        "- to: ' log:x '",
        "- to: seda",
        "- to: seda:x?waitForTaskToComplete=ifreplyexpected",
        "- to: http:localhost?whatever=1",
        "- toD: htpp:${body}",
        "- toD: seda:x?foo=1",
        "- enrich:\n    constant: htpp:x",
        "- {log: {message: a, id: x}}\n- {to: 'direct:b'}",
        "- log: &m {message: hello}\n- log: *m",
        "- delay:\n    constant: 012",
        "- delay:\n    asyncDelayed: true",
        "- choice: {}\n- log: a",
        "- choice:\n    when:\n      - constant: 'true'\n    otherwise: {}",
        "- filter:\n    simple: '${body}'\n- log: inside",
        "- doTry:\n    steps: [{log: a}]\n    doCatch:\n      - exception: java.io.IOException\n        steps: []",
        "- removeHeader: {}",
        "- setHeaders:\n    headers:\n      - simple: b",
        "- circuitBreaker:\n    inheritErrorHandler: true\n    steps: [{log: a}]",
        "- to: log:x?showAll={{?nope}}",
        "- log: '{{nope:a:b}} {{env:PATH}} {{known}}'",
        "- to: '{{anything}}'",
        "- marshal:\n    json:\n      library: jackson",
    ]);
}

#[test]
fn what_camel_refuses_is_refused_with_its_place() {
    refused(&[
        ("- set-body:\n    simple: x", "MP-CAMEL-20 5:11 unknown step `set-body` (setBody)"),
        ("- lgo: a", "MP-CAMEL-20 5:11 unknown step `lgo` (log)"),
        (
            "- log:\n    mesage: a",
            "MP-CAMEL-21 6:13 unknown option of `log` `mesage` (message)\nMP-CAMEL-22 6:13 `log` needs `message`",
        ),
        ("- log:", "MP-CAMEL-22 5:14 `log` is empty: `message` expected"),
        ("- stop:", "MP-CAMEL-23 5:15 `stop` is empty: write `stop: {}`"),
        ("- log", "MP-CAMEL-23 5:11 a step must be `name:` with its options, not a value"),
        (
            "- setBody: {}",
            "MP-CAMEL-22 5:20 `setBody` needs an expression, as `simple:` or `constant:`",
        ),
        (
            "- setBody:\n    simple: a\n    constant: b",
            "MP-CAMEL-24 7:13 `constant` is a second expression of `setBody`, which has `simple`",
        ),
        (
            "- to: ''",
            "MP-CAMEL-15 5:15 `to` has an empty URI\nMP-CAMEL-22 5:15 `to` is empty: `uri` expected",
        ),
        (
            "- split:\n    simple: x\n    streaming: yes\n    steps: [{log: a}]",
            "MP-CAMEL-23 7:24 `streaming` must be `true` or `false`, not `yes`",
        ),
        (
            "- to:\n    uri: direct:b\n    pattern: in-only",
            "MP-CAMEL-23 7:22 `pattern` must be one of `InOnly`, `InOut`, not `in-only` (InOnly)",
        ),
        ("- split:\n    simple: x\n    steps: []", "MP-CAMEL-22 5:11 `split` needs `steps`"),
        (
            "- log: a\n  to: direct:b",
            "MP-CAMEL-24 6:11 `to` is a second name in one list item: a step has one; indent it, or give it its own `-`",
        ),
        (
            "- to:\n    uri: log:x?showAll=true\n    parameters: {level: WARN}",
            "MP-CAMEL-15 6:18 options both in the URI and in `parameters`: Camel takes one of the two",
        ),
        ("- to: log:x?showAl=true", "MP-CAMEL-11 5:15 unknown option `showAl` of `log` (showAll)"),
        (
            "- to: log:x?showAll=yes",
            "MP-CAMEL-13 5:15 `showAll` must be `true` or `false`, not `yes`",
        ),
        ("- to: 'seda:'", "MP-CAMEL-15 5:15 nothing behind the colon of `seda:`"),
        (
            "- to: seda:x?size=2&",
            "MP-CAMEL-15 5:15 an empty option in `seda:x?size=2&`: remove the `&`",
        ),
        (
            "- to:\n    uri: log\n    parameters: {showAll: true}",
            "MP-CAMEL-12 6:18 `log` needs `loggerName` (`log:loggerName`)",
        ),
        ("- to: timer:x", "MP-CAMEL-14 5:15 `timer` can only be read from, not be sent to"),
        ("- marshal: {}", "MP-CAMEL-22 5:20 `marshal` needs a data format"),
        ("- bean: {}", "MP-CAMEL-22 5:17 `bean` needs `ref` or `beanType`"),
        (
            "- log: {message: a, id: x}\n- log: {message: b, id: x}",
            "MP-CAMEL-30 6:29 the id `x` is already used in this route at line 5",
        ),
        ("- kamelet: log-actoin", "MP-CAMEL-31 5:20 unknown Kamelet `log-actoin` (log-action)"),
        (
            "- to: kamelet:kafka-sink?topic=a",
            "MP-CAMEL-32 5:15 the Kamelet `kafka-sink` needs `bootstrapServers`",
        ),
        (
            "- setBody:\n    smiple: a",
            "MP-CAMEL-21 6:13 unknown option of `setBody` `smiple` (simple)\nMP-CAMEL-22 6:13 `setBody` needs an expression, as `simple:` or `constant:`",
        ),
    ]);
}

#[test]
fn the_top_of_a_file_is_checked() {
    insta::assert_snapshot!(lines(
        "a.camel.yaml",
        "- rout:\n    from: direct:a\n- route:\n    id: a\n    startupOrder: '{{known}}'\n    from: direct:a\n- route:\n    id: a\n    from:\n      uri: direct:b\n      steps: [{log: x}]\n- log: alone\n- onException:\n    steps: [{log: x}]\n- beans:\n    - name: b\n- rest:\n    get: [{path: /x}]\n- templatedRoute: {routeTemplateRef: nope, parameters: []}\n- from:\n    uri: direct:c\n    uri2: x\n    steps:\n      - log: '{{nope}}'\n"
    ));
}

#[test]
fn xml_is_checked() {
    insta::assert_snapshot!(lines(
        "a.camel.xml",
        "<routes xmlns='http://camel.apache.org/schema/spring'>\n<route id='a' autoStartup='yes'>\n<from uri='htpp:a'/>\n<lgo message='a'/>\n<log mesage='a'/>\n<setBody/>\n<split><simple>x</simple></split>\n<to uri='log:x?showAl=1'/>\n</route>\n<route><log message='a'/></route>\n<route><from uri='direct:a'/></route>\n</routes>"
    ));
}

#[test]
fn what_dependencies_beans_and_properties_bring_is_not_an_error() {
    let text = route("- to: acme:x\n- to: kamelet:mine\n- bean: {ref: pricing}");
    let files = [SourceFile { path: "a.camel.yaml", content: text.as_bytes() }];
    let dependencies = ["mvn:com.acme:acme:1.0".to_owned()];
    let settings = Settings { dependencies: &dependencies, ..Settings::default() };
    let found = check(&files, Catalogue::bundled(), &settings);
    assert!(found.iter().all(|one| !one.is_error()), "{found:?}");
    let properties =
        SourceFile { path: "application.properties", content: b"camel.beans.acme = #class:a.B\n" };
    let found = check(&[files[0], properties], Catalogue::bundled(), &Settings::default());
    assert!(!found.iter().any(|one| one.code == "MP-CAMEL-10"), "{found:?}");
}

#[test]
fn a_declared_component_that_exists_brings_no_other() {
    let text = route("- to: htpp:x");
    let files = [SourceFile { path: "a.camel.yaml", content: text.as_bytes() }];
    let dependencies = ["camel:kafka".to_owned()];
    let settings = Settings { dependencies: &dependencies, ..Settings::default() };
    assert!(check(&files, Catalogue::bundled(), &settings)[0].is_error());
}

#[test]
fn java_and_misnamed_files_are_told() {
    let files = [
        SourceFile { path: "o/A.java", content: b"class A {}" },
        SourceFile { path: "o/b.yml", content: b"- from: {uri: 'direct:a', steps: [{log: x}]}" },
        SourceFile { path: "o/midplane.yaml", content: b"scale: {min: 1}\nfoo: bar\n" },
    ];
    let found = check(&files, Catalogue::bundled(), &Settings::default());
    let codes: Vec<_> = found.iter().map(|one| (one.code, one.is_error())).collect();
    assert_eq!(
        codes,
        [("MP-CAMEL-40", true), ("MP-CAMEL-42", false), ("MP-CFG-04", false), ("MP-CFG-02", true)]
    );
}

#[test]
fn an_address_of_nobody_is_told() {
    let text = route("- toD: '{{midplane.url.pricse}}/x'\n- toD: '{{midplane.url.prices}}/x'");
    let files = [SourceFile { path: "a.camel.yaml", content: text.as_bytes() }];
    let integrations = BTreeSet::from(["prices".to_owned()]);
    let settings = Settings { integrations: Some(&integrations), ..Settings::default() };
    let found = check(&files, Catalogue::bundled(), &settings);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].code, found[0].nearest.as_deref()), ("MP-CAMEL-35", Some("prices")));
}

#[test]
fn a_thousand_mistakes_cost_no_more_than_a_page() {
    let steps = "        - lgo: a\n        - to: htpp:x\n        - bean: {ref: x}\n".repeat(3_000);
    let text = format!(
        "- from:\n    uri: direct:a\n    steps:\n{}",
        steps.replace("        -", "      -")
    );
    let found = problems("a.camel.yaml", &text);
    assert!(found.len() <= MAX_PROBLEMS + 10, "{}", found.len());
}

#[test]
fn nothing_passes_unseen_behind_warnings() {
    let mut text = "- from:\n    uri: direct:a\n    steps:\n".to_owned();
    text.push_str(&"      - toD: htpp:x\n".repeat(MAX_PROBLEMS));
    text.push_str("      - to: htpp:x\n");
    assert!(problems("a.camel.yaml", &text).iter().any(Problem::is_error));
}
