use super::*;
use crate::offline::manifest::{Source, read};

fn findings(text: &str) -> Vec<String> {
    let source = Source { file: "f".to_owned(), text: text.to_owned() };
    let found = lint(&read(&[source]));
    found.iter().map(|one| format!("{} {one}", one.code)).collect()
}

const SOCKET: &str = "\
apiVersion: integration.rock8s.com/v1beta1
kind: Socket
metadata: {name: pg, namespace: infra}
spec:
  interface:
    config:
      plug: {database: {required: true}, schema: {default: public}}
      socket: {host: {}}
  configTemplate: {host: '{% .socket.metadata.name %}'}
";

const PLUG: &str = "\
---
apiVersion: integration.rock8s.com/v1beta1
kind: Plug
metadata: {name: orders, namespace: app}
spec:
  socket: {name: pg, namespace: infra}
";

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let found = findings(text);
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\n  is not\n{expected}");
    }
}

#[test]
fn files_that_are_right_have_no_findings() {
    check(&format!("{SOCKET}{PLUG}  config: {{database: app}}\n"), &[]);
}

#[test]
fn a_misspelled_field_has_a_proposal() {
    check(
        &format!("{SOCKET}  limt: 3\n  resources: [{{do: aply, template: {{}}}}]\n"),
        &[
            "MP-LINT-02 f:10:9: socket infra/pg spec.limt: there is no field `limt`. Next: did you mean `limit`?",
            "MP-LINT-03 f:11:20: socket infra/pg spec.resources[0].do: this word is not known. Next: use one of: apply, delete, recreate",
        ],
    );
    check(
        &format!("{SOCKET}  limit: many\n"),
        &["MP-LINT-03 f:10:10: socket infra/pg spec.limit: it must be of type integer, not string"],
    );
}

#[test]
fn a_template_is_read_with_the_line_of_the_file() {
    let text = format!(
        "{SOCKET}  resources:\n  - stringTemplate: |\n      kind: A\n      x: {{% if %}}\n  - template:\n      name: '{{% env \"HOME\" %}}'\n"
    );
    check(&text, &["MP-LINT-05 f:13:", "MP-LINT-05 f:15:"]);
}

#[test]
fn what_a_template_asks_for_must_be_able_to_be_there() {
    let text = format!(
        "{SOCKET}  resources:\n  - template: {{a: '{{% .plugConfig.nope %}}', b: '{{% .plugResult.x %}}', c: '{{% .plug.spec.config.x %}}', d: '{{% .plugConfig.schema %}}'}}\n  - when: [created]\n    template: {{a: '{{% .plugConfig.database %}}'}}\n"
    );
    let found = findings(&text);
    let said = |part: &str| found.iter().any(|one| one.contains(part));
    assert_eq!(found.len(), 4, "{found:#?}");
    assert!(said(
        "`.plugConfig.nope`: `nope` is not declared in spec.interface.config.plug of the socket"
    ));
    assert!(said("`.plugResult.x`: `.plugResult` is not there at this step"));
    assert!(said("`.plug.spec.config.x`: a socket sees of the plug its metadata only"));
    assert!(said(
        "spec.resources[1].template.a: `.plugConfig.database`: `.plugConfig` is not there at this step"
    ));
}

#[test]
fn keys_that_never_arrive_are_named() {
    let text = format!(
        "{SOCKET}{PLUG}  config: {{debug: 'yes', schema: a}}\n  configTemplate: {{schema: b}}\n"
    );
    check(
        &text,
        &[
            "MP-LINT-08 f:16:11: plug app/orders spec.config: socket infra/pg requires config `database` of the plug. Next: add spec.config.database",
            "MP-LINT-07 f:16:19: plug app/orders spec.config.debug: it is dropped",
            "MP-LINT-07 f:16:34: plug app/orders spec.config.schema: it is never used: spec.configTemplate.schema wins",
        ],
    );
}

#[test]
fn expressions_and_apparatus_are_read() {
    let text = format!(
        "{SOCKET}  validation: {{namespaceWhitelist: ['(']}}\n  vars: [{{name: a, objref: {{apiVersion: v1, kind: Secret, name: s}}, fieldref: {{fieldPath: 'a..b'}}}}]\n  apparatus: {{containers: [], endpoint: 'ftp://x'}}\n"
    );
    let found = findings(&text);
    let codes: Vec<_> = found.iter().map(|one| &one[..10]).collect();
    assert_eq!(codes, ["MP-LINT-09", "MP-LINT-09", "MP-LINT-10"], "{found:#?}");
}

#[test]
fn a_plug_names_a_socket() {
    check(
        "apiVersion: integration.rock8s.com/v1beta1\nkind: Plug\nmetadata: {name: a}\nspec: {}\n",
        &["MP-LINT-03 f:4:7: plug default/a spec: it names no socket"],
    );
}
