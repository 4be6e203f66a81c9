use super::*;
use crate::offline::manifest::{Source, read};

const SOCKET: &str = "\
apiVersion: integration.rock8s.com/v1beta1
kind: Socket
metadata: {name: pg, namespace: infra}
spec:
  interface:
    config:
      plug: {database: {required: true}}
      socket: {host: {}, port: {}}
  config: {host: db, port: 5432}
  resources:
  - template:
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: 'a-{% .plugConfig.database %}'}
      data: {host: '{% .socketConfig.host %}'}
";

const PLUGS: &str = "\
---
apiVersion: integration.rock8s.com/v1beta1
kind: Plug
metadata: {name: one, namespace: infra}
spec: {socket: {name: pg}, config: {database: one}}
---
apiVersion: integration.rock8s.com/v1beta1
kind: Plug
metadata: {name: two, namespace: infra}
spec: {socket: {name: pg}}
";

fn set(text: &str) -> Set {
    let set = read(&[Source { file: "f".to_owned(), text: text.to_owned() }]);
    assert!(set.findings.is_empty(), "{:?}", set.findings);
    set
}

fn changed(new: &str) -> Difference {
    diff(&set(&format!("{SOCKET}{PLUGS}")), &set(new), Timestamp::UNIX_EPOCH)
}

#[test]
fn the_same_socket_changes_nothing() {
    let same = changed(SOCKET);
    assert!(same.is_empty(), "{}", same.text());
    assert_eq!(same.text(), "0 of 2 plugs change, 2 do not\n");
}

#[test]
fn a_key_that_goes_is_named() {
    let new = SOCKET
        .replace("socket: {host: {}, port: {}}", "socket: {host: {}}")
        .replace("{host: db, port: 5432}", "{host: other}");
    let difference = changed(&new);
    let change = &difference.changes[0];
    assert_eq!((change.plug.name.as_str(), change.verdict), ("one", Verdict::Updated));
    assert_eq!(change.lost, ["socket config.port"]);
    assert_eq!(change.changed, ["socket config.host"]);
    let object = ObjectRef::config_map("infra", "a-one");
    assert_eq!(difference.objects, [(object, Fate::Changed)]);
}

#[test]
fn a_plug_that_starts_to_couple_is_named() {
    let difference = changed(&SOCKET.replace("{required: true}", "{default: any}"));
    let two = difference.changes.iter().find(|change| change.plug.name == "two").unwrap();
    assert_eq!(two.verdict, Verdict::Couples);
    assert!(difference.objects.contains(&(ObjectRef::config_map("infra", "a-any"), Fate::Made)));
}

#[test]
fn a_renamed_template_removes_what_it_made() {
    let difference = changed(&SOCKET.replace("'a-{%", "'b-{%"));
    assert_eq!(difference.changes.len(), 1);
    let fates: Vec<_> =
        difference.objects.iter().map(|(object, fate)| (object.name.as_str(), *fate)).collect();
    assert_eq!(fates, [("a-one", Fate::Removed), ("b-one", Fate::Made)]);
}

/// As `kubectl get` prints a plug that is coupled; what it needs beside its socket is not among the files.
fn in_cluster(spec: &str) -> String {
    format!(
        "{SOCKET}---
apiVersion: integration.rock8s.com/v1beta1
kind: Plug
metadata: {{name: one, namespace: infra}}
spec: {{socket: {{name: pg}}, config: {{database: one}}, {spec}}}
status: {{conditions: [{{type: Coupled, status: 'True'}}]}}
"
    )
}

#[test]
fn a_workload_that_is_not_among_the_files_hides_nothing() {
    let new = SOCKET.replace("{host: db, port: 5432}", "{host: other, port: 5432}");
    let state = set(&in_cluster("workload: {name: shop}"));
    let difference = diff(&state, &set(&new), Timestamp::UNIX_EPOCH);
    assert_eq!(difference.changes[0].verdict, Verdict::Updated, "{}", difference.text());
    assert_eq!(difference.changes[0].changed, ["socket config.host"]);
    assert!(diff(&state, &set(SOCKET), Timestamp::UNIX_EPOCH).is_empty());
}

#[test]
fn what_cannot_be_told_is_said() {
    let state = set(&in_cluster("configSecretName: elsewhere"));
    let difference = diff(&state, &set(SOCKET), Timestamp::UNIX_EPOCH);
    assert_eq!(difference.changes[0].verdict, Verdict::Unknown);
    let text = difference.text();
    assert!(text.contains("Secret infra/elsewhere"), "{text}");
    assert!(text.ends_with("0 of 1 plugs change, 0 do not, of 1 nothing can be told\n"), "{text}");
}
