//! The model: YAML and XML of one route are one, and every way to say a thing becomes one form.

use super::*;
use crate::model::Role;

fn model(path: &str, text: &str) -> Model {
    let (model, problems) =
        read(&[SourceFile { path, content: text.as_bytes() }], Catalogue::bundled());
    assert_eq!(problems, []);
    model
}

fn items(path: &str, text: &str) -> Vec<crate::model::Step> {
    model(path, text).without_positions().files.remove(0).items
}

#[track_caller]
fn same(one: (&str, &str), other: (&str, &str)) {
    assert_eq!(items(one.0, one.1), items(other.0, other.1));
}

#[test]
fn yaml_and_xml_of_a_route_are_one() {
    same(
        (
            "a.yaml",
            "- route:\n    id: r\n    from:\n      uri: direct:a\n      steps:\n        - choice:\n            when:\n              - simple: '${body} > 1'\n                steps:\n                  - log: {message: a}\n            otherwise:\n              steps:\n                - setBody: {constant: x}\n        - split:\n            delimiter: ','\n            tokenize: {token: ','}\n            steps:\n              - to: direct:b\n        - marshal: {json: {library: Jackson}}\n        - setHeaders: {headers: [{name: a, simple: b}]}\n        - aggregate:\n            correlationExpression: {constant: 'true'}\n            steps: [{log: x}]\n        - doTry:\n            steps: [{log: y}]\n            doCatch: [{exception: [a.B], steps: [{log: z}]}]\n",
        ),
        (
            "a.xml",
            "<route id='r'><from uri='direct:a'/><choice><when><simple>${body} > 1</simple><log message='a'/></when><otherwise><setBody><constant>x</constant></setBody></otherwise></choice><split delimiter=','><tokenize token=','/><to uri='direct:b'/></split><marshal><json library='Jackson'/></marshal><setHeaders><setHeader name='a'><simple>b</simple></setHeader></setHeaders><aggregate><correlationExpression><constant>true</constant></correlationExpression><log message='x'/></aggregate><doTry><log message='y'/><doCatch><exception>a.B</exception><log message='z'/></doCatch></doTry></route>",
        ),
    );
}

#[test]
fn short_and_long_forms_are_one() {
    let route = |step: &str| format!("- from: {{uri: 'direct:a', steps: [{step}]}}");
    for (short, long) in [
        ("{to: 'direct:b'}", "{to: {uri: 'direct:b'}}"),
        ("{setBody: {simple: x}}", "{setBody: {expression: {simple: {expression: x}}}}"),
        (
            "{split: {simple: x, parallel-processing: 'true'}}",
            "{split: {simple: x, parallelProcessing: 'true'}}",
        ),
        ("{log: x}", "{log: {message: x}}"),
    ] {
        same(("a.yaml", &route(short)), ("a.yaml", &route(long)));
    }
}

#[test]
fn a_kamelet_is_a_template_of_its_name() {
    let text = "apiVersion: camel.apache.org/v1\nkind: Kamelet\nmetadata:\n  name: k\nspec:\n  definition:\n    properties:\n      p: {type: string, default: d}\n  template:\n    from:\n      uri: timer:{{p}}\n      steps:\n        - to: kamelet:sink\n";
    let model = model("k.kamelet.yaml", text);
    let routes = model.routes();
    assert_eq!(
        (routes.len(), routes[0].template, model.files[0].items[0].id()),
        (1, true, Some("k"))
    );
}

#[test]
fn a_pipe_is_a_route_from_source_to_sink() {
    let text = "apiVersion: camel.apache.org/v1\nkind: Pipe\nmetadata: {name: p}\nspec:\n  source: {ref: {kind: Kamelet, apiVersion: camel.apache.org/v1, name: timer-source}, properties: {message: hi}}\n  steps: [{ref: {kind: Kamelet, apiVersion: camel.apache.org/v1, name: log-action}}]\n  sink: {uri: 'log:x'}\n";
    let model = model("p.yaml", text);
    let uris: Vec<_> =
        model.endpoints().iter().map(|used| (used.role, used.endpoint.uri.clone())).collect();
    assert_eq!(
        uris,
        [
            (Role::Consumer, "kamelet:timer-source".to_owned()),
            (Role::Producer, "kamelet:log-action".to_owned()),
            (Role::Producer, "log:x".to_owned()),
        ]
    );
}

#[test]
fn spring_files_are_looked_through() {
    let text = "<beans xmlns='http://www.springframework.org/schema/beans'><bean id='b' class='a.B'/><camelContext xmlns='http://camel.apache.org/schema/spring'><route><from uri='direct:a'/><to uri='log:x'/></route></camelContext></beans>";
    let model = model("c.xml", text);
    assert_eq!(model.files[0].kind, FileKind::Spring);
    assert_eq!(model.beans().next().unwrap().1.text("type"), Some("a.B"));
    assert_eq!(model.routes()[0].steps().len(), 1);
}

#[test]
fn endpoints_know_their_options_and_whether_they_are_dynamic() {
    let text = "- from:\n    uri: timer\n    parameters: {timerName: t, period: 5}\n    steps:\n      - toD: http:h/${body}?a=b\n      - pollEnrich: {constant: 'file:in'}\n      - recipientList: {constant: 'direct:a,direct:b'}\n      - errorHandlerless: x\n";
    let model = model("a.camel.yaml", text);
    let shown: Vec<_> = model
        .endpoints()
        .iter()
        .map(|used| {
            format!(
                "{:?} {} {} {}",
                used.role,
                used.endpoint.scheme,
                used.endpoint.options.len(),
                used.endpoint.dynamic
            )
        })
        .collect();
    assert_eq!(shown, ["Consumer timer 2 false", "Producer http 1 true", "Poller file 0 false"]);
}

#[test]
fn files_of_others_are_left_alone() {
    for (path, text) in [
        ("a.yaml", "- name: x\n- b"),
        ("a.yaml", "openapi: 3.0.0"),
        ("a.yaml", "{{ helm }}"),
        ("a.xml", "<project><route/></project>"),
        ("a.xml", "<a"),
        ("a.xml", "<beans><unclosed></beans>"),
        ("a.yaml", "- name: {{ .Values.name }}\n  {{- if x }}\n- b: c"),
        ("a.yaml", "Resources:\n  - Ref: !Ref x\n"),
        ("a.txt", "- from: direct:a"),
        ("midplane.yaml", "- from: direct:a"),
    ] {
        let found = read(&[SourceFile { path, content: text.as_bytes() }], Catalogue::bundled());
        assert_eq!(found, (Model::default(), vec![]), "{path} {text}");
    }
}
